"""What holds for a whole server: how connections are authenticated, and what its middleware does at each call."""

import msgspec

from analyzers.authority.auditing import NO_AUDIT, Audit, audit_of
from analyzers.authority.hook_calls import calls_of
from analyzers.authority.unconfigured import LOOPBACK, is_absent, is_exposed
from analyzers.facts import Event, Value
from analyzers.flow.guards import Guard, Guards, Place, intersection, let_through
from analyzers.flow.labels import TOOL
from analyzers.flow.summaries import Flow
from analyzers.frameworks import mcp
from analyzers.frameworks.mcp import Transport
from analyzers.project.program import Function, Program
from analyzers.project.targets import argument_of
from analyzers.project.servers import Reference, Server
from analyzers.project.surface import Surface

STATUS_CODES = ("401", "403")
# What a connection's authentication reads: the names under which a request carries a credential or an identity.
CREDENTIAL_SOURCES = (
    *("authorization", "x-api-key", "api-key", "bearer", "bearer ", "access_token", "credentials"),
    "compare_digest",
)
MAX_DENYING = 20
ASGI_AUTHENTICATION = ("RequireAuthMiddleware", "AuthenticationMiddleware", "BearerAuthBackend", "JWTAuthMiddleware")


class Hook(msgspec.Struct, frozen=True):
    """One middleware: its place, its class or function, and what holds whenever it lets a call through.

    `listing` is the method that answers `tools/list`; `filters_list` whether it leaves tools out by who asks.
    """

    place: Place
    name: str
    guards: tuple[tuple[Guard, Place], ...] = ()
    audit: Audit = NO_AUDIT
    filters_list: bool = False
    handles_calls: bool = False
    function: Function | None = None
    resolved: bool = True
    tag: str = ""
    listing: Function | None = None


class ServerState(msgspec.Struct, frozen=True):
    """A server with its transport, its authentication ("" for none) and its middleware, outermost first.

    `covers_routes` tells that its authentication stands around the whole application, custom routes included;
    `open_by_default` that there is none, on an address that other machines reach, until somebody configures it.
    """

    server: Server
    transport: Transport
    authentication: str
    authenticated_at: Place | None
    possibly: bool
    hooks: tuple[Hook, ...]
    audit: Audit
    scopes: tuple[str, ...] = ()
    loopback: bool = False
    covers_routes: bool = False
    open_by_default: bool = False

    def guards(self) -> dict[Guard, Place]:
        """Return what the middleware makes hold at every call."""
        found: dict[Guard, Place] = {}
        for hook in self.hooks:
            found.update(dict(hook.guards))
        return found


