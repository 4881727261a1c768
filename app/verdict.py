"""From a report and a policy to a conclusion: the same for the command line and for GitHub."""

from typing import Literal

import msgspec

from analyzers.finding import Report, Severity
from analyzers.policy import Policy

Conclusion = Literal["success", "failure", "neutral", "timed_out", "action_required"]


class Verdict(msgspec.Struct, frozen=True):
    """How a check ends. `gate` is None when nothing blocks; `title` says it in one breath."""

    conclusion: Conclusion
    gate: Severity | None
    blocking: int
    title: str


def judge(report: Report, policy: Policy) -> Verdict:
    """Return the verdict on a report."""
    raise NotImplementedError
