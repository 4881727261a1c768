"""Conditions on texts: which of them leave a caller nothing harmful to say, and which are passed by.

Beside `holds` (a whole value is one of a list) the notes are `pattern: ` and the special characters that a match can
hold, those of how it begins, `no separator`, `escapes: ` and `denied: ` with what passes.
"""

from collections.abc import Iterator

from analyzers.facts import Value
from analyzers.flow import stored
from analyzers.flow.alphabets import alphabet_of, is_matched_whole, is_negated, kept_by
from analyzers.flow.cleaning import SEPARATORS as SEPARATING
from analyzers.flow.destinations import HOLDS, Condition
from analyzers.flow.guards import Guards
from analyzers.flow.labeling import Labeler
from analyzers.flow.labels import MARK, NONE, Labels, unlisted, with_variant
from analyzers.flow.matching import Match, match_of
from analyzers.flow.path_segments import segment_conditions
from analyzers.flow.plain_types import NAME, NOTHING, of_admitted
from analyzers.flow.prefixes import (
    DOTS,
    INSIDE,
    PREFIX,
    RELATIVE,
    ROOTED,
    forbidden,
    prefix_conditions,
    texts_of,
    without,
)
from analyzers.flow.replacing import as_listed
from analyzers.flow.whole_texts import is_whole
from analyzers.frameworks.paths import canonical, is_path
from analyzers.project.program import Function

CONTAINED, SEPARATORS = "contained", "no separator"
RESOLVED = "nbcwi"
ANSWERED = "d"
# Equal to another value, which bounds something only where that is a folder.
EQUAL = "equal"
UNRESOLVED = "escapes: the path is compared before `..` and links in it are resolved"
CHARACTERS = "escapes: `commonprefix` compares characters, so a sibling as `/data-private` passes for `/data`"
DENIED = "denied: a list of forbidden words or characters misses other ways to say it"
SEPARATED = "denied: some separators are refused, and not the others that change how it is read"
FOUND_OUT = "denied: what was found out about it is compared, not what it says"
PLAIN_TESTS = frozenset({"isalnum", "isalpha", "isdigit", "isdecimal", "isnumeric", "isidentifier"})
ABSOLUTE_TESTS = frozenset({"os.path.isabs", "posixpath.isabs"})
# Types of what is no text.
NO_TEXTS = frozenset(
    {
        *("builtins.int", "builtins.float", "builtins.bool", "decimal.Decimal", "uuid.UUID", "numbers.Number"),
        *("datetime.datetime", "datetime.date", "datetime.time", "datetime.timedelta"),
    }
)
# What raises for any text but one of a plain form.
PARSERS = {"UUID": "uuid.UUID", "int": "builtins.int", "float": "builtins.float"}


def text_conditions(labeler: Labeler, function: Function, value: int, truth: bool) -> Iterator[Condition]:
    """Yield what a condition of known outcome says about a text; of an answer only that it is one of a list."""
    for condition in _conditions(labeler, function, value, truth):
        if condition.note in (HOLDS, DENIED, SEPARATED):
            answer = condition.note != HOLDS and all(label[0] == ANSWERED for label in condition.on)
            yield condition._replace(note=FOUND_OUT) if answer else condition
            continue
        on = frozenset(label for label in condition.on if label[0] != ANSWERED)
        if on:
            yield Condition(on, condition.note, condition.against)


def _conditions(labeler: Labeler, function: Function, value: int, truth: bool) -> Iterator[Condition]:
    node = function.facts.values[value]
    if node.op == "compare":
        yield from segment_conditions(labeler, function, node, truth)
    if node.op == "compare" and node.text in ("in", "not-in"):
        yield from _contents(labeler, function, node, (node.text == "in") == truth)
    elif node.op == "compare" and node.text in ("==", "!="):
        if (node.text == "==") == truth:
            yield from _equality(labeler, function, node)
    elif node.op == "call":
        yield from _call(labeler, function, node, truth)


def tainted(labels: Labels) -> Labels:
    """Return the labels of parameters."""
    return frozenset(label for label in labels if MARK in label)


