"""Conclusions: what blocks fails, what is missing fails, and only the policy lets either pass."""

import pytest

from analyzers.finding import (
    AuthorityChange,
    Confidence,
    Coverage,
    Failure,
    Finding,
    Location,
    NotAnalyzed,
    Position,
    Report,
    Severity,
    Span,
    Suppression,
)
from analyzers.policy import Policy, PolicyError
from app.verdict import judge, judge_without_policy

MISSING = Coverage(not_analyzed=(NotAnalyzed("a.py", "syntax error", True), NotAnalyzed("b.py", "binary", False)))


def finding(**changes: object) -> Finding:
    fields: dict[str, object] = {"severity": Severity.HIGH, "confidence": Confidence.HIGH, **changes}
    location = Location("a.py", Span(Position(1, 1), Position(1, 2)))
    return Finding("r", "p", location=location, message="`refund` runs for anyone.", why="w", fingerprint="f", **fields)


@pytest.mark.parametrize(
    ("report", "policy", "conclusion", "blocking", "title"),
    [
        (Report(findings=(finding(),)), Policy(), "failure", 1, "1 blocking finding: refund runs for anyone"),
        (Report(findings=(finding(),)), Policy(gate=None), "success", 0,
         "No blocking findings, 1 below the gate; 0 tools audited"),
        (Report(findings=(finding(),)), Policy(gate=Severity.CRITICAL), "success", 0,
         "No blocking findings, 1 below the gate; 0 tools audited"),
        (Report(findings=(finding(),)), Policy(mode="advisory"), "neutral", 1,
         "NOT ENFORCED: 1 blocking finding: refund runs for anyone"),
        (Report(findings=(finding(new=False),)), Policy(), "success", 0, "No zero-trust findings; 0 tools audited"),
        (Report(findings=(finding(confidence=Confidence.LOW),)), Policy(), "success", 0,
         "No zero-trust findings; 0 tools audited"),
        (Report(findings=(finding(suppressed=Suppression("policy", "r", "w")),)), Policy(), "success", 0,
         "No zero-trust findings; 0 tools audited"),
        (Report(coverage=MISSING), Policy(), "failure", 0, "Incomplete: 1 file in scope not analysed"),
        (Report(coverage=MISSING), Policy(incomplete="neutral"), "neutral", 0,
         "NOT ENFORCED: Incomplete: 1 file in scope not analysed"),
        (Report(failures=(Failure("rule", "a.py", "r", "KeyError"),)), Policy(), "failure", 0,
         "Incomplete: 1 check failed to run"),
        (Report(findings=(finding(),), coverage=MISSING), Policy(incomplete="neutral"), "failure", 1,
         "1 blocking finding: refund runs for anyone"),
        (Report(authority_diff=(), surface_changed=False), Policy(), "success", 0, "No MCP surface changed"),
        (Report(authority_diff=(AuthorityChange("s:t", "audit", "none", "tool", "better"),)), Policy(), "success", 0,
         "No zero-trust findings; 1 tool changed, none with more authority than before"),
        (Report(authority_diff=(AuthorityChange("s:t", "audit", None, "tool", "changed"),)), Policy(), "success", 0,
         "No zero-trust findings; 1 tool added"),
    ],
)  # fmt: skip
def test_a_report_is_judged_by_its_policy(
    report: Report, policy: Policy, conclusion: str, blocking: int, title: str
) -> None:
    verdict = judge(report, policy)

    assert (verdict.conclusion, verdict.blocking, verdict.title) == (conclusion, blocking, title)


def test_a_policy_that_is_not_understood_fails_whatever_was_found() -> None:
    verdict = judge_without_policy(Report(), PolicyError("unknown key 'gat'", 3, 1))

    assert (verdict.conclusion, verdict.title) == ("failure", "Policy not understood, line 3: unknown key 'gat'")
