"""Walks through what leads on to more of its kind."""

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)


def reached(
    starts: Iterable[Item], onward: Callable[[Item], Iterable[Item]], most: int | None = None
) -> Iterator[Item]:
    """Yield some things and all that they lead to, each once and the nearest first, at the most so many.

    What one leads to is only asked for once it was taken.
    """
    waiting, seen = deque(starts), set[Item]()
    while waiting and (most is None or len(seen) < most):
        item = waiting.popleft()
        if item not in seen:
            seen.add(item)
            yield item
            waiting.extend(onward(item))
