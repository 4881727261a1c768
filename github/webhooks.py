"""What GitHub sends to the webhook: the signature over the raw bytes, and one value for each event."""

import hashlib
import hmac
import re
from collections.abc import Sequence

import msgspec

from github.errors import MalformedPayload
from github.payloads import (
    Changes,
    CheckRun,
    CheckSuite,
    Comment,
    Installation,
    Issue,
    MergeGroup,
    PullRequest,
    Repository,
    RequestedAction,
    ReviewThread,
    User,
)

SIGNATURE = re.compile(rb"sha256=[0-9a-f]{64}")


class PullRequestEvent(msgspec.Struct, frozen=True):
    """`opened`, `synchronize`, `closed`, ..."""

    action: str
    number: int
    pull_request: PullRequest
    repository: Repository
    installation: Installation | None = None
    sender: User | None = None
    changes: Changes | None = None


class MergeGroupEvent(msgspec.Struct, frozen=True):
    """`checks_requested` or `destroyed`."""

    action: str
    merge_group: MergeGroup
    repository: Repository
    installation: Installation | None = None
    reason: str | None = None


class CheckRunEvent(msgspec.Struct, frozen=True):
    """`rerequested` and `requested_action` reach only the App that owns the run."""

    action: str
    check_run: CheckRun
    repository: Repository
    installation: Installation | None = None
    sender: User | None = None
    requested_action: RequestedAction | None = None


class CheckSuiteEvent(msgspec.Struct, frozen=True):
    """`requested`, `rerequested` or `completed`."""

    action: str
    check_suite: CheckSuite
    repository: Repository
    installation: Installation | None = None
    sender: User | None = None


class InstallationEvent(msgspec.Struct, frozen=True):
    """`created`, `deleted`, `suspend`, `unsuspend` or `new_permissions_accepted`."""

    action: str
    installation: Installation
    repositories: tuple[Repository, ...] | None = None
    sender: User | None = None


class InstallationRepositoriesEvent(msgspec.Struct, frozen=True):
    """`added` or `removed`."""

    action: str
    installation: Installation
    repositories_added: tuple[Repository, ...] = ()
    repositories_removed: tuple[Repository, ...] = ()
    sender: User | None = None


class IssueCommentEvent(msgspec.Struct, frozen=True):
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


class ReviewCommentEvent(msgspec.Struct, frozen=True):
    """A comment on a line of a pull request."""

    action: str
    comment: Comment
    pull_request: PullRequest
    repository: Repository
    installation: Installation | None = None
    sender: User | None = None


class ReviewThreadEvent(msgspec.Struct, frozen=True):
    """`resolved` or `unresolved`."""

    action: str
    thread: ReviewThread
    pull_request: PullRequest
    repository: Repository
    installation: Installation | None = None
    sender: User | None = None


HEADS = "refs/heads/"


class PushEvent(msgspec.Struct, frozen=True):
    """A branch or tag that moved; `after` is all zeros when it was deleted."""

    ref: str
    after: str
    repository: Repository
    before: str = ""
    deleted: bool = False
    installation: Installation | None = None
    sender: User | None = None

    @property
    def branch(self) -> str:
        """The branch that moved and still exists, "" for a tag."""
        is_branch = self.ref.startswith(HEADS) and not self.deleted
        return self.ref.removeprefix(HEADS) if is_branch else ""

    @property
    def is_default_branch(self) -> bool:
        """Whether the repository's default branch moved, and still exists."""
        return self.branch == self.repository.default_branch


class PingEvent(msgspec.Struct, frozen=True):
    """Sent once when the webhook is set up."""

    zen: str = ""
    hook_id: int = 0


class Ignored(msgspec.Struct, frozen=True):
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


DECODERS: dict[str, msgspec.json.Decoder[Event]] = {
    "pull_request": msgspec.json.Decoder(PullRequestEvent),
    "merge_group": msgspec.json.Decoder(MergeGroupEvent),
    "check_run": msgspec.json.Decoder(CheckRunEvent),
    "check_suite": msgspec.json.Decoder(CheckSuiteEvent),
    "installation": msgspec.json.Decoder(InstallationEvent),
    "installation_repositories": msgspec.json.Decoder(InstallationRepositoriesEvent),
    "issue_comment": msgspec.json.Decoder(IssueCommentEvent),
    "pull_request_review_comment": msgspec.json.Decoder(ReviewCommentEvent),
    "pull_request_review_thread": msgspec.json.Decoder(ReviewThreadEvent),
    "push": msgspec.json.Decoder(PushEvent),
    "ping": msgspec.json.Decoder(PingEvent),
}


def verify_signature(body: bytes, header: str | bytes | None, secrets: Sequence[str]) -> bool:
    """Tell whether `X-Hub-Signature-256` signs these raw bytes with one of the secrets.

    Only `sha256=` and 64 lowercase hex digits will do; an empty secret signs nothing; nothing raises.
    """
    if header is None:
        return False
    given = header if isinstance(header, bytes) else header.encode("ascii", "replace")
    if not SIGNATURE.fullmatch(given):
        return False
    # All are compared, so that the time does not tell which one matched.
    matches = [hmac.compare_digest(given, _sign(body, secret)) for secret in secrets if secret]
    return any(matches)


def parse_event(name: str, body: bytes) -> Event:
    """Read the payload of the event named by `X-GitHub-Event`; raise MalformedPayload."""
    decoder = DECODERS.get(name)
    if decoder is None:
        return Ignored(name)
    try:
        return decoder.decode(body)
    except (ValueError, RecursionError) as error:
        # The reason names the field and the expected type, never the payload's text.
        raise MalformedPayload(f"{name}: {error}") from error


def _sign(body: bytes, secret: str) -> bytes:
    digest = hmac.new(secret.encode("utf-8", "surrogatepass"), body, hashlib.sha256).hexdigest()
    return f"sha256={digest}".encode("ascii")
