"""Routes to a server on which whoever puts it up says what is asked: `@router.post("/mcp", dependencies=given)`."""

from analyzers.project.program import Function
from analyzers.project.servers import Server
from analyzers.project.targets import argument_of, parameter_of

DEPENDENCIES = "dependencies"


def asks_what_is_given(server: Server) -> bool:
    """Tell whether a route that a server runs behind is declared with dependencies that its function is given."""
    runs = (run.function for transport, run in server.runs.items() if transport != "stdio")
    return any(_is_asked(inner) for run in runs for inner in run.file.functions if inner is run or inner.parent is run)


def _is_asked(function: Function) -> bool:
    scope = function.parent
    for decorator in function.facts.decorators if scope is not None else ():
        node = scope.facts.values[decorator] if scope is not None else None
        given = argument_of(node, DEPENDENCIES, -1) if node is not None and node.op == "call" else -1
        if scope is not None and given >= 0 and parameter_of(scope, given) is not None:
            return True
    return False
