"""One repository as one installation sees it: calls authorized by a token for it alone."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from github.client import Client, Credential, Response

T = TypeVar("T")


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
        self.client = client
        self.credential = credential
        self.owner, _, self.name = full_name.partition("/")

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"


async def read_repository(repository: Repository) -> RepositoryDetails:
    """Read the repository's own record."""
    raise NotImplementedError
