"""How requests get to a function that answers them: by a route of a web framework, or line by line from stdin."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.frameworks import json_rpc
from analyzers.project.index import Mention
from analyzers.project.program import Function
from analyzers.project.servers import Route, Server
from analyzers.project.targets import Reference

if TYPE_CHECKING:
    from analyzers.project.surface import Surface

MAX_FUNCTIONS = 60


Steps = tuple[tuple[Function, int], ...]


class Reached:
    """Finds who calls what, by the names under which functions are mentioned."""

    def __init__(self, surface: "Surface") -> None:
        self._surface = surface

    def start(self, server: Server, function: Function, site: Reference) -> None:
        """Note the transports on which requests reach what answers them, and by which routes."""
        waiting: list[tuple[Function, Steps]] = [(function, ((function, _event_of(function, site)),))]
        waiting.extend((user, ((user, event),)) for user, event in _users(site))
        files = {holder.file.path: holder.file for holder, _ in waiting}
        seen: set[str] = set()
        while waiting and len(seen) < MAX_FUNCTIONS:
            current, steps = waiting.pop(0)
            if current.id in seen:
                continue
            seen.add(current.id)
            self._note(server, current, steps)
            for caller in self._callers(current):
                files.setdefault(caller.function.file.path, caller.function.file)
                waiting.append((caller.function, ((caller.function, caller.event), *steps)))
        for holder in (holder for file in files.values() for holder in file.functions) if not server.runs else ():
            self._read(server, holder)

    def _note(self, server: Server, function: Function, steps: Steps) -> None:
        for declared in self._routes(function):
            self._surface.started(server, "http", declared)
            server.routes.append(Route(function, declared, steps))
        self._read(server, function)

    def _read(self, server: Server, function: Function) -> None:
        """Note that a function reads from stdin."""
        for index, node in enumerate(function.facts.values):
            is_named = node.op in ("attr", "import") and node.text.rpartition("|")[2] == "stdin"
            if is_named and self._surface.resolver.external(function, index) == "sys.stdin":
                self._surface.started(server, "stdio", Reference(function, index))

    def _callers(self, function: Function) -> Iterator[Mention]:
        """Yield the calls of a function, and those that hand it to something else."""
        for caller in self._surface.program.mentions(function.facts.name):
            found = self._surface.resolver.functions(caller.function, caller.value)
            if any(callee is function for callee, _ in found):
                yield caller

    # Routes

    def _routes(self, function: Function) -> Iterator[Reference]:
        """Yield where a function is made the answer to requests of the web."""
        parent = function.parent
        for decorator in function.facts.decorators if parent is not None else ():
            if parent is not None and _is_route(parent, decorator):
                yield Reference(parent, decorator)
        for caller in self._callers(function):
            call = caller.function.facts.events[caller.event].value
            node = caller.function.facts.values[call]
            callee = caller.function.facts.values[node.args[0]]
            if caller.value in node.args[1:] and callee.text.rpartition("|")[2] in json_rpc.ROUTE_CALLS:
                yield Reference(caller.function, call)
        if _answers_requests(function):
            yield Reference(function, 0)


def _users(site: Reference) -> Iterator[tuple[Function, int]]:
    """Yield the functions of a file that look into a table of handlers, each with the call that comes of it."""
    function = site.function
    names = {name for name, values in function.facts.names.items() if site.value in values}
    names |= {event.text for event in function.facts.events if event.kind == "store" and event.value == site.value}
    for user in function.file.functions if names else ():
        values = user.facts.values
        used = {index for index, node in enumerate(values) if node.op in ("name", "attr") and node.text in names}
        # A table that a function makes for itself has no name there.
        used |= {site.value} if user is function else set()
        events = ((index, event) for index, event in enumerate(user.facts.events) if event.kind == "call" and used)
        found = (index for index, event in events if not used.isdisjoint(user.made_of(event.value)))
        yield from ((user, index) for index in list(found)[-1:])


def _is_route(scope: Function, decorator: int) -> bool:
    node = scope.facts.values[decorator]
    return node.op == "call" and scope.facts.values[node.args[0]].text in json_rpc.ROUTE_DECORATORS


def _answers_requests(function: Function) -> bool:
    """Tell whether the class or the name of a function makes it the answer to requests of the web."""
    facts = function.facts
    taken = tuple(parameter.name for parameter in facts.parameters if parameter.name != "self")
    if facts.kind == "method":
        return facts.name in json_rpc.ANSWERING_METHODS or (facts.name == "__call__" and taken == json_rpc.ASGI)
    return facts.name == json_rpc.LAMBDA or taken == json_rpc.ASGI


def _event_of(function: Function, site: Reference) -> int:
    """Return the event from which on a comparison of a function is known to be true, -1 where it is in none."""
    events = enumerate(function.facts.events if site.function is function else ())
    holding = (index for index, event in events if event.kind == "true" and site.value in function.made_of(event.value))
    return next(holding, -1)
