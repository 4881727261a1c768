"""Patches that answer with whether a secret is set, where the answer holds the secret itself."""

from collections.abc import Callable, Iterator

import msgspec

from analyzers.finding import Edit
from analyzers.fixes.rewrite import show_presence, tell_presence
from analyzers.project.program import Function

MAX_DEPTH = 6
# What is written out where it is used, in one piece.
PLAIN = ("attr", "index", "call", "default", "or")
Shows = Callable[[Function, int], bool]
Helper = Callable[[Function, int], Function | None]


class _Place(msgspec.Struct, frozen=True):
    """A table or template, and which of its entries or holes show a secret; an expression that is one without parts."""

    function: Function
    value: int
    parts: tuple[int, ...] = ()


class Disclosure(msgspec.Struct, frozen=True):
    """What is asked of values: whether they show a secret, and which helper a call runs that nothing else calls.

    `single` tells that they show one secret each, not all of an environment, so that a whole value may be replaced.
    """

    shows: Shows
    helper: Helper
    single: bool = True


def with_presence(function: Function, value: int, asked: Disclosure, text: bytes) -> tuple[Edit, ...]:
    """Return the edits of an answer, none where it shows a secret otherwise than in an entry, a hole or by itself."""
    if not asked.shows(function, value):
        return ()
    try:
        places = list(_Finder(asked).places(function, value, MAX_DEPTH))
    except LookupError:
        return ()
    edits = [
        show_presence(text, place.function, place.value, place.parts)
        if place.parts
        else tell_presence(text, place.function, place.value)
        for place in places
    ]
    found = tuple(edit for edit in edits if edit is not None)
    return found if found and len(found) == len(edits) else ()


class _Finder:
    """Finds what shows the secrets of an expression; `LookupError` where something else does."""

    def __init__(self, asked: Disclosure) -> None:
        self.asked = asked

    def places(self, function: Function, value: int, depth: int) -> Iterator[_Place]:
        """Yield the places in an expression, or in what the helper that it calls returns."""
        node = function.facts.values[value]
        if not depth:
            raise LookupError(value)
        if node.op in ("map", "template"):
            yield from self._entries(function, value, depth)
            return
        inner = node.args[1:] if node.op == "call" else node.args if node.op in ("list", "tuple", "binary") else ()
        showing = [item for item in inner if self.asked.shows(function, item)]
        if not showing:
            yield from self._whole(function, value, depth)
        for item in showing:
            part = function.facts.values[item]
            if not node.start <= part.start <= part.end <= node.end:
                raise LookupError(item)
            yield from self.places(function, item, depth - 1)

    def _whole(self, function: Function, value: int, depth: int) -> Iterator[_Place]:
        helper = self.asked.helper(function, value)
        if helper is None:
            if not self.asked.single or function.facts.values[value].op not in PLAIN:
                raise LookupError(value)
            yield _Place(function, value)
            return
        for event in helper.facts.events:
            if event.kind == "return" and self.asked.shows(helper, event.value):
                yield from self.places(helper, event.value, depth - 1)

    def _entries(self, function: Function, value: int, depth: int) -> Iterator[_Place]:
        values = function.facts.values
        node = values[value]
        parts = node.args[1::2] if node.op == "map" else [part for part in node.args if values[part].op != "str"]
        own: list[int] = []
        for index, part in enumerate(parts):
            inside = node.start <= values[part].start and values[part].end <= node.end
            if not self.asked.shows(function, part):
                continue
            if inside and values[part].op in ("map", "list", "template"):
                yield from self.places(function, part, depth - 1)
            else:
                own.append(index)
        if own:
            yield _Place(function, value, tuple(own))
