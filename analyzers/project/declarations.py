"""How entry points are declared: decorators, calls, tables, and handlers that tell tools apart by name."""

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from analyzers.facts import Value
from analyzers.frameworks import mcp
from analyzers.frameworks.mcp import Framework, Kind
from analyzers.project.branches import Branch
from analyzers.project.dispatch import branches, inner_function
from analyzers.project.handlers import handlers_of, is_looped, item_name, own_name
from analyzers.project.marked_methods import marked_methods
from analyzers.project.module_members import is_item
from analyzers.project.program import Function
from analyzers.project.registrars import registered_by, registrar
from analyzers.project.servers import UNRESOLVED, EntryPoint, Server
from analyzers.project.targets import Reference, argument_of, parameter_of
from analyzers.project.tool_objects import made_elsewhere, tool_objects

if TYPE_CHECKING:
    from analyzers.project.surface import Surface


def decorated(surface: "Surface", function: Function) -> None:
    """Add the entry points that a function's decorators declare."""
    scope = function.parent
    if scope is None:
        return
    for decorator in function.facts.decorators:
        node = scope.facts.values[decorator]
        callee = scope.facts.values[node.args[0]] if node.op == "call" else node
        if callee.op != "attr":
            mixed_in(surface, function, scope, decorator)
            continue
        kind = _kind_of(surface, scope, callee)
        declared = Reference(scope, decorator)
        if kind is not None and expanded(surface, declared, _definition(scope, function), callee.args[0], kind):
            continue
        if kind is not None and not (callee.text == "completion" and node.op == "call" and not node.names):
            for server in surface.receivers(scope, callee.args[0], sure=False):
                if server.framework is not Framework.LOW_LEVEL:
                    declare(surface, server, function, declared, kind)
        elif callee.text in mcp.LOW_LEVEL_HANDLERS:
            for server in surface.receivers(scope, callee.args[0], sure=False):
                dispatch(surface, server, mcp.LOW_LEVEL_HANDLERS[callee.text], function, Reference(scope, decorator))


def _kind_of(surface: "Surface", scope: Function, method: Value) -> Kind | None:
    """Return what a method declares, some methods only where they are those of a server."""
    own = mcp.OWN_DECLARATIONS.get(method.text)
    return own if own is not None and surface.servers_of(scope, method.args[0]) else mcp.DECLARATIONS.get(method.text)


def _definition(scope: Function, function: Function) -> Reference | None:
    """Return the value of a scope that defines a function."""
    index = str(function.file.functions.index(function))
    for value in scope.facts.names.get(function.facts.name, ()):
        node = scope.facts.values[value]
        if node.op == "function" and node.text == index:
            return Reference(scope, value)
    return None


def expanded(surface: "Surface", declared: Reference, handler: Reference | None, receiver: int, kind: Kind) -> bool:
    """Add the entry points of a registration of what its function was given; tell whether there are any."""
    if handler is None or not declared.function.facts.parameters:
        return False
    node = declared.node
    found = registrar(declared, handler, keywords_of(node) if node.op == "call" else {}, receiver, kind)
    entries = registered_by(surface, found) if found is not None else []
    surface.entries.extend(entries)
    return bool(entries)


def mixed_in(surface: "Surface", function: Function, scope: Function, decorator: int) -> None:
    """`@mcp_tool(...)` on a method of an `MCPMixin`; `register_all` decides the server."""
    node = scope.facts.values[decorator]
    callee = node.args[0] if node.op == "call" else decorator
    name = surface.resolver.external(scope, callee).rpartition(".")[2]
    kind = mcp.MIXIN_DECORATORS.get(name)
    if kind is None or function.facts.kind != "method":
        return
    servers = [
        server
        for caller, value in surface.program.call_sites("register_all")
        if len(caller.facts.values[value].args) > 1
        for server in surface.servers_of(caller, caller.facts.values[value].args[1])
    ]
    for server in servers or [surface.unknown_server(scope, decorator)]:
        declare(surface, server, function, Reference(scope, decorator), kind)