def _contents(labeler: Labeler, function: Function, node: Value, inside: bool) -> Iterator[Condition]:
    """`part in text`: what is known to be in it, or not."""
    left, right = node.args
    container = function.facts.values[right]
    on = tainted(labeler.labels(function, right))
    if not inside and not on:
        yield from forbidden(labeler, function, tainted(labeler.labels(function, left)), right)
    if not on or tainted(labeler.labels(function, left)):
        return
    if inside:
        if container.op == "attr" and container.text == "parents":
            yield Condition(on, INSIDE)
        return
    if _has_keys(function, right):
        return
    for text in texts_of(labeler, function, left):
        if text == "..":
            yield Condition(on, DOTS)
        elif text in ("/", "os.sep"):
            yield Condition(on, SEPARATORS)
        else:
            # A separator has no other spelling, as a word has.
            is_separator = bool(text) and not any(letter.isalnum() for letter in text)
            yield Condition(on, SEPARATED if is_separator else DENIED)


def _has_keys(function: Function, value: int) -> bool:
    """Tell whether a parameter is a table: entries of it are read by their names."""
    node = function.facts.values[value]
    return node.op == "param" and any(
        other.op == "index" and other.args[0] == value and function.facts.values[other.args[1]].op == "str"
        for other in function.facts.values
    )


def _equality(labeler: Labeler, function: Function, node: Value) -> Iterator[Condition]:
    for side in node.args:
        part = function.facts.values[side]
        if part.op == "attr" and part.text == "parent":
            on = tainted(labeler.labels(function, side))
            if on:
                yield Condition(on, INSIDE)
        else:
            on = tainted(labeler.labels(function, side))
            if on:
                yield Condition(on, EQUAL)
        name = labeler.resolver.external(function, part.args[0]) if part.op == "call" else ""
        if name in ("os.path.commonpath", "os.path.commonprefix"):
            other = node.args[1] if side == node.args[0] else node.args[0]
            root = labeler.labels(function, other)
            on = without(tainted(labeler.labels(function, side)), root)
            if on:
                yield Condition(on, CHARACTERS) if name.endswith("prefix") else Condition(on, INSIDE, tainted(root))


def settled(note: str, subject: str) -> str:
    """Return what a note says of one label: to lie in a folder says something of a resolved path alone."""
    if note != INSIDE:
        return note
    return CONTAINED if subject[0] in RESOLVED else UNRESOLVED


def _call(labeler: Labeler, function: Function, node: Value, truth: bool) -> Iterator[Condition]:
    callee = function.facts.values[node.args[0]]
    if callee.op == "attr" and callee.text in ("startswith", "is_relative_to", "is_absolute", *PLAIN_TESTS):
        on = tainted(labeler.labels(function, callee.args[0]))
        if on:
            yield from _method(labeler, function, node, on, truth)
        return
    if callee.op == "attr" and callee.text == "get" and len(node.args) == 2:
        if truth and _is_table(labeler, function, callee.args[0]) and is_whole(labeler, function, node.args[1]):
            on = tainted(labeler.labels(function, node.args[1]))
            yield from (Condition(on, HOLDS),) if on else ()
        return
    if truth and callee.op == "attr" and callee.text in stored.FETCHES:
        yield from (Condition(tainted(on), HOLDS) for on in stored.looked_up(labeler, function, callee.args[0]))
        return
    name = labeler.resolver.external(function, node.args[0])
    if name == "builtins.isinstance" and truth and len(node.args) > 2:
        yield from _of_type(labeler, function, node)
        return
    if name in ABSOLUTE_TESTS and not truth and len(node.args) > 1:
        on = tainted(labeler.labels(function, node.args[1]))
        if on:
            yield Condition(on, RELATIVE)
        return
    found = match_of(labeler, function, node, name)
    on = tainted(labeler.labels(function, found.subject)) if found is not None else NONE
    if found is not None and on:
        yield from _match(on, found, truth)


def _of_type(labeler: Labeler, function: Function, node: Value) -> Iterator[Condition]:
    """`isinstance(x, int)`: what is no text, nor holds one, says nothing but digits, and neither do its parts."""
    kinds = function.facts.values[node.args[2]]
    types = kinds.args if kinds.op in ("tuple", "list") else (node.args[2],)
    on = tainted(labeler.labels(function, node.args[1]))
    no_text = all(labeler.resolver.external(function, kind) in NO_TEXTS for kind in types)
    if on and no_text and is_whole(labeler, function, node.args[1]):
        yield Condition(on, "pattern: ")


