"""Addresses that only those know who were told one: their last part is drawn at random by the program."""

import re2

from analyzers.evidence.drawn_secrets import is_drawn
from analyzers.flow.guards import Place
from analyzers.flow.summaries import Flow

LAST_PART = re2.compile(r"/(?:\{(\w+)(?::\w+)?\}|<(?:\w+:)?(\w+)>)/?$")


def drawn_part(flow: Flow, path: str) -> Place | None:
    """Return where the program draws what stands last in a route's path, under that name; None where it does not."""
    found = LAST_PART.search(path)
    name = (found[1] or found[2]) if found is not None else ""
    for function in flow.resolver.program.functions() if name else ():
        for value in function.facts.names.get(name, ()):
            if is_drawn(flow.resolver, function, value):
                return flow.guards.place(function, function.facts.values[value].start)
    return None
