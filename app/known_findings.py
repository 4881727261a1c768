"""Findings as they are remembered after a review."""

import msgspec
from sqlmodel import Session, col, select

from app.render.explain import Explained
from app.tables import Review, ReviewedFinding, ReviewState

MAX_EXPLAINED = 5


class KnownFinding(msgspec.Struct, frozen=True):
    """A finding of a review that has ended."""

    fingerprint: str
    evidence: str
    rule: str
    severity: str
    path: str
    line: int
    commit: str

    def explained(self) -> Explained:
        """Return what an explanation is made from."""
        return Explained(self.rule, self.severity, self.path, self.line, self.fingerprint, self.commit)


def latest_review(session: Session, repo_id: int, subject: str) -> Review | None:
    """Return the last review of a subject that came to a result."""
    rows = select(Review).where(Review.repo_id == repo_id, Review.subject == subject, Review.state == ReviewState.DONE)
    return session.exec(rows.order_by(col(Review.created_at).desc()).limit(1)).first()


def find(session: Session, review: Review | None, prefix: str) -> KnownFinding | None:
    """Return the review's finding whose fingerprint begins so; None where there is none, or more than one."""
    found = [item for item in findings(session, review) if item.fingerprint.startswith(prefix)]
    return found[0] if len(found) == 1 else None


def findings(session: Session, review: Review | None) -> list[KnownFinding]:
    """Return the new findings of a review that are not suppressed."""
    if review is None:
        return []
    rows = session.exec(
        select(ReviewedFinding)
        .where(ReviewedFinding.review_id == review.id, ReviewedFinding.fate != "suppressed")
        .order_by(col(ReviewedFinding.path), col(ReviewedFinding.line))
    )
    return [
        KnownFinding(row.fingerprint, row.evidence, row.rule, row.severity, row.path, row.line, review.head_sha)
        for row in rows
    ]
