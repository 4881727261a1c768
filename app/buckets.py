"""A bucket of tokens that refills steadily, as one number: when it will be full again."""

from typing import Final

import msgspec


class Bucket(msgspec.Struct, frozen=True):
    """`burst` tokens at most, a new one each `interval` seconds: any t seconds see burst + t/interval or fewer.

    The state of a bucket is the moment at which it will be full (the generic cell rate algorithm, as in I.371).
    """

    interval: float
    burst: int

    def wait(self, full_at: float, now: float, reserve: int = 0) -> float:
        """Return the seconds until a token can be taken that leaves `reserve` of them in the bucket."""
        return max(full_at - now - (self.burst - 1 - reserve) * self.interval, 0.0)

    def take(self, full_at: float, now: float) -> float:
        """Return the state after taking a token."""
        return max(full_at, now) + self.interval


# Together at most 60 writes in any minute, about one a second when it goes on; GitHub asks for that much.
WRITES: Final = Bucket(interval=1.5, burst=20)
# At most 400 in any hour of what notifies people; GitHub's own bound is 500.
CONTENT: Final = Bucket(interval=12.0, burst=100)
