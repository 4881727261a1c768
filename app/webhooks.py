"""`POST /webhook`: verified over its raw bytes, stored durably, answered at once; GitHub is not called here."""

import asyncio
import contextlib
from typing import Final

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect

from app.events import Action, encode_action, plan
from app.inbox import Arrival, Inbox, Receipt
from app.metrics import Metrics
from app.settings import Settings
from github.errors import MalformedPayload
from github.webhooks import DECODERS, parse_event, verify_signature

MAX_BYTES: Final = 25 * 1024 * 1024
# GitHub gives up after ten seconds: whoever is slower is not GitHub.
READ_SECONDS: Final = 10.0
MAX_GUID: Final = 100
# Deliveries rarely come to a hundredth of what GitHub allows. Larger ones are read a few at a time: until the end
# nobody knows who sends them.
SMALL_BYTES: Final = 256 * 1024
LARGE_AT_ONCE: Final = 2
log = structlog.get_logger(__name__)


class Rejected(Exception):
    """A request that is answered with a status other than 2xx."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Webhook:
    """Answers deliveries."""

    def __init__(self, settings: Settings, inbox: Inbox, metrics: Metrics) -> None:
        self._settings = settings
        self._inbox = inbox
        self._metrics = metrics
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)

    async def receive(self, request: Request) -> PlainTextResponse:
        """Answer one delivery."""
        event = request.headers.get("x-github-event", "")
        try:
            status, reason = await self._accept(request, event)
        except Rejected as rejected:
            status, reason = rejected.status, rejected.reason
        # The name of the event is anyone's text until the signature holds.
        label = event if event in DECODERS else "other"
        self._metrics.deliveries.labels(label, str(status)).inc()
        return PlainTextResponse(f"{reason}\n", status)

    async def _accept(self, request: Request, event: str) -> tuple[int, str]:
        async with contextlib.AsyncExitStack() as held:
            return await self._accept_body(event, request, await self._verified_body(request, held))

    async def _accept_body(self, event: str, request: Request, body: bytes) -> tuple[int, str]:
        guid = request.headers.get("x-github-delivery", "")
        if not event or not 0 < len(guid) <= MAX_GUID:
            raise Rejected(400, "the headers X-GitHub-Event and X-GitHub-Delivery are needed")
        try:
            action = plan(parse_event(event, body), self._settings.github_app_id)
        except MalformedPayload as error:
            log.warning("malformed delivery", guid=guid, reason=str(error))
            raise Rejected(400, "the payload is not that of the event") from error
        if action is None:
            return 200, "ignored"
        return await self._store(guid, event, action)

    async def _store(self, guid: str, event: str, action: Action) -> tuple[int, str]:
        app_id = self._settings.github_app_id
        delivery = Arrival(guid, app_id, event, encode_action(action), self._inbox.now())
        try:
            receipt = await self._inbox.put(delivery)
        except SQLAlchemyError as error:
            log.exception("delivery not stored", guid=guid)
            raise Rejected(503, "the database cannot be written") from error
        if receipt is Receipt.DUPLICATE:
            return 200, "seen before"
        log.info("delivery stored", guid=guid, github_event=event)
        return 202, "stored"

    async def _verified_body(self, request: Request, held: contextlib.AsyncExitStack) -> bytes:
        signatures = request.headers.getlist("x-hub-signature-256")
        length = request.headers.get("content-length", "0")
        if length.isdigit() and int(length) > MAX_BYTES:
            raise Rejected(413, "too large")
        if len(signatures) != 1:
            raise Rejected(401, "the signature is missing or wrong")
        body = await self._read(request, held)
        if not verify_signature(body, signatures[0], self._settings.webhook_secrets):
            raise Rejected(401, "the signature is missing or wrong")
        return body

    async def _read(self, request: Request, held: contextlib.AsyncExitStack) -> bytes:
        body = bytearray()
        try:
            async with asyncio.timeout(READ_SECONDS):
                async for chunk in request.stream():
                    if len(body) <= SMALL_BYTES < len(body) + len(chunk):
                        await held.enter_async_context(self._large)
                    body += chunk
                    if len(body) > MAX_BYTES:
                        raise Rejected(413, "too large")
        except TimeoutError as error:
            raise Rejected(408, "too slow") from error
        except ClientDisconnect as error:
            raise Rejected(400, "the body is not whole") from error
        return bytes(body)


def create_webhook_router(webhook: Webhook) -> APIRouter:
    """Serve `/webhook`."""
    router = APIRouter()
    # Nothing of it is FastAPI's to parse or to check, and in a burst each step counts.
    router.add_route("/webhook", webhook.receive, methods=["POST"])
    return router
