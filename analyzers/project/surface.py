"""The MCP surface of a program: its servers, and everything on them that a caller can reach."""

import posixpath
from collections.abc import Iterable, Iterator

import msgspec

from analyzers.facts import Value
from analyzers.frameworks import mcp
from analyzers.frameworks.mcp import Framework, Kind, Transport
from analyzers.project.dispatch import Branch, branches
from analyzers.project.program import Function, Program
from analyzers.project.resolve import Resolver
from analyzers.project.targets import Target, argument_of, parameter_of
from analyzers.roles import role_of

UNRESOLVED = "?"
MAX_HOPS = 4


class Reference(msgspec.Struct, frozen=True):
    """A value of a function: where something was written."""

    function: Function
    value: int

    @property
    def node(self) -> Value:
        """The value itself."""
        return self.function.facts.values[self.value]


class Server(msgspec.Struct, eq=False):
    """One server object, made at `site`. `keywords` are its constructor's arguments by name.

    `middleware` lists what was attached, outermost first; `runs` the transports it is started on; `parents` the
    servers that it is mounted into. Filled while the surface is read, not changed afterwards.
    """

    id: str
    framework: Framework
    site: Reference
    keywords: dict[str, int]
    middleware: list[Reference] = []
    runs: dict[Transport, Reference] = {}
    parents: list["Server"] = []
    children: list["Server"] = []
    asgi: list[Reference] = []
    generated: bool = False

    @property
    def symbol(self) -> str:
        """The name of the server, without the path."""
        return self.id.rpartition(":")[2]


class EntryPoint(msgspec.Struct, eq=False):
    """Something a caller can reach: a tool, a resource, a prompt, a completion or a route.

    `handler` is None when it could not be found. `declared` is where it is registered, `auth` and `tags` the values of
    those arguments, `branch` the part of a dispatcher that is this tool.
    """

    server: Server
    name: str
    kind: Kind
    handler: Function | None
    declared: Reference
    keywords: dict[str, int] = {}
    branch: Branch | None = None
    dynamic: bool = False
    decorated: bool = False

    @property
    def key(self) -> str:
        """The `server:name` of reports."""
        return f"{self.server.id}:{self.name}"


