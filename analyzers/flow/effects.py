"""What one call does to the world: its capability, destination, credentials and what guards it."""

import itertools
from typing import NamedTuple

from analyzers.facts import Event, Value
from analyzers.flow.agents import ANSWERS, agent_kind
from analyzers.flow.authorities import host_labels, host_text
from analyzers.flow.cases import CaseReader, address
from analyzers.flow.clients import ClientReader
from analyzers.flow.conditions import GuardReader
from analyzers.flow.connections import ConnectionReader, opener
from analyzers.flow.guards import Guards, Place
from analyzers.flow.harmless import is_harmless, is_plain, named_kind, root_of
from analyzers.flow.inside import InsideReader
from analyzers.flow.kept import KeptReader
from analyzers.flow.label_calls import is_exchange
from analyzers.flow.label_credentials import given, given_to
from analyzers.flow.labeling import Labeler
from analyzers.flow.labels import BEARER, MARK, Labels, as_credential, credentials_of, is_chosen, is_derived
from analyzers.flow.module_keys import ModuleKeys
from analyzers.flow.opened_requests import sent
from analyzers.flow.opening import opened_for
from analyzers.flow.operands import Operand, OperandReader, query_of
from analyzers.flow.operated import got_method, operation
from analyzers.flow.page_scripts import run_in_page
from analyzers.flow.questions import asks
from analyzers.flow.reading_settings import as_limited, reading_setting
from analyzers.flow.sent_methods import sent_method
from analyzers.flow.settling import kept_up, query_kind, runs_any
from analyzers.flow.shapes import Piece, Shape
from analyzers.flow.upkeep import is_cached, is_installed, is_scratch, is_temporary, requests_token, searches, signs_on
from analyzers.flow.urls import ShapeReader, rooted
from analyzers.frameworks import commands, files, inert, models, operations, queries, sinks
from analyzers.frameworks.connections import CONNECTIONS
from analyzers.frameworks.credentials import PUBLIC_CLIENTS, PUBLIC_DATA_HOSTS
from analyzers.frameworks.data_files import READERS
from analyzers.frameworks.mcp import server_framework
from analyzers.frameworks.paths import canonical
from analyzers.frameworks.threads import run_position
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.spreads import with_spread
from analyzers.project.targets import argument_of

SHELL_PROGRAMS = ("curl", "wget")
SINGLE_WORDS = ("update", "add", "set", "remove", "pop", "write", "append", "get", "list", "read", "close", "delete")
# Libraries by whose calls it is sure what they do.
SURE = PUBLIC_CLIENTS | frozenset(sinks.SERVICES)


def _is_told(labels: Labels) -> bool:
    """Tell whether a caller writes a part of a value, and not what something else made of it."""
    return any(is_chosen(label) and not is_derived(label) for label in labels)


class Effect(NamedTuple):
    """One effect, in terms of the function it is told of.

    `kind` is a capability; `name` the external thing called; `place` and `origin` (path, start, end) where. `url` is
    the shape of the destination, `credentials` labels of what it authenticates with, `arguments` labels of everything
    it is given. `redirects` is whether it follows them. `sure` is false when only a name speaks for the kind.
    `via` are the calls that lead to it, outermost first; `operands` what it reads as a command, a path or a query.
    `inside` tells of a request that an application of the program itself answers, as far as callers give no credential.
    `once` tells that it is done until something is kept, as to make a table or a cache; `ready` that it only prepares;
    `failing` that it only follows an error.
    """

    kind: str
    name: str
    place: Place
    origin: tuple[str, int, int]
    url: Shape
    credentials: Labels
    arguments: Labels
    guards: Guards
    redirects: bool = False
    sure: bool = True
    method: str = ""
    via: tuple[Place, ...] = ()
    operands: tuple[Operand, ...] = ()
    inside: bool = False
    once: bool = False
    ready: bool = False
    failing: bool = False

    @property
    def rank(self) -> int:
        """How much harm the capability can do, 0 to 4."""
        return sinks.RANKS.get(self.kind, 0)


