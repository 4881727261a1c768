"""What of a URL still holds a secret: its user and password up to the last `@`, and what a request was asked with.

Answers and errors of HTTP clients name the address that was asked, with its query.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from analyzers.facts import Event, Value
from analyzers.flow.secrets import COLLECTIONS, HOLES, NONE, Secrets
from analyzers.frameworks import sinks
from analyzers.project.program import Function
from analyzers.project.targets import argument_of

if TYPE_CHECKING:
    from analyzers.flow.exposure import ExposureReader

# Method -> the positions of what stands behind the sign.
TAILS = {"split": ("1", "-1"), "rsplit": ("1", "-1"), "partition": ("2", "-1"), "rpartition": ("2", "-1")}
SIGN = "@"
# Clients whose errors name no address, but for the one that a status is made into. Read in httpx 0.28.
SILENT = ("httpx.", "httpx2.")
CHECKING = "raise_for_status"
# The errors of clients that name the address that was asked, with its query.
NAMING = frozenset(
    {
        *("httpx.HTTPError", "httpx.HTTPStatusError", "httpx2.HTTPError", "httpx2.HTTPStatusError"),
        *("requests.RequestException", "requests.exceptions.RequestException"),
        *("aiohttp.ClientError", "aiohttp.ClientResponseError"),
    }
)

# Of requests these two name it, each for its own: no connection, and a status that is made into an error.
UNCONNECTED = frozenset({"requests.ConnectionError", "requests.exceptions.ConnectionError"})
REFUSED = frozenset({"requests.HTTPError", "requests.exceptions.HTTPError"})


def is_behind_user(function: Function, node: Value, position: str) -> bool:
    """Tell whether one part of a value, a URL that is cut at `@`, is what stands behind the user in it."""
    if node.op != "call" or len(node.args) < 2:
        return False
    callee, sign = function.facts.values[node.args[0]], function.facts.values[node.args[1]]
    cuts = callee.op == "attr" and sign.op == "str" and sign.text == SIGN
    return cuts and position in TAILS.get(callee.text, ())


def ways_with_user(function: Function, value: int) -> list[int]:
    """Return the operands of a choice but for a URL on the way on which no `@` is in it."""
    node = function.facts.values[value]
    if node.op == "select":
        operands = node.args[1:]
        outcomes = [[(node.args[0], True)], [(node.args[0], False)]]
    else:
        operands = node.args
        outcomes = [list(_decided(function, end)) for end in function.facts.joins.get(value, ())]
    if len(outcomes) != len(operands):
        return list(operands)
    return [
        operand
        for operand, decided in zip(operands, outcomes, strict=True)
        if not any(_is_without(function, condition, operand, truth=truth) for condition, truth in decided)
    ]


def _decided(function: Function, end: int) -> Iterator[tuple[int, bool]]:
    for event in function.chain(end):
        if event.kind in ("true", "false"):
            yield event.value, event.kind == "true"


def _is_without(function: Function, condition: int, operand: int, *, truth: bool) -> bool:
    """Tell whether a condition of known outcome says that there is no `@` in a value."""
    node = function.facts.values[condition]
    if node.op == "not":
        return _is_without(function, node.args[0], operand, truth=not truth)
    if node.op != "compare" or node.text not in ("in", "not-in") or node.args[1] != operand:
        return False
    sign = function.facts.values[node.args[0]]
    return sign.op == "str" and sign.text == SIGN and (node.text == "not-in") == truth


def of_answered(reader: "ExposureReader", function: Function, value: int) -> Secrets:
    """Return the secrets in the address of a request that a value is the answer to, or that the answer names.

    The error of a client names both, `error.response.url` and `error.request.url`.
    """
    values = function.facts.values
    node = values[value]
    while node.op in ("await", "enter") or (node.op == "attr" and node.text in ("request", "response")):
        value = node.args[0]
        node = values[value]
    if node.op == "exception":
        events = function.facts.events
        handlers = (event for event in events if event.kind == "swallow" and event.start == node.start)
        return NONE.union(*(of_failed(reader, function, handler) for handler in handlers))
    return asked_with(reader, function, node) if node.op == "call" else NONE


def of_failed(reader: "ExposureReader", function: Function, handler: Event) -> Secrets:
    """Return the secrets in the addresses of the requests that a handler of exceptions guards."""
    events = function.facts.events
    last = events.index(handler)
    earlier = {
        index: caught
        for index in range(handler.dominator + 1, last)
        if (caught := _caught(reader, function, index))
        and (events[index].target == handler.target or not _raises(function, events[index]))
    }
    guarded = [
        events[index]
        for index in range(handler.dominator + 1, last)
        if events[index].kind == "call"
        and not _names_none([caught for other, caught in earlier.items() if events[other].target <= index < other])
    ]
    nodes = [function.facts.values[event.value] for event in guarded]
    checks = any(function.facts.values[node.args[0]].text == CHECKING for node in nodes)
    return NONE.union(*[asked_with(reader, function, node, in_errors=not checks) for node in nodes])


def _caught(reader: "ExposureReader", function: Function, index: int) -> frozenset[str]:
    """Return the errors that a handler keeps from those behind and around it, by their names."""
    events = function.facts.events
    if events[index].kind != "swallow" or events[index].value < 0:
        return frozenset()
    types = function.facts.values[events[index].value]
    named = types.args if types.op == "tuple" else (events[index].value,)
    return frozenset(name for item in named for name in reader.resolver.externals(function, item))


def _names_none(handlers: Sequence[frozenset[str]]) -> bool:
    """Tell whether no error of a request that names its address passes some handlers."""
    caught = frozenset().union(*handlers)
    both = not caught.isdisjoint(UNCONNECTED) and not caught.isdisjoint(REFUSED)
    return both or not caught.isdisjoint(NAMING)


def _raises(function: Function, handler: Event) -> bool:
    """Tell whether a handler raises again, to those around it."""
    ends = (event for event in function.facts.events if event.kind == "raise")
    return any(step is handler for event in ends for step in function.chain(event.dominator))


def asked_with(reader: "ExposureReader", function: Function, node: Value, *, in_errors: bool = False) -> Secrets:
    """Return the secrets that a request carries in its query, where the client's errors by themselves name it."""
    name = next(filter(sinks.is_http_call, reader.resolver.externals(function, node.args[0])), "")
    if not name or (in_errors and name.startswith(SILENT)):
        return NONE
    url = argument_of(node, "url", 1 if sinks.http_method(name) == "?" else 0)
    query = argument_of(node, "params", -1)
    held = reader.union(function, (url, query, *_put_into(function, query)))
    return frozenset(secret for secret in held if secret.kind not in COLLECTIONS and secret.kind not in HOLES)


def _put_into(function: Function, table: int) -> list[int]:
    """Return what is put into a table under a key: `asked["api_key"] = KEY`."""
    values = function.facts.values
    made = set(function.made_of(table)) if table >= 0 else set[int]()
    return [
        event.value
        for event in function.facts.events
        if made and event.kind == "store" and event.text == "[]" and values[event.target].args[0] in made
    ]
