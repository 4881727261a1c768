"""When a failed call is tried again, and after how long."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

import msgspec

from github.credentials import Authorization, Credential
from github.errors import BadCredentials, CallFailed, NotFound, ServerFailed, Unreachable

MAX_RETRIES = 3
FIRST_BACKOFF = 0.5
# A new token reaches GitHub's servers one after the other; until then they answer 401, or 404.
REPLICATION_PAUSES = (1.0, 2.0, 4.0)


def full_jitter(upper: float) -> float:
    """Return a random number of seconds up to `upper`."""
    return random.SystemRandom().uniform(0.0, upper)


class Timing(msgspec.Struct, frozen=True):
    """The clock (seconds since the epoch), sleep and jitter, and the seconds that a call or a download may take."""

    clock: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[float], float] = full_jitter
    call_deadline: float = 30.0
    download_deadline: float = 120.0


class Attempts:
    """What one call has tried so far."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._retries = 0
        self._replications = 0
        self._renewed = False

    def pause_after(self, failure: CallFailed, authorization: Authorization, credential: Credential) -> float | None:
        """Return how long to wait before the next attempt, None to give up.

        Only failures that changed nothing at GitHub are tried again; Unreachable and ServerFailed are such by
        definition, a refused token or an unknown repository stored nothing.
        """
        if isinstance(failure, BadCredentials | NotFound) and authorization.is_settling(self._timing.clock()):
            return self._after_replication(failure, authorization, credential)
        if isinstance(failure, BadCredentials):
            authorization.refused_at = failure.answered_at
            return self._after_renewal(authorization, credential)
        if isinstance(failure, Unreachable | ServerFailed) and self._retries < MAX_RETRIES:
            self._retries += 1
            return self._timing.jitter(FIRST_BACKOFF * 2.0**self._retries)
        return None

    def _after_replication(
        self, failure: CallFailed, authorization: Authorization, credential: Credential
    ) -> float | None:
        if self._replications < len(REPLICATION_PAUSES):
            self._replications += 1
            return REPLICATION_PAUSES[self._replications - 1]
        if isinstance(failure, BadCredentials):
            credential.drop(authorization)
        return None

    def _after_renewal(self, authorization: Authorization, credential: Credential) -> float | None:
        another = credential.drop(authorization)
        if self._renewed or not another:
            return None
        self._renewed = True
        return 0.0
