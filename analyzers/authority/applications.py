"""Applications around a server that refuse callers, before anything of the server is asked."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import msgspec

from analyzers.authority.admitting import (
    CREDENTIAL_SOURCES,
    admits_absent,
    admits_unverified,
    asked_of_all,
    called_from,
)
from analyzers.authority.anonymous import knows_nobody
from analyzers.authority.leaf_applications import answers_all, own_reach
from analyzers.authority.passing_by import ABSENT, passed_by
from analyzers.authority.refusals import STATUS_CODES, is_denial, raises_refusal
from analyzers.authority.required import settings_of, starts_unless_missing
from analyzers.authority.skipped_refusals import skipped_refusals
from analyzers.authority.unconfigured import skipped_by, ways_unset
from analyzers.authority.ways_beside import way_beside
from analyzers.flow.guards import Place
from analyzers.flow.passing import ASGI, is_handed_whole
from analyzers.flow.summaries import Flow
from analyzers.frameworks.credentials import names_credential
from analyzers.project.program import Function
from analyzers.project.servers import Server, is_bare
from analyzers.project.targets import Reference, parameter_of

if TYPE_CHECKING:
    from analyzers.authority.servers import ServerReader

BRANCHES = ("true", "false")
# Where a web framework keeps who signed in, and how a route sends others to the sign-in.
REQUESTS = ("request", "req")
SIGNED_IN = ("session", "user")
MOVED = ("302", "303", "307")
REDIRECTS = ("RedirectResponse", "redirect")
DISPATCH = "dispatch"
REQUIRING = "RequireAuthMiddleware"
ASGI_AUTHENTICATION = (REQUIRING, "AuthenticationMiddleware", "BearerAuthBackend", "JWTAuthMiddleware")


class Application(msgspec.Struct, frozen=True):
    """What refuses callers around a server; `is_open` tells that it passes on whoever brings no credential.

    `anonymous` tells that it lets in whoever holds one token, and does not know who that is; `unset` that it lets in
    everyone until one of `settings` is made. `scopes` are grants that it asks of every token; `said` is how callers
    get past one that is open.
    """

    name: str
    place: Place
    is_open: bool = False
    anonymous: bool = False
    function: Function | None = None
    unset: bool = False
    settings: frozenset[str] = frozenset()
    scopes: tuple[str, ...] = ()
    said: str = ABSENT


def asgi_authentication(reader: "ServerReader", server: Server) -> Application | None:
    """Return the application-level authentication of a server's package, None when there is none."""
    found = next((found for found in applications(reader, server) if not found.is_open), None)
    if found is not None and found.unset and starts_unless_missing(reader.flow, server, found.settings):
        return msgspec.structs.replace(found, unset=False)
    return found


def open_application(reader: "ServerReader", server: Server) -> Application | None:
    """Return what was meant to authenticate callers of a server's package and lets them through."""
    return next((found for found in applications(reader, server) if found.is_open), None)


def applications(reader: "ServerReader", server: Server) -> tuple[Application, ...]:
    """Return what refuses callers around a server's package, open or not; nothing is around one that runs itself."""
    if is_bare(server):
        return ()
    root = reader.program.package_root(server.site.function.file.path)
    if root not in reader.applications:
        reader.applications[root] = tuple(_refusing(reader, root))
    return tuple(found for found in reader.applications[root] if way_beside(reader, server, found.function) is None)


def _refusing(reader: "ServerReader", root: str) -> Iterator[Application]:
    """Yield the ASGI middleware and applications of a package that refuse callers."""
    for name in ("add_middleware", "Middleware"):
        for function, value in reader.program.call_sites(name):
            node = function.facts.values[value]
            if reader.serves(function, root) and len(node.args) > 1:
                place = reader.flow.guards.place(function, node.start)
                skipped = skipped_by(reader.flow, function, value)
                for found in _of_class(reader, function, node.args[1], place):
                    yield found if skipped is None else _switched(reader.flow, found, skipped)
    yield from _made_around(reader, root)
    for file in reader.program.sources:
        for function in file.functions if reader.serves(file.module, root) else ():
            name = passed_through(function)
            if name and _guards(reader, function):
                place = reader.flow.guards.place(function, function.facts.name_start)
                found = _application_of(reader, name, place, function)
                skipped = made_behind(reader, function)
                yield found if skipped is None else _switched(reader.flow, found, skipped)


