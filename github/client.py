"""One place for every call of GitHub's API: deadline, retries, redirects, errors."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

import httpx

from github.answers import Call, Response, failure_of
from github.credentials import Authorization, Credential
from github.errors import ArchiveRefused, CallFailed, DeadlineExceeded, Refused, WriteOutcomeUnknown
from github.retries import Attempts, Timing
from github.transport import CallRecord, Transport

T = TypeVar("T")
REDIRECTS = frozenset({301, 302, 307, 308})
MAX_REDIRECTS = 3


class Client:
    """The connection to one GitHub, shared by all installations."""

    def __init__(
        self,
        base_url: str = "https://api.github.com",
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        on_call: Callable[[CallRecord], None] | None = None,
        timing: Timing = Timing(),
    ) -> None:
        self.base_url = httpx.URL(base_url.rstrip("/") + "/")
        self.timing = timing
        self._transport = Transport(self.base_url, transport, on_call)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def send(self, call: Call, credential: Credential) -> Response:
        """Send a call and return its 2xx answer; raise CallFailed.

        Reads are repeated up to three times, writes only while GitHub cannot have stored them.
        """
        return await self._in_time(call, self.timing.call_deadline, self._until_answered(call, credential, True))

    async def locate(self, call: Call, credential: Credential) -> httpx.URL:
        """Return the address that a read is redirected to, which no token of ours must be sent to.

        Raise ArchiveRefused when it is on another host than this GitHub and its archive host.
        """
        response = await self._in_time(call, self.timing.call_deadline, self._until_answered(call, credential, False))
        target = self._url(call).join(response.headers.get("location", ""))
        if response.status not in REDIRECTS or not self._serves_archives(target):
            raise ArchiveRefused(f"{call.route}: not redirected to this GitHub")
        return target

    async def download(self, call: Call, url: httpx.URL, consume: Callable[[bytes], bool]) -> None:
        """Read an address that `locate` returned, as it was sent; stop when `consume` returns False."""
        await self._in_time(call, self.timing.download_deadline, self._pour(call, url, consume))

    async def _pour(self, call: Call, url: httpx.URL, consume: Callable[[bytes], bool]) -> None:
        async with self._transport.stream(call, url) as answer:
            if answer.status_code in REDIRECTS:
                raise ArchiveRefused(f"{call.route}: redirected twice")
            head = Response(answer.status_code, dict(answer.headers), b"")
            failure = failure_of(call, head, self.timing.clock())
            if failure is not None:
                raise failure
            async for chunk in answer.aiter_raw(chunk_size=65_536):
                if not consume(chunk):
                    return

    async def _in_time(self, call: Call, seconds: float, work: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(seconds):
                return await work
        except TimeoutError as error:
            kind = DeadlineExceeded if call.repeatable else WriteOutcomeUnknown
            raise kind(call.method, call.route, f"no answer within {seconds:g} s") from error

    async def _until_answered(self, call: Call, credential: Credential, follow: bool) -> Response:
        attempts = Attempts(self.timing)
        while True:
            authorization = await credential.authorization()
            try:
                response = await self._answer(call, authorization, follow)
            except CallFailed as failure:
                pause = attempts.pause_after(failure, authorization, credential)
                if pause is None:
                    raise
                await self.timing.sleep(pause)
            else:
                authorization.accepted = True
                return response

    async def _answer(self, call: Call, authorization: Authorization, follow: bool) -> Response:
        headers = {"Authorization": authorization.header, "Accept": call.accept}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        url = self._url(call)
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._transport.exchange(call, url, headers)
            if response.status not in REDIRECTS:
                failure = failure_of(call, response, self.timing.clock())
                if failure is not None:
                    raise failure
                return response
            if not follow:
                return response
            # A renamed repository; GitHub asks to repeat the request verbatim.
            url = self._same_origin(call, url.join(response.headers.get("location", "")))
        raise Refused(call.method, call.route, "too many redirects", 302)

    def _url(self, call: Call) -> httpx.URL:
        if call.route == "/graphql":
            return self._graphql_url()
        path = call.route.format_map({name: _segment(value) for name, value in call.values.items()})
        # A query is set only if there is one: httpx would append a bare question mark.
        params = {name: str(value) for name, value in call.params.items()}
        return httpx.URL(f"{self.base_url}{path.lstrip('/')}", params=params or None)

    def _graphql_url(self) -> httpx.URL:
        # GitHub Enterprise Server serves it beside /api/v3.
        path = self.base_url.path
        if path.endswith("/api/v3/"):
            return self.base_url.copy_with(path=path.removesuffix("v3/") + "graphql")
        return self.base_url.join("graphql")

    def _same_origin(self, call: Call, url: httpx.URL) -> httpx.URL:
        if _origin(url) != _origin(self.base_url):
            raise Refused(call.method, call.route, "redirected to another host", 302)
        return url

    def _serves_archives(self, url: httpx.URL) -> bool:
        if _origin(url) == _origin(self.base_url):
            return True
        # codeload.github.com for api.github.com, codeload.HOST for an enterprise server at HOST.
        codeload = "codeload." + self.base_url.host.removeprefix("api.")
        return (url.scheme, url.host, url.port) == ("https", codeload, None) and not url.userinfo


def _origin(url: httpx.URL) -> tuple[str, str, int | None, bytes]:
    return url.scheme, url.host, url.port, url.userinfo


def _segment(value: str | int) -> str:
    text = quote(str(value), safe="")
    if text in ("", ".", ".."):
        raise ValueError("not a path segment")
    return text