class Call(NamedTuple):
    """A call of something outside of the program, known by its dotted or at least its last name."""

    function: Function
    event: Event
    node: Value
    name: str


class EffectReader:
    """Recognises the effects of single calls."""

    def __init__(self, labeler: Labeler, guards: GuardReader, shapes: ShapeReader) -> None:
        self.labeler = labeler
        self.resolver: Resolver = labeler.resolver
        self.guards = guards
        self.shapes = shapes
        self.clients = ClientReader(shapes)
        self.connections = ConnectionReader(guards)
        self.operands = OperandReader(shapes)
        self.kept = KeptReader(guards)
        self.cases = CaseReader(shapes)
        self.inside = InsideReader(labeler.resolver)
        self.module_keys = ModuleKeys(labeler)

    def of_call(self, function: Function, event: Event) -> Effect | None:
        """Return the effect of a call that leaves the program, None when it has none that matters."""
        node = sent(self.resolver, function, event, function.facts.values[event.value])
        return self.of_node(function, event, node) if node is not None else None

    def of_node(self, function: Function, event: Event, node: Value) -> Effect | None:
        """Return the effect of a call that may be made elsewhere: as another function does with what it is given."""
        callee = function.facts.values[node.args[0]]
        if callee.op == "attr" and inert.notes_in_span(function.facts.values[callee.args[0]].text, callee.text):
            return None
        got = got_method(self, Call(function, event, node, ""))
        if got is not None:
            return got
        names = self.resolver.externals(function, node.args[0])
        for name in names:
            if run_position(name):
                return self._elsewhere(function, event, node, run_position(name))
            found = self._external(Call(function, event, node, canonical(name)))
            if found is not None:
                return found
        if not names and not self.resolver.resolve(function, node.args[0]):
            return self._unresolved(function, event, node)
        return None

    def _external(self, call: Call) -> Effect | None:
        _, _, _, name = call
        if is_harmless(name):
            return None
        chosen = self._by_place(call)
        if chosen is not None:
            return chosen
        sink = sinks.SINKS.get(name)
        if sink is not None or name in operations.OPERATIONS:
            return self._sink(call, sink) if sink is not None else operation(self, call)
        known = files.KINDS.get(name) or commands.KINDS.get(name) or commands.git_kind(name)
        if known:
            effect = self.effect(call, known)
            return effect._replace(kind="write") if name in commands.CONTAINERS and not runs_any(effect) else effect
        if sinks.is_http_call(name):
            return self._http(call)
        if sinks.query_root(name) or queries.is_method(name) or self._is_query(call):
            return self._query(call)
        if name.rpartition(".")[2] in sinks.BROWSER_METHODS and ("playwright" in name or name.startswith("builtins.")):
            return self._sink(call, sinks.Sink("http", 0, "url", "GET"))
        owner, _, method = name.rpartition("().")
        is_remote = owner in sinks.MCP_CLIENTS and method in sinks.MCP_METHODS
        if is_remote or (method == "call_tool" and server_framework(owner) is not None):
            # The server checks the caller of the other tool, whose effects are its own.
            return self._of_session(call) if is_remote else self.effect(call, "read-public")
        root = root_of(name)
        kind = "" if is_plain(name) else self._asked(call) or named_kind(name)
        if not kind or self._reads_entry(call) or _leads_on(call, root):
            return None
        return kept_up(self.effect(call, kind, sure=root in SURE or queries.is_filter(name)))

    def _asked(self, call: Call) -> str:
        """Return what it does to ask a model, or to run an agent, "" of another call."""
        if models.runs_agent(call.name):
            return agent_kind(self.resolver, self.clients, call.function, call.node)
        return ANSWERS if models.asks_model(call.name) else ""

    def _of_session(self, call: Call) -> Effect | None:
        """What a client of another MCP server asks for, where the client was made before the function ran."""
        function, _, node, _ = call
        callee = function.facts.values[node.args[0]]
        for scope, value in self.clients.constructions(function, callee.args[0]) if callee.op == "attr" else ():
            made = scope.facts.values[value]
            if made.op == "call" and (scope.facts.kind == "module" or scope.facts.name == "__init__"):
                server = argument_of(made, "transport", 0)
                transport = self.clients.transport(scope, server)
                url, sent = transport or (self.clients.shape(function, scope, server), frozenset())
                held = credentials_of(self.labeler.resolved(sent | given(self.labeler, scope, made)))
                return self.effect(call, "write")._replace(url=url, credentials=held, method="POST")
        return None

    def _by_place(self, call: Call) -> Effect | None:
        """What a call does by the path, host or script that it is given, None where that does not decide."""
        if call.name in files.WHERE_CHOSEN or call.name in commands.READ_AS_PROGRAMS:
            return self._where_chosen(call)
        position, keyword = CONNECTIONS.get(call.name, (-1, ""))
        host = argument_of(call.node, keyword, position) if keyword else -1
        chosen = host >= 0 and any(map(is_chosen, self.labeler.labels(call.function, host)))
        return self.request(call, host, "GET") if chosen else run_in_page(self, call)

    def _where_chosen(self, call: Call) -> Effect:
        """What counts where the caller has a part in it: a place that is made, a program that serves or is typed in."""
        runs = call.name in commands.READ_AS_PROGRAMS
        effect = self.effect(call, "exec" if runs else "read-private" if call.name in READERS else "write")
        chosen = runs_any(effect) if runs else any(map(is_chosen, effect.arguments))
        return effect if chosen else effect._replace(kind="read-public")

    def _reads_entry(self, call: Call) -> bool:
        """Tell whether a call looks an entry up in what a read answered: `client.get_user().get("name")`."""
        owner, _, method = call.name.rpartition(".")
        if method != "get" or len(call.node.args) < 2:
            return False
        text = self.resolver.text(call.function, call.node.args[1])
        _, *steps = owner.split("()")
        answered = owner.endswith(sinks.ANSWERED) and len(steps) > 1
        read = any(sinks.vocabulary(step.rpartition(".")[2]) for step in steps)
        return text is not None and (read or (answered and text.isidentifier()))

    def _elsewhere(self, function: Function, event: Event, node: Value, position: int) -> Effect | None:
        """What is handed to another thread runs there, with the arguments that follow it."""
        if len(node.args) <= position or any(node.names[:position]):
            return None
        if function.facts.values[node.args[position]].op not in ("attr", "import", "name"):
            return None
        handed = Value("call", "", node.args[position:], node.names[position:], node.start, node.length)
        return self.of_node(function, event, handed)

    def _unresolved(self, function: Function, event: Event, node: Value) -> Effect | None:
        callee = function.facts.values[node.args[0]]
        name = callee.text.rpartition("|")[2]
        call = Call(function, event, node, name)
        built = function.facts.values[callee.args[0]] if callee.op == "attr" and name == "execute" else None
        if built is not None and built.op == "call" and function.facts.values[built.args[0]].op == "attr":
            kind = sinks.vocabulary(function.facts.values[built.args[0]].text)
            return self.effect(call, kind, sure=False) if kind else None
        if callee.op == "attr" and name in sinks.BROWSER_METHODS:
            return self._sink(call, sinks.Sink("http", 0, "url", "GET"))
        scripted = run_in_page(self, call)
        if scripted is not None:
            return scripted
        if callee.op == "attr" and self._is_query(call):
            return self._query(call)
        if self._is_of_transaction(call) and self._told(call) is not None:
            return self._query(call._replace(name=queries.IN_TRANSACTION))
        if callee.op == "attr" and name in queries.TELLING and self._is_named_query(call):
            return self._query(call)._replace(kind="read-private", sure=False)
        told = self._told(call) if callee.op == "attr" and queries.names_query(name) else None
        if told is not None:
            return self.effect(call, query_kind(told), sure=False)
        if callee.op != "attr" or name in SINGLE_WORDS or "_" not in name or name in inert.IN_MEMORY:
            return None
        kind = sinks.vocabulary(name)
        return self.effect(call, kind, sure=False) if kind else None

    def effect(self, call: Call, kind: str, *, sure: bool = True) -> Effect:
        """Return what a call does as far as its arguments tell, of a kind."""
        function, event, node, name = call
        labels = given(self.labeler, function, node) | self.labeler.labels(function, node.args[0])
        labels |= self.module_keys.of(name)
        if queries.is_of_whole_session(name):
            labels |= given_to(self.labeler, function, node)
        operands = self.operands.of_call(function, node, name)
        kept = self.kept.among(function, node.args[1:]) if operands else {}
        return Effect(
            kind=kind,
            name=name,
            place=self.guards.place(function, node.start),
            origin=(function.file.path, node.start, node.end),
            url=(),
            credentials=frozenset() if name in files.PATHS else credentials_of(labels),
            arguments=labels,
            guards={**kept, **self.guards.after(function, event.dominator)},
            sure=sure,
            operands=operands,
        )

    def _sink(self, call: Call, sink: sinks.Sink) -> Effect | None:
        function, _, node, _ = call
        if sink.kind == "file":
            return self._open(call)
        if sink.kind == "http":
            url = argument_of(node, sink.keyword, sink.url)
            return self.request(call, url, *sent_method(self, call, sink.method))
        effect = self.effect(call, sink.kind)
        if effect.name in files.PATHS and is_cached(function, node):
            return effect._replace(kind="read-public")
        if sink.kind == "destroy" and is_scratch(self.resolver, function, node):
            return effect._replace(kind="write" if _is_told(effect.arguments) else "read-public")
        if sink.kind == "exec":
            return self._command(function, node, effect)
        return self._unless_temporary(function, node, self._unless_installed(function, node, effect))

    def _unless_temporary(self, function: Function, node: Value, effect: Effect) -> Effect:
        """What is put into a temporary file is kept for nobody, unless the caller chooses its name."""
        if effect.kind != "write" or effect.name not in files.PATHS:
            return effect
        named = frozenset(label for item in effect.operands for piece in item.shape for label in piece.labels)
        of_path = effect.name.startswith("pathlib.")
        is_kept = _is_told(named) or not is_temporary(self.resolver, function, node, of_path=of_path)
        return effect if is_kept else effect._replace(kind="read-public")

    def _unless_installed(self, function: Function, node: Value, effect: Effect) -> Effect:
        """What a program was shipped with is public, unless the caller chooses among it."""
        chosen = any(is_chosen(label) for label in effect.arguments)
        own = effect.kind == "read-private" and not chosen and is_installed(self.resolver, function, node)
        return effect._replace(kind="read-public") if own else effect

    def _open(self, call: Call) -> Effect:
        function, _, node, name = call
        kind = "read-public" if is_cached(function, node) else opened_for(self.resolver, function, node, name)
        effect = self._unless_installed(function, node, self.effect(call, kind))
        return self._unless_temporary(function, node, effect)

    def _command(self, function: Function, node: Value, effect: Effect) -> Effect:
        """A fixed program with fixed arguments is no general capability; `curl` and `wget` are requests."""
        first = argument_of(node, "args", 0)
        display = function.facts.values[first] if first >= 0 else None
        words = (
            display.args if display is not None and display.op in ("list", "tuple") else (first,) if first >= 0 else ()
        )
        items = [(function, word) for word in words]
        items = self.operands.words(function, node) if effect.name in commands.WORDS else items
        program = self._one_of(*items[0]) if items else None
        tainted = any(is_chosen(label) for label in effect.arguments)
        texts = [program, *(self.resolver.text(*item) for item in items[1:])]
        fixed = " ".join(itertools.takewhile(bool, (text or "" for text in texts)))
        if not tainted:
            kind = commands.capability(fixed, unknown="read-private") if fixed else "write"
            return effect._replace(kind=kind, sure=False)
        if program in SHELL_PROGRAMS and len(items) > 1:
            pieces = tuple(Piece(labels=self.labeler.labels(*item)) for item in items[-1:])
            return effect._replace(kind="http", url=pieces)
        return effect._replace(kind=commands.capability(fixed)) if fixed and not runs_any(effect) else effect

    def _one_of(self, function: Function, value: int) -> str | None:
        """Return a text that a value is, of several constant ones the first."""
        targets = self.resolver.resolve(function, value)
        constant = bool(targets) and all(target.kind == "text" for target in targets)
        return targets[0].name if constant else self.resolver.text(function, value)

    def _query(self, call: Call) -> Effect:
        """A constant statement does what its verb says; one that a parameter reaches can do anything."""
        function, _, node, name = call
        statement = query_of(function, node)
        shape = self.shapes.shape(function, statement) if statement >= 0 else ()
        operand = self.operands.query(function, node, name)
        if _is_rehearsed(function, node):
            return self.effect(call, "read-private")
        limit = reading_setting(self.labeler, function, node, name)
        effect = self.effect(call, as_limited(query_kind(shape), limit))
        found = tuple(each for each in (operand, limit) if each is not None)
        return effect._replace(operands=(*effect.operands, *found)) if operand is not None else effect

    def _is_query(self, call: Call) -> bool:
        """Tell whether a call of something unknown sends a query: its text begins like a statement."""
        return call.name.rpartition(".")[2] in queries.TELLING and self._told(call) is not None

    def _is_of_transaction(self, call: Call) -> bool:
        """Tell whether a call has a transaction run something: `tx.run(…)`."""
        values = call.function.facts.values
        callee = values[call.node.args[0]]
        owner = values[callee.args[0]].text if callee.op == "attr" else ""
        return call.name == "run" and owner in queries.TRANSACTIONS

    def _told(self, call: Call) -> Shape | None:
        """Return the text that a call is given which begins like a statement, None where none does."""
        statement = query_of(call.function, call.node)
        if statement < 0:
            return None
        shape = self.shapes.shape(call.function, statement)
        return shape if queries.is_statement("".join(piece.text or "x" for piece in shape)) else None

    def _is_named_query(self, call: Call) -> bool:
        """Tell whether a call of something unknown is given a parameter that is called like a query."""
        statement = query_of(call.function, call.node)
        value = call.function.facts.values[statement] if statement >= 0 else call.node
        return value.op == "param" and value.text in queries.KEYWORDS

    def _http(self, call: Call) -> Effect:
        call = call._replace(node=with_spread(self.resolver, call.function, call.node))
        method = sinks.http_method(call.name)
        url = argument_of(call.node, "url", 1 if method == "?" else 0)
        return self.request(call, url, *sent_method(self, call, method))

    def request(self, call: Call, url: int, method: str, methods: tuple[Operand, ...] = ()) -> Effect:
        """Return a request to an address; `methods` is what callers pass for the method."""
        function, _, node, name = call
        effect = self.effect(call, "http")
        effect = effect._replace(operands=(*effect.operands, *self.cases.at(function, call.event)))
        transport = self.clients.transport(function, url) if name in sinks.MCP_CLIENTS else None
        asked = address(self.shapes, function, node, url) if transport is None else ()
        shape = self._with_base(function, node, rooted(asked, effect.guards)) if transport is None else transport[0]
        held = self._held(function, node) | (credentials_of(transport[1]) if transport is not None else frozenset())
        kind = sinks.METHOD_CAPABILITY.get(method, "")
        if is_exchange(self.labeler, function, node):
            kind, held = "read-public", frozenset({"exchanged"})
        elif requests_token(function, node) or signs_on(shape) or host_text(shape) in PUBLIC_DATA_HOSTS:
            kind = "read-public"
        elif not kind or (method == "POST" and (searches(shape) or asks(self.shapes, function, node))):
            kind = "read-private" if held else "read-public"
            effect = effect._replace(operands=(*effect.operands, *methods))
        return effect._replace(
            guards={**self._refusals(function, node, shape), **self.kept.of(function, url), **effect.guards},
            kind=kind,
            url=shape,
            credentials=held,
            method=method,
            redirects=self._follows(function, node, name),
            inside=all(MARK in label for label in held) and self._is_inside(function, node, shape),
        )

    def _is_inside(self, function: Function, node: Value, shape: Shape) -> bool:
        callee = function.facts.values[node.args[0]]
        chosen = any(is_chosen(label) for piece in shape for label in piece.labels)
        return chosen and callee.op == "attr" and self.inside.is_inside(function, callee.args[0])

    def _held(self, function: Function, node: Value) -> Labels:
        """Return what authenticates a request; the caller's token in its body is a subject, not its authority."""
        carried = self.labeler.labels(function, node.args[0])
        callee = function.facts.values[node.args[0]]
        if callee.op == "attr":
            carried |= self.clients.fitted(function, callee.args[0])
        for keyword, value in zip(node.names, node.args[1:], strict=True):
            found = self.labeler.labels(function, value)
            if keyword in ("headers", "auth", "cookies", "cert", "http_client"):
                carried |= as_credential(found) if keyword in ("auth", "cookies") else found
            elif keyword in ("params", "data", "json"):
                carried |= found - {BEARER}
        return credentials_of(carried)

    def _refusals(self, function: Function, node: Value, shape: Shape) -> Guards:
        callee = function.facts.values[node.args[0]]
        on = frozenset(label for label in host_labels(shape) if is_chosen(label))
        if callee.op != "attr" or not on:
            return {}
        client = callee.args[0]
        return self.connections.refusals(function, client, self.clients.constructions(function, client), on)

    def _with_base(self, function: Function, node: Value, shape: Shape) -> Shape:
        """A client's base URL precedes a path, but an absolute URL replaces it."""
        callee = function.facts.values[node.args[0]]
        if callee.op != "attr" or not shape:
            return shape
        base = self.clients.base_url(function, callee.args[0])
        if base is None or not (shape[0].text and not shape[0].text.startswith(("http://", "https://"))):
            return shape
        return (*base, Piece("/"), *shape) if not shape[0].text.startswith("/") else (*base, *shape)

    def _follows(self, function: Function, node: Value, name: str) -> bool:
        asking = opener(function, node, name)
        made = self.clients.constructions(function, asking) if asking >= 0 else []
        if self.connections.checks_redirects(made):
            return False
        for keyword, value in zip(node.names, node.args[1:], strict=True):
            if keyword in sinks.REDIRECT_SWITCHES:
                return function.facts.values[value].text != "False"
        for scope, value in made:
            client = scope.facts.values[value]
            if client.op == "call" and "follow_redirects" in client.names:
                argument = client.args[client.names.index("follow_redirects") + 1]
                return self.clients.is_switched_on(function, scope, argument)
        return name.partition(".")[0] in sinks.FOLLOWS_REDIRECTS


def _is_rehearsed(function: Function, node: Value) -> bool:
    """Tell whether a query is only planned: `dry_run=True`, of its own or of what configures it."""
    values = function.facts.values
    made = (item for item in (node, *(values[argument] for argument in node.args[1:])) if item.op == "call")
    planned = [item.args[item.names.index("dry_run") + 1] for item in made if "dry_run" in item.names]
    return any(values[value].text == "True" for value in planned)


def _leads_on(call: Call, root: str) -> bool:
    """Tell whether a call only names a resource, of which another method is called."""
    values = call.function.facts.values
    return root in sinks.RESOURCES and any(
        node.op == "attr" and node.text != "execute" and values[node.args[0]] is call.node for node in values
    )


def reach(effect: Effect) -> str:
    """Return where an effect goes: its constant host, `any host` or "" when it is no request."""
    return host_text(effect.url) if effect.url else ""