def _is_table(labeler: Labeler, function: Function, value: int) -> bool:
    """Tell whether a value is a mapping of the program, whose keys a caller does not choose."""
    targets = labeler.resolver.resolve(function, value)
    return any(target.kind == "display" and target.name == "map" for target in targets) and not tainted(
        labeler.labels(function, value)
    )


def _method(labeler: Labeler, function: Function, node: Value, on: Labels, truth: bool) -> Iterator[Condition]:
    callee = function.facts.values[node.args[0]]
    if callee.text in PLAIN_TESTS:
        if truth:
            yield Condition(on, "pattern: ")
    elif callee.text == "is_absolute":
        if not truth:
            yield Condition(on, RELATIVE)
    elif callee.text == "is_relative_to":
        root = labeler.union(function, node.args[1:])
        on = without(on, root)
        if truth and on:
            yield Condition(on, INSIDE, tainted(root))
        elif on:
            yield from forbidden(labeler, function, on, node.args[1])
    elif len(node.args) > 1:
        yield from prefix_conditions(labeler, function, node, on, truth)


def _match(on: Labels, match: Match, truth: bool) -> Iterator[Condition]:
    """Yield what a match, or its failing, says: all of the value is of a pattern, or a part of it is not."""
    if not truth:
        yield from _unmatched(on, match)
        return
    found = alphabet_of(match.pattern, match.flags)
    if is_matched_whole(match.pattern, match.flags, match.method):
        yield Condition(on, f"pattern: {''.join(sorted(found.language.held))}")
        if not found.language.dots:
            yield Condition(on, DOTS)
        if not found.language.first & SEPARATING:
            yield Condition(on, RELATIVE)
    elif found.begins or match.method != "search":
        yield Condition(on, PREFIX)


def _unmatched(on: Labels, match: Match) -> Iterator[Condition]:
    left = kept_by(match.pattern) if match.method == "search" else None
    if left is not None and is_negated(match.pattern):
        yield Condition(on, f"pattern: {''.join(sorted(left))}")
        return
    if left is not None and not left & SEPARATING:
        yield Condition(on, SEPARATORS)
    yield Condition(on, DENIED)


def returned_condition(labeler: Labeler, function: Function, node: Value) -> Condition | None:
    """Return what holds because a call outside of the program came back: `path.relative_to(root)` raises if outside."""
    callee = function.facts.values[node.args[0]]
    last = callee.text.rpartition("|")[2]
    existing = tainted(stored.existing(labeler, function, node))
    if existing:
        return Condition(existing, HOLDS)
    if len(node.args) < 2 or last not in ("relative_to", *PARSERS):
        return None
    names = labeler.resolver.externals(function, node.args[0])
    if any(name in PARSERS.values() for name in names):
        on = tainted(labeler.labels(function, node.args[1]))
        return Condition(on, "pattern: ") if on and is_whole(labeler, function, node.args[1]) else None
    if callee.op != "attr":
        return None
    on = tainted(labeler.labels(function, callee.args[0]))
    root = labeler.labels(function, node.args[1])
    on = without(on, root)
    if not on or not any(is_path(canonical(name)) for name in names):
        return None
    return Condition(on, INSIDE, tainted(root))


def is_rooted(labels: Labels, guards: Guards) -> bool:
    """Tell whether a text is one that guards found to begin with `/`."""
    return len(labels) == 1 and any(guard.note == ROOTED and labels == guard.subject for guard in guards)


def cleared(labels: Labels, guards: Guards) -> Labels:
    """Return labels as what guards found of their values: plain text, or a path in its folder."""
    notes: dict[str, set[str]] = {}
    for guard in guards:
        for subject in guard.subject if guard.kind == "url" and not guard.claim else ():
            notes.setdefault(unlisted(subject)[1:], set()).add(settled(guard.note, subject))
    found = (
        labels
        if not notes
        else frozenset(label for old in labels for label in _cleared(old, notes.get(unlisted(old)[1:], set())))
    )
    return as_listed(found, guards, HOLDS)


def _cleared(label: str, notes: set[str]) -> Labels:
    if MARK not in label or not notes:
        return frozenset({label})
    admits = [frozenset(note.removeprefix("pattern: ")) for note in notes if note.startswith("pattern: ")]
    found = {NOTHING} if HOLDS in notes else {of_admitted(left) for left in admits}
    for left in (NOTHING, NAME):
        if left in found:
            return with_variant((label,), left)
    return with_variant((label,), "c") if CONTAINED in notes else frozenset({label})
