"""How connections to a server are authenticated: by its provider, or by an application around it."""

from itertools import chain
from typing import TYPE_CHECKING

from analyzers.authority.anonymous import has_one_token
from analyzers.authority.applications import REQUIRING, asgi_authentication
from analyzers.authority.asked_routes import asked_on_routes
from analyzers.authority.inherited import inherited_providers
from analyzers.authority.required import is_never_given, passed_for, starts_only_with
from analyzers.facts import Event, Value
from analyzers.flow.guards import Place
from analyzers.flow.lowering.body import ENDED
from analyzers.frameworks import fastapi, mcp
from analyzers.project.program import Function
from analyzers.project.servers import Server, served_by
from analyzers.project.spreads import spread_tables
from analyzers.project.targets import argument_of
from analyzers.project.wrapping import DEPENDENCIES, lists_of

if TYPE_CHECKING:
    from analyzers.authority.servers import ServerReader

# Classes of the SDK by which an application of its own makes known who calls.
KEEPING = ("BearerAuthBackend", "AuthenticatedUser")
# Begins the name of what whoever uses a factory of servers may give it.
LEFT_TO_OTHERS = "**"


MAX_STEPS = 4


def authentication_of(reader: "ServerReader", server: Server) -> tuple[str, Place | None, bool]:
    """Return what authenticates connections: a mounted server's own provider is not asked."""
    holders = served_by(server)
    found = [own_authentication(reader, holder) for holder in holders]
    if found and all(text for text, _, _ in found):
        text, place, maybe = found[0]
        return text, place, maybe and not starts_only_with(reader.flow, server, text)
    asgi = asgi_authentication(reader, server)
    if asgi is not None:
        return asgi.name, asgi.place, asgi.unset
    possible = [item for item in found if item[0]]
    return (possible[0][0], possible[0][1], True) if possible else ("", None, False)


def is_anonymous(reader: "ServerReader", server: Server) -> bool:
    """Tell whether connections are authenticated by one token for all, so that nobody knows who calls."""
    asgi, authentication = asgi_authentication(reader, server), authentication_of(reader, server)[0]
    if asgi is not None and authentication == asgi.name:
        return asgi.anonymous
    return has_one_token(reader.flow, authentication)


def keeps_tokens(reader: "ServerReader", server: Server) -> bool:
    """Tell whether the framework knows the verified token of a call: by a provider, or by its own ASGI classes."""
    holders = served_by(server)
    own = [holder for holder in holders if holder.framework is not mcp.Framework.JSON_RPC]
    if own and len(own) == len(holders) and all(own_authentication(reader, holder)[0] for holder in own):
        return True
    root = reader.program.package_root(server.site.function.file.path)
    asgi = asgi_authentication(reader, server)
    return asgi is not None and (
        asgi.name == REQUIRING
        or any(reader.serves(function, root) for name in KEEPING for function, _ in reader.program.call_sites(name))
    )


def ignored_authentication(reader: "ServerReader", server: Server) -> str:
    """Return the provider of a server that callers reach through others without one, "" when none is passed by."""
    own, _, maybe = own_authentication(reader, server)
    if not own or maybe or not server.parents or asgi_authentication(reader, server) is not None:
        return ""
    holders = [holder for holder in served_by(server) if holder is not server]
    return own if any(not own_authentication(reader, holder)[0] for holder in holders) else ""


def own_authentication(reader: "ServerReader", server: Server) -> tuple[str, Place | None, bool]:
    """Return what a server authenticates with: name, place, and whether it may be absent."""
    if server.framework is mcp.Framework.JSON_RPC:
        return asked_on_routes(reader, server)
    function = server.site.function
    for keyword in mcp.AUTHENTICATION_KEYWORDS:
        value = server.keywords.get(keyword, -1)
        if value < 0 or function.facts.values[value].op == "none" or is_never_given(reader.flow, function, value):
            continue
        if is_description_only(reader, function, keyword, value):
            continue
        names, maybe = provider_of(reader, function, value)
        place = reader.flow.guards.place(function, function.facts.values[_given(function, value)].start)
        elsewise = any(not own_authentication(reader, other)[0] for other in server.others)
        return names or keyword, place, maybe or elsewise
    for constructor, value in inherited_providers(reader.flow.resolver, server):
        names, maybe = provider_of(reader, constructor, value)
        return names or "auth", reader.flow.guards.place(constructor, constructor.facts.values[value].start), maybe
    found = spread_authentication(reader, server) or assigned_authentication(reader, server)
    # Where the routes of an application are the tools, they are asked at each call.
    return asked_on_routes(reader, server) if not found[0] and server.routes else found


