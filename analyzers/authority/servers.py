"""What holds for a whole server: how connections are authenticated, and what its middleware does at each call."""

import msgspec

from analyzers.authority.applications import Application, applications, asgi_authentication, open_application
from analyzers.authority.asked_routes import open_routes
from analyzers.authority.auditing import NO_AUDIT, Audit, Audited, AuditReader
from analyzers.authority.authentication import (
    LEFT_TO_OTHERS,
    authentication_of,
    ignored_authentication,
    is_anonymous,
    keeps_tokens,
    required_scopes,
)
from analyzers.authority.handing import is_handed_on
from analyzers.authority.hook_authentication import hook_authentication
from analyzers.authority.hook_calls import calls_of, handed_guards, refuses_by_tool
from analyzers.authority.hooks import Hook
from analyzers.authority.listening import Address, Bind, addresses, bind_of
from analyzers.authority.log_filters import names_callers
from analyzers.authority.mounted_middleware import routes_beside
from analyzers.authority.open_defaults import is_open_by_default
from analyzers.authority.registered_checks import registered_check
from analyzers.authority.request_records import RequestRecords
from analyzers.authority.route_grants import route_grants
from analyzers.flow.guards import Guard, Place, let_through
from analyzers.flow.labels import TOOL
from analyzers.flow.summaries import Flow
from analyzers.frameworks import mcp
from analyzers.frameworks.mcp import Transport
from analyzers.project.low_level import put_around
from analyzers.project.overrides import NAME, override_of, replacing
from analyzers.project.program import Function, Program
from analyzers.project.servers import EntryPoint, Server
from analyzers.project.surface import Surface
from analyzers.project.taken_calls import NAMED, taken_calls
from analyzers.project.targets import Reference, argument_of


class ServerState(msgspec.Struct, frozen=True):
    """A server with its transport, its authentication ("" for none) and its middleware, outermost first.

    `application` is what authenticates around the whole application, custom routes included;
    `open_by_default` that there is none, on an address that other machines reach, until somebody configures it.
    `ignored_authentication` is a mounted server's own, which nobody asks. `addresses` are those it listens on.
    `open_application` was meant to authenticate, and lets callers through.
    `handed_on` tells that something outside of the program is given the server where it is made, and may attach to it
    what is not in sight. `keeps_tokens` tells that the framework knows the verified token of a call, as it does not
    where an application of the program's own authenticates; `anonymous` that all callers share one token.
    `requests_audit` is the record that its applications make of every request, those of custom routes included.
    `open_routes` are those of its tools that ask nothing of their callers, where the others do, `routes_beside` those
    that lie beside the mount which `application` is put on.
    """

    server: Server
    transport: Transport
    authentication: str
    authenticated_at: Place | None
    possibly: bool
    hooks: tuple[Hook, ...]
    audit: Audit
    scopes: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    open_application: Application | None = None
    application: Application | None = None
    open_by_default: bool = False
    ignored_authentication: str = ""
    handed_on: bool = False
    keeps_tokens: bool = False
    anonymous: bool = False
    requests_audit: Audit = NO_AUDIT
    open_routes: frozenset[Reference] = frozenset()
    routes_beside: frozenset[Reference] = frozenset()

    @property
    def is_for_others(self) -> bool:
        """Tell whether a server is made for whoever calls a library, with what they give it."""
        return self.authentication.startswith(LEFT_TO_OTHERS)

    @property
    def bind(self) -> Bind:
        """Who reaches the server by default, "" where that is not known."""
        return bind_of(self.addresses) if self.transport in ("http", "both") else ""

    @property
    def uncertainty(self) -> int:
        """How many steps less sure is what only matters to a server that others reach."""
        return {"http": 0, "both": 1}.get(self.transport, 2)

    def covers(self, entry: EntryPoint) -> bool:
        """Tell whether the authentication stands in front of a route, too, and not only of the server's endpoint."""
        return self.application is not None and entry.declared not in self.routes_beside

    def verifies(self, entry: EntryPoint) -> bool:
        """Tell whether calls of an entry point come with a verified token; those of a custom route pass no provider."""
        return self.authenticates(entry) and (entry.kind != "route" or self.covers(entry))

    def authenticates(self, entry: EntryPoint) -> bool:
        """Tell whether callers of a tool are authenticated."""
        return bool(self.authentication) and (self.covers(entry) or entry.declared not in self.open_routes)

    def restricted_tags(self) -> list[str]:
        """Return the tags that checks of the server are limited to."""
        return sorted({hook.tag for hook in self.hooks if hook.tag and hook.guards})

    def guards(self) -> dict[Guard, Place]:
        """Return what the middleware makes hold at every call."""
        found: dict[Guard, Place] = {}
        for hook in self.hooks:
            found.update(dict(hook.guards))
        return found


