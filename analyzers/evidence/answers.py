"""What the answers and messages of an entry point show, and the secrets among that."""

from collections.abc import Iterator
from typing import NamedTuple

from analyzers.authority.rows import Row
from analyzers.flow import secrets
from analyzers.flow.labels import CONTEXT
from analyzers.flow.secrets import HOLES, KEYED, Secret
from analyzers.frameworks import disclosure
from analyzers.project.program import Function
from analyzers.rule import Analysis


class Shown(NamedTuple):
    """An expression whose value a client receives."""

    function: Function
    value: int
    start: int
    end: int
    how: str


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
                yield Shown(function, event.value, event.start, event.end, "returned")
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
    for secret in sorted(analysis.exposure.held(shown.function, shown.value)):
        if secret.kind == KEYED:
            yield Secret(secrets.ENVIRONMENT, "", shown.function.file.path, shown.function.line_of(shown.value))
        elif secret.kind not in (*HOLES, *secrets.ERRORS, secrets.PAYLOAD):
            yield secret
