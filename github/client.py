"""One place for every call of GitHub's API: deadline, retries, limits, errors, counting.

githubkit sends the requests; its own retries, cache and parsing stay off, see the traps named beside each setting.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Protocol, Self, TypeVar

import httpx
import msgspec

T = TypeVar("T")
API_VERSION = "2026-03-10"
JSON = "application/vnd.github+json"
RAW = "application/vnd.github.raw+json"


class Call(msgspec.Struct, frozen=True):
    """One call: GitHub's route template, what fills it, and whether it may be repeated."""

    method: str
    route: str
    values: Mapping[str, str | int] = {}
    params: Mapping[str, str | int] = {}
    body: Mapping[str, object] | None = None
    accept: str = JSON
    repeatable: bool = False


class Response(msgspec.Struct, frozen=True):
    """An answer 2xx; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class CallRecord(msgspec.Struct, frozen=True):
    """One request that was sent, for metrics; `status` is 0 when no answer came."""

    method: str
    route: str
    status: int
    seconds: float


class Credential(Protocol):
    """What authorizes a call."""

    async def header(self) -> str:
        """Return the value of the Authorization header."""


class Client:
    """The connection to one GitHub, shared by all installations."""

    def __init__(
        self,
        base_url: str = "https://api.github.com",
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.time,
        on_call: Callable[[CallRecord], None] | None = None,
    ) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        raise NotImplementedError

    async def send(self, call: Call, credential: Credential) -> Response:
        """Send a call and return its 2xx answer; raise CallFailed."""
        raise NotImplementedError
