"""Whether an HTTP request is being handled at all: what asks for it fails where a server speaks stdio."""

from analyzers.facts import Event
from analyzers.frameworks.identity import REQUEST_READERS
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver


def asks_for_request(resolver: Resolver, function: Function, handler: Event) -> bool:
    """Tell whether an exception handler is entered for nothing but that there is no request to ask for."""
    names: list[str] = []
    for event in function.facts.events[handler.dominator + 1 :]:
        if event is handler:
            break
        if event.kind == "call":
            names.append(resolver.external(function, function.facts.values[event.value].args[0]))
    return bool(names) and all(name in REQUEST_READERS for name in names)
