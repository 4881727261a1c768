"""One repository as one installation sees it: calls authorized by a token for it alone."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Protocol, Self, TypeVar

import msgspec

from github.answers import Call, Response, decode
from github.client import Client
from github.credentials import Credential
from github.errors import RateLimited

T = TypeVar("T")
FULL_NAME = re.compile(r"([A-Za-z0-9_.-]+)/([A-Za-z0-9_.-]+)")
PER_PAGE = 100


class Pacing(Protocol):
    """What decides when the calls of an installation may be sent."""

    async def admit(self, call: Call) -> None:
        """Wait until a call may be sent; raise RateLimited when that is too long from now."""

    async def held_back(self, error: RateLimited) -> RateLimited:
        """Take note of a limit, and return the error with the time until which all calls must wait."""


class RepositoryDetails(msgspec.Struct, frozen=True):
    """The repository's own record."""

    id: int
    full_name: str
    default_branch: str
    private: bool = True
    archived: bool = False


class Repository:
    """A repository, the client and a token narrowed to it; what the functions of this package take first."""

    def __init__(self, client: Client, credential: Credential, full_name: str, pacing: Pacing | None = None) -> None:
        match = FULL_NAME.fullmatch(full_name)
        if match is None:
            raise ValueError("a repository is named owner/name")
        self.client = client
        self.owner, self.name = match.groups()
        self._credential = credential
        self._pacing = pacing

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    def paced(self, pacing: Pacing) -> Self:
        """Return the same repository, whose calls wait for their turn."""
        return type(self)(self.client, self._credential, self.full_name, pacing)

    def call(self, method: str, route: str, values: Mapping[str, str | int]) -> Call:
        """Return a call below `/repos/{owner}/{repo}`."""
        named = {"owner": self.owner, "repo": self.name, **values}
        return Call(method, "/repos/{owner}/{repo}" + route, named, repeatable=method == "GET")

    async def send(self, call: Call) -> Response:
        """Send a call as this installation; raise CallFailed."""
        return await self._in_turn(call, lambda: self.client.send(call, self._credential))

    async def held_back(self, error: RateLimited) -> RateLimited:
        """Return the error of a limit once it is known to all who send calls as this installation."""
        return error if self._pacing is None else await self._pacing.held_back(error)

    async def get(
        self,
        route: str,
        decoder: msgspec.json.Decoder[T],
        params: Mapping[str, str | int] | None = None,
        **values: str | int,
    ) -> T:
        """Read one value."""
        call = msgspec.structs.replace(self.call("GET", route, values), params=params or {})
        return decode(call, await self.send(call), decoder)

    async def pages(
        self,
        route: str,
        decoder: msgspec.json.Decoder[T],
        params: Mapping[str, str | int] | None = None,
        limit: int = 100,
        **values: str | int,
    ) -> AsyncIterator[T]:
        """Read a list page by page, 100 items each, at most `limit` pages."""
        for page in range(1, limit + 1):
            call = msgspec.structs.replace(
                self.call("GET", route, values), params={**(params or {}), "per_page": PER_PAGE, "page": page}
            )
            response = await self.send(call)
            yield decode(call, response, decoder)
            if not response.has_next_page:
                return

    async def write(
        self,
        method: str,
        route: str,
        decoder: msgspec.json.Decoder[T],
        body: Mapping[str, object],
        **values: str | int,
    ) -> T:
        """Create or change something and return what GitHub stored; raise WriteOutcomeUnknown when that is unknown."""
        call = msgspec.structs.replace(self.call(method, route, values), body=body)
        return decode(call, await self.send(call), decoder)

    async def delete(self, route: str, **values: str | int) -> None:
        """Delete something."""
        await self.send(self.call("DELETE", route, values))

    async def download(self, route: str, consume: Callable[[bytes], bool], **values: str | int) -> None:
        """Read what a route redirects to, piece by piece as it was sent, until `consume` returns False."""
        call = self.call("GET", route, values)
        address = await self._in_turn(call, lambda: self.client.locate(call, self._credential))
        await self.client.download(call, address, consume)

    async def _in_turn(self, call: Call, send: Callable[[], Awaitable[T]]) -> T:
        if self._pacing is not None:
            await self._pacing.admit(call)
        try:
            return await send()
        except RateLimited as error:
            raise await self.held_back(error) from error.__cause__


DETAILS = msgspec.json.Decoder(RepositoryDetails)


async def read_repository(repository: Repository) -> RepositoryDetails:
    """Read the repository's own record."""
    return await repository.get("", DETAILS)
