"""What the answers and messages of an entry point show, and the secrets among that."""

from collections.abc import Iterator

import msgspec

from analyzers.authority.rows import Row
from analyzers.evidence.asked_ways import can_be
from analyzers.flow import secrets
from analyzers.flow.labels import CONTEXT
from analyzers.flow.secrets import HOLES, KEYED, Secret
from analyzers.frameworks import disclosure
from analyzers.project.branches import Branch
from analyzers.project.program import Function
from analyzers.rule import Analysis


class Shown(msgspec.Struct, frozen=True):
    """An expression whose value a client receives."""

    function: Function
    value: int
    start: int
    end: int
    how: str
    branch: Branch | None = None
    dominator: int = -1


def shown_by(analysis: Analysis, row: Row) -> Iterator[Shown]:
    """Yield what an entry point's own functions return, and what they send to the client on the way."""
    entry = row.entry
    functions = [entry.handler, entry.inner, entry.branch.function if entry.branch is not None else None]
    for function in dict.fromkeys(item for item in functions if item is not None):
        branch = entry.branch if entry.branch is not None and entry.branch.function is function else None
        for event in function.facts.events:
            if event.value < 0 or (branch is not None and not branch.is_alive(event)):
                continue
            if event.kind in ("return", "yield"):
                yield Shown(function, event.value, event.start, event.end, "returned", branch, event.dominator)
            elif event.kind == "raise" and function.facts.values[event.value].op == "call":
                for argument in function.facts.values[event.value].args[1:]:
                    yield Shown(function, argument, event.start, event.end, "raised", branch)
            elif event.kind == "call":
                yield from _messages(analysis, function, event.value)


def _messages(analysis: Analysis, function: Function, call: int) -> Iterator[Shown]:
    node = function.facts.values[call]
    callee = function.facts.values[node.args[0]]
    if callee.op != "attr" or callee.text not in disclosure.CLIENT_MESSAGES:
        return
    if CONTEXT in analysis.flow.labeler.labels(function, callee.args[0]):
        for argument in node.args[1:]:
            yield Shown(function, argument, node.start, node.end, "sent to the client")


def holds(analysis: Analysis, function: Function, value: int) -> bool:
    """Tell whether a part of an answer holds a secret of the server."""
    return next(secrets_in(analysis, Shown(function, value, -1, -1, "")), None) is not None


def secrets_in(analysis: Analysis, shown: Shown) -> Iterator[Secret]:
    """Yield the server's secrets in an answer; what the caller names is one, what the caller passed is none."""
    held = sorted(analysis.exposure.held(shown.function, shown.value))
    for secret in (item for item in held if _is_given(analysis, shown, item)):
        if not can_be(analysis, shown.function, shown.value, shown.dominator, secret):
            continue
        if secret.kind == KEYED:
            yield Secret(secrets.ENVIRONMENT, "", shown.function.file.path, shown.function.line_of(shown.value))
        elif secret.kind not in (*HOLES, *secrets.ERRORS, secrets.PAYLOAD):
            yield secret


def _is_given(analysis: Analysis, shown: Shown, secret: Secret) -> bool:
    """Tell whether a secret is in an answer for the name that a dispatcher is called with, not only for another."""
    function, branch = shown.function, shown.branch
    if branch is None:
        return True
    values = function.facts.values
    parts = [part for part in function.made_of(shown.value) if values[part].op == "call"]
    holding = {part for part in parts if secret in analysis.exposure.held(function, part)}
    first = [part for part in holding if holding.isdisjoint(function.made_of(*values[part].args))]
    events = (function.event_of(part) for part in first)
    return not first or any(event < 0 or branch.is_alive(function.facts.events[event]) for event in events)
