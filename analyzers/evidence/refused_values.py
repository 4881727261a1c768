"""Constants that a function refuses: a token that is known to be invalid opens nothing here."""

import re

from analyzers.facts import Event
from analyzers.project.program import Function

DISPLAYS = ("list", "tuple", "set")
WORD = re.compile(r"[a-z]+")
# With what a collection says that its values are refused, and with what that they are not.
REFUSED_WORDS = frozenset(
    {
        *("invalid", "revoked", "blocked", "banned", "bad", "denied", "leaked", "compromised", "rejected"),
        *("blocklist", "denylist"),
    }
)
DENIALS = frozenset({"not", "non", "no", "never", "un", "except"})
TESTS = {"in": "true", "not-in": "false"}


def is_refused(function: Function, index: int) -> bool:
    """Tell whether a function refuses who comes with a constant, as with a token that is known to be invalid."""
    met = _met(function, _lists(function, index))
    refusals = (event for event in function.facts.events if event.kind == "raise" or _denies(function, event))
    return any(_branch(function, refusal) in met for refusal in refusals) if met else False


def is_listed_as_refused(function: Function, index: int) -> bool:
    """Tell whether a constant only stands in a list that is said to hold what is refused, and is only looked up in.

    What is let in where it is found there is not refused, whatever the list is called.
    """
    if function.facts.kind not in ("function", "method"):
        return False
    lists, names = _lists(function, index), function.facts.names
    called = [name for name, bound in names.items() if not lists.isdisjoint(bound)]
    if not called or not all(_says_refused(name) and lists.issuperset(names[name]) for name in called):
        return False
    met = _met(function, lists)
    granting = (
        event for event in function.facts.events if event.kind in ("return", "yield") and not _denies(function, event)
    )
    granted = any(step in met for event in granting for step in function.chain(event.dominator))
    return _is_only_tested(function, lists, called) and not granted


def _lists(function: Function, index: int) -> frozenset[int]:
    """Return the lists that a constant stands in."""
    values = enumerate(function.facts.values)
    return frozenset(place for place, node in values if node.op in DISPLAYS and index in node.args)


def _met(function: Function, lists: frozenset[int]) -> list[Event]:
    """Return the events from which on a value is known to be in one of these lists."""
    values = function.facts.values
    found: list[Event] = []
    for event in function.facts.events:
        node = values[event.value] if event.kind in ("true", "false") else None
        if node is not None and node.op == "compare" and TESTS.get(node.text) == event.kind and node.args[1] in lists:
            found.append(event)
    return found


def _says_refused(name: str) -> bool:
    words = frozenset(WORD.findall(name.lower()))
    return not words.isdisjoint(REFUSED_WORDS) and words.isdisjoint(DENIALS)


def _is_only_tested(function: Function, lists: frozenset[int], names: list[str]) -> bool:
    """Tell whether lists are used for nothing but to ask whether a value is in them."""
    used = [node for node in function.facts.values if not lists.isdisjoint(node.args)]
    events = function.facts.events
    handed = any(event.value in lists or (event.kind == "store" and event.target in lists) for event in events)
    tested = all(node.op == "compare" and node.text in TESTS and node.args[1] in lists for node in used)
    return bool(used) and tested and not handed and not any(_read_inside(function, name) for name in names)


def _read_inside(function: Function, name: str) -> bool:
    """Tell whether a function inside of one reads a name."""
    others = (other for other in function.file.functions if other is not function)
    return any(node.op == "free" and node.text == name for other in others for node in other.facts.values)


def _branch(function: Function, event: Event) -> Event | None:
    steps = function.chain(event.dominator)
    return next((step for step in steps if step.kind in ("true", "false", "each", "swallow")), None)


def _denies(function: Function, event: Event) -> bool:
    if event.kind != "return":
        return False
    node = function.facts.values[event.value] if event.value >= 0 else None
    if node is not None and node.op == "tuple" and node.args:
        node = function.facts.values[node.args[0]]
    return node is None or node.op == "none" or (node.op, node.text) == ("bool", "False")
