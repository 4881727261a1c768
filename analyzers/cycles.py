"""Answers that are made of each other: found once each, however long the chains and cycles between them."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")
_COMPLETE, _TOO_DEEP = 1 << 30, -1


class Cycles(Generic[Answer]):
    """Finds answers by rules that ask for others.

    An answer that is asked for while it is under way is `nothing`. What was made of that one is no answer yet: it is
    only kept until the question that the cycle began with is answered. So it is with what lies deeper than `limit`.
    """

    def __init__(self, nothing: Answer, limit: int) -> None:
        self._nothing = nothing
        self._limit = limit
        # Questions under way with their depth, and what was found so far of those in a cycle that is not gone round.
        self._active: dict[Hashable, int] = {}
        self._partial: dict[Hashable, tuple[Answer, int]] = {}
        # The least depth that what is found now depends on.
        self._cut = _COMPLETE

    def pending(self, question: Hashable) -> Answer | None:
        """Return what there is to say of a question while others are under way, None when its rule has to be asked."""
        depth = self._active.get(question)
        if depth is not None:
            self._cut = min(self._cut, depth)
            return self._nothing
        partial = self._partial.get(question)
        if partial is not None:
            self._cut = min(self._cut, partial[1])
            return partial[0]
        return self.refused() if len(self._active) > self._limit else None

    def refused(self) -> Answer:
        """Return what there is to say of a question that is not asked, because it lies too deep."""
        self._cut = _TOO_DEEP
        return self._nothing

    def solve(self, question: Hashable, rule: Callable[[], Answer]) -> tuple[Answer, bool]:
        """Ask the rule of a question that is not pending; return what it says, and whether that is the answer."""
        depth, outer, kept = len(self._active), self._cut, len(self._partial)
        self._active[question], self._cut = depth, _COMPLETE
        try:
            found = rule()
        finally:
            del self._active[question]
            if not self._active:
                # Also where a rule raised: what it left half found is no answer to later questions.
                self._partial.clear()
        if self._cut < depth and self._active:
            self._partial[question] = found, self._cut
            self._cut = min(self._cut, outer)
            return found, False
        while len(self._partial) > kept:
            self._partial.popitem()
        self._cut = outer
        return found, True
