"""Which functions are being solved, and which were solved without the answers of those that were."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

_COMPLETE = 1 << 30


class Underway:
    """Functions under way, and those solved meanwhile that had to do without answers about these: hasty ones.

    `early` counts how often something was asked of a function under way: what was made of that is not kept.
    """

    def __init__(self) -> None:
        self.early = 0
        # With how many were under way when they began; the hasty with the least of those that they asked.
        self._open: dict[str, int] = {}
        self._hasty: dict[str, int] = {}
        self._least = _COMPLETE
        # Those under way that were asked for, by the function under way that asked.
        self._leant: defaultdict[str, set[str]] = defaultdict(set)
        self._asked: set[str] = set()

    def __contains__(self, identity: object) -> bool:
        return identity in self._open

    def asked(self, identity: str) -> None:
        """Note that something is asked of a function."""
        if identity in self._open:
            self.early += 1
            self._asked.add(identity)
            self._least = min(self._least, self._open[identity])
        elif identity in self._hasty:
            self._least = min(self._least, self._hasty[identity])

    def is_hasty(self, identity: str) -> bool:
        """Tell whether a function that was solved is to be solved again, once what it asked for is."""
        return identity in self._hasty

    def is_due(self, identity: str) -> bool:
        """Tell whether a hasty function can be solved again: what it asked for is no longer under way."""
        return identity not in self._open and self._hasty.get(identity, -1) >= len(self._open)

    @contextmanager
    def leaning(self, identity: str) -> Iterator[None]:
        """Note which functions under way one asks for, itself or by what it has solved meanwhile."""
        outer, self._asked = self._asked, set()
        yield
        self._leant[identity] |= self._asked
        self._asked |= outer

    def leaning_on(self, identity: str) -> list[str]:
        """Return the functions, solved together with one, that asked for it."""
        depth = self._open[identity]
        return [other for other, asked in self._leant.items() if identity in asked and self._open.get(other) == depth]

    def begin(self, identities: Iterable[str]) -> tuple[int, int]:
        """Take up functions; return what `end` is to be given."""
        depth, outer, self._least = len(self._open), self._least, _COMPLETE
        self._open.update(dict.fromkeys(identities, depth))
        return depth, outer

    def end(self, identities: Iterable[str], begun: tuple[int, int]) -> None:
        """Let go of functions that were solved."""
        depth, outer = begun
        for identity in identities:
            del self._open[identity]
            self._leant.pop(identity, None)
            self._hasty.pop(identity, None)
            if self._least < depth:
                self._hasty[identity] = self._least
        self._least = min(self._least, outer) if self._least < depth else outer
