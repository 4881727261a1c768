"""Web interfaces of Gradio that are MCP servers too: the functions behind their parts are the tools."""

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.frameworks import gradio
from analyzers.frameworks.mcp import Framework
from analyzers.project.declarations import keywords_of
from analyzers.project.program import Function
from analyzers.project.servers import UNRESOLVED, EntryPoint, Server
from analyzers.project.targets import Reference, argument_of

if TYPE_CHECKING:
    from analyzers.project.surface import Surface


def find_interfaces(surface: "Surface") -> None:
    """Add the interfaces that are started as MCP servers, with the functions given to them."""
    for function, value in chain.from_iterable(map(surface.program.call_sites, gradio.STARTS)):
        node = function.facts.values[value]
        switch = argument_of(node, gradio.SWITCH, -1)
        if switch < 0 or function.facts.values[switch].text in ("False", "None"):
            continue
        server = surface.servers[function.id, value] = Server(
            _identity(surface, function, node), Framework.GRADIO, Reference(function, value), _keywords(node)
        )
        surface.started(server, "http", server.site)
        found = list(_tools(surface, server))
        surface.entries += found or [EntryPoint(server, UNRESOLVED, "tool", None, server.site, dynamic=True)]


def _identity(surface: "Surface", function: Function, node: Value) -> str:
    """Return the package root, the module and the symbol of the interface that is started."""
    callee = function.facts.values[node.args[0]]
    started = (
        callee.args[0] if callee.op == "attr" and callee.text == gradio.STARTS[0] else argument_of(node, "blocks", 1)
    )
    held = function.facts.values[started] if started >= 0 else None
    if held is not None and held.op in ("name", "free"):
        return f"{function.file.path.rpartition('.')[0]}:{held.text}"
    return surface.server_id(function, started)


def _keywords(node: Value) -> dict[str, int]:
    """Return what a start says of its address and its callers, by the keywords that other servers have for that."""
    given = keywords_of(node)
    found = {"host": given[gradio.HOST]} if gradio.HOST in given else {}
    asked = next((given[keyword] for keyword in gradio.AUTHENTICATION if keyword in given), -1)
    return {**found, "auth": asked} if asked >= 0 else found


def _tools(surface: "Surface", server: Server) -> Iterator[EntryPoint]:
    """Yield the functions of an interface: those given to parts in the file that starts it, else in its package."""
    start = server.site.function
    root = surface.program.package_root(start.file.path)
    given = [site for site in _given(surface) if surface.program.package_root(site[0].file.path) == root]
    beside = [site for site in given if site[0].file is start.file]
    for function, value in beside or given:
        handler = argument_of(function.facts.values[value], gradio.FUNCTION, 0)
        for called, _ in surface.resolver.functions(function, handler) if handler >= 0 else ():
            prepared = frozenset(_prepared(surface, function, function.facts.values[value]))
            site = Reference(function, value)
            yield EntryPoint(server, called.facts.name, "tool", called, site, prepared=prepared)


def _prepared(surface: "Surface", function: Function, node: Value) -> Iterator[int]:
    """Yield the positions of the parts that give a function no text of its caller's."""
    given = argument_of(node, gradio.INPUTS, 1)
    listed = function.facts.values[given] if given >= 0 else None
    parts = () if listed is None else listed.args if listed.op in ("list", "tuple") else (given,)
    for position, part in enumerate(parts):
        targets = surface.resolver.resolve(function, part)
        names = {target.name.removesuffix("()").rpartition(".")[2].lower() for target in targets}
        if names and names <= gradio.NO_TEXTS and not _may_be_written(function, part):
            yield position


def _may_be_written(function: Function, part: int) -> bool:
    """Tell whether a choice takes other values than those listed, as far as that is seen."""
    made = [function.facts.values[inner] for inner in function.made_of(part, most=4)]
    return any(gradio.CUSTOM in node.names for node in made)


def _given(surface: "Surface") -> Iterator[tuple[Function, int]]:
    """Yield the calls that give an interface a function which programs may call as well."""
    for name in (*gradio.CONSTRUCTORS, *gradio.EVENTS):
        for function, value in surface.program.call_sites(name):
            node = function.facts.values[value]
            if _is_of_gradio(surface, function, node, name) and not _is_hidden(function, node):
                yield function, value


def _is_of_gradio(surface: "Surface", function: Function, node: Value, name: str) -> bool:
    callee = function.facts.values[node.args[0]]
    held = callee.args[0] if name in gradio.EVENTS and callee.op == "attr" else node.args[0]
    return any(found.startswith(gradio.ROOT) for found in surface.resolver.externals(function, held))


def _is_hidden(function: Function, node: Value) -> bool:
    given = ((argument_of(node, keyword, -1), texts) for keyword, texts in gradio.HIDING.items())
    return any(value >= 0 and function.facts.values[value].text in texts for value, texts in given)
