"""Clients of other services: where they are made, and what they are fitted with from then on."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.facts import Event
from analyzers.flow.label_credentials import given
from analyzers.flow.labels import NONE, Labels, as_credential
from analyzers.flow.shapes import Piece, Shape
from analyzers.flow.signing import signed
from analyzers.frameworks.credentials import carries_credential
from analyzers.project.program import Function
from analyzers.project.puts import holders
from analyzers.project.tables import written_under
from analyzers.project.targets import argument_of

if TYPE_CHECKING:
    from analyzers.flow.urls import ShapeReader

# Attributes of clients that hold what they send with every request: as it is, or under names.
WHOLE = ("auth", "cert", "cookies")
NAMED = ("headers", "cookies", "params")
MAX_MAKERS = 3
# What a client of another MCP server is given to reach it, and the address that this is given.
TRANSPORTS = ("StreamableHttpTransport", "SSETransport")
SESSIONS = "aiohttp.ClientSession"
ADDING = ("update", "add", "set", "setdefault", "extend")


class ClientReader:
    """Reads how clients are made and fitted; what they are fitted with is found once."""

    def __init__(self, shapes: "ShapeReader") -> None:
        self._shapes = shapes
        self._labeler = shapes.labeler
        self._resolver = shapes.resolver
        self._fittings: dict[tuple[str, int], list[tuple[Function, Event]]] = {}

    def constructions(self, function: Function, value: int) -> list[tuple[Function, int]]:
        """Return where a client may have been made."""
        return [found for place in self._bound(function, value) for found in self._made(*place, MAX_MAKERS)]

    def _bound(self, function: Function, value: int) -> list[tuple[Function, int]]:
        """Return what a name, an attribute or an entry of a table is set to, else the value itself."""
        value = _entered(function, value)
        node = function.facts.values[value]
        if node.op == "name":
            module = function.file.module
            return [(module, bound) for bound in module.facts.names.get(node.text, ())]
        if node.op == "attr":
            found = self._resolver.attribute_places(function, value)
            return [(scope, _entered(scope, bound)) for scope, bound in found]
        if node.op == "index":
            key = self._resolver.text(function, node.args[1])
            held = written_under(self._resolver, function, node.args[0], key) if key else ()
            return [(scope, _entered(scope, bound)) for scope, bound in held]
        return [(function, value)]

    def _made(self, function: Function, value: int, most: int) -> Iterator[tuple[Function, int]]:
        """Yield where functions of the program that give a client make it, else the value itself."""
        node = function.facts.values[value]
        makers = self._resolver.functions(function, node.args[0]) if node.op == "call" and most else ()
        returned = [
            (maker, _entered(maker, event.value))
            for maker, _ in makers
            for event in maker.facts.events
            if event.kind == "return" and event.value >= 0
        ]
        calls = [(maker, made) for maker, made in returned if maker.facts.values[made].op == "call"]
        if not calls:
            yield function, value
        for maker, made in calls:
            yield from self._made(maker, made, most - 1)

    def base_url(self, function: Function, client: int) -> Shape | None:
        """Return the `base_url` given to the construction of a client, where that construction is seen."""
        for scope, value in self.constructions(function, client):
            node = scope.facts.values[value]
            position = 0 if node.op == "call" and self._resolver.external(scope, node.args[0]) == SESSIONS else -1
            base = argument_of(node, "base_url", position) if node.op == "call" else -1
            if base >= 0:
                return self.shape(function, scope, base)
        return None

    def shape(self, function: Function, scope: Function, value: int, depth: int = 0) -> Shape:
        """Return the shape of what a client was made with, of a parameter as the one call passes it."""
        is_given = scope is not function and scope.facts.values[value].op == "param"
        own = self._labeler.own.of_making(function, scope, value) if is_given else NONE
        if own:
            return (Piece(labels=own | self._labeler.passed(scope, value)),)
        passed = self._resolver.arguments(scope, value) if is_given and depth < MAX_MAKERS else []
        if len(passed) == 1:
            return self.shape(function, *passed[0], depth + 1)
        shape = self._shapes.shape(scope, value)
        return shape if scope is function else tuple(self._given(piece) for piece in shape)

    def is_switched_on(self, function: Function, scope: Function, value: int) -> bool:
        """Tell whether a switch of a client may be on: one that its maker is given is as a function itself gives it."""
        node = scope.facts.values[value]
        if scope is function or node.op != "param":
            return node.text != "False"
        passed = self._resolver.arguments(scope, value)
        own = [(caller, argument) for caller, argument in passed if caller is function]
        makes = any((scope, None) in self._resolver.functions(function, call) for call in _callees(function))
        given = own or ([] if makes else passed)
        return any(caller.facts.values[argument].text != "False" for caller, argument in given or [(scope, value)])

    def transport(self, function: Function, value: int) -> tuple[Shape, Labels] | None:
        """Return the address and the credentials of a transport to another MCP server, None for anything else."""
        for scope, made in self.constructions(function, value) if value >= 0 else ():
            node = scope.facts.values[made]
            if node.op == "call" and self._resolver.external(scope, node.args[0]).endswith(TRANSPORTS):
                labels = given(self._labeler, scope, node)
                held = labels if scope is function else self._labeler.resolved(labels)
                return self.shape(function, scope, argument_of(node, "url", 0)), held
        return None

    def _given(self, piece: Piece) -> Piece:
        """Restate a piece of another function by what that one is given, since nothing here is passed to it."""
        return piece._replace(labels=self._labeler.resolved(piece.labels)) if piece.labels else piece

    def fitted(self, function: Function, client: int) -> Labels:
        """Return the labels of what a client sends along because it was put on it: `session.headers[...] = token`."""
        found = NONE
        for scope, value in self.constructions(function, client):
            found |= signed(self._labeler, scope, value)
            for holder, event in self._fitted(scope, value):
                labels = self._given_by(holder, event)
                found |= labels if holder is function else self._labeler.resolved(labels)
        return found

    def _fitted(self, scope: Function, value: int) -> list[tuple[Function, Event]]:
        """Return the events that put something on a client, with the functions that they are in."""
        if scope.facts.values[value].op != "call":
            return []
        key = (scope.id, value)
        known = self._fittings.get(key)
        if known is None:
            known = self._fittings[key] = list(self._found(scope, value))
        return known

    def _found(self, scope: Function, value: int) -> Iterator[tuple[Function, Event]]:
        for function, is_client in holders(scope, value):
            values = function.facts.values
            for event in function.facts.events:
                if event.kind == "store":
                    on = event.target if event.text != "[]" else _table(function, event.target)
                elif event.kind == "call":
                    callee = values[values[event.value].args[0]]
                    on = callee.args[0] if callee.op == "attr" and callee.text in ADDING else -1
                else:
                    continue
                if on < 0:
                    continue
                is_whole = event.kind == "store" and event.text in (*WHOLE, *NAMED) and is_client(values[on])
                part = values[on]
                if is_whole or (part.op == "attr" and part.text in NAMED and is_client(values[part.args[0]])):
                    yield function, event

    def _given_by(self, function: Function, event: Event) -> Labels:
        """Return the labels of what one event puts on a client."""
        values = function.facts.values
        if event.kind == "call":
            node = values[event.value]
            labels = NONE
            for argument in node.args[1:]:
                labels |= self._labeler.labels(function, argument)
            name = self._resolver.text(function, node.args[1]) if len(node.args) > 2 else None
            return as_credential(labels) if name and carries_credential(name) else labels
        labels = self._labeler.labels(function, event.value)
        if event.text != "[]":
            return as_credential(labels) if event.text in WHOLE else labels
        name = self._resolver.text(function, values[event.target].args[1])
        return as_credential(labels) if name and carries_credential(name) else labels


def _callees(function: Function) -> Iterator[int]:
    return (function.facts.values[event.value].args[0] for event in function.calls())


def _table(function: Function, target: int) -> int:
    node = function.facts.values[target]
    return node.args[0] if node.op == "index" else -1


def _entered(function: Function, value: int) -> int:
    """Return what a value was before it was entered or awaited."""
    node = function.facts.values[value]
    while node.op in ("enter", "await"):
        value = node.args[0]
        node = function.facts.values[value]
    return value