def _given(function: Function, value: int) -> int:
    """Return where a provider is given that may be left out, not where it is set to nothing first."""
    node = function.facts.values[value]
    for _ in range(MAX_STEPS):
        parts = node.args[1:] if node.op == "select" else node.args if node.op in ("phi", "or", "default") else ()
        given = [part for part in parts if part >= 0 and function.facts.values[part].op != "none"]
        if not given:
            break
        value, node = given[0], function.facts.values[given[0]]
    return value


def spread_authentication(reader: "ServerReader", server: Server) -> tuple[str, Place | None, bool] | None:
    """`Server(**options())`, where a function of the program gives the provider in some or all of its tables."""
    function, values = server.site.function, server.site.function.facts.values
    node = server.site.node
    # An object that leads nowhere stands for a server as well, and is no call.
    tables = spread_tables(function, node) if node.op == "call" else []
    keywords = next((values[table].text for table in tables if _is_left_to_others(reader, function, table)), "")
    if keywords:
        return f"{LEFT_TO_OTHERS}{keywords}", reader.flow.guards.place(function, node.start), True
    found: list[tuple[str, Place, bool]] = []
    complete = all(values[table].op == "call" for table in tables)
    for table in tables:
        called = values[table].args[0] if values[table].op == "call" else -1
        for maker, _ in reader.flow.resolver.functions(function, called) if called >= 0 else ():
            for event in maker.facts.events:
                if event.kind == "return":
                    given = _given_provider(reader, maker, event.value)
                    complete = complete and given is not None
                    found.extend([given] if given is not None else [])
    if not found:
        return None
    names = ", ".join(dict.fromkeys(name for name, _, _ in found))
    return names, found[0][1], not complete or any(maybe for _, _, maybe in found)


def _is_left_to_others(reader: "ServerReader", function: Function, table: int) -> bool:
    """Tell whether a table is what whoever calls a factory gives, `def make(name, **options)`, and no product does."""
    if function.facts.values[table].op != "param" or table >= len(function.facts.parameters):
        return False
    calls = (caller for caller, _ in reader.program.call_sites(function.facts.name))
    return function.facts.parameters[table].kind == "**" and not any(map(reader.surface.is_product, calls))


def _given_provider(reader: "ServerReader", maker: Function, table: int) -> tuple[str, Place, bool] | None:
    """Return the provider under its keyword in a table that a function gives back."""
    node = maker.facts.values[table] if table >= 0 else None
    entries = node.args if node is not None and node.op == "map" else ()
    for key, value in zip(entries[::2], entries[1::2], strict=True):
        keyword = reader.flow.resolver.text(maker, key) if key >= 0 else None
        if keyword in mcp.AUTHENTICATION_KEYWORDS and maker.facts.values[value].op != "none":
            names, maybe = provider_of(reader, maker, value)
            return names or keyword, reader.flow.guards.place(maker, maker.facts.values[value].start), maybe
    return None


def assigned_authentication(reader: "ServerReader", server: Server) -> tuple[str, Place | None, bool]:
    """`server.auth = provider`, or `reader.auth = provider` in a class of servers; in a function it may not run."""
    if reader.assigned is None:
        reader.assigned = {}
        names = (*mcp.AUTHENTICATION_KEYWORDS, mcp.ASSIGNED_VERIFIER)
        for function, event in chain.from_iterable(map(reader.program.stores, names)):
            if reader.surface.is_product(function):
                assign(reader, function, event)
    return reader.assigned.get(id(server), ("", None, False))


def assign(reader: "ServerReader", function: Function, event: Event) -> None:
    """Note the authentication that a statement gives to servers."""
    if reader.assigned is None or function.facts.values[event.value].op == "none":
        return
    names, maybe = provider_of(reader, function, event.value)
    place = reader.flow.guards.place(function, event.start)
    sure = function.facts.kind == "module" and not maybe
    for owner in reader.surface.servers_of(function, event.target):
        if event.text == mcp.ASSIGNED_VERIFIER and owner.framework is mcp.Framework.FASTMCP:
            continue
        reader.assigned.setdefault(id(owner), (names or event.text, place, not sure))


