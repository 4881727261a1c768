"""What is stored: deliveries, reviews, and what became of each finding. Never source text, never a token.

Times are seconds since the epoch, commits and blobs full object ids.
"""

import enum
from typing import Final

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel


class DeliveryState(enum.StrEnum):
    """How far an event has come."""

    RECEIVED = "received"
    DONE = "done"
    FAILED = "failed"


class ReviewState(enum.StrEnum):
    """Where a review stands: the first two are open, the others final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


OPEN: Final = (ReviewState.QUEUED, ReviewState.RUNNING)


class Halt(enum.StrEnum):
    """Why an open review is to end before its result."""

    NONE = ""
    SUPERSEDED = "superseded"
    CLOSED = "closed"
    DESTROYED = "destroyed"
    UNINSTALLED = "uninstalled"


class ThreadState(enum.StrEnum):
    """What we know of a comment of ours."""

    OPEN = "open"
    FIXED = "fixed"
    DELETED = "deleted"


class Delivery(SQLModel, table=True):
    """One event from GitHub; `payload` holds the few fields that are used, and only until the event is done."""

    __table_args__ = (Index("ix_delivery_state", "state", "received_at"),)

    guid: str = Field(primary_key=True)
    # Two Apps can be sent the same GUID for one event.
    app_id: str = Field(primary_key=True)
    event: str
    payload: bytes
    received_at: float
    state: str = DeliveryState.RECEIVED
    attempts: int = 0
    not_before: float = 0.0
    error: str = ""


class Review(SQLModel, table=True):
    """One review of one head; the row is the truth about it, with a lease while it is worked at.

    `subject` is `pr:7`, `mg:<full ref>`, `base` for the default branch or `base:<branch>` for another. `policy` is the
    blob of the policy, "" until it was read or where there is none. `step` is "" until something of it may stand at
    GitHub; its values are those of `app.parking`.
    """

    __table_args__ = (
        UniqueConstraint("repo_id", "subject", "head_sha", "base_sha", "policy", "engine_version", "rerun"),
        Index("ix_review_due", "state", "priority", "created_at"),
        Index("ix_review_head", "repo_id", "head_sha"),
    )

    id: str = Field(primary_key=True)
    installation_id: int = Field(sa_type=BigInteger)
    repo_id: int = Field(sa_type=BigInteger)
    full_name: str
    subject: str
    head_sha: str
    base_sha: str
    base_ref: str
    policy: str = ""
    engine_version: str
    rerun: int = 0
    priority: int
    state: str = ReviewState.QUEUED
    step: str = ""
    halt: str = Halt.NONE
    halted_by: str = ""
    attempts: int = 0
    not_before: float = 0.0
    created_at: float
    deadline: float
    lease_owner: str = ""
    lease_until: float = 0.0
    check_run_id: int | None = Field(default=None, sa_type=BigInteger)
    # The check goes first and says that the comments follow: GitHub asked to pause beyond the deadline.
    comments_due: bool = False
    on_error: str = "failure"
    conclusion: str = ""
    title: str = ""
    error: str = ""
    finished_at: float | None = None

    @property
    def is_of_base(self) -> bool:
        """Whether it is about a branch that others are based on, and not about a change."""
        return self.subject.partition(":")[0] == "base"

    @property
    def number(self) -> int | None:
        """The number of the pull request, None for other subjects."""
        kind, _, number = self.subject.partition(":")
        return int(number) if kind == "pr" else None


class ReviewedFinding(SQLModel, table=True):
    """What one review made of one finding: `fate` is where it was told, `evidence` a digest of what proves it."""

    __tablename__ = "finding"

    review_id: str = Field(primary_key=True, foreign_key="review.id", ondelete="CASCADE")
    fingerprint: str = Field(primary_key=True)
    rule: str
    severity: str
    path: str
    line: int
    fate: str
    evidence: str = ""


class Thread(SQLModel, table=True):
    """Our comment about one finding of one pull request; one that is gone at GitHub was deleted by a human."""

    __tablename__ = "thread"

    repo_id: int = Field(primary_key=True, sa_type=BigInteger)
    number: int = Field(primary_key=True)
    fingerprint: str = Field(primary_key=True)
    state: str


class Redelivery(SQLModel, table=True):
    """How often GitHub was asked to send a failed delivery again; `delivery_id` is the failed attempt at hand then."""

    guid: str = Field(primary_key=True)
    app_id: str = Field(primary_key=True)
    attempts: int = 0
    delivery_id: int = Field(default=0, sa_type=BigInteger)
    asked_at: float = 0.0


class Duty(SQLModel, table=True):
    """Work that one process does for all of them, with a lease while it does, and how far it has come.

    `behind_since` is when an outage began that is being made good, up to this installation and repository.
    """

    name: str = Field(primary_key=True)
    lease_owner: str = ""
    lease_until: float = 0.0
    done_at: float = 0.0
    active_repo_id: int = Field(default=0, sa_type=BigInteger)
    behind_since: float | None = None
    behind_installation_id: int = Field(default=0, sa_type=BigInteger)
    behind_repo_id: int = Field(default=0, sa_type=BigInteger)


class Pace(SQLModel, table=True):
    """How fast one installation writes, until when it must not, and when its last turn at a review began.

    See `app.buckets` for the first two moments.
    """

    installation_id: int = Field(primary_key=True, sa_type=BigInteger)
    writes_full_at: float = 0.0
    content_full_at: float = 0.0
    paused_until: float = 0.0
    pauses: int = 0
    served_at: float = 0.0


class Decision(SQLModel, table=True):
    """A command that was obeyed: who gave it, when and why, about which finding with which evidence.

    `comment` is where it was given, `issues/<id>` or `pulls/<id>`; fingerprint and evidence are "" where it is about
    none.
    """

    __table_args__ = (Index("ix_decision_pull", "repo_id", "number"),)

    comment: str = Field(primary_key=True)
    repo_id: int = Field(sa_type=BigInteger)
    number: int
    verb: str
    fingerprint: str = ""
    evidence: str = ""
    reason: str = ""
    login: str
    head_sha: str = ""
    made_at: float


class Pusher(SQLModel, table=True):
    """Somebody who pushed to the branch of a pull request."""

    repo_id: int = Field(primary_key=True, sa_type=BigInteger)
    number: int = Field(primary_key=True)
    login: str = Field(primary_key=True)


class Upload(SQLModel, table=True):
    """A repository's last upload to code scanning, of its default branch or of any pull request, and what became of it.

    `upload_id` is "" once that is known; `look_at` is when to ask, or to upload, again. `failure` is why GitHub could
    not process the last one that it has processed, "" if it could, `failures` how many in a row that were; `refusal` is
    why GitHub did not even take the last one.
    """

    repo_id: int = Field(primary_key=True, sa_type=BigInteger)
    is_of_base: bool = Field(default=False, primary_key=True)
    full_name: str
    review_id: str
    upload_id: str = ""
    looks_left: int = 0
    look_at: float = 0.0
    failure: str = ""
    failures: int = 0
    refusal: str = ""
    made_at: float
