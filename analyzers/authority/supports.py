"""What each column of a row rests on: the places in the source whose change changes the column, nearest first."""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from analyzers.authority.admitting import called_from
from analyzers.authority.hook_calls import entries_for
from analyzers.authority.passage import passed_functions
from analyzers.authority.rows import Row
from analyzers.facts import Event
from analyzers.flow.guards import Place
from analyzers.flow.summaries import Flow
from analyzers.flow.wrappers import applied_guards, guards_around
from analyzers.frameworks import mcp
from analyzers.project.program import Function
from analyzers.project.servers import Server, served_by
from analyzers.project.targets import Reference

AUTHORIZING = ("check", "named")
MAX_OPERANDS = 40


class Support(msgspec.Struct, frozen=True):
    """Lines of one file, the name of the function around them, and what stands there as the object of a sentence."""

    path: str
    first: int
    last: int
    symbol: str
    what: str


class Supports:
    """Finds the supports of rows of one tree; what was found in a function is kept for the other tools that pass it."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._checks: dict[tuple[str, frozenset[Place]], tuple[Support, ...]] = {}
        self._columns: Mapping[str, Callable[[Row], Iterator[Support]]] = {
            "transport": self._transport,
            "authentication": self._authentication,
            "authorization": self._authorization,
            "capabilities": self._effects,
            "credentials": self._credentials,
            "network": self._effects,
            "audit": self._audit,
        }

    def of(self, row: Row, column: str) -> Iterator[Support]:
        """Yield what a column of a row rests on."""
        yield from self._columns[column](row)

    def around(self, row: Row) -> Iterator[Support]:
        """Yield the functions that a call passes, whole: what changed there may be the cause where nothing else is."""
        functions = passed_functions(self.flow, row)
        yield from map(_whole, functions)
        yield from map(_whole, dict.fromkeys(outer for function in functions for outer in _enclosing(function)))
        application = row.state.application
        if application is not None and application.function is not None:
            yield from map(_whole, called_from(self.flow, application.function))

    # Authorization

    def _authorization(self, row: Row) -> Iterator[Support]:
        places = frozenset(_deciding(row, self.flow))
        functions = passed_functions(self.flow, row)
        own = {place.symbol for place in places}
        for function in sorted(functions, key=lambda function: function.facts.qualname not in own):
            yield from self._in_function(function, places)
        yield from self._in_tables(row)
        yield from self._at_registration(row, places)
        for hook in row.state.hooks:
            if hook.handles_calls and (not places or not places.isdisjoint(dict(hook.guards).values())):
                yield Support(hook.place.path, hook.place.line, hook.place.line, "", f"the middleware `{hook.name}`")
        yield from _connection(self.flow, row)
        yield _spanning(row.entry.declared, f"the registration of {row.title}")

    def _in_tables(self, row: Row) -> Iterator[Support]:
        """Yield what tables say that a hook looks the tool up in."""
        for hook in row.state.hooks:
            for scope, value in entries_for(self.flow, hook, row.entry.name):
                node = scope.facts.values[value]
                yield _lines(scope, node.start, node.end, f"the entry of {row.title}")

    def _in_function(self, function: Function, places: frozenset[Place]) -> tuple[Support, ...]:
        key = (function.id, places)
        if key not in self._checks:
            self._checks[key] = tuple(self._established(function, places))
        return self._checks[key]

    def _established(self, function: Function, places: frozenset[Place]) -> Iterator[Support]:
        """Yield the checks of a function, what they refuse with, and what they are made from; then its decorators."""
        checks = [
            event
            for event in function.facts.events
            if event.kind in ("true", "false", "call", "each")
            and not places.isdisjoint(self.flow.guards.established(function, event).values())
        ]
        what = f"the check in `{function.facts.qualname}`"
        for event in checks:
            yield _lines(function, event.start, event.end, what)
        for event in checks:
            for end in refusals(function, event):
                yield _lines(function, end.start, end.end, what)
        for applied, guards in guards_around(self.flow, function):
            if not places.isdisjoint(guards.values()):
                yield _spanning(applied, f"the guard around `{function.facts.name}`")
        for event in checks:
            for start, end_of in _operands(function, event.value):
                yield _lines(function, start, end_of, what)

    def _at_registration(self, row: Row, places: frozenset[Place]) -> Iterator[Support]:
        entry = row.entry
        for applied in entry.around:
            if not places.isdisjoint(applied_guards(self.flow, applied).values()):
                yield _spanning(applied, f"the guard around {row.title}")
        for keyword in ("auth", "tags"):
            if keyword in entry.keywords:
                given = Reference(entry.declared.function, entry.keywords[keyword])
                yield _spanning(given, f"`{keyword}` of {row.title}")

    # Connections

    def _authentication(self, row: Row) -> Iterator[Support]:
        yield from _connection(self.flow, row)
        for mount in row.entry.server.mounts:
            yield _spanning(mount, f"the mount of `{row.entry.server.symbol}`")
        for holder in served_by(row.entry.server):
            yield _spanning(holder.site, f"the construction of `{holder.symbol}`")
            for run in holder.runs.values():
                yield _spanning(run, f"the start of `{holder.symbol}`")

    def _transport(self, row: Row) -> Iterator[Support]:
        for holder in served_by(row.entry.server):
            for run in holder.runs.values():
                yield _spanning(run, f"the start of `{holder.symbol}`")
                for start, end in _operands(run.function, run.value):
                    yield _lines(run.function, start, end, f"the start of `{holder.symbol}`")
        for address in row.state.addresses:
            yield _spanning(address.written, f"the address of `{row.entry.server.symbol}`")

    # What a call does and leaves behind

    def _effects(self, row: Row) -> Iterator[Support]:
        for effect in sorted(row.effects, key=lambda effect: -effect.rank):
            what = f"`{effect.name}`"
            path, start, end = effect.origin
            file = self.flow.program.files.get(path)
            if file is not None:
                lines = file.facts.lines
                yield Support(path, lines.line(start), lines.line(end), effect.place.symbol, what)
            for place in reversed(effect.via):
                yield Support(place.path, place.line, place.line, place.symbol, what)

    def _credentials(self, row: Row) -> Iterator[Support]:
        """Yield what calls send, and the functions that send it, before the ways to them."""
        found = list(self._effects(row))
        sending = {(effect.place.path, effect.place.symbol) for effect in row.effects if effect.credentials}
        yield from (support for support in found if (support.path, support.symbol) in sending)
        for path, symbol in sorted(sending):
            functions = self.flow.program.files[path].functions if path in self.flow.program.files else ()
            yield from (_whole(function) for function in functions if function.facts.qualname == symbol)
        yield from found

    def _audit(self, row: Row) -> Iterator[Support]:
        place = row.audit.place
        if place is not None:
            yield Support(place.path, place.line, place.line, place.symbol, f"the record in `{place.symbol}`")
        for hook in row.state.hooks:
            yield Support(hook.place.path, hook.place.line, hook.place.line, "", f"the middleware `{hook.name}`")
            if hook.function is not None:
                yield _whole(hook.function)
        for applied in row.entry.around:
            yield _spanning(applied, f"what is around {row.title}")


def _enclosing(function: Function) -> Iterator[Function]:
    """Yield the functions that make a function, as what makes a decorator does."""
    outer = function.parent
    while outer is not None and outer.facts.kind == "function":
        yield outer
        outer = outer.parent


def _deciding(row: Row, flow: Flow) -> Iterator[Place]:
    """Yield where the checks stand that authorize a row."""
    guards = [*row.guards.items(), *(item for effect in row.effects for item in effect.guards.items())]
    if row.entry.handler is not None:
        guards.extend(flow.on_return(row.entry.handler).items())
    for guard, place in guards:
        if guard.kind in AUTHORIZING:
            yield place


def refusals(function: Function, check: Event) -> Iterator[Event]:
    """Yield the ends of a function behind the other outcome of a check."""
    other = {"true": "false", "false": "true"}.get(check.kind, "")
    events = function.facts.events
    opposite = next((event for event in events if (event.kind, event.value) == (other, check.value)), None)
    for end in events if opposite is not None else ():
        if end.kind in ("raise", "return") and any(step is opposite for step in function.chain(end.dominator)):
            yield end


def _operands(function: Function, value: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of the values that a value is made from."""
    for part in function.made_of(value, most=MAX_OPERANDS):
        node = function.facts.values[part]
        if node.end > node.start and node.op != "param":
            yield node.start, node.end


