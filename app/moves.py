"""Findings that go by another fingerprint since their module was renamed, or their tool moved, between two pushes.

A finding is known by where its code lives. What an earlier review of the same pull request found and this one does
not is the same finding where the rule and all that proves it agree.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, select

from analyzers.finding import Report
from app.decisions import digest, pull_number
from app.events import pull_subject
from app.tables import Review, ReviewedFinding

Moves = Mapping[str, str]
# A rule and a digest of what proves its finding.
Proof = tuple[str, str]


def find_moves(session: Session, review: Review, report: Report) -> dict[str, str]:
    """Return the fingerprints that findings had in earlier reviews of the pull request, with those they have now."""
    known = _known(session, review)
    present = {finding.fingerprint for finding in report.findings}
    vanished = [row for row in known if row.evidence and row.fingerprint not in present]
    if not vanished:
        return {}
    arrived = _arrived(report, {row.rule for row in vanished}, {row.fingerprint for row in known})
    moves: dict[str, str] = {}
    for proof, names in _by_review(vanished):
        # Equals are told apart by their order in the code.
        moves |= dict(zip(names, arrived.get(proof, ()), strict=False))
    return moves


def _known(session: Session, review: Review) -> Sequence[ReviewedFinding]:
    """Return what earlier reviews found, the oldest first."""
    number = pull_number(review.subject)
    if number is None:
        return ()
    return session.exec(
        select(ReviewedFinding)
        .join(Review, col(Review.id) == col(ReviewedFinding.review_id))
        .where(Review.repo_id == review.repo_id, Review.subject == pull_subject(number), Review.id != review.id)
        .order_by(col(Review.created_at), col(ReviewedFinding.path), col(ReviewedFinding.line))
    ).all()


def _arrived(report: Report, rules: set[str], before: set[str]) -> dict[Proof, list[str]]:
    found: dict[Proof, list[str]] = defaultdict(list)
    for finding in sorted(report.findings, key=lambda item: item.location):
        if finding.new and finding.rule in rules and finding.fingerprint not in before:
            found[finding.rule, digest(report, finding)].append(finding.fingerprint)
    return found


def _by_review(rows: Sequence[ReviewedFinding]) -> list[tuple[Proof, list[str]]]:
    found: dict[tuple[str, Proof], list[str]] = defaultdict(list)
    for row in rows:
        found[row.review_id, (row.rule, row.evidence)].append(row.fingerprint)
    return [(proof, names) for (_, proof), names in found.items()]
