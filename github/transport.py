"""Requests over the wire: one pool of connections, every request counted, every lost answer named.

githubkit sends the requests. Its own retries stay off (it repeats a POST after a 5xx, and sleeps up to an hour in a
call), and so do its cache and its parsing (a missing optional field or a new enum value raises).
"""

import functools
import ssl
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager

import githubkit
import httpx
import msgspec
from githubkit.auth import UnauthAuthStrategy
from githubkit.exception import RequestError, RequestFailed
from githubkit.response import Response as KitResponse
from githubkit.throttling import LocalThrottler

from github.answers import Call, Response
from github.errors import CallFailed, Unreachable, WriteOutcomeUnknown
from github.limits import share_left

# The newest version that the supported GitHub Enterprise Servers know as well.
API_VERSION = "2022-11-28"
# GitHub allows 100 at once for all that an installation does.
MAX_CONCURRENT = 20
TIMEOUT = httpx.Timeout(15.0, connect=5.0)
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class CallRecord(msgspec.Struct, frozen=True):
    """One request that was sent, for metrics; `status` is 0 when no answer came.

    `resource` is the limit that it counted against, "" where GitHub told none, `left` the share of that which is left.
    """

    method: str
    route: str
    status: int
    seconds: float
    resource: str = ""
    left: float = 1.0


class PooledGitHub(githubkit.GitHub[UnauthAuthStrategy]):
    """githubkit over one pool of connections.

    Left alone it opens a connection for each call outside its context, and its context is bound to the task that
    entered it.
    """

    def __init__(self, pool: httpx.AsyncClient) -> None:
        super().__init__(
            base_url=pool.base_url,
            auto_retry=False,
            http_cache=False,
            throttler=LocalThrottler(MAX_CONCURRENT),
        )
        self._pool = pool

    @asynccontextmanager
    async def get_async_client(self) -> AsyncGenerator[httpx.AsyncClient, None]:
        """Lend the pool."""
        yield self._pool

    def _check_rate_limit(self, response: KitResponse[object, object]) -> None:
        """Leave it to us: githubkit raises ValueError where a proxy writes a date into Retry-After."""
        del response


class Transport:
    """Sends single requests: no retry, no redirect, no judgement of the status."""

    def __init__(
        self,
        base_url: httpx.URL,
        transport: httpx.AsyncBaseTransport | None,
        on_call: Callable[[CallRecord], None] | None,
    ) -> None:
        self._on_call = on_call
        self._pool = httpx.AsyncClient(
            base_url=base_url,
            transport=transport,
            verify=_trusted(),
            timeout=TIMEOUT,
            headers={"User-Agent": "skillaudit", "X-GitHub-Api-Version": API_VERSION},
        )
        # Its own name, since githubkit drops what hangs on an object that nobody keeps.
        self._github = PooledGitHub(self._pool)

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.aclose()

    async def exchange(self, call: Call, url: httpx.URL, headers: Mapping[str, str]) -> Response:
        """Send one request and read its answer, whatever its status; raise Unreachable or WriteOutcomeUnknown."""
        content = None if call.body is None else msgspec.json.encode(call.body)
        started = time.perf_counter()
        answer = None
        try:
            answer = await self._request(call.method, url, headers, content)
        except httpx.RequestError as error:
            raise lost(call, error) from error
        finally:
            self._record(call, answer, started)
        return Response(answer.status_code, dict(answer.headers), answer.content)

    @asynccontextmanager
    async def stream(self, call: Call, url: httpx.URL) -> AsyncGenerator[httpx.Response, None]:
        """Open an answer without our token, to be read piece by piece as it was sent; raise Unreachable."""
        started = time.perf_counter()
        answer = None
        try:
            answer = await self._request("GET", url, {"Accept-Encoding": "identity"}, None, stream=True)
            try:
                yield answer
            finally:
                await answer.aclose()
        except httpx.RequestError as error:
            raise lost(call, error) from error
        finally:
            self._record(call, answer, started)

    async def _request(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], content: bytes | None, *, stream: bool = False
    ) -> httpx.Response:
        try:
            answer = await self._github.arequest(method, url, headers=headers, content=content, stream=stream)
        except RequestFailed as failed:
            return failed.response.raw_response
        except RequestError as failed:
            raise failed.exc from failed
        return answer.raw_response

    def _record(self, call: Call, answer: httpx.Response | None, started: float) -> None:
        if self._on_call is None:
            return
        seconds = time.perf_counter() - started
        status = 0 if answer is None else answer.status_code
        resource, left = share_left({} if answer is None else answer.headers)
        self._on_call(CallRecord(call.method, call.route, status, seconds, resource, left))


def lost(call: Call, error: httpx.RequestError) -> CallFailed:
    """Return the error of a call without an answer: a write is harmless only if it was never sent."""
    safe = call.repeatable or isinstance(error, NEVER_SENT)
    kind = Unreachable if safe else WriteOutcomeUnknown
    # The text of the error may name the host and the query of a signed address.
    return kind(call.method, call.route, type(error).__name__)


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Return what servers are verified with; a process reads it once, which takes 30 ms."""
    return httpx.create_ssl_context()