def _connection(flow: Flow, row: Row) -> Iterator[Support]:
    """Yield the provider of connections: where it is given, and where it is made."""
    place = row.state.authenticated_at
    if place is not None:
        what = f"the authentication `{row.state.authentication}`"
        yield Support(place.path, place.line, place.line, place.symbol, what)
    for holder in served_by(row.entry.server):
        for keyword in (*mcp.AUTHENTICATION_KEYWORDS, "middleware"):
            if keyword in holder.keywords:
                given = Reference(holder.site.function, holder.keywords[keyword])
                yield _spanning(given, f"`{keyword}` of `{holder.symbol}`")
                yield from _made(flow, given, holder, keyword)


def _made(flow: Flow, given: Reference, holder: Server, keyword: str) -> Iterator[Support]:
    """Yield where a value given by name, or by a call of the program, is made."""
    what = f"`{keyword}` of `{holder.symbol}`"
    node = given.node
    module = given.function.file.module
    name = node.text
    if node.op == "import":
        dotted, _, name = node.text.partition("|")
        file = flow.program.module(dotted, given.function.file)
        module = file.module if file is not None else module
    for value in module.facts.names.get(name, ()) if node.op in ("name", "import") else ():
        if module.facts.values[value].op != "import":
            yield _spanning(Reference(module, value), what)
    if node.op == "call":
        for callee, _ in flow.resolver.functions(given.function, node.args[0]):
            yield _whole(callee)


def _lines(function: Function, start: int, end: int, what: str) -> Support:
    lines = function.file.facts.lines
    last = lines.line(max(start, end - 1))
    return Support(function.file.path, lines.line(start), last, function.facts.qualname, what)


def _spanning(reference: Reference, what: str) -> Support:
    return _lines(reference.function, reference.node.start, reference.node.end, what)


def _whole(function: Function) -> Support:
    return _lines(function, function.facts.start, function.facts.end, f"`{function.facts.qualname}`")
