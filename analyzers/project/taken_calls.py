"""Functions that take all calls of a server in the framework's place: `mcp._mcp_server.call_tool()(gate)`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.frameworks.mcp import CALL_METHOD, INNER_SERVER
from analyzers.project.program import Function
from analyzers.project.servers import Server

if TYPE_CHECKING:
    from analyzers.project.surface import Surface

# What a condition on who calls reads.
WHO = frozenset(
    {
        *("scope", "role", "user", "token", "claim", "tenant", "permission", "caller", "principal", "identity"),
        *("grant", "subject", "authorize", "authorized", "policy", "client"),
    }
)
# The position of the called name among the parameters.
NAMED = 0


def taken_calls(surface: "Surface", server: Server) -> Iterator[Function]:
    """Yield what is registered for the calls of a server's tools, and refuses some by their tool and by who calls."""
    for function, call in surface.program.call_sites(CALL_METHOD):
        values = function.facts.values
        callee = values[values[call].args[0]]
        inner = values[callee.args[0]] if callee.op == "attr" else callee
        if inner.op != "attr" or inner.text != INNER_SERVER or not surface.is_product(function):
            continue
        if server in surface.receivers(function, inner.args[0], sure=True):
            yield from filter(_refuses, _given(surface, function, call))


def _given(surface: "Surface", function: Function, call: int) -> Iterator[Function]:
    for node in function.facts.values:
        if node.op == "call" and node.args[0] == call:
            for argument in node.args[1:]:
                yield from (found for found, _ in surface.resolver.functions(function, argument))
    yield from (
        inner for inner in function.file.functions if inner.parent is function and call in inner.facts.decorators
    )


def _refuses(function: Function) -> bool:
    """Tell whether a function raises depending on the name of the called tool, and on what it asks of who calls."""
    for event in function.facts.events:
        steps = list(function.chain(event.dominator)) if event.kind == "raise" else []
        asked = [step.value for step in steps if step.kind in ("true", "false")]
        parts = set(function.made_of(*asked))
        words = {word for part in parts for word in _words(function.facts.values[part])}
        if NAMED in parts and not WHO.isdisjoint(words):
            return True
    return False


def _words(node: Value) -> list[str]:
    """Return the words of what a value is called: of `_scopes_from_request` among others `scope`."""
    named = node.op in ("name", "attr", "import", "free", "param")
    return [word.removesuffix("s") for word in node.text.rpartition("|")[2].lower().split("_")] if named else []
