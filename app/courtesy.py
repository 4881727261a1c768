"""Reviews under way in one process share its cores: those of an installation with many step aside for others'."""

import asyncio
import contextlib
from collections import Counter
from typing import Final

from app.tables import Review

# At one step; a process that is never without others' reviews must still get on with these.
LONGEST_SECONDS: Final = 2.0
# A merge queue waits for these.
URGENT: Final = 0


class Courtesy:
    """Knows what is under way; of each installation the oldest review never steps aside."""

    def __init__(self) -> None:
        self._under_way: dict[str, int] = {}
        self._ended = asyncio.Event()

    @property
    def installations(self) -> frozenset[int]:
        """The installations that have reviews under way."""
        return frozenset(self._under_way.values())

    def begin(self, review: Review) -> None:
        """Count a review as under way."""
        self._under_way[review.id] = review.installation_id

    def end(self, review: Review) -> None:
        """Count it no longer."""
        # One whose lease ran out may have been begun again before it ended.
        self._under_way.pop(review.id, None)
        self._ended.set()
        self._ended = asyncio.Event()

    async def step_aside(self, review: Review) -> None:
        """Wait, not for ever, while an installation that has fewer reviews under way has one."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_SECONDS):
                while self._has_to_wait(review):
                    await self._ended.wait()

    def _has_to_wait(self, review: Review) -> bool:
        own = [id_ for id_, installation_id in self._under_way.items() if installation_id == review.installation_id]
        if review.priority == URGENT or review.id not in own[1:]:
            return False
        counts = Counter(self._under_way.values())
        return min(counts.values()) < len(own)