def is_description_only(reader: "ServerReader", function: Function, keyword: str, value: int) -> bool:
    """Tell whether what is given tells clients where to get tokens, and verifies none.

    `AuthSettings` describes the resource server, and its verifier is another argument; an `AuthConfig` of fastapi_mcp
    verifies by its dependencies, of which a scheme like `HTTPBearer()` only sees that there is a header.
    """
    if keyword == "auth":
        return reader.flow.resolver.external(function, value).endswith("AuthSettings()")
    node = function.facts.values[value]
    if keyword != mcp.CONFIGURED or node.op != "call":
        return False
    given = argument_of(node, DEPENDENCIES, -1)
    lists = list(lists_of(reader.flow.resolver, function, given)) if given >= 0 else []
    items = [(scope, item) for scope, listed in lists for item in listed]
    return given < 0 or (bool(lists) and all(_is_scheme(reader, *item) for item in items))


def _is_scheme(reader: "ServerReader", function: Function, item: int) -> bool:
    """Tell whether a dependency is a scheme of FastAPI, `Depends(HTTPBearer())`, which verifies nothing."""
    node = function.facts.values[item]
    given = node.args[1] if node.op == "call" and len(node.args) > 1 else -1
    return given >= 0 and reader.flow.resolver.external(function, given).startswith(fastapi.SCHEMES)


def provider_of(reader: "ServerReader", function: Function, value: int) -> tuple[str, bool]:
    """Return the provider's name and whether it may be absent."""
    names: list[str] = []
    maybe = may_be_none(reader, function, value, set())
    for target in reader.flow.resolver.resolve(function, value):
        if target.kind == "external":
            names.append(target.name.removesuffix("()").rpartition(".")[2])
        elif target.kind == "instance" and target.function is not None:
            names.append(target.function.facts.name)
    return ", ".join(dict.fromkeys(names)), maybe


def may_be_none(reader: "ServerReader", function: Function, value: int, seen: set[tuple[str, int]]) -> bool:
    """Tell whether a value may be None, through choices, calls and names of the module."""
    key = (function.id, value)
    if key in seen:
        return False
    seen.add(key)
    node = function.facts.values[value]
    if node.op == "none":
        return True
    if node.op in ("phi", "select"):
        parts = node.args[1:] if node.op == "select" else node.args
        return any(may_be_none(reader, function, part, seen) for part in parts)
    if node.op == "call":
        callees = [callee for callee, _ in reader.flow.resolver.functions(function, node.args[0])]
        return any(_may_return_none(reader, callee, seen) for callee in callees if callee.facts.name != "__init__")
    if node.op == "name":
        module = function.file.module
        return any(may_be_none(reader, module, bound, seen) for bound in module.facts.names.get(node.text, ()))
    return any(may_be_none(reader, *place, seen) for place in passed_for(reader.flow, function, value))


def _may_return_none(reader: "ServerReader", callee: Function, seen: set[tuple[str, int]]) -> bool:
    returns = [event for event in callee.facts.events if event.kind == "return"]
    return callee.facts.falls != ENDED or any(
        event.value < 0 or may_be_none(reader, callee, event.value, seen) for event in returns
    )


def required_scopes(reader: "ServerReader", server: Server) -> tuple[str, ...]:
    """Return the scopes that every connection must have."""
    found: list[str] = []
    for holder in served_by(server):
        function = holder.site.function
        for keyword in mcp.AUTHENTICATION_KEYWORDS:
            value = holder.keywords.get(keyword, -1)
            found.extend(scopes_of(reader, function, value) if value >= 0 else ())
    return tuple(dict.fromkeys(found))


def scopes_of(reader: "ServerReader", function: Function, value: int, depth: int = MAX_STEPS) -> list[str]:
    """Return the scopes that a provider requires of every token, wherever it is made."""
    node = function.facts.values[value]
    if node.op == "name":
        module = function.file.module
        bound = module.facts.names.get(node.text, ())
        return scopes_of(reader, module, bound[-1], depth) if bound and function is not module else []
    if node.op != "call":
        return []
    if "required_scopes" in node.names:
        scopes = node.args[node.names.index("required_scopes") + 1]
        items = function.facts.values[scopes].args
        return [text for item in items if (text := reader.flow.resolver.text(function, item))]
    made = [
        scopes_of(reader, callee, event.value, depth - 1)
        for callee, _ in (reader.flow.resolver.functions(function, node.args[0]) if depth else ())
        for event in callee.facts.events
        if event.kind == "return" and event.value >= 0
    ]
    # What one of several ways asks for is not asked of all.
    return made[0] if made and all(found == made[0] for found in made) else []


def is_empty(node: Value) -> bool:
    """Tell whether a value is a list, tuple or set without items."""
    return node.op in ("list", "tuple", "set") and not node.args
