"""What GitHub sends to the webhook: the signature over the raw bytes, and the few fields of each event that are used.

The models name only what is read, ignore everything else, and ask only for what an event cannot be acted on without:
new actions, enum values and fields appear at any time, old GitHub Enterprise servers leave fields out.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence

import msgspec

from github.errors import MalformedPayload

SIGNATURE = re.compile(rb"sha256=[0-9a-f]{64}")


class User(msgspec.Struct, frozen=True):
    """An account; `type` is `User`, `Bot` or `Organization`."""

    id: int
    login: str
    type: str = "User"


class Installation(msgspec.Struct, frozen=True):
    """The installation that an event belongs to; account and permissions come only with its own events."""

    id: int
    account: User | None = None
    permissions: dict[str, str] = {}
    repository_selection: str = ""


class Repository(msgspec.Struct, frozen=True):
    """A repository; `owner` is absent in lists of an installation's repositories."""

    id: int
    full_name: str
    default_branch: str = ""
    private: bool = True


class Branch(msgspec.Struct, frozen=True):
    """One end of a pull request; `repo` is null when a fork was deleted."""

    ref: str
    sha: str
    repo: Repository | None = None


class PullRequest(msgspec.Struct, frozen=True):
    """The pull request as an event carries it; check events leave out `state` and `draft`."""

    number: int
    head: Branch
    base: Branch
    state: str = "open"
    draft: bool = False
    merged: bool | None = None
    user: User | None = None


class PullRequestLink(msgspec.Struct, frozen=True):
    """A pull request as check events name it: always of this repository, none for those of forks."""

    number: int


class From(msgspec.Struct, frozen=True, rename={"value": "from"}):
    """What a changed field held before."""

    value: str = ""


class BaseChange(msgspec.Struct, frozen=True):
    """The base branch before an edit."""

    ref: From = From()
    sha: From = From()


class Changes(msgspec.Struct, frozen=True):
    """What `edited` changed; `base` is set only when the base branch was."""

    base: BaseChange | None = None


class MergeGroup(msgspec.Struct, frozen=True):
    """A candidate of a merge queue; both refs are full (`refs/heads/...`)."""

    head_sha: str
    head_ref: str
    base_sha: str
    base_ref: str


class CheckApp(msgspec.Struct, frozen=True):
    """The App that a check run or suite belongs to."""

    id: int
    slug: str | None = None


class CheckSuite(msgspec.Struct, frozen=True):
    """A check suite; `head_branch` is null and `pull_requests` empty for forks."""

    id: int
    head_sha: str = ""
    head_branch: str | None = None
    app: CheckApp | None = None
    pull_requests: tuple[PullRequestLink, ...] = ()


class CheckRun(msgspec.Struct, frozen=True):
    """A check run; `pull_requests` is empty for forks."""

    id: int
    head_sha: str
    name: str = ""
    external_id: str | None = None
    status: str = ""
    conclusion: str | None = None
    app: CheckApp | None = None
    check_suite: CheckSuite | None = None
    pull_requests: tuple[PullRequestLink, ...] = ()


class RequestedAction(msgspec.Struct, frozen=True):
    """The button that was pressed."""

    identifier: str = ""


class Issue(msgspec.Struct, frozen=True):
    """An issue; `pull_request` is set when it is one."""

    number: int
    pull_request: msgspec.Raw | None = None
    user: User | None = None


class Comment(msgspec.Struct, frozen=True):
    """A comment on an issue or on a line of a pull request."""

    id: int
    body: str | None = None
    node_id: str = ""
    user: User | None = None
    in_reply_to_id: int | None = None


class ReviewThread(msgspec.Struct, frozen=True):
    """A thread of review comments, which the payload knows only by its node id and comments."""

    node_id: str = ""
    comments: tuple[Comment, ...] = ()


class PullRequestEvent(msgspec.Struct, frozen=True, tag="pull_request"):
    """`opened`, `synchronize`, `closed`, ..."""

    action: str
    number: int
    pull_request: PullRequest
    repository: Repository
    installation: Installation | None = None
    sender: User | None = None
    changes: Changes | None = None


