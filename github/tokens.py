"""The App's signed statement, and the installation tokens that it buys; both live in memory only."""

import asyncio
import datetime
import functools
from collections.abc import Callable, Mapping

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from github.answers import Call, decode
from github.client import Client
from github.credentials import Authorization
from github.errors import InvalidPrivateKey, PermissionMissing

# GitHub admits ten minutes; the issue time lies back for clocks that run apart.
JWT_BACKDATED = 60.0
JWT_SECONDS = 540.0
JWT_REUSED = 420.0
# What a statement's dates bear, less than which is not worth a second try.
CLOCK_TOLERANCE = 30.0
# An installation token lives an hour: it is replaced before a step that takes minutes could outlive it.
TOKEN_MARGIN = 300.0


class Scope(msgspec.Struct, frozen=True):
    """What one token is for; `permissions` are sorted pairs of name and level.

    Without a repository it is for all that the installation reaches.
    """

    installation_id: int
    repository_id: int | None
    permissions: tuple[tuple[str, str], ...]


class MintedToken(msgspec.Struct, frozen=True):
    """What GitHub answers; the token is opaque text of 40 characters or several hundred."""

    token: str
    expires_at: datetime.datetime

    def __repr__(self) -> str:
        return f"MintedToken(<redacted>, expires_at={self.expires_at})"


MINTED = msgspec.json.Decoder(MintedToken)


class AppCredential:
    """Signs as the App itself."""

    def __init__(self, app_id: str, private_key: str, clock: Callable[[], float]) -> None:
        self._app_id = app_id
        self._key = load_key(private_key)
        self._clock = clock
        self._current: Authorization | None = None
        # By how many seconds our clock is ahead of GitHub's, as far as that ever mattered.
        self.ahead = 0.0

    async def authorization(self) -> Authorization:
        """Return the current statement, signed anew every seven minutes."""
        now = self._clock()
        if self._current is None or now - self._current.minted_at > JWT_REUSED:
            issued = now - self.ahead
            claims = {"iss": self._app_id, "iat": int(issued - JWT_BACKDATED), "exp": int(issued + JWT_SECONDS)}
            self._current = Authorization(f"Bearer {jwt.encode(claims, self._key, algorithm='RS256')}", now)
            # Nothing has to spread at GitHub before it is valid.
            self._current.accepted = True
        return self._current

    def drop(self, refused: Authorization) -> bool:
        """Forget the statement; another one says the same, unless it was dated by a clock that is wrong."""
        if self._current is refused:
            self._current = None
        if refused.refused_at is None:
            return False
        ahead = self._clock() - refused.refused_at
        wrong = abs(ahead - self.ahead) > CLOCK_TOLERANCE
        self.ahead = ahead if wrong else self.ahead
        return wrong


class Tokens:
    """The installation tokens at hand, each narrowed to the permissions of one step, as a rule to one repository."""

    def __init__(self, client: Client, app: AppCredential) -> None:
        self._client = client
        self._app = app
        self._held: dict[Scope, tuple[Authorization, float]] = {}
        self._locks: dict[Scope, asyncio.Lock] = {}

    async def authorization(self, scope: Scope) -> Authorization:
        """Return a token that is good for five minutes at least, minted if need be."""
        async with self._locks.setdefault(scope, asyncio.Lock()):
            held = self._held.get(scope)
            if held is not None and self._client.timing.clock() < held[1]:
                return held[0]
            return await self._mint(scope)

    def drop(self, scope: Scope, refused: Authorization) -> bool:
        """Forget a token that was refused; the next call mints another one."""
        held = self._held.get(scope)
        if held is not None and held[0] is refused:
            del self._held[scope]
        return True

    def forget(self, installation_id: int) -> None:
        """Forget all tokens of an installation."""
        self._keep(lambda scope, _: scope.installation_id != installation_id)

    async def _mint(self, scope: Scope) -> Authorization:
        call = Call(
            "POST",
            "/app/installations/{installation_id}/access_tokens",
            values={"installation_id": scope.installation_id},
            body=_narrowed(scope),
            # A second token does no harm.
            repeatable=True,
        )
        try:
            minted = decode(call, await self._client.send(call, self._app), MINTED)
        except PermissionMissing as error:
            error.asked = tuple(f"{name}: {level}" for name, level in scope.permissions)
            raise
        now = self._client.timing.clock()
        self._keep(lambda _, until: now < until)
        authorization = Authorization(f"Bearer {minted.token}", now)
        self._held[scope] = (authorization, minted.expires_at.timestamp() + self._app.ahead - TOKEN_MARGIN)
        return authorization

    def _keep(self, wanted: Callable[[Scope, float], bool]) -> None:
        self._held = {scope: held for scope, held in self._held.items() if wanted(scope, held[1])}
        self._locks = {scope: lock for scope, lock in self._locks.items() if lock.locked() or scope in self._held}


class ScopedToken:
    """The credential of one scope."""

    def __init__(self, tokens: Tokens, scope: Scope) -> None:
        self._tokens = tokens
        self._scope = scope

    async def authorization(self) -> Authorization:
        """Return the scope's token."""
        return await self._tokens.authorization(self._scope)

    def drop(self, refused: Authorization) -> bool:
        """Forget the scope's token if it is the refused one."""
        return self._tokens.drop(self._scope, refused)


def scope_of(installation_id: int, repository_id: int | None, permissions: Mapping[str, str]) -> Scope:
    """Return the scope of a token for one repository, or for all of an installation's."""
    return Scope(installation_id, repository_id, tuple(sorted(permissions.items())))


def _narrowed(scope: Scope) -> dict[str, object]:
    permissions = dict(scope.permissions)
    if scope.repository_id is None:
        return {"permissions": permissions}
    return {"repository_ids": [scope.repository_id], "permissions": permissions}


# Proving a key sound takes 40 ms, and a server has one, which its settings, its checks and its calls ask for.
@functools.lru_cache(1)
def load_key(private_key: str) -> RSAPrivateKey:
    """Read a PEM with an RSA private key; raise InvalidPrivateKey, which tells nothing of the key."""
    try:
        key = load_pem_private_key(private_key.encode("utf-8", "replace"), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidPrivateKey("not a private key in PEM form without a passphrase") from error
    if not isinstance(key, RSAPrivateKey):
        raise InvalidPrivateKey("not an RSA key")
    return key
