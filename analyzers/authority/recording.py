"""The calls of a function that record something, and those that run functions of the program: what audits look at."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache, partial
from types import MappingProxyType
from typing import NamedTuple

import re2

from analyzers.authority.tool_names import holds, names_function
from analyzers.facts import Event, Value
from analyzers.flow.covering import covers, precedes_returns
from analyzers.flow.keeping import Kept
from analyzers.flow.logs import is_logged
from analyzers.flow.summaries import Flow
from analyzers.frameworks.sinks import snake
from analyzers.project.entering import Entering, entering
from analyzers.project.program import Function
from analyzers.project.references import ENTERING

# What is below the default level of a logger is no record.
RECORDING = frozenset(
    {
        *(
            "info",
            "warning",
            "error",
            "exception",
            "critical",
            "log",
            "msg",
            "audit",
            "emit",
            "record",
            "write",
            "event",
        ),
        *("start_as_current_span", "start_span", "set_attribute", "set_attributes", "add_event"),
    }
)
# What functions are called that record something.
TELLING = frozenset({"log", "record", "audit", "logging"})
# What tables and collections of records are called.
KEPT = frozenset(
    {"audit", "audits", "log", "logs", "history", "event", "events", "trail", "journal", "activity", "calls"}
)
# What is kept of each deed of a program, and how something is added to it.
JOURNALS = frozenset({"journal", "history", "trail", "activity", "ledger"})
ADDING = frozenset({"record", "append", "add", "log", "write", "entry"})
# What functions that read records, or turn them on, begin with, and what classes of requests and settings end with.
READING = frozenset(
    {
        *("get", "list", "query", "search", "fetch", "read", "load", "find", "show", "export", "count", "is", "has"),
        *("should", "configure", "setup", "init", "enable", "disable", "parse", "format", "validate"),
    }
)
SHAPES = frozenset(
    {
        *("request", "query", "params", "filter", "response", "input", "args", "arguments", "schema", "config"),
        *("settings", "error", "enabled", "context", "repository", "repo", "factory"),
    }
)
MAX_PARTS = 60
MAX_HOPS = 3
_WORD = re2.compile(r"[a-z]+")
STORES = frozenset({"write", "exec"})


class Call(NamedTuple):
    """A call: the position of its event, how it records, and the functions that it runs with the classes of receivers.

    `audits` tells that it is named for auditing, `logged` that it writes to a log or audits, `stored` to a store.
    """

    position: int
    event: Event
    audits: bool
    logged: bool
    stored: bool
    callees: tuple[tuple[Function, Function | None], ...]

    @property
    def is_record(self) -> bool:
        """Whether the call leaves a record."""
        return self.logged or self.stored


class Recorded(NamedTuple):
    """What was found of functions, by their ids: calls, whether each run writes a line, and whether one audits."""

    calls: Mapping[str, tuple[Call, ...]] = MappingProxyType({})
    always: Mapping[str, bool] = MappingProxyType({})
    auditing: Mapping[str, bool] = MappingProxyType({})

    def within(self, kept: Kept) -> "Recorded":
        """Return what still holds of functions that are as they were, and so is all that they call."""
        functions, files = kept.solved.summaries, kept.files

        def is_left(calls: Iterable[Call]) -> bool:
            run = (item for call in calls for pair in call.callees for item in pair if item is not None)
            return all(item.file.path in files for item in run)

        return Recorded(
            {key: calls for key, calls in self.calls.items() if key in functions and is_left(calls)},
            {key: answer for key, answer in self.always.items() if key in functions},
            {key: answer for key, answer in self.auditing.items() if key in functions},
        )


class RecordingCalls:
    """Finds the calls of functions that record or go on; answers are kept, since many tools share their helpers.

    `known` is what was found before and still holds.
    """

    def __init__(self, flow: Flow, known: Recorded = Recorded()) -> None:
        self.flow = flow
        self._known = dict(known.calls)
        self._always = dict(known.always)
        self._auditing = dict(known.auditing)
        self._entering = Entering()

    @property
    def found(self) -> Recorded:
        """What was found so far."""
        return Recorded(self._known, self._always, self._auditing)

    def of(self, function: Function) -> tuple[Call, ...]:
        """Return them in program order; a class has none."""
        known = self._known.get(function.id)
        if known is None:
            known = self._known[function.id] = tuple(self._found(function))
        return known

    def _found(self, function: Function) -> list[Call]:
        if function.facts.kind == "class":
            return []
        resolver = self.flow.resolver
        found: list[Call] = []
        for index, event in enumerate(function.facts.events):
            if event.kind == "call":
                callee = function.facts.values[event.value].args[0]
                callees = (*resolver.functions(function, callee), *self._entered(function, event.value))
                audits = _is_named_audit(function, callee) or resolver.is_named("audits", function, callee)
                logged = audits or _is_logged(self.flow, function, callee)
                stored = not logged and not callees and self._is_stored(function, index)
                if logged or stored or callees:
                    found.append(Call(index, event, audits, logged, stored, callees))
        return found

    def _entered(self, function: Function, value: int) -> Iterator[tuple[Function, Function]]:
        """Yield what runs where an object that a call makes is entered by a `with`."""
        if self._entering.includes(function, value):
            yield from entering(self.flow.resolver, function, value)

    def may_audit(self, function: Function) -> bool:
        """Tell whether a function, or one that it runs, calls something that is named for auditing."""
        known = self._auditing.get(function.id)
        if known is None:
            reached, waiting = {function.id}, [function]
            while waiting and not known:
                calls = self.of(waiting.pop())
                callees = [callee for call in calls for callee, _ in call.callees if callee.id not in reached]
                known = any(call.audits for call in calls) or any(self._auditing.get(callee.id) for callee in callees)
                waiting.extend(callee for callee in callees if callee.id not in self._auditing)
                reached.update(callee.id for callee in callees)
            known = bool(known)
            self._auditing.update(dict.fromkeys((function.id,) if known else reached, known))
        return known

    def is_told(self, function: Function, call: Call, naming: frozenset[int]) -> bool:
        """Tell whether a function of the program that is named for recording is given a tool's name."""
        node = function.facts.values[call.event.value]
        words = set(function.facts.values[node.args[0]].text.rpartition("|")[2].lower().split("_"))
        if words.isdisjoint(TELLING) or not any(self._writes(callee, MAX_HOPS) for callee, _ in call.callees):
            return False
        return any(holds(function, item, naming) or names_function(function, item) for item in node.args[1:])

    def _writes(self, function: Function, hops: int) -> bool:
        calls = self.of(function)
        if any(call.is_record for call in calls):
            return True
        return hops > 0 and any(self._writes(callee, hops - 1) for call in calls for callee, _ in call.callees)

    def always_write(self, function: Function, hops: int = MAX_HOPS) -> bool:
        """Tell whether each run of a function that comes to its end writes a line, one way or another."""
        known = self._always.get(function.id)
        if known is None:
            written = frozenset(call.position for call in self.of(function) if self._is_line(function, call, hops))
            certain = written - _skipped(function, written)
            known = precedes_returns(function, written) or covers(function, certain, partial(_is_on, function))
            if known or hops == MAX_HOPS:
                self._always[function.id] = known
        return known

    def _is_line(self, function: Function, call: Call, hops: int) -> bool:
        node = function.facts.values[call.event.value]
        kept = bool(call.callees) and _keeps_journal(function, node)
        if call.logged or (kept and any(self._writes(callee, MAX_HOPS) for callee, _ in call.callees)):
            return len(node.args) > 1
        if hops == 0 or call.stored or not call.callees:
            return False
        entered = [callee for callee, _ in call.callees if callee.facts.name in ENTERING]
        # What is made is entered as well; of what else a name stands for one is run.
        return all(self.always_write(callee, hops - 1) for callee in entered or (item for item, _ in call.callees))

    def _is_stored(self, function: Function, position: int) -> bool:
        """Tell whether a call that leaves the program writes, as an insert into a table of calls does."""
        if not self.flow.rank_of(function, position):
            return False
        done = self.flow.effects_of(function, function.facts.events[position])
        return any(effect.kind in STORES and effect.sure for effect in done)


