"""Answers to `/skillaudit explain` and `/skillaudit help`."""

import inspect
from collections.abc import Sequence

import msgspec

from app.render import catalog
from app.render.escape import code, prose
from app.render.view import Links
from app.render.wording import SHORT_FINGERPRINT
from github import budgets
from github.markers import format_marker

MAX_BYTES = 60_000
HELP = """\
On the first line of a comment, by people who can push here:

| | |
|---|---|
| `/skillaudit explain FINGERPRINT` | why a finding was reported and how it is fixed |
| `/skillaudit ignore FINGERPRINT reason` | no more comments on it in this pull request; the check still counts it |
| `/skillaudit accept FINGERPRINT reason` | the check lets it pass in this pull request, until what proves it changes; \
not by the author or anyone who pushed |
| `/skillaudit rerun` | review this pull request again; its author can, too, three times an hour |
| `/skillaudit help` | this list |

The fingerprint stands at the end of each comment. Each decision is kept with who made it, when and why."""


class Explained(msgspec.Struct, frozen=True):
    """A finding to explain, as far as it is stored."""

    rule: str
    severity: str
    path: str
    line: int
    fingerprint: str
    commit: str


def explanation(findings: Sequence[Explained], links: Links, job: str) -> str:
    """Say of each finding what its rule looks for, why that matters and how it is fixed; ends with our marker."""
    parts = [_one(finding, links) for finding in findings] or ["This review has no findings to explain."]
    return _marked("\n\n---\n\n".join(parts), job)


def help_text(job: str) -> str:
    """List the commands; ends with our marker."""
    return _marked(HELP, job)


def _marked(text: str, job: str) -> str:
    marker = format_marker(job)
    return f"{budgets.cut(text, MAX_BYTES)}\n\n{marker}"


def _one(finding: Explained, links: Links) -> str:
    place = code(f"{finding.path}:{finding.line}")
    address = links.line(finding.commit, finding.path, finding.line)
    where = f"[{place}]({address})" if address else place
    parts = [
        f"**{code(finding.rule)}**, {prose(finding.severity)}, at {where}",
        _documentation(finding.rule),
        _rule_page(finding.rule, links),
        _ways_out(finding.fingerprint[:SHORT_FINGERPRINT]),
    ]
    return "\n\n".join(part for part in parts if part)


def _documentation(rule_id: str) -> str:
    rule = catalog.rule(rule_id)
    if rule is None:
        return "This version of the App no longer has the rule."
    return inspect.cleandoc(type(rule).__doc__ or "").replace("## ", "#### ")


def _ways_out(fingerprint: str) -> str:
    return (
        f"To let it pass here: `/skillaudit accept {fingerprint} reason`. "
        f"To hear no more of it: `/skillaudit ignore {fingerprint} reason`."
    )


def _rule_page(rule_id: str, links: Links) -> str:
    address = links.rule(rule_id)
    return f"[All about this rule]({address})" if address else ""