def declare(surface: "Surface", server: Server, function: Function, declared: Reference, kind: Kind) -> None:
    """Add the entry point that one decorator declares."""
    node = declared.node
    keywords = keywords_of(node) if node.op == "call" else {}
    name = declared_name(surface, declared, keywords, kind) or function.facts.name
    surface.entries.append(EntryPoint(server, name, kind, function, declared, keywords, decorated=True))


def declared_name(surface: "Surface", declared: Reference, keywords: dict[str, int], kind: Kind) -> str:
    """Return the constant name, or address, that a declaration gives, "" for none."""
    node = declared.node
    scope = declared.function
    for key in ("uri", "path") if kind in ("resource", "route") else ("name", "name_or_fn"):
        if key in keywords:
            return surface.resolver.text(scope, keywords[key]) or ""
    if node.op == "call" and len(node.args) > 1 and not node.names[0]:
        return surface.resolver.text(scope, node.args[1]) or ""
    return ""


def called(surface: "Surface", function: Function, value: int, name: str, kind: Kind) -> None:
    """`mcp.tool(f)`, `mcp.tool(name=...)(f)`, `mcp.add_tool(f)`."""
    node = function.facts.values[value]
    callee = function.facts.values[node.args[0]]
    if callee.op != "attr":
        return
    outer = applied(function, value)
    keywords = keywords_of(node)
    if outer >= 0:
        registered = Reference(function, function.facts.values[outer].args[1])
    elif name in mcp.ADDERS or is_function(surface, function, node):
        argument = max(argument_of(node, "fn", 0), argument_of(node, "tool", 0))
        if argument < 0:
            return
        registered = Reference(function, argument)
    elif (
        kind == "tool"
        and len(node.args) > 1
        and not node.names[0]
        and is_item(surface.resolver, function, node.args[1])
    ):
        registered = Reference(function, node.args[1])
    elif len(node.args) > 1 and not node.names[0] and parameter_of(function, node.args[1]) is not None:
        expanded(surface, Reference(function, value), Reference(function, node.args[1]), callee.args[0], kind)
        return
    else:
        return
    if expanded(surface, Reference(function, value), registered, callee.args[0], kind):
        return
    for server in surface.receivers(function, callee.args[0], sure=False):
        if server.framework is not Framework.LOW_LEVEL:
            register(surface, server, Registration(registered, value, kind, keywords))


def applied(function: Function, value: int) -> int:
    """Return the call that applies the result of a call at once, `mcp.tool(...)(handler)`, -1 for none."""
    for event in function.calls():
        node = function.facts.values[event.value]
        if node.args[0] == value and len(node.args) == 2:
            return event.value
    return -1


def is_function(surface: "Surface", function: Function, node: Value) -> bool:
    """Tell whether a call is given a function of the program first."""
    return len(node.args) > 1 and not node.names[0] and bool(surface.resolver.functions(function, node.args[1]))


class Registration(NamedTuple):
    """What is registered by a call, at which value of the same function."""

    handler: Reference
    site: int
    kind: Kind
    keywords: dict[str, int]