def _keeps_journal(function: Function, call: Value) -> bool:
    """Tell whether a call adds to what is called a journal or a history: `journal.record(tool=...)`."""
    values = function.facts.values
    callee = values[call.args[0]]
    if callee.op != "attr" or callee.text not in ADDING:
        return False
    return not JOURNALS.isdisjoint(_words(values[callee.args[0]].text.rpartition("|")[2]))


def is_kept_record(function: Function, call: Value) -> bool:
    """Tell whether what a call writes to a store says that it is a record: `INSERT INTO audit_log`, `db.events`."""
    values = function.facts.values
    words: set[str] = set()
    for part in function.made_of(*call.args, most=MAX_PARTS):
        if values[part].op in ("str", "template", "attr", "name", "import"):
            words.update(_words(values[part].text))
    return not KEPT.isdisjoint(words)


@lru_cache(4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))


def _skipped(function: Function, positions: frozenset[int]) -> frozenset[int]:
    """Return those of some events that do not happen where what stands before them, in the same `try`, fails."""
    tries = [(event.target, index) for index, event in enumerate(function.facts.events) if event.kind == "swallow"]
    return frozenset(position for position in positions if any(first < position < last for first, last in tries))


def _is_on(function: Function, event: Event) -> bool:
    """Tell whether a condition asks a logger whether it is on for a level, which it is where the level is recorded."""
    values = function.facts.values
    called = [
        values[values[part].args[0]] for part in function.made_of(event.value, most=4) if values[part].op == "call"
    ]
    return any(callee.op == "attr" and callee.text == "isEnabledFor" for callee in called)


def _is_named_audit(function: Function, callee: int) -> bool:
    """Tell whether a call's own name or its receiver's says that it audits: `audit_log.write`, `record_audit`."""
    node = function.facts.values[callee]
    name = node.text.rpartition("|")[2]
    if "audit" in name.lower():
        return not asks_for_records(name)
    owner = function.facts.values[node.args[0]] if node.op == "attr" else None
    return owner is not None and node.text in RECORDING and "audit" in owner.text.rpartition("|")[2].lower()


@lru_cache(4096)
def asks_for_records(name: str) -> bool:
    """Tell whether what is called only reads records, or is what a request for them looks like: `AuditLogsRequest`."""
    words = [word for word in snake(name).split("_") if word]
    return words[0] in READING or words[-1] in SHAPES


def _is_logged(flow: Flow, function: Function, callee: int) -> bool:
    """Tell whether a call writes to a log; `print` counts, what a context sends to the client does not."""
    if function.facts.values[callee].text == "print":
        return "builtins.print" in flow.resolver.externals(function, callee)
    return function.facts.values[callee].text in RECORDING and is_logged(flow.resolver, function, callee)