class MergeGroupEvent(msgspec.Struct, frozen=True, tag="merge_group"):
    """`checks_requested` or `destroyed`."""

    action: str
    merge_group: MergeGroup
    repository: Repository
    installation: Installation | None = None
    reason: str | None = None


class CheckRunEvent(msgspec.Struct, frozen=True, tag="check_run"):
    """`rerequested` and `requested_action` reach only the App that owns the run."""

    action: str
    check_run: CheckRun
    repository: Repository
    installation: Installation | None = None
    sender: User | None = None
    requested_action: RequestedAction | None = None


class CheckSuiteEvent(msgspec.Struct, frozen=True, tag="check_suite"):
    """`requested`, `rerequested` or `completed`."""

    action: str
    check_suite: CheckSuite
    repository: Repository
    installation: Installation | None = None
    sender: User | None = None


class InstallationEvent(msgspec.Struct, frozen=True, tag="installation"):
    """`created`, `deleted`, `suspend`, `unsuspend` or `new_permissions_accepted`."""

    action: str
    installation: Installation
    repositories: tuple[Repository, ...] | None = None
    sender: User | None = None


class InstallationRepositoriesEvent(msgspec.Struct, frozen=True, tag="installation_repositories"):
    """`added` or `removed`."""

    action: str
    installation: Installation
    repositories_added: tuple[Repository, ...] = ()
    repositories_removed: tuple[Repository, ...] = ()
    sender: User | None = None


class IssueCommentEvent(msgspec.Struct, frozen=True, tag="issue_comment"):
    """A comment in the conversation; acted on only when created, on a pull request."""

    action: str
    issue: Issue
    comment: Comment
    repository: Repository
    installation: Installation | None = None
    sender: User | None = None

    @property
    def is_on_pull_request(self) -> bool:
        """Whether the issue is a pull request."""
        return self.issue.pull_request is not None


class ReviewCommentEvent(msgspec.Struct, frozen=True, tag="pull_request_review_comment"):
    """A comment on a line of a pull request."""

    action: str
    comment: Comment
    pull_request: PullRequest
    repository: Repository
    installation: Installation | None = None
    sender: User | None = None


class ReviewThreadEvent(msgspec.Struct, frozen=True, tag="pull_request_review_thread"):
    """`resolved` or `unresolved`."""

    action: str
    thread: ReviewThread
    pull_request: PullRequest
    repository: Repository
    installation: Installation | None = None
    sender: User | None = None


class PushEvent(msgspec.Struct, frozen=True, tag="push"):
    """A branch or tag that moved; `after` is all zeros when it was deleted."""

    ref: str
    after: str
    repository: Repository
    before: str = ""
    deleted: bool = False
    installation: Installation | None = None
    sender: User | None = None

    @property
    def is_default_branch(self) -> bool:
        """Whether the repository's default branch moved, and still exists."""
        return not self.deleted and self.ref == f"refs/heads/{self.repository.default_branch}"


class PingEvent(msgspec.Struct, frozen=True, tag="ping"):
    """Sent once when the webhook is set up."""

    zen: str = ""
    hook_id: int = 0


class Ignored(msgspec.Struct, frozen=True, tag="ignored"):
    """An event that nothing listens to."""

    name: str


Event = (
    PullRequestEvent
    | MergeGroupEvent
    | CheckRunEvent
    | CheckSuiteEvent
    | InstallationEvent
    | InstallationRepositoriesEvent
    | IssueCommentEvent
    | ReviewCommentEvent
    | ReviewThreadEvent
    | PushEvent
    | PingEvent
    | Ignored
)


def verify_signature(body: bytes, header: str | bytes | None, secrets: Sequence[str]) -> bool:
    """Tell whether `X-Hub-Signature-256` signs these raw bytes with one of the secrets.

    Only `sha256=` and 64 lowercase hex digits will do; an empty secret signs nothing; nothing raises.
    """
    raise NotImplementedError


def parse_event(name: str, body: bytes) -> Event:
    """Read the payload of the event named by `X-GitHub-Event`; raise MalformedPayload."""
    raise NotImplementedError
