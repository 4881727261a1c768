"""One repository as one installation sees it: calls authorized by a token for it alone."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TypeVar

import msgspec

from github.answers import Call, Response, decode
from github.client import Client
from github.credentials import Credential

T = TypeVar("T")
FULL_NAME = re.compile(r"([A-Za-z0-9_.-]+)/([A-Za-z0-9_.-]+)")
PER_PAGE = 100


class RepositoryDetails(msgspec.Struct, frozen=True):
    """The repository's own record."""

    id: int
    full_name: str
    default_branch: str
    private: bool = True
    archived: bool = False


class Repository:
    """A repository, the client and a token narrowed to it; what the functions of this package take first."""

    def __init__(self, client: Client, credential: Credential, full_name: str) -> None:
        match = FULL_NAME.fullmatch(full_name)
        if match is None:
            raise ValueError("a repository is named owner/name")
        self.client = client
        self.owner, self.name = match.groups()
        self._credential = credential

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    def call(self, method: str, route: str, values: Mapping[str, str | int]) -> Call:
        """Return a call below `/repos/{owner}/{repo}`."""
        named = {"owner": self.owner, "repo": self.name, **values}
        return Call(method, "/repos/{owner}/{repo}" + route, named, repeatable=method == "GET")

    async def send(self, call: Call) -> Response:
        """Send a call as this installation; raise CallFailed."""
        return await self.client.send(call, self._credential)

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
        await self.client.download(call, await self.client.locate(call, self._credential), consume)


DETAILS = msgspec.json.Decoder(RepositoryDetails)


async def read_repository(repository: Repository) -> RepositoryDetails:
    """Read the repository's own record."""
    return await repository.get("", DETAILS)
