"""What a class of the program puts on every request of a client: `AsyncClient(auth=Signed(...))`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.flow.carried import stored
from analyzers.flow.labels import NONE, Labels, as_credential
from analyzers.frameworks.credentials import carries_credential
from analyzers.project.program import Function
from analyzers.project.targets import argument_of

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler

# Arguments of httpx's and requests' clients, and the methods by which they are given each request before it is sent.
SIGNERS = ("auth", "transport")
METHODS = ("auth_flow", "sync_auth_flow", "async_auth_flow", "handle_request", "handle_async_request", "__call__")


def signed(labeler: "Labeler", function: Function, client: int) -> Labels:
    """Return the labels of the headers that what a client is made with sets on each request."""
    found = NONE
    for method in _methods(labeler, function, client):
        for event in method.facts.events:
            if event.kind != "store" or event.text != "[]":
                continue
            table, name = stored(method, event)
            if method.facts.values[table].text == "headers" and carries_credential(name):
                found |= as_credential(labeler.resolved(labeler.labels(method, event.value)))
    return found


def _methods(labeler: "Labeler", function: Function, client: int) -> Iterator[Function]:
    node = function.facts.values[client]
    for keyword in SIGNERS if node.op == "call" else ():
        given = argument_of(node, keyword, -1)
        for target in labeler.resolver.resolve(function, given) if given >= 0 else ():
            cls = target.function if target.kind == "instance" else None
            found = (labeler.resolver.method(cls, name) for name in METHODS) if cls is not None else ()
            yield from (method for method in found if method is not None)
    hooks = argument_of(node, "event_hooks", -1) if node.op == "call" else -1
    for hook in _items(function, hooks, "request") if hooks >= 0 else ():
        yield from (method for method, _ in labeler.resolver.functions(function, hook))


def _items(function: Function, table: int, key: str) -> Iterator[int]:
    """Yield the items of a list that a map has under a key."""
    values = function.facts.values
    pairs = values[table].args if values[table].op == "map" else ()
    for name, items in zip(pairs[::2], pairs[1::2], strict=False):
        if name >= 0 and values[name].text == key and values[items].op == "list":
            yield from values[items].args
