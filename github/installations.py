"""The App and its installations: who we are to GitHub, and each repository with a token of its own."""

from collections.abc import Mapping

import msgspec

from github.answers import Call, Response, decode
from github.client import Client
from github.repositories import PER_PAGE, Repository, RepositoryDetails
from github.tokens import AppCredential, ScopedToken, Tokens, scope_of

Permissions = Mapping[str, str]
READ: Permissions = {"contents": "read", "pull_requests": "read"}
# Apart: where one is missing, the other can still tell.
CHECK: Permissions = {"checks": "write"}
COMMENT: Permissions = {"pull_requests": "write"}
# Only where the owner opted in: GitHub lets an App resolve threads only if it may write contents.
RESOLVE: Permissions = {"contents": "write", "pull_requests": "write"}
# Only where a policy asks for code scanning, and the owner has granted it.
SCAN: Permissions = {"security_events": "write"}

# Enough to see which heads have our check.
SURVEY: Permissions = {"checks": "read", "pull_requests": "read"}
METADATA: Permissions = {"metadata": "read"}


class AppDetails(msgspec.Struct, frozen=True):
    """The App's own record."""

    id: int
    slug: str
    name: str = ""
    html_url: str = ""
    permissions: dict[str, str] = {}
    events: tuple[str, ...] = ()

    @property
    def login(self) -> str:
        """The login that the App's comments and reviews carry in REST; GraphQL leaves `[bot]` out."""
        return f"{self.slug}[bot]"


class Account(msgspec.Struct, frozen=True):
    """The user or organisation that installed the App."""

    login: str
    id: int


class InstallationDetails(msgspec.Struct, frozen=True):
    """One installation of the App; what a new version of the App asks for counts only once it is in `permissions`."""

    id: int
    account: Account | None = None
    permissions: dict[str, str] = {}
    events: tuple[str, ...] = ()
    suspended_at: str | None = None
    html_url: str = ""


class Repositories(msgspec.Struct, frozen=True):
    """A page of repositories."""

    repositories: tuple[RepositoryDetails, ...]


APP = msgspec.json.Decoder(AppDetails)
INSTALLATION = msgspec.json.Decoder(InstallationDetails)
INSTALLATIONS = msgspec.json.Decoder(list[InstallationDetails])
REPOSITORIES = msgspec.json.Decoder(Repositories)


class App:
    """The App's credentials, and the tokens of its installations."""

    def __init__(self, client: Client, app_id: str, private_key: str) -> None:
        """Load the key; raise InvalidPrivateKey."""
        self.client = client
        self._credential = AppCredential(app_id, private_key, client.timing.clock)
        self._tokens = Tokens(client, self._credential)

    async def send(self, call: Call) -> Response:
        """Send a call as the App itself; raise CallFailed."""
        return await self.client.send(call, self._credential)

    async def read(self) -> AppDetails:
        """Read the App's own record: proves that id and key belong together; raise BadCredentials or NotFound."""
        call = Call("GET", "/app", repeatable=True)
        return decode(call, await self.send(call), APP)

    async def installations(self) -> tuple[InstallationDetails, ...]:
        """List the App's installations."""
        found: list[InstallationDetails] = []
        page = 0
        while True:
            page += 1
            call = Call("GET", "/app/installations", params={"per_page": PER_PAGE, "page": page}, repeatable=True)
            response = await self.send(call)
            installations = decode(call, response, INSTALLATIONS)
            found.extend(installations)
            if not response.has_next_page:
                return tuple(found)

    async def installation_of(self, full_name: str) -> InstallationDetails:
        """Read the installation on a repository `owner/name`; raise NotFound when there is none."""
        owner, _, name = full_name.partition("/")
        call = Call("GET", "/repos/{owner}/{repo}/installation", {"owner": owner, "repo": name}, repeatable=True)
        return decode(call, await self.send(call), INSTALLATION)

    async def repositories(self, installation_id: int) -> tuple[RepositoryDetails, ...]:
        """List the repositories that an installation reaches, with a token that can read nothing else."""
        token = ScopedToken(self._tokens, scope_of(installation_id, None, METADATA))
        found: list[RepositoryDetails] = []
        page = 0
        while True:
            page += 1
            params = {"per_page": PER_PAGE, "page": page}
            call = Call("GET", "/installation/repositories", params=params, repeatable=True)
            response = await self.client.send(call, token)
            found.extend(decode(call, response, REPOSITORIES).repositories)
            if not response.has_next_page:
                return tuple(found)

    def repository(
        self, installation_id: int, repository_id: int, full_name: str, permissions: Permissions = READ
    ) -> Repository:
        """Return the repository with a token for it alone and for these permissions, minted at its first call."""
        token = ScopedToken(self._tokens, scope_of(installation_id, repository_id, permissions))
        return Repository(self.client, token, full_name)

    def forget(self, installation_id: int) -> None:
        """Drop the tokens of an installation that was deleted or suspended."""
        self._tokens.forget(installation_id)
