"""Failed webhook deliveries, asked for again: GitHub never sends one a second time by itself."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import structlog
from sqlmodel import Session, col, delete, select

from app.duties import Turn
from app.tables import Delivery, DeliveryState, Redelivery
from app.tools import Tools
from github.deliveries import REDELIVERABLE_SECONDS, HookDelivery, list_deliveries, redeliver
from github.errors import NotFound, Refused, WriteOutcomeUnknown
from github.webhooks import DECODERS

MAX_PAGES: Final = 20
MAX_AT_ONCE: Final = 100
# How long to wait before each request for the same event: what keeps us from being reached may take a while.
PAUSES: Final = (0.0, 600.0, 3600.0)
log: Final = structlog.get_logger(__name__)


async def repeat_failed_deliveries(tools: Tools, turn: Turn, now: float) -> None:
    """Ask for the deliveries that failed, oldest first, each at most three times. Raise CallFailed or TurnLost."""
    try:
        found = await list_deliveries(tools.app, now - REDELIVERABLE_SECONDS, MAX_PAGES, only_failed=True)
    except NotFound:
        log.warning("the App has no webhook: nothing is delivered to it")
        return
    if not found.complete:
        log.warning("more deliveries failed than are looked at", looked_at=len(found.deliveries))
    newest = _newest(found.deliveries)
    app_id = tools.settings.github_app_id
    due = await tools.store.run(lambda session: _due(session, newest, app_id, now))
    for delivery in due[:MAX_AT_ONCE]:
        await turn.keep()
        # Noted first: a crash in between must not let it be asked for more often.
        await tools.store.run(functools.partial(_note, delivery=delivery, app_id=app_id, now=now))
        await _ask(tools, delivery)


async def _ask(tools: Tools, delivery: HookDelivery) -> None:
    try:
        await redeliver(tools.app, delivery.id)
    except (Refused, WriteOutcomeUnknown) as error:
        log.warning("delivery not asked for again", guid=delivery.guid, reason=str(error))
    else:
        tools.metrics.reconciled.labels("delivery").inc()
        log.info("delivery asked for again", guid=delivery.guid, github_event=delivery.event)


def _newest(deliveries: Iterable[HookDelivery]) -> dict[str, HookDelivery]:
    newest: dict[str, HookDelivery] = {}
    for delivery in sorted(deliveries, key=lambda delivery: delivery.id):
        if delivery.event in DECODERS:
            newest[delivery.guid] = delivery
    return newest


def _due(session: Session, newest: Mapping[str, HookDelivery], app_id: str, now: float) -> Sequence[HookDelivery]:
    forgotten = now - 2 * REDELIVERABLE_SECONDS
    session.exec(delete(Redelivery).where(col(Redelivery.asked_at) < forgotten))
    asked = {row.guid: row for row in session.exec(select(Redelivery).where(Redelivery.app_id == app_id))}
    # GitHub may have given up waiting for an answer that we had stored the delivery for.
    known = select(Delivery.guid).where(Delivery.app_id == app_id, Delivery.state != DeliveryState.FAILED)
    stored = set(session.exec(known.where(col(Delivery.guid).in_(newest))))
    return [
        delivery
        for guid, delivery in sorted(newest.items(), key=lambda item: item[1].id)
        if guid not in stored and _is_due(asked.get(guid), delivery, now)
    ]


def _is_due(asked: Redelivery | None, delivery: HookDelivery, now: float) -> bool:
    if asked is None:
        return True
    # While no later attempt has failed, the one that was asked for is under way or has arrived.
    if asked.attempts >= len(PAUSES) or asked.delivery_id == delivery.id:
        return False
    return now >= asked.asked_at + PAUSES[asked.attempts]


def _note(session: Session, delivery: HookDelivery, app_id: str, now: float) -> None:
    row = session.get(Redelivery, (delivery.guid, app_id)) or Redelivery(guid=delivery.guid, app_id=app_id)
    row.attempts, row.delivery_id, row.asked_at = row.attempts + 1, delivery.id, now
    session.add(row)
