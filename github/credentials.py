"""What authorizes a call, and what is known about it."""

from typing import Protocol

# Longer than the pauses after which a token that is still unknown to GitHub's servers is given up.
REPLICATION_SECONDS = 10.0


class Authorization:
    """The value of one Authorization header; never shown. `refused_at` is GitHub's clock when it was refused."""

    __slots__ = ("accepted", "header", "minted_at", "refused_at")

    def __init__(self, header: str, minted_at: float) -> None:
        self.header = header
        self.minted_at = minted_at
        self.accepted = False
        self.refused_at: float | None = None

    def __repr__(self) -> str:
        return f"Authorization(<redacted>, minted_at={self.minted_at})"

    def is_settling(self, now: float) -> bool:
        """Tell whether GitHub's servers may not all know it yet."""
        return not self.accepted and now - self.minted_at < REPLICATION_SECONDS


class Credential(Protocol):
    """A source of authorizations."""

    async def authorization(self) -> Authorization:
        """Return a valid authorization, minted if need be; raise CallFailed."""

    def drop(self, refused: Authorization) -> bool:
        """Forget an authorization that GitHub refused; tell whether another one can be had."""
