"""What each event from GitHub asks for; everything else is ignored."""

from typing import Final

import msgspec

from app.commands import Request, parse_command
from app.tables import Halt
from github.payloads import Comment, Installation, Repository, User
from github.webhooks import (
    CheckRunEvent,
    CheckSuiteEvent,
    Event,
    InstallationEvent,
    InstallationRepositoriesEvent,
    IssueCommentEvent,
    MergeGroupEvent,
    PullRequestEvent,
    PushEvent,
    ReviewCommentEvent,
)

REVIEWED: Final = frozenset({"opened", "reopened", "synchronize", "ready_for_review", "edited"})
# Asked for although the same head may have been reviewed already.
AGAIN: Final = frozenset({"reopened", "ready_for_review", "edited"})
# Whoever causes these has put the head there.
PUSHED: Final = frozenset({"opened", "reopened", "synchronize"})
HEADS: Final = "refs/heads/"


class Where(msgspec.Struct, frozen=True):
    """A repository as one installation sees it."""

    installation_id: int
    repo_id: int
    full_name: str


class Enqueue(msgspec.Struct, frozen=True, tag=True):
    """Review this head; `again` even if it was reviewed before.

    `pusher` is the login of who put it there, if an event says so; `priority` None leaves it to the subject.
    """

    where: Where
    subject: str
    head_sha: str
    base_sha: str
    base_ref: str
    again: bool = False
    pusher: str = ""
    priority: int | None = None


class HaltSubject(msgspec.Struct, frozen=True, tag=True):
    """End the open reviews of a pull request or merge group."""

    repo_id: int
    subject: str
    halt: Halt


class HaltInstallation(msgspec.Struct, frozen=True, tag=True):
    """End the open reviews of an installation, or of some of its repositories."""

    installation_id: int
    repo_ids: tuple[int, ...] | None = None


class Resume(msgspec.Struct, frozen=True, tag=True):
    """Review again what an installation kept from being reviewed: it lacked a permission, or was suspended."""

    installation_id: int


class Rerequest(msgspec.Struct, frozen=True, tag=True):
    """Review a head again, known by our external id, else by the commit.

    For forks GitHub names no pull request (`numbers` is empty). With `if_back` it must have been judged before another.
    """

    where: Where
    head_sha: str
    external_id: str = ""
    numbers: tuple[int, ...] = ()
    if_back: bool = False


class Command(msgspec.Struct, frozen=True, tag=True):
    """Do what a comment asks for; `comment` is `issues/<id>` or `pulls/<id>`, `thread` the first comment of its thread.

    In the conversation of a pull request there are no threads: it is 0 there.
    """

    where: Where
    number: int
    comment: str
    thread: int
    login: str
    request: Request


class Press(msgspec.Struct, frozen=True, tag=True):
    """Do what a button of our check run asks for."""

    check: Rerequest
    button: str
    login: str


class Welcome(msgspec.Struct, frozen=True, tag=True):
    """Look at repositories that the App was installed on."""

    repositories: tuple[Where, ...]


class BaseMoved(msgspec.Struct, frozen=True, tag=True):
    """See whom a push to a branch concerns that may be others' base; `before` is all zeros for a new branch."""

    where: Where
    branch: str
    before: str
    after: str
    is_default: bool = True


# What cannot be carried out before GitHub has answered a question.
Inquiry = Rerequest | Command | Press | Welcome | BaseMoved
Action = Enqueue | HaltSubject | HaltInstallation | Resume | Inquiry
_DECODER: msgspec.msgpack.Decoder[Action] = msgspec.msgpack.Decoder(Action)


def encode_action(action: Action) -> bytes:
    """Encode an action to be stored."""
    return msgspec.msgpack.encode(action)


def decode_action(data: bytes) -> Action:
    """Decode a stored action. Raise msgspec.DecodeError."""
    return _DECODER.decode(data)


def plan(event: Event, app_id: str) -> Action | None:
    """Return what an event asks for, None when it asks for nothing."""
    match event:
        case PullRequestEvent():
            return _pull_request(event)
        case MergeGroupEvent():
            return _merge_group(event)
        case CheckRunEvent(action="requested_action"):
            return _press(event, app_id)
        case CheckRunEvent() | CheckSuiteEvent():
            return _rerequest(event, app_id)
        case IssueCommentEvent() | ReviewCommentEvent():
            return _comment(event)
        case PushEvent():
            return _push(event)
        case InstallationEvent() | InstallationRepositoriesEvent():
            return _installation(event)
        case _:
            return None


def pull_subject(number: int) -> str:
    """Return the subject of a pull request."""
    return f"pr:{number}"