def register(surface: "Surface", server: Server, registration: Registration) -> None:
    """Add the entry points of one registration; a loop over a literal table registers several."""
    registered, site, kind, keywords = registration
    declared = Reference(registered.function, site)
    made = made_elsewhere(surface.resolver, registered)
    if made is not None:
        registered = declared = made
    function, node = registered.function, registered.node
    maker = function.facts.values[node.args[0]].text.rpartition("|")[2] if node.op == "call" else ""
    if maker in ("from_function", "Tool", "FunctionTool"):
        keywords = {**keywords_of(node), **keywords}
        inner = argument_of(node, "fn", 0)
        registered = Reference(function, inner) if inner >= 0 else registered
    handlers = handlers_of(surface.resolver, registered)
    names = stated_names(surface, declared, keywords, kind)
    is_found = any(handler.function is not None or handler.item is not None for handler in handlers)
    marked = [] if is_found else list(marked_methods(surface, registered))
    for method, decorator, declares in marked:
        declare(surface, server, method, decorator, declares)
    items = [handler.item for handler in handlers if handler.function is None and handler.item is not None]
    is_object = kind == "tool" and len(items) == len(handlers) and not marked
    objects = tool_objects(surface, registered, items) if is_object else []
    for tool in objects:
        name = tool.name or UNRESOLVED
        surface.entries.append(EntryPoint(server, name, kind, tool.run, declared, keywords, dynamic=not tool.name))
    if objects:
        return
    if not handlers and not marked:
        label = names[0] if len(names) == 1 else UNRESOLVED
        surface.entries.append(EntryPoint(server, label, kind, None, declared, keywords, dynamic=not names))
        return
    own = [own_name(handler) for handler in handlers]
    for position, handler in enumerate([] if marked else handlers):
        name = item_name(surface.resolver, declared, keywords, handler) or (
            names[position] if len(names) == len(handlers) else names[0] if names and len(handlers) == 1 else ""
        )
        # Where each is given a name, what several are called of their own is none of theirs.
        is_own = "name" not in keywords or (own.count(own[position]) == 1 and not is_looped(declared, keywords))
        name = name or (own[position] if is_own else UNRESOLVED)
        entry = EntryPoint(server, name, kind, handler.function, declared, keywords, dynamic=name == UNRESOLVED)
        entry.around, entry.optional = handler.around, handler.optional
        surface.entries.append(entry)


def stated_names(surface: "Surface", declared: Reference, keywords: dict[str, int], kind: Kind) -> list[str]:
    """Return the names of a registration by call; a route and a resource go by their address."""
    function = declared.function
    address = declared_name(surface, declared, keywords, kind) if kind in ("resource", "route") else ""
    if address:
        return [address]
    if "name" not in keywords:
        return []
    return [target.name for target in surface.resolver.resolve(function, keywords["name"]) if target.kind == "text"]


def dispatcher(surface: "Surface", server: Server, kind: Kind, handler: Reference) -> None:
    """Add the entry points of the low-level handler that a server is built with."""
    functions = surface.resolver.functions(handler.function, handler.value)
    for function, _ in functions:
        dispatch(surface, server, kind, function, handler)
    if not functions:
        surface.entries.append(EntryPoint(server, UNRESOLVED, kind, None, handler, dynamic=True))


def dispatch(surface: "Surface", server: Server, kind: Kind, function: Function, declared: Reference) -> None:
    """Add one entry point for each name that a low-level handler tells apart."""
    found = told_apart(surface, server, kind, Told(function, declared, branches(surface.resolver, function)))
    if not found:
        listed = listed_names(surface, function) if kind == "tool" else []
        if len(listed) == 1:
            surface.entries.append(EntryPoint(server, listed[0], kind, function, declared))
        else:
            surface.entries.append(EntryPoint(server, UNRESOLVED, kind, function, declared, dynamic=True))


class Told(msgspec.Struct, frozen=True):
    """A function that serves several entry points, where it is registered, and how it tells them apart."""

    function: Function
    declared: Reference
    branches: list[Branch]


def told_apart(surface: "Surface", server: Server, kind: Kind, told: Told) -> bool:
    """Add an entry point for each branch; tell whether there is any with a name."""
    if all(branch.name == UNRESOLVED for branch in told.branches):
        return False
    for branch in told.branches:
        surface.entries.append(
            EntryPoint(
                server,
                branch.name,
                kind,
                branch.handler or told.function,
                told.declared,
                branch=branch,
                dynamic=branch.name == UNRESOLVED,
                around=branch.around,
                inner=branch.handler or inner_function(surface.resolver, branch),
            )
        )
    return True


def listed_names(surface: "Surface", function: Function) -> list[str]:
    """Return the names in `Tool(name=...)` of the same file."""
    names: dict[str, None] = {}
    for other, value in surface.program.call_sites("Tool"):
        if other.file is function.file:
            node = other.facts.values[value]
            text = surface.resolver.text(other, argument_of(node, "name", 0))
            if text:
                names[text] = None
    return list(names)


def keywords_of(node: Value) -> dict[str, int]:
    """Return the values a call passes by keyword."""
    return {
        keyword: argument
        for keyword, argument in zip(node.names, node.args[1:], strict=True)
        if keyword not in ("", "*", "**")
    }
