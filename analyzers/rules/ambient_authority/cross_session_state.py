"""What one caller leaves behind in the process for the next."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from analyzers.authority.rows import Row
from analyzers.facts import Event, Parameter
from analyzers.finding import Confidence, Evidence, Severity
from analyzers.flow.labels import ARGUMENTS, BEARER, MARK, Labels, is_identity
from analyzers.flow.summaries import Flow
from analyzers.frameworks.credentials import names_credential
from analyzers.project.program import Function
from analyzers.rule import Analysis, Draft, Rule, py

MAX_FUNCTIONS = 60
ADDING = ("append", "add", "update", "extend", "insert", "appendleft")
CONTAINERS = ("dict", "list", "set", "defaultdict", "OrderedDict", "deque")
Bindings = Mapping[str, Labels]


class _Visit(NamedTuple):
    """A function that an entry point reaches, with what it is given in terms of the entry point's parameters."""

    function: Function
    bound: Bindings


class _Write(NamedTuple):
    """A write to state of the process: which state, where, what is written, and whether names say a credential is."""

    state: str
    name: str
    function: Function
    event: Event
    labels: Labels
    is_credential: bool = False


class CrossSessionState(Rule):
    """
    ## What it finds
    A variable of a module, an attribute of a class or of the one object that serves every call, which a tool, resource
    or hook of a network server sets from what a caller sent or is, and which another call reads, without the caller's
    identity as its key.

    Constants, locks, counters, connection pools, caches keyed by what was asked for, and context variables are not
    reported.

    ## Why it matters
    The protocol is stateless: calls of different callers meet in one process. What one caller leaves behind is read by
    the next, who then acts with the wrong account or sees the wrong data.

    ## Fix
    Keep such state under the verified subject of the token, with an expiry, or pass it on within the call.
    """

    id = "cross-session-state"
    summary = "one caller's data is kept where the next caller's call reads it"
    principle = "ambient_authority"
    severity = Severity.HIGH
    confidence = Confidence.MEDIUM
    cwe = ("CWE-488", "CWE-567")
    owasp = ("MCP10", "MCP01")
    spec = ("tutorials/security/security_best_practices#state-handle-hijacking", "server/tools#stateful-tools")
    pattern = "state-keyed-by-subject"
    examples = (
        py(
            """
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("mail")
            _session = {}

            @mcp.tool
            def login(token: str) -> str:
                _session["token"] = token  # finding
                return "ok"

            @mcp.tool
            def list_mail() -> str:
                return httpx.get("https://mail.internal/", headers={"Authorization": _session["token"]}).text

            mcp.run(transport="http")
            """,
            note="an item under a constant key",
        ),
        py(
            """
            from mcp.server.fastmcp import FastMCP
            from mcp.server.auth.middleware.auth_context import get_access_token

            mcp = FastMCP("notes")
            current_user = None

            @mcp.tool()
            def start() -> str:
                global current_user
                current_user = get_access_token().client_id  # finding
                return "ok"

            @mcp.tool()
            def read_notes() -> str:
                return open(f"/notes/{current_user}").read()

            mcp.run(transport="streamable-http")
            """,
            note="a global variable",
        ),
        py(
            """
            from fastmcp import FastMCP

            class Tools:
                def __init__(self, mcp: FastMCP) -> None:
                    self.account = ""
                    mcp.tool(self.use_account)
                    mcp.tool(self.balance)

                def use_account(self, account: str) -> None:
                    self.account = account  # finding

                def balance(self) -> str:
                    return open(f"/accounts/{self.account}").read()

            mcp = FastMCP("bank")
            Tools(mcp)
            mcp.run(transport="http")
            """,
            note="an attribute of the object that serves every call",
        ),
        py(
            """
            import contextvars
            import threading
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token
            import httpx

            mcp = FastMCP("shop")
            sessions = {}
            pages = {}
            calls = 0
            lock = threading.Lock()
            client = None
            user = contextvars.ContextVar("user")

            @mcp.tool
            def remember(note: str) -> None:
                sessions[get_access_token().claims["sub"]] = note
                user.set(note)

            @mcp.tool
            def recall() -> str:
                return sessions[get_access_token().claims["sub"]]

            @mcp.tool
            def fetch(page: str) -> str:
                global calls, client
                calls += 1
                client = client or httpx.Client()
                with lock:
                    if page not in pages:
                        pages[page] = client.get("https://shop.internal/", params={"p": page}).text
                return pages[page]

            mcp.run(transport="http")
            """,
            note="state under the subject, a cache, a counter, a lock and a client",
        ),
        py(
            """
            from fastmcp import FastMCP

            mcp = FastMCP("local")
            _session = {}

            @mcp.tool
            def login(token: str) -> None:
                _session["token"] = token

            @mcp.tool
            def show() -> bool:
                return bool(_session["token"])

            mcp.run()
            """,
            note="a stdio server has one user",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each state that one call sets and another reads."""
        writes: dict[str, tuple[Row, _Write]] = {}
        readers: dict[str, set[str]] = {}
        for row in analysis.rows:
            if not row.is_remote or row.entry.handler is None:
                continue
            for visit in _reached(analysis.flow, row.entry.handler):
                for write in _writes(analysis, visit, row.entry.handler):
                    writes.setdefault(write.state, (row, write))
                for name in _names_read(visit.function):
                    readers.setdefault(name, set()).add(visit.function.id)
        for state, (row, write) in writes.items():
            if readers.get(state, set()) - {write.function.id}:
                yield self._draft(row, write)

    def _draft(self, row: Row, write: _Write) -> Draft:
        personal = is_identity(write.labels) or BEARER in write.labels or write.is_credential
        function, event = write.function, write.event
        location = function.location(event.start, event.end)
        kept = "a credential or the identity of its caller" if personal else "what its caller sent"
        return Draft(
            key=f"{function.file.path}|{write.state}",
            path=function.file.path,
            location=location,
            message=f"`{row.name}` keeps {kept} in `{write.name}`, which the calls of others read.",
            why=(
                "Calls of different callers meet in one process, and this state is not kept under the caller's "
                "verified subject: the next caller acts with, or sees, what the last one left."
            ),
            severity=Severity.HIGH if personal else Severity.MEDIUM,
            confidence=min(Confidence.MEDIUM, row.confidence()) if not personal else row.confidence(),
            evidence=(Evidence(location.path, location.line, f"set in a call of `{row.name}`"),),
            rows=(row.key,),
            start=event.start,
            end=event.end,
        )


def _reached(flow: Flow, root: Function) -> Iterator[_Visit]:
    """Yield the functions that a call runs, with their parameters in terms of the root's."""
    seen: set[str] = set()
    waiting = [_Visit(root, {})]
    while waiting and len(seen) < MAX_FUNCTIONS:
        visit = waiting.pop(0)
        function = visit.function
        if function.id in seen:
            continue
        seen.add(function.id)
        yield visit
        for event in function.calls():
            node = function.facts.values[event.value]
            for callee, owner in flow.resolver.functions(function, node.args[0]):
                if callee.facts.name != "__init__":
                    passed = flow.labeler.bind(function, node, callee, owner is not None)
                    bound = {key: flow.labeler.substitute(found, visit.bound) for key, found in passed.items()}
                    waiting.append(_Visit(callee, bound))


def _writes(analysis: Analysis, visit: _Visit, handler: Function) -> Iterator[_Write]:
    """Yield the writes of a function to state that outlives the call, of what a caller sent or is."""
    function = visit.function
    values = function.facts.values
    for event in function.facts.events:
        keys: tuple[int, ...] = ()
        if event.kind == "global":
            state, name, written = f"{function.file.path}:{event.text}", event.text, [event.value]
        elif event.kind == "store" and event.text == "[]":
            place = values[event.target]
            state, name = _state(analysis, function, place.args[0], handler)
            written, keys = [event.value], (place.args[1],)
        elif event.kind == "store":
            state, name = _attribute_state(analysis, function, event, handler)
            written = [event.value]
        elif event.kind == "call" and values[values[event.value].args[0]].text in ADDING:
            callee = values[values[event.value].args[0]]
            state, name = _state(analysis, function, callee.args[0], handler) if callee.op == "attr" else ("", "")
            written = list(values[event.value].args[1:])
        else:
            continue
        labels = analysis.flow.labeler.substitute(analysis.flow.labeler.union(function, written), visit.bound)
        keyed = any(analysis.flow.resolver.text(function, key) is None for key in keys)
        if state and not keyed and _is_callers(labels, handler):
            names = [name, *(analysis.flow.resolver.text(function, key) or "" for key in keys)]
            names.extend(parameter.name for parameter in _parameters_in(labels, handler))
            yield _Write(state, name, function, event, labels, any(names_credential(given) for given in names))


def _parameters_in(labels: Labels, handler: Function) -> Iterator[Parameter]:
    """Yield the parameters of the entry point among labels."""
    for index, parameter in enumerate(handler.facts.parameters):
        if any(label.endswith(f"{MARK}{handler.id}{MARK}{index}") for label in labels):
            yield parameter


def _is_callers(labels: Labels, handler: Function) -> bool:
    own = f"{MARK}{handler.id}{MARK}"
    return (
        is_identity(labels)
        or any(label in (BEARER, ARGUMENTS) or label.startswith(("header:", "held:header:")) for label in labels)
        or any(own in label for label in labels)
    )


def _state(analysis: Analysis, function: Function, value: int, handler: Function) -> tuple[str, str]:
    """Return the identity and the name of a container that outlives the call, ("", "") for another value."""
    node = function.facts.values[value]
    if node.op == "name" and _holds_container(function.file.module, node.text):
        return f"{function.file.path}:{node.text}", node.text
    if node.op == "attr" and function.facts.values[node.args[0]].op == "param" and node.args[0] == 0:
        cls = function.owner
        if cls is not None and handler.owner is not None and cls in analysis.flow.resolver.linearize(handler.owner)[0]:
            return f"{cls.id}.{node.text}", f"self.{node.text}"
    return "", ""


def _holds_container(module: Function, name: str) -> bool:
    for value in module.facts.names.get(name, ()):
        node = module.facts.values[value]
        called = module.facts.values[node.args[0]].text.rpartition("|")[2] if node.op == "call" else ""
        if node.op in ("map", "list", "set") or called in CONTAINERS:
            return True
    return False


def _attribute_state(analysis: Analysis, function: Function, event: Event, handler: Function) -> tuple[str, str]:
    """Return the state of an attribute of a class, of an object of a module, or of the object that serves calls."""
    node = function.facts.values[event.target]
    cls, serving = function.owner, handler.owner
    own = node.op == "param" and event.target == 0 and cls is not None and serving is not None
    if own and cls is not None and serving is not None and cls in analysis.flow.resolver.linearize(serving)[0]:
        return f"{cls.id}.{event.text}", f"self.{event.text}"
    if node.op == "name" and node.text in function.file.module.facts.names:
        for target in analysis.flow.resolver.resolve(function, event.target):
            if target.kind in ("class", "instance") and target.function is not None:
                return f"{function.file.path}:{node.text}", f"{node.text}.{event.text}"
    return "", ""


def _names_read(function: Function) -> Iterator[str]:
    """Yield the states that a function reads, by their identities."""
    for node in function.facts.values:
        if node.op == "name":
            yield f"{function.file.path}:{node.text}"
        elif node.op == "attr" and node.args[0] == 0 and function.owner is not None:
            yield f"{function.owner.id}.{node.text}"
