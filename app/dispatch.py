"""From stored deliveries to reviews in the queue."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec
import structlog
from sqlalchemy import update
from sqlmodel import Session, col, select

from app import queue
from app.events import (
    Action,
    BaseMoved,
    Command,
    Enqueue,
    HaltInstallation,
    HaltSubject,
    Inquiry,
    Press,
    Rerequest,
    Resume,
    Welcome,
    decode_action,
)
from app.shared_heads import review_freed
from app.store import Store
from app.subjects import may_be_back
from app.tables import Delivery, DeliveryState
from github.errors import RateLimited, ServerFailed, Unreachable

# Deliveries that come meanwhile wait for this many to be dispatched.
BATCH: Final = 16
MAX_ATTEMPTS: Final = 5
RETRY_SECONDS: Final = 5.0
# GitHub counts them as delivered: what an outage of its own keeps from being carried out it never sends again.
OUTAGE_SECONDS: Final = 6 * 3600.0
LONGEST_RETRY_SECONDS: Final = 300.0
# For so long an inquiry is left to the process that has begun it.
INQUIRY_SECONDS: Final = 120.0
PULL: Final = "pr:"
log: Final = structlog.get_logger(__name__)


class Office(Protocol):
    """What asks GitHub."""

    async def answer(self, inquiry: Inquiry) -> Callable[[Session], None]:
        """Return what is to be stored. Raise github.errors.CallFailed."""

    def forget(self, installation_id: int) -> None:
        """Drop what is held in memory of an installation that is gone."""

    def answered(self) -> None:
        """Take note that what an answer asked for is stored."""


class Dispatcher:
    """Carries out what deliveries ask for, each exactly once."""

    def __init__(self, store: Store, office: Office, engine_version: str, clock: Callable[[], float]) -> None:
        self._store = store
        self._office = office
        self._engine_version = engine_version
        self._clock = clock

    async def dispatch(self) -> Sequence[tuple[str, Inquiry]]:
        """Carry out all that is due; return the GUIDs of those that need GitHub's answer first."""
        unknown: list[tuple[str, Inquiry]] = []
        halted: list[HaltInstallation] = []

        def work(session: Session) -> int:
            due = self._due(session)
            done: list[tuple[str, str]] = []
            for guid, app_id, payload in due:
                action = _action(guid, payload)
                with structlog.contextvars.bound_contextvars(guid=guid):
                    is_done = action is None or self._apply(session, action)
                inquiry = None if is_done else _inquiry(action)
                if inquiry is None:
                    done.append((guid, app_id))
                else:
                    unknown.append((guid, inquiry))
                    self._leave(session, guid)
                if isinstance(action, HaltInstallation):
                    halted.append(action)
            _finish(session, done)
            return len(due)

        while await self._store.run(work) == BATCH and not unknown:
            pass
        for action in halted:
            self._office.forget(action.installation_id)
        return unknown

    async def look_up(self, guid: str, inquiry: Inquiry) -> None:
        """Ask GitHub, and store what follows from its answer. Raise github.errors.CallFailed."""
        settle = await self._office.answer(inquiry)

        def work(session: Session) -> None:
            delivery = self._delivery(session, guid)
            if delivery is not None and delivery.state == DeliveryState.RECEIVED:
                settle(session)
                _done(delivery)

        await self._store.run(work)
        self._office.answered()
        log.info("inquiry answered", guid=guid, about=type(inquiry).__name__)

    async def failed(self, guid: str, error: Exception) -> None:
        """Try a delivery again later, or give it up."""

        def work(session: Session) -> None:
            delivery = self._delivery(session, guid)
            if delivery is None:
                return
            delivery.error = type(error).__name__
            if isinstance(error, RateLimited):
                # A pause that GitHub asks for is no failure.
                delivery.not_before = error.retry_at
                return
            now = self._clock()
            delivery.attempts += 1
            delivery.not_before = now + min(RETRY_SECONDS * 2**delivery.attempts, LONGEST_RETRY_SECONDS)
            is_outage = isinstance(error, ServerFailed | Unreachable) and now < delivery.received_at + OUTAGE_SECONDS
            if delivery.attempts >= MAX_ATTEMPTS and not is_outage:
                delivery.state = DeliveryState.FAILED

        await self._store.run(work)

    def _leave(self, session: Session, guid: str) -> None:
        delivery = self._delivery(session, guid)
        if delivery is not None:
            delivery.not_before = self._clock() + INQUIRY_SECONDS

    def _due(self, session: Session) -> Sequence[tuple[str, str, bytes]]:
        return session.exec(
            select(Delivery.guid, Delivery.app_id, Delivery.payload)
            .where(Delivery.state == DeliveryState.RECEIVED, col(Delivery.not_before) <= self._clock())
            .order_by(col(Delivery.received_at))
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()

    def _apply(self, session: Session, action: Action) -> bool:
        now = self._clock()
        match action:
            case Enqueue():
                queue.note_pusher(session, action)
                review_freed(session, action, self._engine_version, now)
                review = queue.enqueue(session, action, self._engine_version, now)
                if review is None:
                    return not (action.subject.startswith(PULL) and may_be_back(session, action))
                log.info("review queued", review=review.id, subject=review.subject, head=review.head_sha)
            case HaltSubject():
                queue.halt_subject(session, action, now)
                review_freed(session, action, self._engine_version, now)
            case HaltInstallation():
                queue.halt_installation(session, action, now)
            case Resume():
                queue.resume(session, action, self._engine_version, now)
            case Rerequest():
                return bool(queue.rerun(session, action, self._engine_version, now))
            case BaseMoved():
                # Most branches are nobody's base.
                return not (action.is_default or queue.is_base(session, action.where.repo_id, action.branch))
            case Command() | Press() | Welcome():
                return False
        return True

    def _delivery(self, session: Session, guid: str) -> Delivery | None:
        return session.exec(select(Delivery).where(Delivery.guid == guid)).first()


def _inquiry(action: Action | None) -> Inquiry | None:
    if isinstance(action, Enqueue):
        return Rerequest(action.where, action.head_sha, numbers=(int(action.subject.removeprefix(PULL)),), if_back=True)
    return action if isinstance(action, Rerequest | Command | Press | Welcome | BaseMoved) else None


def _finish(session: Session, done: Sequence[tuple[str, str]]) -> None:
    # As objects, all these rows would cost more than what they ask for.
    for app_id in {app_id for _, app_id in done}:
        guids = [guid for guid, own_app in done if own_app == app_id]
        session.exec(
            update(Delivery)
            .where(col(Delivery.guid).in_(guids), col(Delivery.app_id) == app_id)
            .values(state=DeliveryState.DONE, payload=b"")
            .execution_options(synchronize_session=False)
        )


def _action(guid: str, payload: bytes) -> Action | None:
    try:
        return decode_action(payload)
    except msgspec.DecodeError as error:
        # Stored by another version of this program.
        log.warning("delivery not understood", guid=guid, reason=str(error))
        return None


def _done(delivery: Delivery) -> None:
    delivery.state = DeliveryState.DONE
    delivery.payload = b""
