"""The stand-in as an ASGI application: latency, faults, the log, headers."""

import hashlib
import random
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

import anyio
import httpx
from anyio.to_thread import run_sync

from tests.standin.dispatch import Dispatcher, Request
from tests.standin.exchange import Reply, error
from tests.standin.faults import BEFORE, Fault, Faults, Kind, partial
from tests.standin.journal import Entry, Journal

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
RESET_AFTER_SECONDS = 3600
CHUNK = 65_536


@dataclass
class Application:
    """Serves the dispatcher's answers as GitHub's web servers would, with the faults ordered."""

    dispatcher: Dispatcher
    faults: Faults = field(default_factory=Faults)
    journal: Journal = field(default_factory=Journal)
    latency: tuple[float, float] = (0.0, 0.0)
    chance: random.Random = field(default_factory=lambda: random.Random(0))
    after_answer: Callable[[], None] = lambda: None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            raise NotImplementedError(f"only HTTP is served, not {scope['type']}")
        request = await _read(scope, receive)
        if request is None:
            return
        entry = self.dispatcher.entry(request)
        self.journal.entries.append(entry)
        self.journal.concurrent += 1
        self.journal.most_concurrent = max(self.journal.most_concurrent, self.journal.concurrent)
        try:
            await self._serve(scope, request, entry, send)
        finally:
            self.journal.concurrent -= 1
        if self.dispatcher.state.redeliveries:
            await run_sync(self.after_answer)

    async def _serve(self, scope: Message, request: Request, entry: Entry, send: Send) -> None:
        low, high = self.latency
        if high:
            await anyio.sleep(self.chance.uniform(low, high))
        text = request.body.decode("utf-8", "replace")
        fault = self.faults.strike(request.method, request.path, text)
        if fault is None:
            reply = await run_sync(self.dispatcher.answer, request, entry)
            await self._send(reply, request, entry, send)
            return
        entry.fault = fault.kind.name
        await self._fail(fault, scope, request, entry, send)

    async def _fail(self, fault: Fault, scope: Message, request: Request, entry: Entry, send: Send) -> None:
        if fault.kind is Kind.RESET:
            _reset(scope)
            return
        if fault.kind is Kind.HOLD:
            await _held(fault)
        reply = fault.reply_before(self.dispatcher.state.now())
        if reply is None:
            reply = await run_sync(self.dispatcher.answer, request, entry)
        if fault.kind is Kind.HOLD_AFTER:
            await _held(fault)
        elif fault.kind is Kind.RESET_AFTER:
            _reset(scope)
            return
        elif fault.kind is Kind.BAD_GATEWAY_AFTER:
            reply = error(*BEFORE[Kind.BAD_GATEWAY])
        elif fault.kind is Kind.GRAPHQL_PARTIAL:
            reply = partial(reply)
        await self._send(reply, request, entry, send, fault)

    def _reset_at(self) -> int:
        return int(self.dispatcher.state.now().timestamp()) + RESET_AFTER_SECONDS

    async def _send(self, reply: Reply, request: Request, entry: Entry, send: Send, fault: Fault | None = None) -> None:
        content = reply.encoded()
        headers = self._headers(reply, content, len(self.journal.entries))
        entry.status = reply.status
        if reply.status == 200 and request.headers.get("if-none-match") == headers["ETag"]:
            entry.status, content = 304, b""
        if entry.status in {204, 304}:
            del headers["Content-Length"], headers["Content-Type"]
        pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": entry.status, "headers": pairs})
        if fault and fault.kind is Kind.TRUNCATED:
            await _truncated(content, send)
        elif fault and fault.kind is Kind.DRIP:
            await _dripped(content, fault.delay, send)
        else:
            await _whole(content, send)

    def _headers(self, reply: Reply, content: bytes, number: int) -> dict[str, str]:
        return {
            "Content-Type": reply.media_type,
            "Content-Length": str(len(content)),
            "ETag": f'W/"{hashlib.sha256(content).hexdigest()}"',
            "Date": format_datetime(self.dispatcher.state.now(), usegmt=True),
            "Server": "github.com",
            "X-GitHub-Request-Id": f"{number:04X}:STANDIN",
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-RateLimit-Limit": "5000",
            "X-RateLimit-Remaining": str(max(1, 5000 - number)),
            "X-RateLimit-Used": str(number),
            "X-RateLimit-Reset": str(self._reset_at()),
            "X-RateLimit-Resource": "core",
            **reply.headers,
        }


async def _read(scope: Message, receive: Receive) -> Request | None:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            # Who asks died amid the request, of which nothing takes effect.
            return None
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    raw_path = scope["raw_path"].decode("latin-1").partition("?")[0]
    base_url = f"{scope['scheme']}://{headers.get('host', 'localhost')}"
    if raw_path.startswith("/api/v3"):
        base_url += "/api/v3"
    return Request(scope["method"], raw_path, scope["query_string"].decode("latin-1"), headers, body, base_url)


async def _held(fault: Fault) -> None:
    fault.arrived.set()
    await run_sync(fault.released.wait)


def _reset(scope: Message) -> None:
    abort = scope.get("standin.abort")
    if abort is None:
        raise httpx.ReadError("connection reset by the stand-in")
    abort()


async def _whole(content: bytes, send: Send) -> None:
    for start in range(0, len(content), CHUNK):
        await send({"type": "http.response.body", "body": content[start : start + CHUNK], "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _truncated(content: bytes, send: Send) -> None:
    await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
    raise httpx.RemoteProtocolError("body cut by the stand-in")


async def _dripped(content: bytes, delay: float, send: Send) -> None:
    for position in range(len(content)):
        await send({"type": "http.response.body", "body": content[position : position + 1], "more_body": True})
        await anyio.sleep(delay)
    await send({"type": "http.response.body", "body": b""})
