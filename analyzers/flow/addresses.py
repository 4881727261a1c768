"""Addresses as they are written: the literal that begins with a scheme, wherever the value comes from."""

from collections.abc import Iterator
from typing import NamedTuple

from analyzers.flow.authorities import host_text
from analyzers.flow.summaries import Flow
from analyzers.flow.urls import WRAPPERS
from analyzers.frameworks.credentials import ENVIRONMENT_CALLS
from analyzers.project.program import Function
from analyzers.project.targets import Site

MAX_VALUES = 200
PLAIN = ("http://", "ws://")


class Address(NamedTuple):
    """An address without encryption: its host, and the literal in which its scheme is written.

    `text` is the constant beginning of the address; `by_default` tells that a setting can replace it.
    """

    host: str
    text: str
    function: Function
    value: int
    by_default: bool = False

    @property
    def scheme(self) -> str:
        """The scheme with its separator."""
        return next(scheme for scheme in PLAIN if self.text.startswith(scheme))

    @property
    def has_port(self) -> bool:
        """Tell whether the address names a port, which stands for the scheme that it is served with."""
        authority = self.text.removeprefix(self.scheme).partition("/")[0].rpartition("]")[2]
        return ":" in authority.rpartition("@")[2]


def plain_addresses(
    flow: Flow, function: Function, value: int, seen: set[tuple[str, int]] | None = None
) -> Iterator[Address]:
    """Yield the addresses without encryption that a value may be, those of a constant host only.

    `seen` are the values that were looked at on the way; each is looked at once.
    """
    looked = set() if seen is None else seen
    if value >= 0 and (function.id, value) not in looked and len(looked) < MAX_VALUES:
        looked.add((function.id, value))
        node = function.facts.values[value]
        read = _READERS.get(node.op, _defined)
        yield from read(flow, Site(function, value, node), looked)


def _written(flow: Flow, site: Site, seen: set[tuple[str, int]]) -> Iterator[Address]:
    """A literal, or what begins with one, by itself or by a name."""
    function, value, node = site
    first = value if node.op == "str" else node.args[0] if node.args else -1
    host = host_text(flow.shapes.shape(function, value)) if first >= 0 else ""
    if not host:
        return
    text = function.facts.values[first].text.lower()
    if function.facts.values[first].op != "str":
        for address in plain_addresses(flow, function, first, seen):
            yield address._replace(host=host.lower())
    elif text.startswith(PLAIN):
        yield Address(host.lower(), text, function, first)


def _any(flow: Flow, site: Site, seen: set[tuple[str, int]]) -> Iterator[Address]:
    for part in site.node.args[1:] if site.node.op == "select" else site.node.args:
        yield from plain_addresses(flow, site.function, part, seen)


def _in_map(flow: Flow, site: Site, seen: set[tuple[str, int]]) -> Iterator[Address]:
    """`{"mcpServers": {"shop": {"url": ...}}}`: what is under `url`, at any depth."""
    function, _, node = site
    for key, value in zip(node.args[::2], node.args[1::2], strict=False):
        name = flow.resolver.text(function, key) if key >= 0 else None
        if name in ("url", "serverUrl") or function.facts.values[value].op == "map":
            yield from plain_addresses(flow, function, value, seen)


def _in_call(flow: Flow, site: Site, seen: set[tuple[str, int]]) -> Iterator[Address]:
    """What a conversion is given, the default of a setting."""
    function, _, node = site
    callee = function.facts.values[node.args[0]]
    name = flow.resolver.external(function, node.args[0])
    if callee.op == "attr" and callee.text in ("rstrip", "strip"):
        yield from plain_addresses(flow, function, callee.args[0], seen)
    elif name in ENVIRONMENT_CALLS and len(node.args) > 2:
        for address in plain_addresses(flow, function, node.args[2], seen):
            yield address._replace(by_default=True)
    elif len(node.args) > 1 and (name in WRAPPERS or name.endswith((".Field", "Url"))):
        yield from plain_addresses(flow, function, node.args[1], seen)


def _defined(flow: Flow, site: Site, seen: set[tuple[str, int]]) -> Iterator[Address]:
    function, value, node = site
    for scope, bound in flow.defaults.definitions(function, value):
        setting = node.op == "attr" and scope.facts.kind == "class"
        for address in plain_addresses(flow, scope, bound, seen):
            yield address._replace(by_default=address.by_default or setting)


_READERS = {
    "str": _written,
    "template": _written,
    "binary": _written,
    "phi": _any,
    "or": _any,
    "select": _any,
    "default": _any,
    "list": _any,
    "tuple": _any,
    "map": _in_map,
    "call": _in_call,
}
