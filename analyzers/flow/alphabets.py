"""What a text can look like that a regular expression matched: its special characters, and whether `..` is in it."""

import functools
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import msgspec

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+")
SPECIAL = frozenset(chr(code) for code in range(9, 127) if chr(code).isspace() or chr(code).isprintable()) - LETTERS
NONE: frozenset[str] = frozenset()
SPACES = frozenset(character for character in SPECIAL if character.isspace())
CLASSES = {
    codes.CATEGORY_DIGIT: NONE,
    codes.CATEGORY_WORD: NONE,
    codes.CATEGORY_SPACE: SPACES,
    codes.CATEGORY_NOT_SPACE: SPECIAL - SPACES,
}
BEGINNINGS = (codes.AT_BEGINNING, codes.AT_BEGINNING_STRING)
ENDS = (codes.AT_END, codes.AT_END_STRING)
REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
MAX_LENGTH = 2000
Item = tuple[Any, Any]


class Language(NamedTuple):
    """What matches can look like: special characters in them, first and last, `..` in them, whether nothing matches."""

    held: frozenset[str] = NONE
    first: frozenset[str] = NONE
    last: frozenset[str] = NONE
    dots: bool = False
    empty: bool = True


class Alphabet(msgspec.Struct, frozen=True):
    """A pattern as far as it is understood: its language, and whether it begins and ends with the text."""

    language: Language
    begins: bool
    ends: bool
    excluded: frozenset[str] | None = None


ANYTHING = Language(SPECIAL, SPECIAL, SPECIAL, dots=True)
UNKNOWN = Alphabet(ANYTHING, begins=False, ends=False)


@functools.lru_cache(maxsize=1024)
def alphabet_of(pattern: str, flags: str = "") -> Alphabet:
    """Return what a regular expression matches; `flags` are `x` for a verbose one, `m` for one of many lines.

    What is not understood matches anything, without an anchor.
    """
    try:
        tree = _parsed(pattern, flags)
        lines = bool(tree.state.flags & re.MULTILINE)
        return Alphabet(
            _sequence(tree),
            _is_anchored(tree, BEGINNINGS[1:] if lines else BEGINNINGS, 0),
            _is_anchored(tree, ENDS[1:] if lines else ENDS, -1),
            _excluded(tree),
        )
    except (re.error, RecursionError, OverflowError):
        return UNKNOWN