def _made_around(reader: "ServerReader", root: str) -> Iterator[Application]:
    """Yield the SDK's own application where one is made around another, `RequireAuthMiddleware(app, ...)`, and used."""
    for function, value in reader.program.call_sites(REQUIRING):
        names = reader.flow.resolver.externals(function, function.facts.values[value].args[0])
        if not reader.serves(function, root) or not any(name.startswith("mcp.") for name in names):
            continue
        found = Application(REQUIRING, reader.flow.guards.place(function, function.facts.values[value].start))
        used = [site for site in reader.program.call_sites(function.facts.name) if _runs(reader, *site, function)]
        returned = [event.value for event in function.facts.events if event.kind == "return" and event.value >= 0]
        # What nobody calls gives its application to nobody; a start that is called from outside returns none.
        if not used and value in function.made_of(*returned):
            continue
        behind = [skipped_by(reader.flow, *site) for site in used or [(function, value)]]
        skipped = behind[0] if all(condition is not None for condition in behind) else None
        yield found if skipped is None else _switched(reader.flow, found, skipped)


def _runs(reader: "ServerReader", caller: Function, call: int, function: Function) -> bool:
    called = reader.flow.resolver.functions(caller, caller.facts.values[call].args[0])
    return any(callee is function for callee, _ in called)


def made_behind(reader: "ServerReader", method: Function) -> Reference | None:
    """Return the condition without which no application of a method's class is made, None where one always is."""
    owner = method.owner
    sites = reader.program.call_sites(owner.facts.name) if owner is not None else ()
    made = [site for site in sites if owner is not None and reader.surface.is_product(site[0])]
    made = [(function, call) for function, call in made if _calls(reader, function, call, owner)]
    behind = [skipped_by(reader.flow, *site) for site in made]
    is_left = all(found is not None and not _ends(found) for found in behind)
    return behind[0] if behind and is_left else None


def _ends(condition: Reference) -> bool:
    """Tell whether a function raises an error by one outcome of a condition, rather than go on without what it made."""
    function = condition.function
    sides = [event for event in function.facts.events if event.value == condition.value and event.kind in BRANCHES]
    return any(
        event.kind == "raise" and any(step is side for side in sides for step in function.chain(event.dominator))
        for event in function.facts.events
    )


def _calls(reader: "ServerReader", function: Function, call: int, cls: Function | None) -> bool:
    node = function.facts.values[call]
    return any(target.function is cls for target in reader.flow.resolver.resolve(function, node.args[0]))


def _guards(reader: "ServerReader", method: Function) -> bool:
    """Tell whether what requests pass through can refuse some, is used anywhere, and has something behind it."""
    is_leaf = method.facts.name == "__call__" and answers_all(reader.flow, method)
    return _refuses(reader.flow, method, own_reach) and is_attached(reader, method) and not is_leaf


def _switched(flow: Flow, found: Application, condition: Reference) -> Application:
    """Return an application that is only put around the server once a setting is made."""
    settings = frozenset(settings_of(flow, condition.function, condition.value))
    return msgspec.structs.replace(found, unset=True, settings=found.settings | settings)


def is_attached(reader: "ServerReader", method: Function) -> bool:
    """Tell whether a class of applications is used anywhere: one that only lies there refuses nobody."""
    owner = method.owner
    if owner is not None and method.facts.name == DISPATCH:
        return any(_makes(reader, *site, owner) for site in reader.program.call_sites(owner.facts.name))
    if owner is None or method.facts.name != "__call__":
        return True
    return any(
        _stands_for(function, part, owner)
        for file in reader.program.sources
        if file.may_name((owner.facts.name,))
        for function in file.functions
        if function is not owner and function.owner is not owner
        for node in function.facts.values
        for part in node.args
        if part >= 0
    )


def _makes(reader: "ServerReader", function: Function, call: int, cls: Function) -> bool:
    """Tell whether a call makes an object of a class; around an application that is given only where one is."""
    if not _calls(reader, function, call, cls):
        return False
    given = any(parameter_of(function, argument) is not None for argument in function.facts.values[call].args[1:])
    return not given or bool(reader.program.call_sites(function.facts.name))


def _stands_for(function: Function, value: int, cls: Function) -> bool:
    """Tell whether a value is a class, by its name."""
    node = function.facts.values[value]
    if node.op == "class":
        return function.file is cls.file and int(node.text) == cls.index
    return node.op in ("name", "attr", "free", "import") and node.text.rpartition("|")[2] == cls.facts.name


