"""What each event from GitHub asks for; everything else is ignored."""

from typing import Final

import msgspec

from app.tables import Halt
from github.payloads import Installation, Repository
from github.webhooks import (
    CheckRunEvent,
    CheckSuiteEvent,
    Event,
    InstallationEvent,
    InstallationRepositoriesEvent,
    MergeGroupEvent,
    PullRequestEvent,
)

REVIEWED: Final = frozenset({"opened", "reopened", "synchronize", "ready_for_review", "edited"})
# Asked for although the same head may have been reviewed already.
AGAIN: Final = frozenset({"reopened", "ready_for_review", "edited"})
HEADS: Final = "refs/heads/"


class Where(msgspec.Struct, frozen=True):
    """A repository as one installation sees it."""

    installation_id: int
    repo_id: int
    full_name: str


class Enqueue(msgspec.Struct, frozen=True, tag=True):
    """Review this head; `again` even if it was reviewed before."""

    where: Where
    subject: str
    head_sha: str
    base_sha: str
    base_ref: str
    again: bool = False


class HaltSubject(msgspec.Struct, frozen=True, tag=True):
    """End the open reviews of a pull request or merge group."""

    repo_id: int
    subject: str
    halt: Halt


class HaltInstallation(msgspec.Struct, frozen=True, tag=True):
    """End the open reviews of an installation, or of some of its repositories."""

    installation_id: int
    repo_ids: tuple[int, ...] | None = None


class Rerequest(msgspec.Struct, frozen=True, tag=True):
    """Review a head again, known by our external id, else by the commit.

    For forks GitHub names no pull request (`numbers` is empty).
    """

    where: Where
    head_sha: str
    external_id: str = ""
    numbers: tuple[int, ...] = ()


Action = Enqueue | HaltSubject | HaltInstallation | Rerequest
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
        case CheckRunEvent() | CheckSuiteEvent():
            return _rerequest(event, app_id)
        case InstallationEvent(action="deleted" | "suspend"):
            return HaltInstallation(event.installation.id)
        case InstallationRepositoriesEvent(action="removed"):
            return HaltInstallation(event.installation.id, tuple(item.id for item in event.repositories_removed))
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
    return Enqueue(where, subject, pull.head.sha, pull.base.sha, pull.base.ref, event.action in AGAIN)


def _merge_group(event: MergeGroupEvent) -> Action | None:
    where = _where(event.installation, event.repository)
    group = event.merge_group
    subject = f"mg:{group.head_ref}"
    if event.action == "destroyed":
        return HaltSubject(event.repository.id, subject, Halt.DESTROYED)
    if where is None or event.action != "checks_requested":
        return None
    return Enqueue(where, subject, group.head_sha, group.base_sha, group.base_ref.removeprefix(HEADS))


def _rerequest(event: CheckRunEvent | CheckSuiteEvent, app_id: str) -> Action | None:
    where = _where(event.installation, event.repository)
    check = event.check_run if isinstance(event, CheckRunEvent) else event.check_suite
    ours = check.app is None or str(check.app.id) == app_id
    if where is None or event.action != "rerequested" or not ours:
        return None
    external_id = (event.check_run.external_id or "") if isinstance(event, CheckRunEvent) else ""
    return Rerequest(where, check.head_sha, external_id, tuple(link.number for link in check.pull_requests))


def _where(installation: Installation | None, repository: Repository) -> Where | None:
    return None if installation is None else Where(installation.id, repository.id, repository.full_name)
