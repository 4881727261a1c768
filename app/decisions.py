"""What people decided about findings, and what that changes in a review.

A decision holds for one pull request, one finding and the evidence that the one who decided had seen: when what proves
the finding changes, or what the tool can do, the question is open again.
"""

from collections.abc import Mapping, Sequence

import msgspec
import re2
from sqlmodel import Session, col, select

from analyzers.finding import Finding, Report, Suppression
from app.commands import Verb
from app.evidence import digest
from app.judging import StatedPolicy
from app.render.view import View
from app.tables import Decision, Review


class Ruling(msgspec.Struct, frozen=True):
    """A decision that is in force."""

    verb: Verb
    evidence: str
    login: str
    reason: str


Rulings = Mapping[str, Ruling]


def rulings(session: Session, review: Review, moves: Mapping[str, str]) -> dict[str, Ruling]:
    """Return what was decided last about each finding of a pull request, or of the one that a merge group is about.

    `moves` tells by which fingerprint a finding goes now that was known by another.
    """
    number = pull_number(review.subject)
    if number is None:
        return {}
    rows = session.exec(
        select(Decision)
        .where(
            Decision.repo_id == review.repo_id,
            Decision.number == number,
            col(Decision.verb).in_([Verb.IGNORE, Verb.ACCEPT]),
        )
        .order_by(col(Decision.made_at))
    )
    return {
        moves.get(row.fingerprint, row.fingerprint): Ruling(Verb(row.verb), row.evidence, row.login, row.reason)
        for row in rows
    }


def pull_number(subject: str) -> int | None:
    """Return the pull request that a subject is about: `pr:7`, or `mg:refs/heads/gh-readonly-queue/main/pr-7-<sha>`."""
    kind, _, rest = subject.partition(":")
    match = re2.fullmatch(r"\d+" if kind == "pr" else r".*/pr-(\d+)-[0-9a-f]+", rest)
    if match is None:
        return None
    return int(rest if kind == "pr" else match[1])


def in_force(report: Report, decided: Rulings, verb: Verb) -> dict[str, Ruling]:
    """Return the rulings of one kind whose finding is in the report with the same evidence."""
    found = {item.fingerprint: item for item in report.findings}
    return {
        fingerprint: ruling
        for fingerprint, ruling in decided.items()
        if ruling.verb == verb and fingerprint in found and digest(report, found[fingerprint]) == ruling.evidence
    }


def with_rulings(view: View, stated: StatedPolicy, decided: Rulings) -> View:
    """Return the view in which accepted findings are suppressed, judged anew."""
    accepted = in_force(view.report, decided, Verb.ACCEPT)
    if not accepted:
        return view
    findings = _accepted(view.report.findings, accepted)
    report = msgspec.structs.replace(view.report, findings=findings)
    return msgspec.structs.replace(view, report=report, verdict=stated.judge(report))


def _accepted(findings: Sequence[Finding], accepted: Rulings) -> tuple[Finding, ...]:
    return tuple(
        msgspec.structs.replace(item, suppressed=_suppression(accepted[item.fingerprint]))
        if item.fingerprint in accepted and item.suppressed is None
        else item
        for item in findings
    )


def _suppression(ruling: Ruling) -> Suppression:
    return Suppression("command", ruling.reason, f"/skillaudit accept by {ruling.login}")
