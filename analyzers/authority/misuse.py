"""Checks that decide the wrong way: turned round, written to a log only, or answered yes without an identity."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from analyzers.facts import Event
from analyzers.flow.guards import Guard, Guards
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function

# A comparison of the caller with someone keeps people apart (who asks may not approve), which is no grant.
NO_GRANTS = ("sub", "subject", "client_id", "email", "auth")
# Words by which a claim, or the value that it is compared with, says that its holder may not, or may less.
LESS = frozenset(
    {
        *("disabled", "inactive", "revoked", "blocked", "banned", "suspended", "locked", "deleted", "expired"),
        *("denied", "blacklisted", "deactivated", "archived", "pending", "unverified", "unconfirmed", "invalid"),
        *("anonymous", "anon", "guest", "demo", "trial", "restricted", "limited", "readonly", "only", "viewer"),
        *("refresh", "untrusted", "public"),
    }
)
CONST = "const:"
WORD = re.compile(r"[a-z]+")
TOLD = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "msg", "print"})


def is_turned_round(flow: Flow, function: Function, event: Event) -> bool:
    """Tell whether a branch goes on for callers without a grant because those with it are refused."""
    other = {"true": "false", "false": "true"}.get(event.kind, "")
    if not function.raises_behind(other, event.value):
        return False
    return any(
        _grants(flow.guards.known(function, leaf, not truth), LESS)
        and not _grants(flow.guards.known(function, leaf, truth))
        for leaf, truth in _certain(function, event.value, event.kind == "true")
    )


def is_only_told(flow: Flow, function: Function, event: Event) -> bool:
    """Tell whether all that a refused caller meets is a line in a log."""
    if not _grants(flow.guards.known(function, event.value, event.kind == "true")):
        return False
    refused = _opposite(function, event)
    if refused is None:
        return False
    inside = list(_behind(function, refused))
    return bool(inside) and all(_tells(function, step) for step in inside) and not any(_behind(function, event))


def is_yes(function: Function, event: Event) -> bool:
    """Tell whether a function answers yes here, whoever asks."""
    return event.kind == "return" and event.value >= 0 and function.facts.values[event.value].text == "True"


def answers_checks(flow: Flow, function: Function) -> bool:
    """Tell whether another answer of a function depends on a grant."""
    returned = [event.value for event in function.facts.events if event.kind == "return" and event.value >= 0]
    return any(_grants(flow.guards.known(function, value, True)) for value in returned)


def _grants(guards: Guards, less: Collection[str] = ()) -> bool:
    """Tell whether one of some guards is a grant, and none by a word that says less of its holder."""
    return any(
        guard.kind == "check" and guard.claim not in NO_GRANTS and not any(word in less for word in _words(guard))
        for guard in guards
    )


def _words(guard: Guard) -> Iterator[str]:
    values = (label.removeprefix(CONST) for label in guard.subject if label.startswith(CONST))
    for text in (guard.claim, *values):
        yield from WORD.findall(text.lower())


def _certain(function: Function, value: int, truth: bool) -> Iterator[tuple[int, bool]]:
    """Yield the parts of a condition whose outcome follows from its own."""
    node = function.facts.values[value]
    if node.op == "not":
        yield from _certain(function, node.args[0], not truth)
    elif node.op in ("and", "or") and truth == (node.op == "and"):
        for part in node.args:
            yield from _certain(function, part, truth)
    else:
        yield value, truth


def _opposite(function: Function, event: Event) -> Event | None:
    other = "false" if event.kind == "true" else "true"
    events: Sequence[Event] = function.facts.events
    return next((step for step in events if step.kind == other and step.value == event.value), None)


def _behind(function: Function, event: Event) -> Iterable[Event]:
    """Yield the events that happen only behind one: those that it dominates."""
    events = function.facts.events
    start = next(index for index, step in enumerate(events) if step is event)
    inside = {start}
    for index in range(start + 1, len(events)):
        if events[index].dominator in inside:
            inside.add(index)
            yield events[index]


def _tells(function: Function, event: Event) -> bool:
    if event.kind != "call":
        return False
    callee = function.facts.values[function.facts.values[event.value].args[0]]
    return callee.text.rpartition("|")[2].rpartition(".")[2] in TOLD
