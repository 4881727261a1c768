"""Pull requests, reviews, comments, threads and check runs as state."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.standin.accounts import App, User


@dataclass(slots=True)
class PullRequest:
    """A pull request; head_sha follows its branch while it is open."""

    id: int
    number: int
    title: str
    author: User
    head_branch: str
    head_sha: str
    fork: str | None
    base_branch: str
    draft: bool = False
    state: str = "open"
    merged: bool = False
    merged_base_sha: str | None = None
    fork_deleted: bool = False
    updated_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def node_id(self) -> str:
        """Return the GraphQL id."""
        return f"PR_{self.id}"


@dataclass(frozen=True, slots=True)
class MergeGroup:
    """An entry of a merge queue: the merge commit under test."""

    head_sha: str
    head_ref: str
    base_sha: str
    base_ref: str


@dataclass(slots=True)
class Reaction:
    """A reaction to a comment."""

    id: int
    user: User
    content: str
    created_at: datetime


@dataclass(slots=True)
class Comment:
    """A review comment; line is None for a file comment, subject 'file' or 'line'."""

    id: int
    repository_id: int
    number: int
    review_id: int | None
    author: User
    body: str
    path: str
    side: str
    line: int | None
    start_line: int | None
    start_side: str | None
    commit_id: str
    diff_hunk: str
    created_at: datetime
    updated_at: datetime
    in_reply_to: int | None = None
    subject: str = "line"
    minimized: str | None = None
    deleted: bool = False
    reactions: list[Reaction] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        """Return the GraphQL id."""
        return f"PRRC_{self.id}"

    @property
    def visible(self) -> bool:
        """Tell whether a reader of the pull request sees it unfolded."""
        return not self.deleted and self.minimized is None


@dataclass(slots=True)
class IssueComment:
    """A comment in the conversation of a pull request."""

    id: int
    number: int
    author: User
    body: str
    created_at: datetime
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(slots=True)
class Review:
    """A pull request review; state is PENDING until it is submitted."""

    id: int
    repository_id: int
    number: int
    author: User
    state: str
    body: str
    commit_id: str
    submitted_at: datetime | None

    @property
    def node_id(self) -> str:
        """Return the GraphQL id."""
        return f"PRR_{self.id}"


@dataclass(slots=True)
class Thread:
    """A conversation: the comments that answer one root comment."""

    id: int
    root_id: int
    repository_id: int
    number: int
    resolved_by: User | None = None

    @property
    def node_id(self) -> str:
        """Return the GraphQL id."""
        return f"PRRT_{self.id}"


@dataclass(slots=True)
class Annotation:
    """One annotation of a check run, as sent."""

    path: str
    start_line: int
    end_line: int
    annotation_level: str
    message: str
    title: str | None = None
    raw_details: str | None = None
    start_column: int | None = None
    end_column: int | None = None


@dataclass(slots=True)
class CheckRun:
    """A check run on a commit; only its App may change it."""

    id: int
    repository_id: int
    app: App
    name: str
    head_sha: str
    status: str
    conclusion: str | None
    external_id: str
    details_url: str
    started_at: datetime
    completed_at: datetime | None = None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[Annotation] = field(default_factory=list)
    actions: list[dict[str, str]] = field(default_factory=list)
    changes: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        """Return the GraphQL id."""
        return f"CR_{self.id}"


@dataclass(slots=True)
class Analysis:
    """One upload to code scanning: the commit and ref it is about, and the SARIF log."""

    id: str
    repository_id: int
    commit_sha: str
    ref: str
    tool_name: str
    log: dict[str, Any]
    # How often it is still said to be pending; then it is complete, or failed for what the state says.
    pending: int = 0
