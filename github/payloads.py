"""The few fields of webhook payloads that are used.

The models name only what is read, ignore everything else, and ask only for what an event cannot be acted on without:
new actions, enum values and fields appear at any time, old GitHub Enterprise servers leave fields out.
"""

import msgspec


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


class PullRequestUrl(msgspec.Struct, frozen=True):
    """By whose presence an issue is known to be a pull request."""

    url: str = ""


class Issue(msgspec.Struct, frozen=True):
    """An issue; `pull_request` is set when it is one."""

    number: int
    pull_request: PullRequestUrl | None = None
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