class Surface:
    """Servers and entry points of a program."""

    def __init__(self, program: Program, resolver: Resolver) -> None:
        self.program = program
        self.resolver = resolver
        self.servers: dict[tuple[str, int], Server] = {}
        self.entries: list[EntryPoint] = []
        self.listed: dict[int, set[str]] = {}
        self._ids: dict[str, int] = {}
        self._asgi_users: list[tuple[Reference, Function]] = []
        self._unknown: dict[str, Server] = {}
        self._find_servers()
        self._find_declarations()
        self._find_wiring()
        self._name_duplicates()

    # Servers

    def _find_servers(self) -> None:
        names = {*mcp.SERVER_CLASSES, *mcp.GENERATED_SERVERS}
        names.update(self._server_aliases())
        for name in sorted(names):
            for function, value in self.program.call_sites(name):
                for target in self.resolver.resolve(function, value):
                    if target.kind in ("external", "instance") and target.value == value:
                        self._add_server(function, value, target)

    def _server_aliases(self) -> Iterator[str]:
        """Yield names under which server classes are imported, and the program's own subclasses of them."""
        for function in self.program.functions():
            if function.facts.kind == "class" and function.facts.bases:
                if any(mcp.server_framework(base) for base in self.resolver.linearize(function)[1]):
                    yield function.facts.name
            elif function.facts.kind == "module":
                for bound, values in function.facts.names.items():
                    node = function.facts.values[values[0]]
                    if node.op == "import" and node.text.rpartition("|")[2] in mcp.SERVER_CLASSES:
                        yield bound

    def _add_server(self, function: Function, value: int, target: Target) -> None:
        if (function.id, value) in self.servers:
            return
        node = function.facts.values[value]
        name = target.name.removesuffix("()")
        if target.function is not None and target.kind == "instance":
            bases = self.resolver.linearize(target.function)[1]
            name = next((base for base in bases if mcp.server_framework(base)), name)
        keywords = {
            keyword: argument
            for keyword, argument in zip(node.names, node.args[1:], strict=True)
            if keyword not in ("", "*", "**")
        }
        server = Server(
            id=self._server_id(function, value),
            framework=mcp.server_framework(name) or Framework.FASTMCP,
            site=Reference(function, value),
            keywords=keywords,
            generated=mcp.is_generated(name),
        )
        self.servers[function.id, value] = server
        self._attach_keywords(server)

    def _server_id(self, function: Function, value: int) -> str:
        """Return package root, module and the symbol the server is bound to."""
        symbol = next((name for name, values in function.facts.names.items() if value in values), "")
        if not symbol:
            symbol = next(
                (event.text for event in function.facts.events if event.kind == "store" and event.value == value),
                "server",
            )
        scope = "" if function.facts.kind == "module" else f"{function.facts.qualname}."
        stem = function.file.path.rpartition(".")[0]
        return f"{stem}:{scope}{symbol}"

    def _attach_keywords(self, server: Server) -> None:
        function = server.site.function
        for keyword in ("middleware", "tools"):
            value = server.keywords.get(keyword, -1)
            if value < 0 or function.facts.values[value].op not in ("list", "tuple"):
                if value >= 0 and keyword == "middleware":
                    server.middleware.append(Reference(function, value))
                continue
            for item in function.facts.values[value].args:
                if keyword == "middleware":
                    server.middleware.append(Reference(function, item))
                else:
                    self._register(server, Reference(function, item), "tool", {}, item)
        for keyword, kind in mcp.LOW_LEVEL_KEYWORDS.items():
            if keyword in server.keywords:
                self._dispatcher(server, kind, Reference(function, server.keywords[keyword]))

    def servers_of(self, function: Function, value: int) -> list[Server]:
        """Return the servers that a value may be; a value that is surely none gives an empty list."""
        found: list[Server] = []
        for target in self.resolver.resolve(function, value):
            site = target.owner if target.kind == "instance" else target.function
            if target.value >= 0 and site is not None and (site.id, target.value) in self.servers:
                found.append(self.servers[site.id, target.value])
            elif target.kind == "instance" and target.function is not None and target.value < 0:
                found.extend(self._made_of(target.function))
        return list({id(server): server for server in found}.values())

    def _made_of(self, cls: Function) -> Iterator[Server]:
        """Yield the servers made of the program's own server class (inside it, `self` is any of them)."""
        if not any(mcp.server_framework(base) for base in self.resolver.linearize(cls)[1]):
            return
        for function, value in self.program.call_sites(cls.facts.name):
            server = self.servers.get((function.id, value))
            if server is not None:
                yield server

    def _receivers(self, function: Function, value: int, *, sure: bool) -> list[Server]:
        """Return the servers of a declaration's receiver; one that leads nowhere is a server of its own."""
        found = self.servers_of(function, value)
        if found:
            return found
        bound = self._bound(function, value)
        if bound:
            return bound
        targets = self.resolver.resolve(function, value)
        framework = any(target.kind == "external" and mcp.is_framework(target.name) for target in targets)
        unknown = not targets or all(target.kind == "parameter" for target in targets)
        named = function.facts.values[value].text in mcp.SERVER_NAMES
        if framework or (unknown and (sure or named or self._imports_framework(function))):
            only = self._only_server(function)
            return [only] if only is not None else [self._unknown_server(function, value)]
        return []

    def _bound(self, function: Function, value: int) -> list[Server]:
        """Return the servers that calls pass for a parameter whose annotation only says that it is a server."""
        found = parameter_of(function, value)
        if found is None:
            return []
        servers = [
            server for caller, argument in self.resolver.arguments(*found) for server in self._passed(caller, argument)
        ]
        return list({id(server): server for server in servers}.values())

    def _passed(self, caller: Function, argument: int, depth: int = 0) -> list[Server]:
        found = self.servers_of(caller, argument)
        outer = parameter_of(caller, argument)
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

    def _imports_framework(self, function: Function) -> bool:
        module = function.file.module
        for values in module.facts.names.values():
            node = module.facts.values[values[0]]
            if node.op == "import" and mcp.root_of(node.text.partition("|")[0]) in mcp.ROOTS:
                return True
        return False

    def _unknown_server(self, function: Function, value: int) -> Server:
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

    def _find_declarations(self) -> None:
        for function in list(self.program.functions()):
            if function.facts.decorators:
                self._decorated(function)
        for name, kind in (*mcp.DECLARATIONS.items(), *mcp.ADDERS.items()):
            for function, value in self.program.call_sites(name):
                self._called(function, value, name, kind)
        for server in list(self.servers.values()):
            if server.generated:
                self.entries.append(EntryPoint(server, "*", "tool", None, server.site, dynamic=True))

    def _decorated(self, function: Function) -> None:
        scope = function.parent
        if scope is None:
            return
        for decorator in function.facts.decorators:
            node = scope.facts.values[decorator]
            callee = scope.facts.values[node.args[0]] if node.op == "call" else node
            if callee.op != "attr":
                self._mixed_in(function, scope, decorator)
                continue
            kind = mcp.DECLARATIONS.get(callee.text)
            if kind is not None and not (callee.text == "completion" and node.op == "call" and not node.names):
                for server in self._receivers(scope, callee.args[0], sure=False):
                    if server.framework is not Framework.LOW_LEVEL:
                        self._declare(server, function, Reference(scope, decorator), kind)
            elif callee.text in mcp.LOW_LEVEL_HANDLERS:
                for server in self._receivers(scope, callee.args[0], sure=False):
                    self._dispatch(server, mcp.LOW_LEVEL_HANDLERS[callee.text], function, Reference(scope, decorator))

    def _mixed_in(self, function: Function, scope: Function, decorator: int) -> None:
        """`@mcp_tool(...)` on a method of an `MCPMixin`; `register_all` decides the server."""
        node = scope.facts.values[decorator]
        callee = node.args[0] if node.op == "call" else decorator
        name = self.resolver.external(scope, callee).rpartition(".")[2]
        kind = mcp.MIXIN_DECORATORS.get(name)
        if kind is None or function.facts.kind != "method":
            return
        servers = [
            server
            for caller, value in self.program.call_sites("register_all")
            if len(caller.facts.values[value].args) > 1
            for server in self.servers_of(caller, caller.facts.values[value].args[1])
        ]
        for server in servers or [self._unknown_server(scope, decorator)]:
            self._declare(server, function, Reference(scope, decorator), kind)

    def _declare(self, server: Server, function: Function, declared: Reference, kind: Kind) -> None:
        node = declared.node
        keywords = _keywords(node) if node.op == "call" else {}
        name = self._declared_name(declared, keywords, kind) or function.facts.name
        self.entries.append(EntryPoint(server, name, kind, function, declared, keywords, decorated=True))

    def _declared_name(self, declared: Reference, keywords: dict[str, int], kind: Kind) -> str:
        node = declared.node
        scope = declared.function
        for key in ("uri", "path") if kind in ("resource", "route") else ("name", "name_or_fn"):
            if key in keywords:
                return self.resolver.text(scope, keywords[key]) or ""
        if node.op == "call" and len(node.args) > 1 and not node.names[0]:
            return self.resolver.text(scope, node.args[1]) or ""
        return ""

    def _called(self, function: Function, value: int, name: str, kind: Kind) -> None:
        """`mcp.tool(f)`, `mcp.tool(name=...)(f)`, `mcp.add_tool(f)`."""
        node = function.facts.values[value]
        callee = function.facts.values[node.args[0]]
        if callee.op != "attr":
            return
        outer = self._applied(function, value)
        keywords = _keywords(node)
        if outer >= 0:
            registered = Reference(function, function.facts.values[outer].args[1])
        elif name in mcp.ADDERS or self._is_function(function, node):
            argument = argument_of(node, "fn", 0)
            argument = argument if argument >= 0 else argument_of(node, "tool", 0)
            if argument < 0:
                return
            registered = Reference(function, argument)
        else:
            return
        for server in self._receivers(function, callee.args[0], sure=False):
            if server.framework is not Framework.LOW_LEVEL:
                self._register(server, registered, kind, keywords, value)

    def _applied(self, function: Function, value: int) -> int:
        """Return the call that applies the result of a call at once, `mcp.tool(...)(handler)`, -1 for none."""
        for event in function.calls():
            node = function.facts.values[event.value]
            if node.args[0] == value and len(node.args) == 2:
                return event.value
        return -1

    def _is_function(self, function: Function, node: Value) -> bool:
        return len(node.args) > 1 and not node.names[0] and bool(self.resolver.functions(function, node.args[1]))

    def _register(self, server: Server, registered: Reference, kind: Kind, keywords: dict[str, int], site: int) -> None:
        """Add the entry points of one registration; a loop over a literal table registers several."""
        function = registered.function
        node = registered.node
        if node.op == "call" and function.facts.values[node.args[0]].text in ("from_function", "Tool", "FunctionTool"):
            keywords = {**_keywords(node), **keywords}
            inner = argument_of(node, "fn", 0)
            registered = Reference(function, inner) if inner >= 0 else registered
        declared = Reference(function, site)
        handlers = [
            callee
            for callee, _ in self.resolver.functions(function, registered.value)
            if callee.facts.name != "__init__"
        ]
        names = self._names(declared, keywords, kind)
        if not handlers:
            label = names[0] if len(names) == 1 else UNRESOLVED
            self.entries.append(EntryPoint(server, label, kind, None, declared, keywords, dynamic=not names))
            return
        for position, handler in enumerate(handlers):
            name = (
                names[position]
                if len(names) == len(handlers)
                else ""
                if len(handlers) > 1
                else names[0]
                if names
                else ""
            )
            self.entries.append(EntryPoint(server, name or handler.facts.name, kind, handler, declared, keywords))

    def _names(self, declared: Reference, keywords: dict[str, int], kind: Kind) -> list[str]:
        """Return the names of a registration by call; a route and a resource go by their address."""
        function = declared.function
        address = self._declared_name(declared, keywords, kind) if kind in ("resource", "route") else ""
        if address:
            return [address]
        if "name" not in keywords:
            return []
        return [target.name for target in self.resolver.resolve(function, keywords["name"]) if target.kind == "text"]

    # Low-level dispatch

    def _dispatcher(self, server: Server, kind: Kind, handler: Reference) -> None:
        for function, _ in self.resolver.functions(handler.function, handler.value):
            self._dispatch(server, kind, function, handler)

    def _dispatch(self, server: Server, kind: Kind, function: Function, declared: Reference) -> None:
        """Add one entry point for each name that a low-level handler tells apart."""
        found = branches(self.resolver, function)
        for branch in found:
            self.entries.append(
                EntryPoint(server, branch.name, kind, branch.handler or function, declared, branch=branch)
            )
        if not found:
            listed = self._listed_names(function) if kind == "tool" else []
            if len(listed) == 1:
                self.entries.append(EntryPoint(server, listed[0], kind, function, declared))
            else:
                self.entries.append(EntryPoint(server, UNRESOLVED, kind, function, declared, dynamic=True))

    def _listed_names(self, function: Function) -> list[str]:
        """Return the names in `Tool(name=...)` of the same file."""
        names: dict[str, None] = {}
        for other, value in self.program.call_sites("Tool"):
            if other.file is function.file:
                node = other.facts.values[value]
                text = self.resolver.text(other, argument_of(node, "name", 0))
                if text:
                    names[text] = None
        return list(names)

    # Mounts, middleware, transports

    def _find_wiring(self) -> None:
        for name in mcp.MOUNTS:
            for function, value in self.program.call_sites(name):
                self._mount(function, value)
        for name in mcp.ADD_MIDDLEWARE:
            for function, value in self.program.call_sites(name):
                self._add_middleware(function, value)
        for function, value in self.program.call_sites("append"):
            self._append_middleware(function, value)
        for name in (*mcp.RUN_CALLS, *mcp.STDIO_CALLS, *mcp.HTTP_CALLS):
            for function, value in self.program.call_sites(name):
                self._run(function, value, name)
        self._referred_runs()

    def _mount(self, function: Function, value: int) -> None:
        node = function.facts.values[value]
        callee = function.facts.values[node.args[0]]
        if callee.op != "attr" or len(node.args) < 2:
            return
        for parent in self.servers_of(function, callee.args[0]):
            for argument, keyword in zip(node.args[1:], node.names, strict=True):
                for child in self.servers_of(function, argument):
                    if child is not parent and parent not in child.parents:
                        child.parents.append(parent)
                        parent.children.append(child)
                        self._prefix(child, function, node, keyword)

    def _prefix(self, child: Server, function: Function, node: Value, keyword: str) -> None:
        prefix = ""
        for name in ("prefix", "namespace"):
            argument = argument_of(node, name, -1)
            if argument >= 0:
                prefix = self.resolver.text(function, argument) or ""
        if not prefix and not keyword and len(node.args) > 2 and not node.names[1]:
            prefix = self.resolver.text(function, node.args[2]) or self.resolver.text(function, node.args[1]) or ""
        if prefix:
            for position, entry in enumerate(self.entries):
                if entry.server is child and entry.kind == "tool":
                    self.entries[position] = msgspec.structs.replace(entry, name=f"{prefix}_{entry.name}")

    def _add_middleware(self, function: Function, value: int) -> None:
        node = function.facts.values[value]
        callee = function.facts.values[node.args[0]]
        if callee.op != "attr" or len(node.args) < 2:
            return
        servers = self.servers_of(function, callee.args[0])
        for server in servers:
            server.middleware.append(Reference(function, node.args[1]))
        if not servers:
            self._asgi_users.append((Reference(function, node.args[1]), function))

    def _append_middleware(self, function: Function, value: int) -> None:
        """`server.middleware.append(f)`."""
        node = function.facts.values[value]
        callee = function.facts.values[node.args[0]]
        owner = function.facts.values[callee.args[0]] if callee.op == "attr" else None
        if owner is not None and owner.op == "attr" and owner.text == "middleware" and len(node.args) == 2:
            for server in self.servers_of(function, owner.args[0]):
                server.middleware.append(Reference(function, node.args[1]))

    def _referred_runs(self) -> None:
        """`anyio.run(server.run_stdio_async)`: the method is handed on and called elsewhere."""
        for name in mcp.RUNNERS:
            for function, value in self.program.call_sites(name):
                for argument in function.facts.values[value].args[1:]:
                    node = function.facts.values[argument]
                    if node.op == "attr" and node.text in (*mcp.STDIO_CALLS, *mcp.HTTP_CALLS):
                        reached: Transport = "stdio" if node.text in mcp.STDIO_CALLS else "http"
                        for server in self.servers_of(function, node.args[0]):
                            server.runs.setdefault(reached, Reference(function, value))

    def _run(self, function: Function, value: int, name: str) -> None:
        node = function.facts.values[value]
        callee = function.facts.values[node.args[0]]
        receivers = self.servers_of(function, callee.args[0]) if callee.op == "attr" else []
        if name in mcp.RUN_CALLS:
            for server in receivers:
                for transport in self._run_transports(server, function, node):
                    server.runs.setdefault(transport, Reference(function, value))
            return
        reached: Transport = "stdio" if name in mcp.STDIO_CALLS else "http"
        for argument in node.args[1:]:
            receivers = receivers or self.servers_of(function, argument)
        if not receivers and callee.op != "attr":
            receivers = self._same_package(function)
        for server in receivers:
            server.runs.setdefault(reached, Reference(function, value))

    def _run_transports(self, server: Server, function: Function, node: Value) -> Iterable[Transport]:
        if server.framework is Framework.LOW_LEVEL:
            names = [name for argument in node.args[1:3] for name in self.resolver.externals(function, argument)]
            if any("stdio_server" in name for name in names):
                return ("stdio",)
            if any("Sse" in name or "sse" in name or "treamable" in name for name in names):
                return ("http",)
            return ()
        argument = argument_of(node, "transport", 0)
        if argument < 0:
            return ("stdio",) if "**" not in node.names else ("stdio", "http")
        targets = self.resolver.resolve(function, argument)
        texts = {target.name for target in targets if target.kind == "text"}
        known: set[Transport] = {
            "stdio" if text == "stdio" else "http" for text in texts if text == "stdio" or text in mcp.HTTP_NAMES
        }
        if known and all(target.kind == "text" for target in targets):
            return sorted(known)
        return ("http", "stdio")

    def _same_package(self, function: Function) -> list[Server]:
        """Return the servers made in the same file, or else in the same folder."""
        here = [server for server in self.servers.values() if server.site.function.file is function.file]
        if here:
            return here
        folder = function.file.directory
        return [
            server for server in self.servers.values() if posixpath.dirname(server.site.function.file.path) == folder
        ]

    # Names

    def _name_duplicates(self) -> None:
        """Keep one entry point for each (server, kind, name, handler)."""
        seen: dict[tuple[str, str, str, str], EntryPoint] = {}
        for entry in self.entries:
            handler = entry.handler.id if entry.handler is not None else str(entry.declared.value)
            seen.setdefault((entry.server.id, entry.kind, entry.name, handler), entry)
        self.entries = list(seen.values())

    def keep(self, product: frozenset[str]) -> None:
        """Forget servers and entry points outside of the product: those that tests and samples make."""
        self.servers = {
            key: server for key, server in self.servers.items() if server.site.function.file.path in product
        }
        self.entries = [
            entry
            for entry in self.entries
            if {entry.server.site.function.file.path, entry.declared.function.file.path} <= product
        ]

    def transport(self, server: Server) -> Transport:
        """Return `stdio`, `http`, `both` or `unknown`; a mounted server is reached like its parents."""
        runs = set(server.runs)
        waiting, seen = list(server.parents), {id(server)}
        while waiting:
            parent = waiting.pop()
            if id(parent) not in seen:
                seen.add(id(parent))
                runs.update(parent.runs)
                waiting.extend(parent.parents)
        if not runs:
            return "unknown"
        return "both" if len(runs) > 1 else next(iter(runs))


def _keywords(node: Value) -> dict[str, int]:
    return {
        keyword: argument
        for keyword, argument in zip(node.names, node.args[1:], strict=True)
        if keyword not in ("", "*", "**")
    }
