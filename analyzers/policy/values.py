"""The values of a policy, with the defaults that hold where a project states nothing."""

import datetime
import functools
from collections.abc import Callable
from typing import Literal

import msgspec
import re2

from analyzers.finding import Confidence, Finding, Severity


class RuleSetting(msgspec.Struct, frozen=True):
    """One rule's severity as the project sets it; None turns the rule off."""

    rule: str
    severity: Severity | None
    reason: str = ""


class PolicySuppression(msgspec.Struct, frozen=True):
    """Findings that the project accepts: by fingerprint (its first eight characters or more), or by rule and path.

    It holds until the end of the day `expires`, for ever without one.
    """

    reason: str
    fingerprint: str = ""
    rule: str = ""
    path: str = ""
    expires: datetime.date | None = None

    def covers(self, finding: Finding) -> bool:
        """Tell whether the finding is one that was accepted."""
        if self.fingerprint:
            return finding.fingerprint.startswith(self.fingerprint)
        return finding.rule == self.rule and matches((self.path,), finding.location.path)


class Policy(msgspec.Struct, frozen=True):
    """What a project asks of a review. `gate` is None when nothing blocks.

    Names in `guards`, `identities`, `audits` and `sanitizers` are dotted paths of functions or classes.
    """

    gate: Severity | None = Severity.HIGH
    min_confidence: Confidence = Confidence.MEDIUM
    mode: Literal["enforce", "advisory"] = "enforce"
    incomplete: Literal["failure", "neutral"] = "failure"
    on_error: Literal["failure", "neutral"] = "failure"
    code_scanning: Literal["off", "default_branch", "pull_requests"] = "off"
    rules: tuple[RuleSetting, ...] = ()
    exclude: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()
    audits: tuple[str, ...] = ()
    sanitizers: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    suppressions: tuple[PolicySuppression, ...] = ()

    def setting(self, rule_id: str) -> RuleSetting | None:
        """Return what the project set for a rule, None where its own severity holds."""
        return next((item for item in self.rules if item.rule == rule_id), None)

    def excludes(self, path: str) -> bool:
        """Tell whether the project takes a path out of the review."""
        return matches(self.exclude, path)

    def on(self, day: datetime.date) -> "Policy":
        """Return the policy as it holds on a day: without the suppressions that have expired."""
        current = tuple(item for item in self.suppressions if item.expires is None or item.expires >= day)
        return msgspec.structs.replace(self, suppressions=current)


def matches(globs: tuple[str, ...], path: str) -> bool:
    """Tell whether a path fits one of the globs, or lies below a folder that does.

    `*` and `?` stay within one folder, `**` crosses folders, everything else stands for itself.
    """
    return any(_matcher(glob)(path) is not None for glob in globs)


@functools.lru_cache(maxsize=1024)
def _matcher(glob: str) -> Callable[[str], object]:
    pieces = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    tokens = re2.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", glob.strip("/"))
    pattern = "".join(pieces.get(token) or re2.escape(token) for token in tokens)
    return re2.compile(f"(?s){pattern}(?:/.*)?").fullmatch  # type: ignore[no-any-return]