def _pull_request(event: PullRequestEvent) -> Action | None:
    where = _where(event.installation, event.repository)
    subject = pull_subject(event.number)
    if event.action == "closed":
        return HaltSubject(event.repository.id, subject, Halt.CLOSED)
    rebased = event.changes is not None and event.changes.base is not None
    if where is None or event.action not in REVIEWED or (event.action == "edited" and not rebased):
        return None
    pull = event.pull_request
    pusher = event.sender.login if event.sender is not None and event.action in PUSHED else ""
    return Enqueue(where, subject, pull.head.sha, pull.base.sha, pull.base.ref, event.action in AGAIN, pusher)


def _merge_group(event: MergeGroupEvent) -> Action | None:
    where = _where(event.installation, event.repository)
    group = event.merge_group
    subject = f"mg:{group.head_ref}"
    if event.action == "destroyed":
        return HaltSubject(event.repository.id, subject, Halt.DESTROYED)
    if where is None or event.action != "checks_requested":
        return None
    return Enqueue(where, subject, group.head_sha, group.base_sha, group.base_ref.removeprefix(HEADS))


def _rerequest(event: CheckRunEvent | CheckSuiteEvent, app_id: str) -> Rerequest | None:
    return _of_check(event, app_id) if event.action == "rerequested" else None


def _press(event: CheckRunEvent, app_id: str) -> Press | None:
    check = _of_check(event, app_id)
    if check is None or event.requested_action is None or not _is_person(event.sender):
        return None
    return Press(check, event.requested_action.identifier, event.sender.login if event.sender else "")


def _of_check(event: CheckRunEvent | CheckSuiteEvent, app_id: str) -> Rerequest | None:
    where = _where(event.installation, event.repository)
    check = event.check_run if isinstance(event, CheckRunEvent) else event.check_suite
    ours = check.app is None or str(check.app.id) == app_id
    if where is None or not ours:
        return None
    external_id = (event.check_run.external_id or "") if isinstance(event, CheckRunEvent) else ""
    return Rerequest(where, check.head_sha, external_id, tuple(link.number for link in check.pull_requests))


def _comment(event: IssueCommentEvent | ReviewCommentEvent) -> Action | None:
    if event.action != "created":
        return None
    if isinstance(event, ReviewCommentEvent):
        thread = event.comment.in_reply_to_id or event.comment.id
        return _command(event, event.pull_request.number, f"pulls/{event.comment.id}", thread)
    if not event.is_on_pull_request:
        return None
    return _command(event, event.issue.number, f"issues/{event.comment.id}", 0)


def _command(event: IssueCommentEvent | ReviewCommentEvent, number: int, comment: str, thread: int) -> Command | None:
    where = _where(event.installation, event.repository)
    request = parse_command(event.comment.body or "")
    if where is None or request is None or not _is_from(event.comment, event.sender):
        return None
    return Command(where, number, comment, thread, event.sender.login if event.sender else "", request)


def _is_from(comment: Comment, sender: User | None) -> bool:
    # A comment of somebody else that a person only caused to be posted gives no command in that person's name.
    return _is_person(sender) and comment.user is not None and sender is not None and comment.user.id == sender.id


def _is_person(sender: User | None) -> bool:
    return sender is not None and sender.type == "User"


def _push(event: PushEvent) -> Action | None:
    where = _where(event.installation, event.repository)
    if where is None or not event.branch:
        return None
    return BaseMoved(where, event.branch, event.before, event.after, event.is_default_branch)


def _installation(event: InstallationEvent | InstallationRepositoriesEvent) -> Action | None:
    match event:
        case InstallationEvent(action="deleted" | "suspend"):
            return HaltInstallation(event.installation.id)
        case InstallationRepositoriesEvent(action="removed"):
            return HaltInstallation(event.installation.id, tuple(item.id for item in event.repositories_removed))
        case InstallationEvent(action="unsuspend" | "new_permissions_accepted"):
            return Resume(event.installation.id)
        case InstallationEvent(action="created"):
            return _welcome(event.installation, event.repositories or ())
        case InstallationRepositoriesEvent(action="added"):
            return _welcome(event.installation, event.repositories_added)
        case _:
            return None


def _welcome(installation: Installation, repositories: tuple[Repository, ...]) -> Welcome | None:
    found = tuple(Where(installation.id, item.id, item.full_name) for item in repositories)
    return Welcome(found) if found else None


def _where(installation: Installation | None, repository: Repository) -> Where | None:
    return None if installation is None else Where(installation.id, repository.id, repository.full_name)
