"""The MCP surface of a program: its servers, and everything on them that a caller can reach."""

from collections.abc import Iterator
from itertools import chain

from analyzers.frameworks import mcp
from analyzers.frameworks.mcp import Framework, Transport
from analyzers.project.added_routes import find_added
from analyzers.project.adoption import adopt
from analyzers.project.beside import find_beside
from analyzers.project.constructions import Constructions, chosen_of
from analyzers.project.declarations import Registration, called, decorated, dispatcher, keywords_of, register
from analyzers.project.executed import find_executed
from analyzers.project.handed_registrars import find_handed
from analyzers.project.inner import around
from analyzers.project.interfaces import find_interfaces
from analyzers.project.lent import find_lent
from analyzers.project.lifespans import own_servers
from analyzers.project.low_level import find_handlers
from analyzers.project.own_protocol import find_own
from analyzers.project.program import Function, Program
from analyzers.project.resolve import Resolver
from analyzers.project.served_routes import find_served
from analyzers.project.servers import UNRESOLVED, EntryPoint, Server, imports_framework, transport_of
from analyzers.project.silent import find_silent
from analyzers.project.spreads import spread_keywords
from analyzers.project.starts import excludes
from analyzers.project.targets import Reference, Target, parameter_of
from analyzers.project.unknown_servers import is_made_elsewhere, is_named_server
from analyzers.project.unserved import drop_unserved
from analyzers.project.wiring import (
    add_middleware,
    append_middleware,
    mount,
    provided,
    referred_runs,
    replaced_applications,
    run,
)
from analyzers.roles import role_of

MAX_HOPS = 4