class ServerReader:
    """Computes the state of servers; `known` is what was found before of functions, and still holds."""

    def __init__(self, flow: Flow, surface: Surface, known: Audited = Audited()) -> None:
        self.flow = flow
        self.surface = surface
        self.program: Program = flow.program
        self.audits = AuditReader(flow, known)
        self._requests = RequestRecords(self)
        self._states: dict[int, ServerState] = {}
        self.applications: dict[str, tuple[Application, ...]] = {}
        self.assigned: dict[int, tuple[str, Place | None, bool]] | None = None

    def state(self, server: Server) -> ServerState:
        """Return the state of a server."""
        known = self._states.get(id(server))
        if known is None:
            known = self._states[id(server)] = self._read(server)
        return known

    def _read(self, server: Server) -> ServerState:
        override = override_of(self.flow.resolver, server)
        own = [] if override is None else [self._override(server, override)]
        own.extend(self._replacing(wrapper) for wrapper in replacing(self.surface, server))
        own.extend(self._around(wrapper) for wrapper in put_around(self.surface, server))
        own.extend(self._taking(taker) for taker in taken_calls(self.surface, server))
        hooks = (*own, *(self._hook(reference) for reference in self._attached(server)))
        text, place, possibly = authentication_of(self, server)
        asking = hook_authentication(self.flow, server, hooks) if possibly or not text else None
        if asking is not None:
            text, place, possibly = asking.name, asking.place, asking.unset
        audit = NO_AUDIT
        for hook in hooks:
            audit = audit.joined(hook.audit)
        application = asgi_authentication(self, server)
        requests_audit = self._requests_audit(server)
        audit = audit if audit.tool else audit.joined(requests_audit)
        root = self.program.package_root(server.site.function.file.path)
        if audit.tool and not audit.subject and names_callers(self.flow, root):
            audit = msgspec.structs.replace(audit, subject=True)
        return ServerState(
            server=server,
            transport=self.surface.transport(server),
            authentication=text,
            authenticated_at=place,
            possibly=possibly,
            hooks=hooks,
            audit=audit,
            scopes=self._scopes(server, application),
            addresses=addresses(self.flow, server),
            open_application=open_application(self, server),
            application=application,
            ignored_authentication=ignored_authentication(self, server),
            open_by_default=possibly and (asking is not None or is_open_by_default(self, server)),
            handed_on=is_handed_on(self.flow.resolver, server),
            keeps_tokens=keeps_tokens(self, server),
            anonymous=asking.anonymous if asking is not None else is_anonymous(self, server),
            requests_audit=requests_audit,
            open_routes=open_routes(self, server),
            routes_beside=routes_beside(self, server, application),
        )

    def _requests_audit(self, server: Server) -> Audit:
        found = NO_AUDIT
        for application in applications(self, server):
            around = self.audits.around(application.function) if application.function is not None else NO_AUDIT
            found = found.joined(around) if around.tool else found
        return found.joined(self._requests.of(server))

    def _scopes(self, server: Server, application: Application | None) -> tuple[str, ...]:
        asked = required_scopes(self, server) or route_grants(self, server)
        return asked + (application.scopes if application is not None else ())

    # ASGI

    def serves(self, function: Function, root: str) -> bool:
        """Tell whether a function is part of the product of a package."""
        return self.surface.is_product(function) and self.program.package_root(function.file.path) == root

    # Middleware

    def _attached(self, server: Server) -> list[Reference]:
        found = list(server.middleware)
        for parent in server.parents:
            found = [*parent.middleware, *found]
        return found

    def _hook(self, reference: Reference) -> Hook:
        return msgspec.structs.replace(self._hook_of(reference), reference=reference)

    def _hook_of(self, reference: Reference) -> Hook:
        function, value = reference.function, reference.value
        place = self.flow.guards.place(function, reference.node.start)
        for target in self.flow.resolver.resolve(function, value):
            if target.kind == "external":
                return self._external_hook(reference, place, target.name)
            if target.kind in ("instance", "class") and target.function is not None:
                return self._class_hook(target.function, reference, place)
            if target.kind in ("function", "bound") and target.function is not None:
                return self._function_hook(target.function, target.function.facts.name, place)
        return Hook(place, "?", resolved=False)

    def _external_hook(self, reference: Reference, place: Place, name: str) -> Hook:
        last = name.removesuffix("()").rpartition(".")[2]
        if last in mcp.AUTHORIZING_MIDDLEWARE:
            auth = argument_of(reference.node, "auth", 0)
            guards, tag = registered_check(self.flow, reference.function, auth, place)
            return Hook(place, last, tuple(guards.items()), handles_calls=True, tag=tag)
        if last in mcp.PARTIAL_AUDIT:
            payloads = _is_on(reference, "include_payloads")
            plain = payloads and "payload_serializer" not in reference.node.names
            span = (reference.node.start, reference.node.end)
            return Hook(place, last, audit=Audit(tool=payloads, place=place, span=span), logs_arguments=plain)
        return Hook(place, last, resolved=mcp.is_framework(name))

    def _class_hook(self, cls: Function, reference: Reference, place: Place) -> Hook:
        resolver = self.flow.resolver
        listing = resolver.method(cls, "on_list_tools")
        for name in mcp.CALL_HOOKS:
            method = resolver.method(cls, name)
            if method is not None:
                hook = self._function_hook(method, cls.facts.name, place)
                filters = listing is not None and not refuses_by_tool(self.flow, method) and self._filters(listing)
                return msgspec.structs.replace(hook, filters_list=filters, listing=listing)
        for base in resolver.linearize(cls)[1]:
            if base.rpartition(".")[2] in mcp.PARTIAL_AUDIT:
                return self._extended(self._external_hook(reference, place, base), cls)
        filters = listing is not None and self._filters(listing)
        return Hook(place, cls.facts.name, filters_list=filters, function=listing, listing=listing)

    def _extended(self, hook: Hook, cls: Function) -> Hook:
        """A ready-made log of calls whose messages a class extends, with the name of the tool where a method has it."""
        names_tool = any(
            event.kind == "return" and event.value >= 0 and TOOL in self.flow.labeler.labels(method, event.value)
            for method in cls.file.functions
            if method.owner is cls
            for event in method.facts.events
        )
        audit = msgspec.structs.replace(hook.audit, tool=hook.audit.tool or names_tool)
        return msgspec.structs.replace(hook, name=cls.facts.name, audit=audit)

    def _override(self, server: Server, method: Function) -> Hook:
        """What holds wherever the method of a server's class hands a call on to the framework's."""
        place = self.flow.guards.place(server.site.function, server.site.node.start)
        audit = self.audits.of(method, subject=frozenset({NAME}))
        name = method.owner.facts.name if method.owner is not None else method.facts.name
        guards = tuple(let_through(list(handed_guards(self.flow, method))).items())
        return Hook(place, name, guards, audit=audit, handles_calls=True, function=method, takes_name=True)

    def _replacing(self, wrapper: Function) -> Hook:
        """What is put around the handler of each tool, once they are all registered."""
        place = self.flow.guards.place(wrapper, wrapper.facts.name_start)
        hook = self._function_hook(wrapper, wrapper.facts.name, place)
        return msgspec.structs.replace(hook, audit=self.audits.around(wrapper, wraps=True))

    def _around(self, wrapper: Function) -> Hook:
        """What is put around the handler of all calls."""
        place = self.flow.guards.place(wrapper, wrapper.facts.name_start)
        return self._function_hook(wrapper, wrapper.facts.name, place)

    def _taking(self, taker: Function) -> Hook:
        """What takes all calls and refuses some by their tool and by who calls."""
        place = self.flow.guards.place(taker, taker.facts.name_start)
        audit = self.audits.of(taker, subject=frozenset({NAMED}))
        asked = (Guard("check", "", frozenset({TOOL})), place)
        return Hook(place, taker.facts.name, (asked,), audit=audit, handles_calls=True)

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
            audit=self.audits.around(function),
            handles_calls=True,
            function=function,
            tells=self.audits.refusals(function),
        )


def _is_on(reference: Reference, keyword: str) -> bool:
    """Tell whether a middleware is made with a switch turned on."""
    argument = argument_of(reference.node, keyword, -1)
    return argument >= 0 and reference.function.facts.values[argument].text != "False"