def _application_of(reader: "ServerReader", name: str, place: Place, method: Function) -> Application:
    around = list(called_from(reader.flow, method))
    ways = [(function, way) for function in around for way in ways_unset(reader.flow, function)]
    ways = ways or skipped_refusals(reader.flow, around)
    settings = {name for function, way in ways for name in settings_of(reader.flow, function, way.value)}
    unasked = passed_by(reader.flow, method)
    is_open = bool(unasked) or admits_absent(method) or admits_unverified(reader.flow, method)
    scopes = asked_of_all(reader.flow, method)
    nobody = knows_nobody(reader.flow, method)
    said = unasked or ABSENT
    return Application(name, place, is_open, nobody, method, bool(ways), frozenset(settings), scopes, said)


def _of_class(reader: "ServerReader", function: Function, value: int, place: Place) -> Iterator[Application]:
    """Yield an ASGI middleware class that answers 401 or 403."""
    for target in reader.flow.resolver.resolve(function, value):
        if target.kind == "external" and target.name.rpartition(".")[2] in ASGI_AUTHENTICATION:
            yield Application(target.name.rpartition(".")[2], place)
        if target.kind == "class" and target.function is not None:
            for name in ("dispatch", "__call__"):
                method = reader.flow.resolver.method(target.function, name)
                if method is not None and denies(reader.flow, method):
                    yield _application_of(reader, target.function.facts.name, place, method)


def passed_through(function: Function) -> str:
    """Return the name of what every request passes through, "" for another function."""
    if _is_http_middleware(function):
        return function.facts.name
    if function.facts.name == "__call__" and function.owner is not None and len(function.facts.parameters) == 4:
        return function.owner.facts.name
    # One that is made around an application, `app = RequireKey(app)`; others are attached by their class.
    if function.facts.name == DISPATCH and function.owner is not None and len(function.facts.parameters) == 3:
        return function.owner.facts.name
    taken = tuple(parameter.name for parameter in function.facts.parameters if parameter.name != "self")
    is_around = taken == ASGI and any(is_handed_whole(function, call.value) for call in function.calls())
    return function.facts.name if is_around and function.facts.name != "__call__" else ""


def _is_http_middleware(function: Function) -> bool:
    """Tell whether a function is decorated with a call like `@app.middleware("http")`."""
    scope = function.parent
    for decorator in function.facts.decorators if scope is not None else ():
        node = scope.facts.values[decorator] if scope is not None else None
        if scope is not None and node is not None and node.op == "call":
            callee = scope.facts.values[node.args[0]]
            if callee.op == "attr" and callee.text == "middleware":
                return True
    return False


def denies(flow: Flow, method: Function) -> bool:
    """Tell whether a function, or one it calls, reads a header or an identity and can answer 401 or 403."""
    return _refuses(flow, method, called_from)


def _refuses(flow: Flow, method: Function, reach: Callable[[Flow, Function], Iterator[Function]]) -> bool:
    reads, answers = False, any(raises_refusal(method, event) for event in method.facts.events)
    for function in reach(flow, method):
        compared = _compared(function) if function is not method else frozenset[int]()
        for value, node in enumerate(function.facts.values):
            answers = answers or (is_denial(node) and value not in compared)
            reads = reads or node.text.lower() in CREDENTIAL_SOURCES or _names_header(flow, function, value)
    return reads and answers


def _compared(function: Function) -> frozenset[int]:
    """Return what is compared: the status of an answer that a function behind was given, `answer.status == 401`."""
    values = function.facts.values
    parts = {part for node in values if node.op == "compare" for part in node.args if part >= 0}
    return frozenset(parts.union(*(values[part].args for part in parts if values[part].op in ("tuple", "list", "set"))))


def _names_header(flow: Flow, function: Function, value: int) -> bool:
    """Tell whether a constant, `API_KEY_HEADER`, or a field of the application names a header with a credential."""
    node = function.facts.values[value]
    is_constant = node.op in ("name", "import") and node.text.endswith("_HEADER")
    is_field = node.op == "attr" and "header" in node.text and function.owner is not None and node.args[0] == 0
    return (is_constant or is_field) and names_credential(flow.defaults.text(function, value) or "")


def asks_for_sign_in(flow: Flow, route: Function) -> bool:
    """Tell whether a route reads who signed in, of a request's session, and can refuse or send to the sign-in."""
    reads = answers = False
    for function in called_from(flow, route):
        values = function.facts.values
        for node in values:
            answers = answers or (node.op == "number" and node.text in (*STATUS_CODES, *MOVED))
            answers = answers or node.text.rpartition("|")[2] in REDIRECTS
            if node.op == "attr" and node.text in SIGNED_IN:
                holder = values[node.args[0]]
                holder = values[holder.args[0]] if holder.op == "attr" and holder.text == "state" else holder
                reads = reads or (holder.op == "param" and holder.text in REQUESTS)
    return reads and answers