class ServerReader:
    """Computes the state of servers."""

    def __init__(self, flow: Flow, surface: Surface) -> None:
        self.flow = flow
        self.surface = surface
        self.program: Program = flow.program
        self._states: dict[int, ServerState] = {}
        self._asgi: dict[str, tuple[str, Place] | None] = {}
        self._assigned: dict[int, tuple[str, Place | None, bool]] | None = None

    def state(self, server: Server) -> ServerState:
        """Return the state of a server."""
        known = self._states.get(id(server))
        if known is None:
            known = self._states[id(server)] = self._read(server)
        return known

    def _read(self, server: Server) -> ServerState:
        text, place, possibly = self._authentication(server)
        hooks = tuple(self._hook(reference) for reference in self._attached(server))
        audit = NO_AUDIT
        for hook in hooks:
            audit = audit.joined(hook.audit)
        return ServerState(
            server=server,
            transport=self.surface.transport(server),
            authentication=text,
            authenticated_at=place,
            possibly=possibly,
            hooks=hooks,
            audit=audit,
            scopes=self._required_scopes(server),
            loopback=self._is_loopback(server),
            covers_routes=self._asgi_authentication(server) is not None,
            open_by_default=possibly and self._is_open_by_default(server),
        )

    # Authentication

    def _authentication(self, server: Server) -> tuple[str, Place | None, bool]:
        """Return what authenticates connections: a mounted server's own provider is not asked."""
        holders = self._served(server)
        found = [self._own_authentication(holder) for holder in holders]
        if found and all(text for text, _, _ in found):
            return found[0]
        asgi = self._asgi_authentication(server)
        if asgi is not None:
            return asgi[0], asgi[1], False
        possible = [item for item in found if item[0]]
        return (possible[0][0], possible[0][1], True) if possible else ("", None, False)

    def _served(self, server: Server) -> list[Server]:
        """Return the servers that callers connect to in order to reach this one."""
        holders: list[Server] = [] if server.parents and not server.runs else [server]
        waiting, seen = list(server.parents), {id(server)}
        while waiting:
            parent = waiting.pop()
            if id(parent) in seen:
                continue
            seen.add(id(parent))
            if parent.runs or not parent.parents:
                holders.append(parent)
            waiting.extend(parent.parents)
        return holders

    def _own_authentication(self, server: Server) -> tuple[str, Place | None, bool]:
        function = server.site.function
        for keyword in mcp.AUTHENTICATION_KEYWORDS:
            value = server.keywords.get(keyword, -1)
            if value < 0 or function.facts.values[value].op == "none":
                continue
            if keyword == "auth" and self._is_settings_only(function, value):
                continue
            names, maybe = self._provider(function, value)
            place = self.flow.guards.place(function, function.facts.values[value].start)
            return names or keyword, place, maybe
        return self._assigned_authentication(server)

    def _assigned_authentication(self, server: Server) -> tuple[str, Place | None, bool]:
        """`server.auth = provider`, or `self.auth = provider` in a class of servers; in a function it may not run."""
        if self._assigned is None:
            self._assigned = {}
            for function in filter(self.surface.is_product, self.program.functions()):
                for event in function.facts.events:
                    if event.kind == "store" and event.text in mcp.AUTHENTICATION_KEYWORDS:
                        self._assign(function, event)
        return self._assigned.get(id(server), ("", None, False))

    def _assign(self, function: Function, event: Event) -> None:
        if self._assigned is None or function.facts.values[event.value].op == "none":
            return
        names, maybe = self._provider(function, event.value)
        place = self.flow.guards.place(function, event.start)
        sure = function.facts.kind == "module" and not maybe
        for owner in self.surface.servers_of(function, event.target):
            self._assigned.setdefault(id(owner), (names or event.text, place, not sure))

    def _is_open_by_default(self, server: Server) -> bool:
        for holder in self._served(server):
            function = holder.site.function
            given = [value for key in mcp.AUTHENTICATION_KEYWORDS if (value := holder.keywords.get(key, -1)) >= 0]
            absent = bool(given) and all(is_absent(self.flow, function, value) for value in given)
            if absent and any(is_exposed(self.flow, run.function) for run in holder.runs.values()):
                return True
        return False

    def _is_settings_only(self, function: Function, value: int) -> bool:
        """`AuthSettings` alone describes the resource server; the verifier is another argument."""
        return self.flow.resolver.external(function, value).endswith("AuthSettings()")

    def _provider(self, function: Function, value: int) -> tuple[str, bool]:
        """Return the provider's name and whether it may be absent."""
        names: list[str] = []
        maybe = self._may_be_none(function, value, set())
        for target in self.flow.resolver.resolve(function, value):
            if target.kind == "external":
                names.append(target.name.removesuffix("()").rpartition(".")[2])
            elif target.kind == "instance" and target.function is not None:
                names.append(target.function.facts.name)
        return ", ".join(dict.fromkeys(names)), maybe

    def _may_be_none(self, function: Function, value: int, seen: set[tuple[str, int]]) -> bool:
        key = (function.id, value)
        if key in seen:
            return False
        seen.add(key)
        node = function.facts.values[value]
        if node.op == "none":
            return True
        if node.op in ("phi", "select"):
            parts = node.args[1:] if node.op == "select" else node.args
            return any(self._may_be_none(function, part, seen) for part in parts)
        if node.op == "call":
            for callee, _ in self.flow.resolver.functions(function, node.args[0]):
                if callee.facts.name == "__init__":
                    continue
                if callee.facts.falls != -2:
                    return True
                for event in callee.facts.events:
                    if event.kind == "return" and (event.value < 0 or self._may_be_none(callee, event.value, seen)):
                        return True
        if node.op == "name":
            module = function.file.module
            return any(self._may_be_none(module, bound, seen) for bound in module.facts.names.get(node.text, ()))
        return False

    def _required_scopes(self, server: Server) -> tuple[str, ...]:
        """Return the scopes that every connection must have."""
        found: list[str] = []
        for holder in self._served(server):
            function = holder.site.function
            for keyword in mcp.AUTHENTICATION_KEYWORDS:
                value = holder.keywords.get(keyword, -1)
                found.extend(self._scopes_of(function, value) if value >= 0 else ())
        return tuple(dict.fromkeys(found))

    def _scopes_of(self, function: Function, value: int) -> list[str]:
        node = function.facts.values[value]
        if node.op == "name":
            module = function.file.module
            bound = module.facts.names.get(node.text, ())
            return self._scopes_of(module, bound[-1]) if bound and function is not module else []
        if node.op != "call" or "required_scopes" not in node.names:
            return []
        scopes = node.args[node.names.index("required_scopes") + 1]
        items = function.facts.values[scopes].args
        return [text for item in items if (text := self.flow.resolver.text(function, item))]

    # ASGI

    def _asgi_authentication(self, server: Server) -> tuple[str, Place] | None:
        root = self.program.package_root(server.site.function.file.path)
        if root not in self._asgi:
            self._asgi[root] = self._find_asgi(root)
        return self._asgi[root]

    def _find_asgi(self, root: str) -> tuple[str, Place] | None:
        for name in ("add_middleware", "Middleware"):
            for function, value in self.program.call_sites(name):
                node = function.facts.values[value]
                if self._serves(function, root) and len(node.args) > 1:
                    found = self._denying_class(function, node.args[1])
                    if found:
                        return found, self.flow.guards.place(function, node.start)
        for file in self.program.sources:
            if self._serves(file.module, root):
                found_in = self._wrapped_application(file.functions)
                if found_in is not None:
                    return found_in
        return None

    def _serves(self, function: Function, root: str) -> bool:
        return self.surface.is_product(function) and self.program.package_root(function.file.path) == root

    def _denying_class(self, function: Function, value: int) -> str:
        """Return the name of an ASGI middleware class that answers 401 or 403, "" when it is none."""
        for target in self.flow.resolver.resolve(function, value):
            if target.kind == "external" and target.name.rpartition(".")[2] in ASGI_AUTHENTICATION:
                return target.name.rpartition(".")[2]
            if target.kind == "class" and target.function is not None:
                for name in ("dispatch", "__call__"):
                    method = self.flow.resolver.method(target.function, name)
                    if method is not None and denies(self.flow, method):
                        return target.function.facts.name
        return ""

    def _wrapped_application(self, functions: list[Function]) -> tuple[str, Place] | None:
        for function in functions:
            for decorator in function.facts.decorators if function.parent is not None else ():
                scope = function.parent
                node = scope.facts.values[decorator] if scope is not None else None
                if scope is None or node is None or node.op != "call":
                    continue
                callee = scope.facts.values[node.args[0]]
                if callee.op == "attr" and callee.text == "middleware" and denies(self.flow, function):
                    return function.facts.name, self.flow.guards.place(function, function.facts.name_start)
            if function.facts.name == "__call__" and function.owner is not None and len(function.facts.parameters) == 4:
                if denies(self.flow, function):
                    return function.owner.facts.name, self.flow.guards.place(function, function.facts.name_start)
        return None

    def _is_loopback(self, server: Server) -> bool:
        """Tell whether the server is bound to a literal loopback address."""
        for reference in server.runs.values():
            node = reference.node
            function, host = reference.function, argument_of(node, "host", -1)
            if host < 0 and "host" in server.keywords:
                function, host = server.site.function, server.keywords["host"]
            if host >= 0 and self.flow.resolver.text(function, host) in LOOPBACK:
                return True
        return False

    # Middleware

    def _attached(self, server: Server) -> list[Reference]:
        found = list(server.middleware)
        for parent in server.parents:
            found = [*parent.middleware, *found]
        return found

    def _hook(self, reference: Reference) -> Hook:
        function, value = reference.function, reference.value
        place = self.flow.guards.place(function, reference.node.start)
        for target in self.flow.resolver.resolve(function, value):
            if target.kind == "external":
                return self._external_hook(reference, place, target.name)
            if target.kind in ("instance", "class") and target.function is not None:
                return self._class_hook(target.function, place)
            if target.kind in ("function", "bound") and target.function is not None:
                return self._function_hook(target.function, target.function.facts.name, place)
        return Hook(place, "?", resolved=False)

    def _external_hook(self, reference: Reference, place: Place, name: str) -> Hook:
        last = name.removesuffix("()").rpartition(".")[2]
        if last in mcp.AUTHORIZING_MIDDLEWARE:
            auth = argument_of(reference.node, "auth", 0)
            guards, tag = self.registered_check(reference.function, auth, place)
            return Hook(place, last, tuple(guards.items()), handles_calls=True, tag=tag)
        if last in mcp.PARTIAL_AUDIT:
            payloads = "include_payloads" in reference.node.names
            return Hook(place, last, audit=Audit(tool=payloads, place=place))
        return Hook(place, last, resolved=mcp.is_framework(name))

    def registered_check(self, function: Function, value: int, place: Place) -> tuple[dict[Guard, Place], str]:
        """Return what an `auth=` argument makes hold, and the tag it is limited to.

        A check from the framework counts when it names a scope; one of the program when its truth depends on the
        token; a constant never.
        """
        if value < 0:
            return {}, ""
        node = function.facts.values[value]
        if node.op in ("list", "tuple"):
            found: dict[Guard, Place] = {}
            for item in node.args:
                found.update(self.registered_check(function, item, place)[0])
            return found, ""
        if node.op == "call":
            last = self.flow.resolver.external(function, node.args[0]).rpartition(".")[2]
            if last in mcp.SCOPE_CHECKS:
                texts = [self.flow.resolver.text(function, argument) or "?" for argument in node.args[1:]]
                subject = frozenset(f"const:{text}" for text in texts)
                return ({Guard("check", "scopes", subject): place} if subject else {}), ""
            if last in mcp.TAG_CHECKS and len(node.args) > 1:
                scopes = argument_of(node, "scopes", 1)
                if scopes >= 0 and is_empty(function.facts.values[scopes]):
                    return {}, ""
                tag = self.flow.resolver.text(function, node.args[1]) or "?"
                return {Guard("check", "scopes", frozenset({f"tag:{tag}"})): place}, tag
        callees = self.flow.resolver.functions(function, value)
        return (intersection([self.flow.on_result(callee, True) for callee, _ in callees]) if callees else {}), ""

    def _class_hook(self, cls: Function, place: Place) -> Hook:
        resolver = self.flow.resolver
        listing = resolver.method(cls, "on_list_tools")
        for name in mcp.CALL_HOOKS:
            method = resolver.method(cls, name)
            if method is not None:
                hook = self._function_hook(method, cls.facts.name, place)
                filters = listing is not None and self._filters(listing)
                return msgspec.structs.replace(hook, filters_list=filters, listing=listing)
        filters = listing is not None and self._filters(listing)
        return Hook(place, cls.facts.name, filters_list=filters, function=listing, listing=listing)

    def _filters(self, listing: Function) -> bool:
        """Tell whether a list hook leaves tools out by who asks."""
        for index, node in enumerate(listing.facts.values):
            if node.op in ("compare", "comprehension", "call"):
                labels = self.flow.labeler.labels(listing, index)
                if any(label == "id" or label.startswith("claim:") for label in labels):
                    return True
        return False

    def _function_hook(self, function: Function, name: str, place: Place) -> Hook:
        """What holds at every call of `call_next`; without such a call the hook lets nothing through."""
        calls = list(calls_of(self.flow, function))
        return Hook(
            place,
            name,
            tuple(let_through(calls).items()),
            audit=audit_of(self.flow, function),
            handles_calls=True,
            function=function,
        )


def denies(flow: Flow, method: Function) -> bool:
    """Tell whether a function, or one it calls, reads a header or an identity and can answer 401 or 403."""
    waiting: list[Function] = [method]
    seen: set[str] = set()
    reads = answers = False
    while waiting and len(seen) < MAX_DENYING:
        function = waiting.pop()
        if function.id in seen:
            continue
        seen.add(function.id)
        for node in function.facts.values:
            answers = answers or (node.op == "number" and node.text in STATUS_CODES)
            reads = reads or node.text.lower() in CREDENTIAL_SOURCES
        waiting.extend(flow.callees(function))
    return reads and answers


def is_empty(node: Value) -> bool:
    """Tell whether a value is a list, tuple or set without items."""
    return node.op in ("list", "tuple", "set") and not node.args


def is_tool_specific(guards: Guards) -> bool:
    """Tell whether some check depends on the name of the called tool."""
    return any(guard.kind == "check" and TOOL in guard.subject for guard in guards)
