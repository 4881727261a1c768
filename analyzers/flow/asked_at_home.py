"""Connections that only go to the machine itself, on whose way nobody stands."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.flow.authorities import host_text, split
from analyzers.flow.shapes import Shape, is_open
from analyzers.frameworks import tls
from analyzers.project.program import Function
from analyzers.project.targets import argument_of

if TYPE_CHECKING:
    from analyzers.flow.summaries import Flow

# Where calls take the address that they ask: of an address, or of a client that asks below one.
ADDRESSES = (("url", 0), ("url", 1), ("base_url", 9))
CHOSEN, BRANCHES = ("phi", "select"), ("true", "false")
REQUESTS = ("urllib.request.Request",)


def asks_itself(flow: "Flow", function: Function, call: int) -> bool:
    """Tell whether a call goes to the machine itself by the address that it is given, whichever of several."""
    node = function.facts.values[call]
    given = (argument_of(node, name, position) for name, position in ADDRESSES)
    return any(_is_home(flow, function, value) for value in given if value >= 0)


def is_used_at_home(flow: "Flow", function: Function, context: int) -> bool:
    """Tell whether an object that a function makes is only handed to calls that go to the machine itself."""
    if any(other.parent is function for other in function.file.functions):
        return False
    values = function.facts.values
    # One that is only made in some runs goes on as one of several: `context = None`.
    same = {context}
    for index, node in enumerate(values):
        if node.op in CHOSEN and not same.isdisjoint(node.args):
            same.add(index)
    if any(event.value in same and event.kind not in ("call", *BRANCHES) for event in function.facts.events):
        return False
    uses = [index for index, node in enumerate(values) if not same.isdisjoint(node.args) and index not in same]
    return bool(uses) and all(values[use].op == "call" and asks_itself(flow, function, use) for use in uses)


def _is_home(flow: "Flow", function: Function, value: int) -> bool:
    node = function.facts.values[value]
    made = node.op == "call" and len(node.args) > 1
    if made and any(name in REQUESTS for name in flow.resolver.externals(function, node.args[0])):
        return _is_home(flow, function, node.args[1])
    return all(tls.is_loopback(_host(shape)) for shape in _ways(flow, function, value))


def _host(shape: Shape) -> str:
    """Return the constant host of a shape, of one with a port of the server's own, too: `https://localhost:{port}`."""
    head, _ = split(shape)
    hole = next((index for index, piece in enumerate(head) if piece.labels), len(head))
    before = "".join(piece.text for piece in head[:hole])
    is_port = before.endswith(":") and "://" in before and not any(map(is_open, head[hole:]))
    return host_text(head[:hole]) if is_port else host_text(shape)


def _ways(flow: "Flow", function: Function, value: int) -> Iterator[Shape]:
    """Yield the shapes of an address, of one that is chosen each of them."""
    node = function.facts.values[value]
    is_chosen = node.op in ("phi", "select") and value not in node.args
    yield from flow.shapes.ways(function, value) if is_chosen else (flow.shapes.shape(function, value),)