def _parsed(pattern: str, flags: str) -> parser.SubPattern:
    """Return a pattern as Python reads it, and raise an error as it does for one that it does not understand."""
    if len(pattern) > MAX_LENGTH:
        raise OverflowError(pattern[:MAX_LENGTH])
    number = (re.VERBOSE if "x" in flags else 0) | (re.MULTILINE if "m" in flags else 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Python knows `\z` of other dialects from 3.14 on.
        return parser.parse(pattern.replace(r"\z", r"\Z"), number)


def group_of(pattern: str, flags: str, group: str) -> frozenset[str] | None:
    """Return the special characters that a group of a match can hold, by its number or name; None where not known."""
    try:
        tree = _parsed(pattern, flags)
    except (re.error, RecursionError, OverflowError):
        return None
    number = int(group) if group.isdigit() else tree.state.groupdict.get(group, -1)
    if number == 0:
        return _sequence(tree).held
    found = [inner for inner, index in _groups(tree) if index == number]
    return _sequence(found[0]).held if len(found) == 1 else None


def _groups(items: Iterable[Item]) -> Iterator[tuple[Any, int | None]]:
    """Yield the groups of a pattern that stand in no choice or repetition, each with its number."""
    for code, operand in items:
        if code is codes.SUBPATTERN:
            yield operand[3], operand[0]
            yield from _groups(operand[3])


def is_matched_whole(pattern: str, flags: str, method: str) -> bool:
    """Tell whether a match by `match`, `search` or `fullmatch` is all of the text, but for a line's end after it."""
    found = alphabet_of(pattern, flags)
    return method == "fullmatch" or (found.ends and (method == "match" or found.begins))


def kept_by(pattern: str) -> frozenset[str] | None:
    """Return the special characters left after all matches of a class were replaced; None for another pattern.

    `[^A-Za-z0-9_-]` leaves none, `[/:]` all but two.
    """
    return alphabet_of(pattern).excluded


def is_negated(pattern: str) -> bool:
    """Tell whether a pattern matches all characters but some."""
    return pattern.lstrip("(?:aimsux)").startswith("[^")


def _sequence(items: Iterable[Item]) -> Language:
    parts = [item for item in items if item[0] is not codes.AT]
    found = Language()
    for item in parts:
        found = _followed(found, _language(item))
    return found._replace(dots=False) if parts and "\n" not in found.held and _denies_dots(parts[0]) else found


def _followed(one: Language, other: Language) -> Language:
    return Language(
        one.held | other.held,
        one.first | (other.first if one.empty else NONE),
        other.last | (one.last if other.empty else NONE),
        one.dots or other.dots or ("." in one.last and "." in other.first),
        one.empty and other.empty,
    )


def _language(item: Item) -> Language:
    reader = _READERS.get(item[0])
    return reader(item[1]) if reader is not None else ANYTHING


def _of(characters: frozenset[str]) -> Language:
    return Language(characters, characters, characters, empty=False)


def _literal(operand: int) -> Language:
    return _of(SPECIAL & {chr(operand)})


def _class(items: list[Item]) -> Language:
    found = NONE
    negated = items[0][0] is codes.NEGATE
    for code, operand in items[1 if negated else 0 :]:
        if code is codes.LITERAL:
            found |= SPECIAL & {chr(operand)}
        elif code is codes.RANGE:
            found |= frozenset(character for character in SPECIAL if operand[0] <= ord(character) <= operand[1])
        else:
            found |= CLASSES.get(operand, SPECIAL)
    return _of(SPECIAL - found if negated else found)


def _repeat(operand: tuple[int, int, Any]) -> Language:
    least, most, inner = operand
    found = _sequence(inner)
    if most > 1:
        found = _followed(found, found)
    return found._replace(empty=found.empty or least == 0)


def _either(parts: Iterable[Any]) -> Language:
    return functools.reduce(
        lambda one, other: Language(
            one.held | other.held,
            one.first | other.first,
            one.last | other.last,
            one.dots or other.dots,
            one.empty or other.empty,
        ),
        [_sequence(part or ()) for part in parts],
    )


_READERS: dict[Any, Callable[[Any], Language]] = {
    codes.LITERAL: _literal,
    codes.NOT_LITERAL: lambda operand: _of(SPECIAL - {chr(operand)}),
    codes.ANY: lambda _: ANYTHING._replace(dots=False, empty=False),
    codes.IN: _class,
    codes.BRANCH: lambda operand: _either(operand[1]),
    codes.SUBPATTERN: lambda operand: _sequence(operand[3]),
    codes.ATOMIC_GROUP: _sequence,
    codes.GROUPREF_EXISTS: lambda operand: _either(operand[1:]),
    **dict.fromkeys(REPEATS, _repeat),
    **dict.fromkeys((codes.ASSERT, codes.ASSERT_NOT), lambda _: Language()),
}


def _denies_dots(item: Item) -> bool:
    r"""Tell whether a part is `(?!.*\.\.)`, which what follows it on the same line cannot hold."""
    code, operand = item
    if code is not codes.ASSERT_NOT or operand[0] != 1:
        return False
    items = list(operand[1])
    dot = (codes.LITERAL, ord("."))
    leading = items[:-2]
    return items[-2:] == [dot, dot] and all(
        part in REPEATS and what[0] == 0 and list(what[2]) == [(codes.ANY, None)] for part, what in leading
    )


def _is_anchored(items: Iterable[Item], anchors: tuple[Any, ...], side: int) -> bool:
    """Tell whether each way through a pattern begins, or ends, with one of some anchors."""
    parts = list(items)
    if not parts:
        return False
    code, operand = parts[side]
    if code is codes.AT:
        return operand in anchors
    if code is codes.SUBPATTERN:
        return _is_anchored(operand[3], anchors, side)
    return code is codes.BRANCH and all(_is_anchored(part, anchors, side) for part in operand[1])


def _excluded(items: Iterable[Item]) -> frozenset[str] | None:
    parts = list(items)
    if len(parts) != 1:
        return None
    code, operand = parts[0]
    if code in REPEATS and operand[0] <= 1 and operand[1] >= 1:
        return _excluded(operand[2])
    if code is codes.SUBPATTERN:
        return _excluded(operand[3])
    if code is codes.BRANCH:
        left = [found for part in operand[1] if (found := _excluded(part)) is not None]
        return frozenset.intersection(*left) if left else None
    return SPECIAL - _language(parts[0]).held if code in (codes.LITERAL, codes.NOT_LITERAL, codes.IN) else None
