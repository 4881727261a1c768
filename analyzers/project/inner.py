"""The low-level server that a framework's own is built on: `mcp._mcp_server.run(reading, writing, options)`."""

from analyzers.facts import Value
from analyzers.frameworks.mcp import INNER_SERVER, Framework
from analyzers.project.program import Function
from analyzers.project.servers import Server

# How many arguments say what a low-level server reads from and writes to.
STREAMS = 2


def around(function: Function, value: int) -> tuple[Function, int]:
    """Return the server that a low-level one belongs to, also where a name around a function holds that."""
    scope, found = bound_around(function, value)
    node = scope.facts.values[found]
    return (scope, node.args[0]) if node.op == "attr" and node.text == INNER_SERVER else (function, value)


def takes_streams(server: Server, call: Value) -> bool:
    """Tell whether `run` is that of a low-level server, which reads and writes what it is given."""
    return server.framework is Framework.LOW_LEVEL or sum(not name for name in call.names) >= STREAMS


def bound_around(function: Function, value: int) -> tuple[Function, int]:
    """Return what a name that is free in a function is bound to around it."""
    node, scope = function.facts.values[value], function.parent
    while node.op == "free" and scope is not None:
        bound = scope.facts.names.get(node.text, ()) if scope.facts.kind != "class" else ()
        if bound:
            return scope, bound[0]
        scope = scope.parent
    return function, value
