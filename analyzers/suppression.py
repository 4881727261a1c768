"""Dismissals written in the code: `skillaudit: ignore[rule-id] reason`."""

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec
import re2

from analyzers.facts import FileFacts, Ignore
from analyzers.finding import Finding, IdleIgnore, Side, Suppression
from analyzers.lines import LineIndex
from analyzers.policy import Policy
from analyzers.secrets import secret_kind
from analyzers.spelling import nearest, quoted
from analyzers.syntax import Comment

DIRECTIVE = re2.compile(r"skillaudit:\s*ignore(?:\[([^\]]*)\])?\s*(.*)")


def ignores(comments: list[Comment], text: bytes, lines: LineIndex) -> tuple[Ignore, ...]:
    """Return the directives among a file's comments; one alone on its line holds for the next line."""
    found: list[Ignore] = []
    for comment in comments:
        match = DIRECTIVE.search(comment.text)
        if match is None:
            continue
        line = lines.line(comment.start)
        start = text.rfind(b"\n", 0, comment.start) + 1
        alone = not text[start : comment.start].strip()
        rules = tuple(part.strip() for part in (match.group(1) or "").split(",") if part.strip())
        reason = "" if secret_kind(match.group(2)) else match.group(2).strip()
        found.append(Ignore(line + 1 if alone else line, rules, reason))
    return tuple(found)


def dismissed(finding: Finding, facts: Mapping[str, FileFacts], policy: Policy, *, is_review: bool) -> Finding:
    """Mark a finding that the policy accepts, or that a comment with a reason dismisses.

    In a review a comment counts only for what the base tree had already: what a change adds, it can ask for only.
    """
    for suppression in policy.suppressions:
        if suppression.covers(finding):
            return msgspec.structs.replace(finding, suppressed=Suppression("policy", suppression.reason, "policy"))
    file = facts.get(finding.location.path)
    if file is None or finding.location.side is not Side.HEAD:
        return finding
    for ignore in file.ignores:
        if ignore.line == finding.location.line and finding.rule in ignore.rules and ignore.reason:
            where = f"{finding.location.path}:{ignore.line}"
            asked = Suppression("comment", ignore.reason, where)
            if is_review and finding.new:
                return msgspec.structs.replace(finding, requested=asked)
            return msgspec.structs.replace(finding, suppressed=asked)
    return finding


def idle_ignores(
    facts: Mapping[str, FileFacts], places: Collection[tuple[str, int, str]], known: Iterable[str], ran: Collection[str]
) -> Iterator[IdleIgnore]:
    """Yield the comments that dismiss nothing, given the (path, line, rule) of all that is reported.

    `known` are the ids of all rules, `ran` of those that would have reported something again.
    """
    names = frozenset(known)
    for path in sorted(facts):
        for ignore in facts[path].ignores:
            if not ignore.rules:
                yield IdleIgnore(path, ignore.line, "no_rule", "names no rule")
            for rule in ignore.rules:
                if rule not in names:
                    text = f"there is no rule {quoted(rule)}{nearest(rule, names)}"
                    yield IdleIgnore(path, ignore.line, "unknown_rule", text)
                elif not ignore.reason:
                    yield IdleIgnore(path, ignore.line, "no_reason", f"gives no reason to ignore {rule}")
                elif rule in ran and (path, ignore.line, rule) not in places:
                    yield IdleIgnore(path, ignore.line, "unused", f"nothing of {rule} is reported here")