class Surface:
    """Servers and entry points of a program."""

    def __init__(self, program: Program, resolver: Resolver) -> None:
        self.program = program
        self.resolver = resolver
        self.servers: dict[tuple[str, int], Server] = {}
        self.entries: list[EntryPoint] = []
        self.listed: dict[int, set[str]] = {}
        self._ids: dict[str, int] = {}
        self.asgi_users: list[tuple[Reference, Function]] = []
        self.served_streams: list[tuple[Server, Reference]] = []
        self._constructions = Constructions(resolver)
        self.product: frozenset[str] | None = None
        self._starts: list[tuple[Server, Transport, Reference]] = []
        self._unknown: dict[str, Server] = {}
        self._decorations: list[tuple[Function, Reference]] | None = None
        self._find_servers()
        self._find_declarations()
        self._find_wiring()
        drop_unserved(self)
        find_beside(self)
        find_added(self)
        find_own(self)
        find_interfaces(self)
        find_silent(self)
        self._name_duplicates()

    # Servers

    def _find_servers(self) -> None:
        names = {*mcp.SERVER_CLASSES, *mcp.GENERATED_SERVERS}
        names.update(own_servers(self.resolver), self._server_aliases())
        named = (site for name in sorted(names) for site in self.program.call_sites(name))
        for function, value in chain(named, chosen_of(self.program, names)):
            for target in self.resolver.resolve(function, value):
                if target.kind in ("external", "instance") and target.value == value:
                    self._add_server(function, value, target)

    def _server_aliases(self) -> Iterator[str]:
        """Yield names under which server classes are imported or kept."""
        for function in self.program.functions():
            if function.facts.kind == "module":
                for bound, values in function.facts.names.items():
                    node = function.facts.values[values[0]]
                    if node.op in ("import", "name") and node.text.rpartition("|")[2] in mcp.SERVER_CLASSES:
                        yield bound

    def _add_server(self, function: Function, value: int, target: Target) -> None:
        if (function.id, value) in self.servers:
            return
        node = function.facts.values[value]
        name = target.name.removesuffix("()")
        if target.function is not None and target.kind == "instance":
            bases = self.resolver.linearize(target.function)[1]
            name = next((base for base in bases if mcp.server_framework(base)), name)
        keywords = {**spread_keywords(self.resolver, function, node), **keywords_of(node)}
        server = Server(
            id=self.server_id(function, value),
            framework=mcp.server_framework(name) or Framework.FASTMCP,
            site=Reference(function, value),
            keywords=keywords,
            generated=mcp.is_generated(name),
            own=target.kind == "instance",
        )
        self.servers[function.id, value] = server
        self._attach_keywords(server)

    def server_id(self, function: Function, value: int) -> str:
        """Return package root, module and the symbol the server is bound to."""
        bound = (name for name, values in function.facts.names.items() if value in values)
        stored = (event.text for event in function.facts.events if event.kind == "store" and event.value == value)
        symbol = next(chain(bound, stored), "server")
        scope = "" if function.facts.kind == "module" else f"{function.facts.qualname}."
        stem = function.file.path.rpartition(".")[0]
        return f"{stem}:{scope}{symbol}"

    def _attach_keywords(self, server: Server) -> None:
        function = server.site.function
        for item in server.given("middleware"):
            server.middleware.append(Reference(function, item))
        for item in server.given("tools"):
            register(self, server, Registration(Reference(function, item), item, "tool", {}))
        for keyword, kind in mcp.LOW_LEVEL_KEYWORDS.items():
            if keyword in server.keywords:
                dispatcher(self, server, kind, Reference(function, server.keywords[keyword]))

    def servers_of(self, function: Function, value: int) -> list[Server]:
        """Return the servers that a value may be; a value that is surely none gives an empty list."""
        function, value = around(function, value)
        found: list[Server] = []
        for target in self.resolver.resolve(function, value):
            site = target.owner if target.kind == "instance" else target.function
            if target.value >= 0 and site is not None and (site.id, target.value) in self.servers:
                found.append(self.servers[site.id, target.value])
            elif target.kind == "instance" and target.function is not None and target.value < 0:
                found.extend(self._made_of(target.function))
        return list({id(server): server for server in found}.values())

    def extended_by(self, function: Function, value: int) -> list[Server]:
        """Return the servers that `super()` is in a method: objects of its class, and not all of what that extends."""
        node = function.facts.values[value]
        callee = function.facts.values[node.args[0]] if node.op == "call" else node
        is_super = node.op == "call" and callee.op == "name" and callee.text == "super"
        return list(self._made_of(function.owner)) if is_super and function.owner is not None else []

    def _made_of(self, cls: Function) -> Iterator[Server]:
        """Yield the servers made of the program's own server class or an heir (inside it, `self` is any of them)."""
        is_server = any(mcp.server_framework(base) for base in self.resolver.linearize(cls)[1])
        for function, value in self._constructions.of(cls) if is_server else ():
            server = self.servers.get((function.id, value))
            if server is not None:
                yield server

    def receivers(self, function: Function, value: int, *, sure: bool) -> list[Server]:
        """Return the servers of a declaration's receiver; one that leads nowhere is a server of its own."""
        found = self.servers_of(function, value)
        if found:
            return found
        bound = self.bound(function, value)
        if bound:
            return bound
        targets = self.resolver.resolve(function, value)
        framework = any(target.kind == "external" and mcp.is_framework(target.name) for target in targets)
        unknown = not targets or all(target.kind == "parameter" for target in targets)
        named = is_named_server(function, value)
        made = named and is_made_elsewhere(targets)
        if framework or made or (unknown and (sure or named or imports_framework(function))):
            only = self._only_server(function)
            return [only] if only is not None else [self.unknown_server(function, value)]
        return []

    def bound(self, function: Function, value: int) -> list[Server]:
        """Return the servers that calls pass for a parameter whose annotation only says that it is a server."""
        found = parameter_of(*around(function, value))
        if found is None:
            return []
        ways = self.resolver.arguments(*found)
        return list({id(server): server for way in ways for server in self._passed(*way)}.values())

    def declared(self, function: Function, value: int) -> list[Server]:
        """Return the one server of a package for a value that is declared to be one, whoever gives it."""
        declared = any(
            mcp.server_framework(name.removesuffix("()")) for name in self.resolver.externals(function, value)
        )
        only = self._only_server(function) if declared else None
        return [only] if only is not None else []

    def _passed(self, caller: Function, argument: int, depth: int = 0) -> list[Server]:
        found = self.servers_of(caller, argument)
        outer = parameter_of(*around(caller, argument))
        if found or outer is None or depth > MAX_HOPS:
            return found
        return [
            server
            for further, value in self.resolver.arguments(*outer)
            for server in self._passed(further, value, depth + 1)
        ]

    def _only_server(self, function: Function) -> Server | None:
        """Return the one server of the same package: an object that leads nowhere can be no other."""
        root = self.program.package_root(function.file.path)
        found = [
            server
            for server in self.servers.values()
            if self.program.package_root(server.site.function.file.path) == root
            and role_of(server.site.function.file.path) is role_of(function.file.path)
        ]
        return found[0] if len(found) == 1 else None

    def unknown_server(self, function: Function, value: int) -> Server:
        """Return the server that stands for an object that could not be found."""
        stem = function.file.path.rpartition(".")[0]
        node = function.facts.values[value]
        identity = f"{stem}:{node.text or UNRESOLVED}"
        if identity not in self._unknown:
            self._unknown[identity] = Server(identity, Framework.FASTMCP, Reference(function, value), {})
        return self._unknown[identity]

    def is_unknown(self, server: Server) -> bool:
        """Tell whether the object that a declaration names could not be found."""
        return server.id in self._unknown and self._unknown[server.id] is server

    # Declarations

    def decorations(self) -> list[tuple[Function, Reference]]:
        """Return every decorated function with each of its decorators."""
        if self._decorations is None:
            self._decorations = [
                (function, Reference(function.parent, decorator))
                for function in self.program.functions()
                for decorator in function.facts.decorators
                if function.parent is not None
            ]
        return self._decorations

    def _find_declarations(self) -> None:
        for function in list(self.program.functions()):
            if function.facts.decorators:
                decorated(self, function)
        for name, kind in (*mcp.DECLARATIONS.items(), *mcp.ADDERS.items()):
            for function, value in self.program.call_sites(name):
                called(self, function, value, name, kind)
        find_executed(self)
        find_lent(self)
        find_handed(self)
        find_handlers(self)
        find_served(self)

    # Mounts, middleware, transports

    def _find_wiring(self) -> None:
        for name in mcp.MOUNTS:
            for function, value in self.program.call_sites(name):
                mount(self, function, value)
        provided(self)
        for name in mcp.ADD_MIDDLEWARE:
            for function, value in self.program.call_sites(name):
                add_middleware(self, function, value)
        for function, value in self.program.call_sites("append"):
            append_middleware(self, function, value)
        for name in (*mcp.RUN_CALLS, *mcp.STDIO_CALLS, *mcp.HTTP_CALLS):
            for function, value in self.program.call_sites(name):
                run(self, function, value, name)
        # Settings stand where a transport is made: its streams only tell of a start where that is not in sight.
        for server, reference in self.served_streams:
            if "http" not in server.runs:
                self.started(server, "http", reference)
        referred_runs(self)
        replaced_applications(self)
        adopt(self)

    # Names

    def _name_duplicates(self) -> None:
        """Keep one entry point for each (server, kind, name, handler)."""
        seen: dict[tuple[str, str, str, str], EntryPoint] = {}
        for entry in self.entries:
            handler = entry.handler.id if entry.handler is not None else str(entry.declared.value)
            seen.setdefault((entry.server.id, entry.kind, entry.name, handler), entry)
        self.entries = list(seen.values())

    def keep(self, product: frozenset[str]) -> None:
        """Forget what is outside of the product: what tests and samples make, run, or attach to its servers."""
        self.product = product
        self.servers = {
            key: server for key, server in self.servers.items() if server.site.function.file.path in product
        }
        for server in self.servers.values():
            server.runs, server.starts, server.lent = {}, [], False
            server.middleware = [item for item in server.middleware if self.is_product(item.function)]
            server.parents = [parent for parent in server.parents if self.is_product(parent.site.function)]
        for server, transport, reference in self._starts:
            if self.is_product(reference.function):
                server.note_start(transport, reference)
        self.entries = [
            entry
            for entry in self.entries
            if {entry.server.site.function.file.path, entry.declared.function.file.path} <= product
        ]

    def is_product(self, function: Function) -> bool:
        """Tell whether a function is in a file of the product; until `keep` is told which those are, every one is."""
        return self.product is None or function.file.path in self.product

    def started(self, server: Server, transport: Transport, reference: Reference) -> None:
        """Keep that a server is started on a transport somewhere, where it can be the one that is made."""
        if not excludes(self.resolver, server, reference):
            self._starts.append((server, transport, reference))
            server.note_start(transport, reference)

    def transport(self, server: Server) -> Transport:
        """Return `stdio`, `http`, `both` or `unknown`; a mounted server is reached like its parents."""
        return transport_of(server)
