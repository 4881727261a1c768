"""Arguments that a low-level server checks against the schema of its tool: numbers and choices are no texts."""

from collections.abc import Iterator
from functools import cached_property

from analyzers.flow.summaries import Flow
from analyzers.frameworks.mcp import Framework
from analyzers.project.program import Function
from analyzers.project.servers import EntryPoint
from analyzers.project.targets import argument_of

NO_TEXTS = frozenset({"integer", "number", "boolean", "null"})
SCHEMAS = ("inputSchema", "input_schema")
# The decorator of the low-level server, which checks what handlers are given unless it is told not to.
CHECKING, UNCHECKED = "call_tool", "validate_input"
NOTHING: frozenset[str] = frozenset()


class TypedArguments:
    """Reads the schemas of a program's tools once."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def of(self, entry: EntryPoint) -> frozenset[str]:
        """Return the arguments of an entry point in which no caller can write a text."""
        if entry.kind != "tool" or entry.branch is None or entry.server.framework is not Framework.LOW_LEVEL:
            return NOTHING
        function, node = entry.declared.function, entry.declared.node
        callee = function.facts.values[node.args[0]] if node.op == "call" else node
        checked = callee.op == "attr" and callee.text == CHECKING and UNCHECKED not in node.names
        return self._schemas.get(entry.name, NOTHING) if checked else NOTHING

    @cached_property
    def _schemas(self) -> dict[str, frozenset[str]]:
        """By tool; where several tools have one name, what all of them check."""
        resolver = self._flow.resolver
        found: dict[str, frozenset[str]] = {}
        for function, call in resolver.program.call_sites("Tool"):
            node = function.facts.values[call]
            if not resolver.external(function, node.args[0]).startswith("mcp."):
                continue
            name = resolver.text(function, argument_of(node, "name", -1))
            if name:
                typed = frozenset(self._typed(function, node.args, node.names))
                found[name] = found.get(name, typed) & typed
        return found

    def _typed(self, function: Function, args: tuple[int, ...], names: tuple[str, ...]) -> Iterator[str]:
        for keyword, schema in zip(names, args[1:], strict=True):
            for key, described in properties_of(self._flow, function, schema) if keyword in SCHEMAS else ():
                name = self._flow.resolver.text(function, key)
                if name and _is_no_text(self._flow, function, described):
                    yield name


def properties_of(flow: Flow, function: Function, schema: int) -> Iterator[tuple[int, int]]:
    """Yield the keys and values of a schema's properties."""
    node = function.facts.values[schema] if schema >= 0 else None
    if node is None or node.op != "map":
        return
    for key, value in zip(node.args[::2], node.args[1::2], strict=True):
        inner = function.facts.values[value]
        if key >= 0 and flow.resolver.text(function, key) == "properties" and inner.op == "map":
            yield from ((name, item) for name, item in zip(inner.args[::2], inner.args[1::2], strict=True) if name >= 0)


def _is_no_text(flow: Flow, function: Function, described: int) -> bool:
    node = function.facts.values[described]
    pairs = zip(node.args[::2], node.args[1::2], strict=True) if node.op == "map" else ()
    said = {flow.resolver.text(function, key): value for key, value in pairs if key >= 0}
    if "enum" in said and function.facts.values[said["enum"]].op in ("list", "tuple"):
        return True
    types = said.get("type", -1)
    kinds = function.facts.values[types].args if types >= 0 and function.facts.values[types].op == "list" else (types,)
    return types >= 0 and all(flow.resolver.text(function, kind) in NO_TEXTS for kind in kinds)
