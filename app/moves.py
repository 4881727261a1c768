"""Findings that go by another fingerprint since their module was renamed, or their tool moved, between two pushes.

A finding is known by where its code lives. What an earlier review of the same pull request found and this one does
not is the same finding where the rule and all that proves it agree. What those reviews found is in the database, and
of each comment also in its marker, which outlives the database.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlmodel import Session, col, select

from analyzers.finding import Report
from app.decisions import pull_number
from app.events import pull_subject
from app.evidence import proof
from app.tables import Review, ReviewedFinding
from github.threads import ReviewThread

Moves = Mapping[str, str]


class _Known(NamedTuple):
    """A finding of an earlier review: by what it was known and is known again; `source` sets equals apart."""

    source: str
    fingerprint: str
    proof: str


def find_moves(
    session: Session, review: Review, report: Report, threads: Sequence[ReviewThread] = ()
) -> dict[str, str]:
    """Return the fingerprints that findings had in earlier reviews of the pull request, with those they have now."""
    found = _found(session, review)
    remembered = {known.fingerprint for known in found}
    known = [*found, *(item for item in _commented(threads) if item.fingerprint not in remembered)]
    present = {finding.fingerprint for finding in report.findings}
    vanished = [item for item in known if item.proof and item.fingerprint not in present]
    if not vanished:
        return {}
    arrived = _arrived(report, {item.proof for item in vanished}, {item.fingerprint for item in known})
    moves: dict[str, str] = {}
    for shown, names in _by_source(vanished):
        # Equals are told apart by their order in the code.
        moves |= dict(zip(names, arrived.get(shown, ()), strict=False))
    return moves


def _found(session: Session, review: Review) -> list[_Known]:
    """Return what earlier reviews found, the oldest first."""
    number = pull_number(review.subject)
    if number is None:
        return []
    rows = session.exec(
        select(ReviewedFinding)
        .join(Review, col(Review.id) == col(ReviewedFinding.review_id))
        .where(Review.repo_id == review.repo_id, Review.subject == pull_subject(number), Review.id != review.id)
        .order_by(col(Review.created_at), col(ReviewedFinding.path), col(ReviewedFinding.line))
    )
    return [
        _Known(row.review_id, row.fingerprint, f"{row.rule}:{row.evidence}" if row.evidence else "") for row in rows
    ]


def _commented(threads: Sequence[ReviewThread]) -> list[_Known]:
    """Return what our comments say that they are about."""
    ours = [thread for thread in threads if thread.marker is not None and thread.marker.fingerprint]
    ours.sort(key=lambda thread: (thread.path, thread.original_line or 0))
    markers = [thread.marker for thread in ours if thread.marker is not None]
    return [_Known("", marker.fingerprint or "", marker.proof or "") for marker in markers]


def _arrived(report: Report, proofs: Collection[str], before: Collection[str]) -> dict[str, list[str]]:
    rules = {shown.partition(":")[0] for shown in proofs}
    found: dict[str, list[str]] = defaultdict(list)
    for finding in sorted(report.findings, key=lambda item: item.location):
        if finding.new and finding.rule in rules and finding.fingerprint not in before:
            found[proof(report, finding)].append(finding.fingerprint)
    return found


def _by_source(known: Sequence[_Known]) -> list[tuple[str, list[str]]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for item in known:
        found[item.source, item.proof].append(item.fingerprint)
    return [(shown, names) for (_, shown), names in found.items()]
