"""Requests that never leave the process: a client hands them to an application of the program itself."""

from analyzers.facts import Value
from analyzers.flow.defaults import DefaultReader
from analyzers.frameworks.asgi import TEST_CLIENTS, TRANSPORTS
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver

MAX_DEPTH = 8
MAX_SOURCES = 8


class InsideReader:
    """Finds the clients that speak to the program itself; what was found of a client is kept."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.definitions = DefaultReader(resolver).definitions
        self._known: dict[tuple[str, int], bool] = {}

    def is_inside(self, function: Function, client: int) -> bool:
        """Tell whether a client may hand its requests to an application of the program."""
        return self._is_inside(function, client, 0)

    def _is_inside(self, function: Function, value: int, depth: int) -> bool:
        key = (function.id, value)
        if key not in self._known:
            if value < 0 or depth > MAX_DEPTH:
                return False
            self._known[key] = False
            self._known[key] = self._found(function, value, depth)
        return self._known[key]

    def _found(self, function: Function, value: int, depth: int) -> bool:
        node = function.facts.values[value]
        if node.op in ("enter", "await", "phi", "or"):
            return any(self._is_inside(function, part, depth + 1) for part in node.args)
        if node.op != "call":
            sources = self.definitions(function, value)[:MAX_SOURCES]
            return any(self._is_inside(scope, source, depth + 1) for scope, source in sources)
        if self._is_handed(function, node):
            return True
        return any(
            self._is_inside(callee, event.value, depth + 1)
            for callee, _ in self.resolver.functions(function, node.args[0])
            for event in callee.facts.events
            if event.kind in ("return", "yield")
        )

    def _is_handed(self, function: Function, node: Value) -> bool:
        """Tell whether a client is made of an application, or with a transport that is."""
        if self.resolver.external(function, node.args[0]) in TEST_CLIENTS:
            return True
        given = (value for name, value in zip(node.names, node.args[1:], strict=True) if name == "transport")
        return any(self.resolver.external(function, value).removesuffix("()") in TRANSPORTS for value in given)
