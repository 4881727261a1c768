"""From stored deliveries to reviews in the queue."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import structlog
from sqlmodel import Session, col, select

from app import queue
from app.events import Action, Enqueue, HaltInstallation, HaltSubject, Rerequest, decode_action, pull_subject
from app.store import Store
from app.tables import Delivery, DeliveryState
from github.installations import READ, App
from github.pulls import Pull, list_open_pulls_by_head, read_pull

BATCH: Final = 100
MAX_ATTEMPTS: Final = 5
RETRY_SECONDS: Final = 5.0
EXTERNAL_VERSION: Final = "v1"
log: Final = structlog.get_logger(__name__)


class Dispatcher:
    """Carries out what deliveries ask for, each exactly once."""

    def __init__(self, store: Store, app: App, engine_version: str, clock: Callable[[], float]) -> None:
        self._store = store
        self._app = app
        self._engine_version = engine_version
        self._clock = clock

    async def dispatch(self) -> Sequence[tuple[str, Rerequest]]:
        """Carry out all that is due; return the GUIDs of those that need GitHub's answer first."""
        unknown: list[tuple[str, Rerequest]] = []
        halted: list[HaltInstallation] = []

        def work(session: Session) -> int:
            due = self._due(session)
            for delivery in due:
                action = _action(delivery)
                if action is None or self._apply(session, action):
                    _done(delivery)
                elif isinstance(action, Rerequest):
                    unknown.append((delivery.guid, action))
                if isinstance(action, HaltInstallation):
                    halted.append(action)
            return len(due)

        while await self._store.run(work) == BATCH and not unknown:
            pass
        for action in halted:
            self._app.forget(action.installation_id)
        return unknown

    async def look_up(self, guid: str, request: Rerequest) -> None:
        """Ask GitHub which pull requests a commit belongs to, and review them again. Raise github.errors.CallFailed."""
        requests = await self._requests(request)

        def work(session: Session) -> None:
            delivery = self._delivery(session, guid)
            if delivery is None or delivery.state != DeliveryState.RECEIVED:
                return
            for item in requests:
                queue.enqueue(session, item, self._engine_version, self._clock())
            _done(delivery)

        await self._store.run(work)
        log.info("re-run looked up", guid=guid, found=len(requests))

    async def failed(self, guid: str, error: Exception) -> None:
        """Try a delivery again later, or give it up."""

        def work(session: Session) -> None:
            delivery = self._delivery(session, guid)
            if delivery is None:
                return
            delivery.attempts += 1
            delivery.error = type(error).__name__
            delivery.not_before = self._clock() + RETRY_SECONDS * 2**delivery.attempts
            if delivery.attempts >= MAX_ATTEMPTS:
                delivery.state = DeliveryState.FAILED

        await self._store.run(work)

    def _due(self, session: Session) -> Sequence[Delivery]:
        return session.exec(
            select(Delivery)
            .where(Delivery.state == DeliveryState.RECEIVED, col(Delivery.not_before) <= self._clock())
            .order_by(col(Delivery.received_at))
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()

    def _apply(self, session: Session, action: Action) -> bool:
        now = self._clock()
        match action:
            case Enqueue():
                review = queue.enqueue(session, action, self._engine_version, now)
                if review is not None:
                    log.info("review queued", review=review.id, subject=review.subject, head=review.head_sha)
            case HaltSubject():
                queue.halt_subject(session, action, now)
            case HaltInstallation():
                queue.halt_installation(session, action, now)
            case Rerequest():
                return bool(queue.rerun(session, action, self._engine_version, now))
        return True

    def _delivery(self, session: Session, guid: str) -> Delivery | None:
        return session.exec(select(Delivery).where(Delivery.guid == guid)).first()

    async def _requests(self, request: Rerequest) -> list[Enqueue]:
        merge_group = _merge_group(request)
        if merge_group is not None:
            return [merge_group]
        where = request.where
        repository = self._app.repository(where.installation_id, where.repo_id, where.full_name, READ)
        pulls: Sequence[Pull] = [await read_pull(repository, number) for number in request.numbers]
        if not pulls:
            pulls = await list_open_pulls_by_head(repository, request.head_sha)
        return [
            Enqueue(where, pull_subject(pull.number), pull.head.sha, pull.base.sha, pull.base.ref, again=True)
            for pull in pulls
            if pull.state == "open" and pull.head.sha == request.head_sha
        ]


def external_id(repo_id: int, subject: str, base_sha: str, job: str) -> str:
    """Return what a check run says about itself, from which a re-run finds its review without our database."""
    return f"{EXTERNAL_VERSION}:{repo_id}:{subject}:{base_sha}:{job}"


def _merge_group(request: Rerequest) -> Enqueue | None:
    version, _, rest = request.external_id.partition(":")
    repo_id, _, rest = rest.partition(":")
    if version != EXTERNAL_VERSION or repo_id != str(request.where.repo_id):
        return None
    subject, base_sha, _job = (*rest.rsplit(":", 2), "", "")[:3]
    if not subject.startswith("mg:"):
        return None
    return Enqueue(request.where, subject, request.head_sha, base_sha, "", again=True)


def _action(delivery: Delivery) -> Action | None:
    try:
        return decode_action(delivery.payload)
    except msgspec.DecodeError as error:
        # Stored by another version of this program.
        log.warning("delivery not understood", guid=delivery.guid, reason=str(error))
        return None


def _done(delivery: Delivery) -> None:
    delivery.state = DeliveryState.DONE
    delivery.payload = b""
