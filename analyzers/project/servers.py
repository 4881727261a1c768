"""Servers and entry points, as values."""

from collections.abc import Iterator

import msgspec

from analyzers.frameworks.mcp import APPLICATIONS, OWN_LISTENERS, ROOTS, Framework, Kind, Transport, root_of
from analyzers.project import targets
from analyzers.project.branches import Branch
from analyzers.project.program import Function
from analyzers.project.targets import Reference
from analyzers.walks import reached

UNRESOLVED = targets.UNRESOLVED
# What listens with an application that it is given, and whose that is.
SERVING = ("run", "Config")
SERVER = "uvicorn"


class Route(msgspec.Struct, frozen=True):
    """How requests get from a route of a web framework to what answers them: where it is declared, and the calls."""

    function: Function
    declared: Reference
    steps: tuple[tuple[Function, int], ...]


class Server(msgspec.Struct, eq=False):
    """One server object, made at `site`. `keywords` are its constructor's arguments by name.

    `middleware` lists what was attached, outermost first; `runs` the transports it is started on; `parents` the
    servers that it is mounted into, `mounts` where that is written; `routes` lead to one without a framework. `own`
    tells that the program has a part in the class or application of it, `lent` that something else than itself may
    listen for it, `starts` are all the places where it is started over HTTP, `others` those that are made in its stead
    where a condition does not hold. Filled while the surface is read, not changed afterwards.
    """

    id: str
    framework: Framework
    site: Reference
    keywords: dict[str, int]
    middleware: list[Reference] = []
    runs: dict[Transport, Reference] = {}
    parents: list["Server"] = []
    children: list["Server"] = []
    mounts: list[Reference] = []
    asgi: list[Reference] = []
    generated: bool = False
    routes: list[Route] = []
    own: bool = False
    lent: bool = False
    starts: list[Reference] = []
    others: list["Server"] = []

    @property
    def symbol(self) -> str:
        """The name of the server, without the path."""
        return self.id.rpartition(":")[2]

    def given(self, keyword: str) -> tuple[int, ...]:
        """Return the items given for a keyword, or what they are made of; of what is no list, the whole."""
        value = self.keywords.get(keyword, -1)
        node = self.site.function.facts.values[value]
        if value < 0 or node.op == "none":
            return ()
        items = node.args[:1] if node.op == "comprehension" else node.args
        return items if node.op in ("list", "tuple", "comprehension") else (value,)

    def note_start(self, transport: Transport, reference: Reference) -> None:
        """Keep the first start on a transport, but rather one that says where to listen than one that does not."""
        self.lent = self.lent or (transport == "http" and not _listens_itself(reference))
        self.starts.extend([reference] if transport == "http" else [])
        known = self.runs.get(transport)
        if known is None or (transport != "stdio" and _says_where(reference) and not _says_where(known)):
            self.runs[transport] = reference


class EntryPoint(msgspec.Struct, eq=False):
    """Something a caller can reach: a tool, a resource, a prompt, a completion or a route.

    `handler` is None when it could not be found. `declared` is where it is registered, `auth` and `tags` the values of
    those arguments, `branch` the part of a dispatcher that is this tool, `around` what the registration wraps it in,
    `optional` what it wraps it in only under a condition, `inner` the one function that only this branch calls.
    `prepared` are the positions of the handler's parameters that the framework gives no text of the caller's.
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
    around: tuple[Reference, ...] = ()
    optional: tuple[Reference, ...] = ()
    inner: Function | None = None
    prepared: frozenset[int] = frozenset()

    @property
    def key(self) -> str:
        """The `server:name` of reports."""
        return f"{self.server.id}:{self.name}"


def in_sentence(name: str) -> str:
    """Return the name of an entry point as sentences show it."""
    return f"`{name}`" if name != UNRESOLVED else f"`{name}` (a tool whose name is not known)"


def served_by(server: Server) -> list[Server]:
    """Return the servers that callers connect to in order to reach this one."""
    return [holder for holder in _around(server) if holder.runs or not holder.parents]


def transport_of(server: Server) -> Transport:
    """Return `stdio`, `http`, `both` or `unknown`; a mounted server is reached like its parents."""
    runs = {transport for holder in _around(server) for transport in holder.runs}
    return "both" if len(runs) > 1 else next(iter(runs), "unknown")


def _around(server: Server) -> Iterator[Server]:
    """Yield a server, those that it is mounted on, and those that they are."""
    return reached([server], lambda mounted: mounted.parents)


def imports_framework(function: Function) -> bool:
    """Tell whether the file of a function imports something of an MCP framework."""
    module = function.file.module
    firsts = (module.facts.values[values[0]] for values in module.facts.names.values())
    return any(node.op == "import" and root_of(node.text.partition("|")[0]) in ROOTS for node in firsts)


def is_bare(server: Server) -> bool:
    """Tell whether a server listens for itself alone, so that no application of the program stands around it."""
    return all(
        holder.framework not in (Framework.LOW_LEVEL, Framework.JSON_RPC)
        and "http" in holder.runs
        and not (holder.own or holder.lent)
        for holder in served_by(server)
    )


def _listens_itself(start: Reference) -> bool:
    """Tell whether a start is `server.run(...)`, which serves the framework's own application, or does so at once."""
    callee = start.function.facts.values[start.node.args[0]] if start.node.op == "call" else start.node
    given = {"middleware", "**"} & set(start.node.names)
    if callee.op != "attr" or given:
        return False
    return callee.text in OWN_LISTENERS or (callee.text in APPLICATIONS and _is_served_at_once(start))


def _is_served_at_once(start: Reference) -> bool:
    """Tell whether an application is handed to what listens where it is made: `uvicorn.run(server.http_app())`."""
    values = start.function.facts.values
    if any(start.value in bound for bound in start.function.facts.names.values()):
        return False
    return any(
        node.op == "call"
        and node.args[1:2] == (start.value,)
        and values[node.args[0]].op == "attr"
        and values[node.args[0]].text in SERVING
        and SERVER in values[values[node.args[0]].args[0]].text.split("|")
        for node in values
    )


def _says_where(start: Reference) -> bool:
    return "host" in start.node.names
