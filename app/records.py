"""What is written down about a review's findings and about our comments."""

from collections.abc import Mapping

from sqlmodel import Session, col, delete, select

from analyzers.finding import Finding
from app.evidence import digest
from app.render.view import View
from app.tables import Review, ReviewedFinding, Thread, ThreadState


def remembered_threads(session: Session, review: Review) -> dict[str, ThreadState]:
    """Return the state of our comments on a pull request, by fingerprint."""
    rows = session.exec(select(Thread).where(Thread.repo_id == review.repo_id, Thread.number == review.number))
    return {row.fingerprint: ThreadState(row.state) for row in rows}


def record_threads(session: Session, review: Review, states: Mapping[str, ThreadState | None]) -> None:
    """Note the state of our comments; None is for one that is gone by our own hand."""
    for fingerprint, state in states.items():
        key = (review.repo_id, review.number, fingerprint)
        thread = session.get(Thread, key)
        if state is None:
            if thread is not None:
                session.delete(thread)
        elif thread is None:
            session.add(Thread(repo_id=key[0], number=review.number or 0, fingerprint=fingerprint, state=state))
        else:
            thread.state = state


def record_findings(session: Session, review: Review, view: View, inline: frozenset[str]) -> None:
    """Note what became of each new finding."""
    session.exec(delete(ReviewedFinding).where(col(ReviewedFinding.review_id) == review.id))
    new = {finding.fingerprint: finding for finding in view.report.findings if finding.new}
    session.add_all(_row(review, view, finding, fingerprint in inline) for fingerprint, finding in new.items())


def _row(review: Review, view: View, finding: Finding, inline: bool) -> ReviewedFinding:
    return ReviewedFinding(
        review_id=review.id,
        fingerprint=finding.fingerprint,
        rule=finding.rule,
        severity=str(finding.severity),
        path=finding.location.path,
        line=finding.location.line,
        fate=_fate(view, finding, inline),
        evidence=digest(view.report, finding),
    )


def _fate(view: View, finding: Finding, inline: bool) -> str:
    if finding.suppressed is not None:
        return "suppressed"
    if inline:
        return "comment"
    return "check" if finding.is_loud(view.verdict.min_confidence) else "quiet"
