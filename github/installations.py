"""Who we are to GitHub: the App's signed statement, and tokens for one repository and one step of the work."""

from collections.abc import Mapping

import msgspec

from github.client import Client
from github.repositories import Repository

Permissions = Mapping[str, str]
READ: Permissions = {"contents": "read", "pull_requests": "read"}
PUBLISH: Permissions = {"checks": "write", "pull_requests": "write"}
RESOLVE: Permissions = {"contents": "write", "pull_requests": "write"}


class AppDetails(msgspec.Struct, frozen=True):
    """The App's own record; it comments as `<slug>[bot]`."""

    id: int
    slug: str
    name: str = ""
    html_url: str = ""
    permissions: dict[str, str] = {}
    events: tuple[str, ...] = ()

    @property
    def login(self) -> str:
        """The login that the App's comments and reviews carry."""
        return f"{self.slug}[bot]"


class Account(msgspec.Struct, frozen=True):
    """The user or organisation that installed the App."""

    login: str
    id: int


class InstallationDetails(msgspec.Struct, frozen=True):
    """One installation of the App."""

    id: int
    account: Account | None = None
    permissions: dict[str, str] = {}
    events: tuple[str, ...] = ()
    suspended_at: str | None = None


class App:
    """The App's credentials; mints and keeps its installations' tokens, in memory only."""

    def __init__(self, client: Client, app_id: str, private_key: str) -> None:
        """Load the key; raise InvalidPrivateKey."""
        raise NotImplementedError

    async def read(self) -> AppDetails:
        """Read the App's own record: proves that id and key belong together."""
        raise NotImplementedError

    async def installations(self) -> tuple[InstallationDetails, ...]:
        """List the App's installations."""
        raise NotImplementedError

    async def installation_of(self, full_name: str) -> InstallationDetails:
        """Read the installation on a repository `owner/name`; raise NotFound when there is none."""
        raise NotImplementedError

    def repository(
        self, installation_id: int, repository_id: int, full_name: str, permissions: Permissions = READ
    ) -> Repository:
        """Return the repository with a token for it alone and for these permissions, minted at its first call."""
        raise NotImplementedError

    def forget(self, installation_id: int) -> None:
        """Drop the tokens of an installation that was deleted or suspended."""
        raise NotImplementedError
