"""From a report and a policy to a conclusion: the same for the command line and for GitHub."""

from typing import Literal

import msgspec

from analyzers.finding import AuthorityChange, Confidence, Finding, Report, Severity
from analyzers.policy import Policy, PolicyError

Conclusion = Literal["success", "failure", "neutral", "timed_out", "action_required"]


class Verdict(msgspec.Struct, frozen=True):
    """How a check ends. `gate` is None when nothing blocks; `title` says it in one breath, as plain text."""

    conclusion: Conclusion
    gate: Severity | None
    blocking: int
    title: str
    min_confidence: Confidence = Confidence.MEDIUM

    def blocks(self, finding: Finding) -> bool:
        """Tell whether a finding is one of those that fail the check."""
        return finding.is_blocking(self.gate, self.min_confidence)


def judge(report: Report, policy: Policy) -> Verdict:
    """Return the verdict on a report."""
    blocking = blocking_findings(report, policy)
    if blocking:
        title = f"{count(len(blocking), 'blocking finding')}: {plain(blocking[0].message)}"
        return _verdict(policy, blocking, title, passes=False)
    if report.incomplete:
        return _verdict(policy, blocking, f"Incomplete: {_missing(report)}", passes=policy.incomplete == "neutral")
    return Verdict("success", policy.gate, 0, _quiet_title(report, policy), policy.min_confidence)


def judge_without_policy(report: Report, error: PolicyError) -> Verdict:
    """Return the verdict where the project's policy is not understood: it fails, whatever the defaults say."""
    title = f"Policy not understood, line {error.line}: {plain(error.message)}"
    return msgspec.structs.replace(judge(report, Policy()), conclusion="failure", title=title)


def blocking_findings(report: Report, policy: Policy) -> list[Finding]:
    """Return the findings that fail the check, the gravest first."""
    blocking = [item for item in report.findings if item.is_blocking(policy.gate, policy.min_confidence)]
    return sorted(blocking, key=gravest_first)


def gravest_first(finding: Finding) -> tuple[int, int, str, int, str]:
    """Return the key that sorts findings by severity, confidence and place."""
    return (-finding.severity, -finding.confidence, finding.location.path, finding.location.line, finding.rule)


def count(number: int, noun: str) -> str:
    """Return a number with its noun: `1 tool`, `2 tools`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def plain(message: str) -> str:
    """Return one line without code marks, for places that show no Markdown."""
    return " ".join(message.replace("`", "").split()).rstrip(".")


def _verdict(policy: Policy, blocking: list[Finding], title: str, passes: bool) -> Verdict:
    if passes or policy.mode == "advisory":
        return Verdict("neutral", policy.gate, len(blocking), f"NOT ENFORCED: {title}", policy.min_confidence)
    return Verdict("failure", policy.gate, len(blocking), title, policy.min_confidence)


def _missing(report: Report) -> str:
    files = sum(item.in_scope for item in report.coverage.not_analyzed)
    parts = []
    if files:
        parts.append(f"{count(files, 'file')} in scope not analysed")
    if report.failures:
        parts.append(f"{count(len(report.failures), 'check')} failed to run")
    return ", ".join(parts)


def _quiet_title(report: Report, policy: Policy) -> str:
    below = sum(item.is_loud(policy.min_confidence) for item in report.findings)
    found = f"No blocking findings, {below:,} below the gate" if below else "No zero-trust findings"
    if report.authority_diff is None:
        return f"{found}; {count(report.coverage.tools_total, 'tool')} audited"
    if not report.surface_changed:
        return "No MCP surface changed"
    return f"{found}; {_changes(report)}"


def _changes(report: Report) -> str:
    differences: dict[str, list[AuthorityChange]] = {}
    for item in report.authority_diff or ():
        differences.setdefault(item.tool, []).append(item)
    added = [key for key, items in differences.items() if all(item.before is None for item in items)]
    changed = [items for key, items in differences.items() if key not in added]
    worse = sum(any(item.direction == "worse" for item in items) for items in changed)
    parts = []
    if added:
        parts.append(f"{count(len(added), 'tool')} added{_authorized(report, added)}")
    if changed:
        more = f"{worse:,}" if worse else "none"
        parts.append(f"{count(len(changed), 'tool')} changed, {more} with more authority than before")
    return ", ".join(parts) or "no tool's authority changed"


def _authorized(report: Report, added: list[str]) -> str:
    claims = {row.authorization.claim for row in report.tools if row.key in added}
    claim = claims.pop() if len(claims) == 1 else ""
    return f", authorized by claim {plain(claim)}" if claim else ""
