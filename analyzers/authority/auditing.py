"""Which records a call leaves: what is written about it where every call passes, and whether failures are.

A record is a call of a logger, of something named for auditing, or a write to a store. It audits a call when it names
the tool; it says who called when it holds a verified identity. What ordinary code logs on its way is no record.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from analyzers.authority.given import Given
from analyzers.authority.recording import Call, Recorded, RecordingCalls, is_kept_record
from analyzers.authority.subjects import is_around, told_subjects
from analyzers.authority.tool_names import handed_names, holds, names_function, names_in
from analyzers.facts import Event, Value
from analyzers.flow.bindings import Bindings
from analyzers.flow.covering import before, covers, ends_behind, ends_of, is_failing, is_final, is_late, is_refusing
from analyzers.flow.guards import Place
from analyzers.flow.keeping import Kept
from analyzers.flow.labels import MARK, TOOL, UNVERIFIED, Labels, is_arguments, is_derived, is_identity
from analyzers.flow.summaries import Flow
from analyzers.project.overrides import handed_on
from analyzers.project.program import Function

MAX_FUNCTIONS = 40
BINDING = ("bind", "new")


class Audit(msgspec.Struct, frozen=True):
    """What a record of a call holds, and where it is made; `outcome` tells whether failures are recorded too.

    A place without a tool is a record that does not say which tool was called. `denied` is false where a call is only
    recorded once it has come back; `span` is the range of bytes at the place. `traced` tells of a tool's own lines,
    which each call of it leaves, whatever they say.
    """

    tool: bool = False
    subject: bool = False
    outcome: bool = False
    place: Place | None = None
    denied: bool = True
    span: tuple[int, int] = (0, 0)
    traced: bool = False

    def __str__(self) -> str:
        parts = [name for name in ("tool", "subject", "outcome") if getattr(self, name)]
        return ", ".join(parts) if parts else "none"

    def joined(self, other: "Audit") -> "Audit":
        """Return the record that says more; a subject in one record and a tool in another are no pair."""
        best = max(self, other, key=lambda audit: (audit.tool, audit.subject, audit.place is not None))
        denied = any(audit.denied for audit in (self, other) if audit.tool) or not best.tool
        outcome, traced = self.outcome or other.outcome, self.traced or other.traced
        return msgspec.structs.replace(best, outcome=outcome, denied=denied, traced=traced)


NO_AUDIT = Audit()
_NO_EVENTS: frozenset[int] = frozenset()


class _Record(msgspec.Struct, frozen=True):
    """One record: what reaches it, whether it is `certain` once the root is past its event `at`, and if it audits.

    `names` tells that it holds the name of a wrapped function, `late` that it is made once the call has come back,
    `passing` that the function itself makes it where the call passes, not only where one is refused or fails,
    `failing` that it is only made where an error was caught or is raised, `tells` that it has a field for the caller,
    `is_data` that it says nowhere that it is kept as a record, as what a tool changes does not, `who` that a field for
    the caller is given no argument of the call.
    """

    labels: Labels
    place: Place
    span: tuple[int, int]
    constant: bool
    audits: bool
    certain: bool
    at: int
    names: bool
    late: bool
    stored: bool
    passing: bool
    failing: bool
    tells: bool
    is_data: bool
    who: bool


class _When(NamedTuple):
    """When an event happens: whenever the event `at` of the root does, once the call is back, where the call passes.

    `failing` is where an error was caught, `through` is the event that hands the call on.
    """

    certain: bool
    at: int
    late: bool
    passing: bool
    failing: bool
    through: bool = False


class _Visit(msgspec.Struct, frozen=True):
    """A function with what it is given, and whether it runs whenever the event `at` of the root happens.

    `naming` are its values that are the called tool's name, `passing` tells that it runs where the call passes. What
    is called to audit (`audits`) does, whatever it calls its own parts. One that `wraps` hands the call on; `own`
    is the tool's handler itself.
    """

    function: Function
    given: Given
    certain: bool
    at: int = -1
    late: bool = False
    audits: bool = False
    passing: bool = False
    failing: bool = False
    naming: frozenset[int] = frozenset()
    wraps: bool = False
    own: bool = False


class _Order(msgspec.Struct, frozen=True):
    """The events that always complete, those through which a call is handed on, and those completed before these.

    What a handler raises follows what came before its `try` only now and then: `returning` have completed before a
    normal return.
    """

    always: frozenset[int]
    through: frozenset[int]
    earlier: frozenset[int]
    returning: frozenset[int]


class Audited(NamedTuple):
    """What was found of functions, by their ids: what they record as handlers, and as what stands around those."""

    recorded: Recorded = Recorded()
    calls: Mapping[tuple[str, bool, frozenset[int]], Audit] = MappingProxyType({})
    around: Mapping[tuple[str, bool], Audit] = MappingProxyType({})

    def within(self, kept: Kept) -> "Audited":
        """Return what still holds of functions that are as they were, and so is all that they call."""
        functions = kept.solved.summaries
        return Audited(
            self.recorded.within(kept),
            {key: audit for key, audit in self.calls.items() if key[0] in functions},
            {key: audit for key, audit in self.around.items() if key[0] in functions},
        )


class AuditReader:
    """Finds what functions record of the calls that pass them; answers are kept, since many tools share wrappers.

    `known` is what was found before and still holds.
    """

    def __init__(self, flow: Flow, known: Audited = Audited()) -> None:
        self.flow = flow
        self._calls = RecordingCalls(flow, known.recorded)
        self._known = dict(known.calls)
        self._around = dict(known.around)

    @property
    def found(self) -> Audited:
        """What was found so far."""
        return Audited(self._calls.found, self._known, self._around)

    def of(self, function: Function, *, names_tool: bool = False, subject: frozenset[int] = frozenset()) -> Audit:
        """Return what a function and those it calls record of each call that passes.

        With `names_tool` the function is one tool's own: a constant names the tool, and a record counts only when it
        is named for auditing, or holds an identity and is made by every call. `subject` are the values with the tool's
        name.
        """
        key = (function.id, names_tool, subject)
        if key not in self._known:
            records = list(self._records(function, subject, own=names_tool))
            found = Audit(traced=names_tool and self._calls.always_write(function))
            self._known[key] = found.joined(self._joined(function, records, names_tool=names_tool))
        return self._known[key]

    def _joined(self, function: Function, records: Iterable[_Record], *, names_tool: bool) -> Audit:
        found = NO_AUDIT
        named = [record for record in records if _is_named(record, names_tool=names_tool)]
        lines = frozenset(record.at for record in named if not record.audits)
        if names_tool and not all(end & lines for end in self._ends(function) or (_NO_EVENTS,)):
            named = [record for record in named if record.audits]
        # What is only written when something is refused or goes wrong is no record of calls.
        for record in (record for record in named if not record.failing):
            subject = is_identity(record.labels) or record.tells
            made = Audit(True, subject, place=record.place, denied=not record.late, span=record.span)
            found = found.joined(made)
        swallows = any(event.kind == "swallow" for event in function.facts.events)
        return found.joined(Audit(outcome=True)) if found.tool and (swallows or len(named) > 1) else found

    def before(self, function: Function) -> Audit:
        """Return what a function records of each call that it hands to a server's own dispatcher.

        What it is given besides the message comes from the program, so that a field for the caller is no claim.
        """
        found = self.of(function)
        records = self._records(function, frozenset()) if found.tool and not found.subject else ()
        said = any(record.who and not record.failing and TOOL in record.labels for record in records)
        return msgspec.structs.replace(found, subject=True) if said else found

    def around(self, function: Function, *, wraps: bool = False) -> Audit:
        """Return what a middleware, or with `wraps` a decorator around a tool, records, the little that it is included.

        What is only written when something is refused or goes wrong is no record of calls.
        """
        key = (function.id, wraps)
        if key not in self._around:
            self._around[key] = self._included(function, wraps=wraps)
        return self._around[key]

    def refusals(self, function: Function) -> frozenset[str]:
        """Return which refusals a middleware records with the tool's name: all its `own`, those `caught` further in."""
        told: dict[str, list[bool]] = {"own": [], "caught": []}
        for event in function.facts.events:
            if event.kind == "raise":
                names = any(self._names_tool(function, step) for step in function.chain(event.dominator))
                told["own" if event.value >= 0 else "caught"].append(names)
        return frozenset(which for which, named in told.items() if named and all(named))

    def _names_tool(self, function: Function, event: Event) -> bool:
        """Tell whether an event is a record that names the called tool."""
        given = function.facts.values[event.value].args[1:] if event.kind == "call" else ()
        logged = bool(given) and any(call.event is event and call.is_record for call in self._calls.of(function))
        return logged and TOOL in self.flow.labeler.union(function, given)

    def _included(self, function: Function, *, wraps: bool) -> Audit:
        records = list(self._records(function, names_in(function) if wraps else frozenset()))
        found = self._joined(function, records, names_tool=wraps)
        if found.tool:
            return found
        asked = self._asked_of_answers(function)
        for record in records:
            if record.passing and not record.stored and not record.failing and record.at not in asked:
                named = wraps and record.names
                made = Audit(named, record.tells, place=record.place, denied=not record.late, span=record.span)
                found = found.joined(made)
        return found

    def _asked_of_answers(self, function: Function) -> frozenset[int]:
        """Return the events that only happen where the answer of a call that was handed on is of some kind."""
        events = function.facts.events
        answers = {events[position].value for position in self._through(function)}
        asking = {
            index
            for index, event in enumerate(events)
            if event.kind in ("true", "false") and not answers.isdisjoint(function.made_of(event.value))
        }
        steps = {id(events[index]) for index in asking}
        return (
            frozenset(
                index
                for index, event in enumerate(events)
                if any(id(step) in steps for step in function.chain(event.dominator))
            )
            if steps
            else frozenset()
        )

    def _ends(self, function: Function) -> list[frozenset[int]]:
        """Return what has completed for each way to return once something was done, for all where nothing is known.

        What refuses its arguments before it does anything leaves nothing to record.
        """
        deeds = [index for index, event in enumerate(function.facts.events) if event.kind == "call"]
        doing = frozenset(index for index in deeds if self.flow.rank_of(function, index))
        return ends_behind(function, doing) or ends_of(function)

    def _records(self, root: Function, naming: frozenset[int], *, own: bool = False) -> Iterator[_Record]:
        """Yield the records that a function and its callees make, in terms of what the root is given."""
        seen: set[str] = set()
        bindings = Bindings({f"{root.id}{MARK}{value}": frozenset({TOOL}) for value in naming})
        given = Given(self.flow.labeler, lambda: bindings)
        waiting: list[_Visit] = [_Visit(root, given, True, naming=naming, wraps=True, own=own)]
        while waiting and len(seen) < MAX_FUNCTIONS:
            visit = waiting.pop()
            function = visit.function
            if function.id in seen or function.facts.kind == "class":
                continue
            seen.add(function.id)
            order = self._order(visit)
            for call in self._calls.of(function):
                if not (visit.wraps or call.is_record or any(callee.id not in seen for callee, _ in call.callees)):
                    continue
                when = _when(visit, call, order)
                # Of a tool's own lines only what every call of it leaves, or audits, is a record.
                counts = not own or when.certain or call.audits or visit.audits
                if counts and (call.is_record or (visit.wraps and self._calls.is_told(function, call, visit.naming))):
                    yield self._record(visit, call, when)
                goes_on = not call.is_record or call.audits or visit.audits
                if goes_on and (counts or any(self._calls.may_audit(callee) for callee, _ in call.callees)):
                    entered = list(self._entered(visit, call, when, seen))
                    # What also runs where nothing failed is met there first.
                    waiting[:] = [*entered, *waiting] if when.failing else [*waiting, *entered]

    def _order(self, visit: _Visit) -> "_Order":
        function = visit.function
        through = self._through(function) if visit.wraps else _NO_EVENTS
        every = ends_of(function)
        always = frozenset.intersection(*every) if every and (visit.certain or visit.passing) else _NO_EVENTS
        if visit.own:
            ends = self._ends(function)
            always |= frozenset.intersection(*ends) if ends else always
        if visit.naming and visit.at >= 0 and (visit.certain or visit.passing):
            always |= self._named_each_way(visit)
        earlier = frozenset(step for position in through for step in before(function, position))
        return _Order(always, through, earlier, frozenset().union(*every))

    def _through(self, function: Function) -> frozenset[int]:
        """Return the events that hand a call on: to what a function was given, or to what wraps that."""
        found = frozenset((*(handed.event for handed in self.flow.summary(function).passed), *handed_on(function)))
        return found or frozenset(
            call.position
            for call in self._calls.of(function)
            for callee, _ in call.callees
            if any(handed.function != callee.id for handed in self.flow.summary(callee).passed)
        )

    def _hands_on(self, function: Function) -> bool:
        """Tell whether a function hands the call on, and does not just ask a function for something."""
        values, events = function.facts.values, function.facts.events
        ends = [values[event.value] for event in events if event.kind in ("return", "yield") and event.value >= 0]
        given = {event.value for event in events if event.kind in ("return", "yield")}
        given |= {end.args[0] for end in ends if end.op == "await"}
        return any(
            len(values[events[position].value].args) > 1 or events[position].value in given
            for position in self._through(function)
        )

    def _entered(self, visit: _Visit, call: Call, when: _When, seen: Container[str]) -> Iterator[_Visit]:
        """Yield the functions that a call runs for the first time, with what it gives them."""
        function = visit.function
        node = function.facts.values[call.event.value]
        for callee, owner in call.callees:
            # What the call is handed on to, and hands it on no further, is the tool: its own lines are no record.
            if callee.id not in seen and not (when.through and not self._hands_on(callee)):
                given = visit.given.on(function, node, callee, has_receiver=owner is not None)
                naming = handed_names(node, callee, visit.naming, first=1 if owner is not None else 0)
                naming |= names_in(callee) if when.through else frozenset()
                audits = call.is_record or visit.audits
                yield _Visit(callee, given, *when[:3], audits, when.passing, when.failing, naming, when.through)

    def _named_each_way(self, visit: _Visit) -> frozenset[int]:
        """Return the calls that are given the tool's name, where one of them is made whichever way is taken."""
        function, values = visit.function, visit.function.facts.values
        given = frozenset(
            call.position
            for call in self._calls.of(function)
            if any(holds(function, argument, visit.naming) for argument in values[call.event.value].args[1:])
        )
        return given if covers(function, given) else frozenset()

    def _record(self, visit: _Visit, call: Call, when: _When) -> _Record:
        function = visit.function
        node = function.facts.values[call.event.value]
        given = (*node.args[1:], *_bound(function, node))
        named = any(holds(function, argument, visit.naming) for argument in given)
        bindings = visit.given.bindings()
        labels = self.flow.labeler.substitute(self.flow.labeler.union(function, given), bindings)
        told = list(told_subjects(function, node))
        said = [self.flow.labeler.substitute(self.flow.labeler.labels(function, value), bindings) for value in told]
        return _Record(
            labels=labels | {TOOL} if named else labels,
            place=self.flow.guards.place(function, call.event.start),
            span=(call.event.start, call.event.end),
            constant=bool(given),
            audits=call.audits or visit.audits,
            certain=when.certain,
            at=when.at,
            names=named or any(names_function(function, argument) for argument in given),
            late=when.late,
            stored=call.stored,
            passing=when.passing,
            failing=when.failing,
            tells=any(self._is_found_out(visit, labels) for labels in said),
            is_data=call.stored and not is_kept_record(function, node),
            who=any(not any(map(is_arguments, labels)) for labels in said),
        )

    def _is_found_out(self, visit: _Visit, labels: Labels) -> bool:
        """Tell whether a value with labels is nothing that the caller of a tool says by itself."""
        return not any(
            label == UNVERIFIED
            or is_arguments(label)
            or (MARK in label and not is_derived(label) and not is_around(visit.function, label))
            for label in labels
        )


def _when(visit: _Visit, call: Call, order: _Order) -> _When:
    """Return when a call of a function happens, in terms of the root."""
    sure = call.position in order.always
    failing = visit.failing or is_failing(visit.function, call.event)
    failing = failing or (call.position not in order.returning and is_refusing(visit.function, call.event))
    if not visit.wraps:
        return _When(visit.certain and sure, visit.at, visit.late, visit.passing and sure, failing)
    is_root = visit.at < 0
    late = visit.late or is_late(visit.function, call.event, order.through)
    passing = late or call.position in order.earlier
    passing = passing or is_final(visit.function, call.position, order.through, order.earlier)
    at = call.position if is_root else visit.at
    return _When(is_root or (visit.certain and sure), at, late, passing, failing, call.position in order.through)


def _bound(function: Function, node: Value) -> tuple[int, ...]:
    """Return what a logger was given before, which each of its records holds: `log = logger.bind(subject=...)`."""
    values = function.facts.values
    callee = values[node.args[0]]
    logger = values[callee.args[0]] if callee.op == "attr" else callee
    maker = values[logger.args[0]] if logger.op == "call" else logger
    return logger.args[1:] if logger.op == "call" and maker.op == "attr" and maker.text in BINDING else ()


def _is_named(record: _Record, *, names_tool: bool) -> bool:
    """Tell whether a record says which tool was called; one in a tool of its own does if every call makes it."""
    if names_tool:
        told = record.certain and record.constant and is_identity(record.labels)
        return record.audits or (told and not (record.stored and record.is_data))
    return TOOL in record.labels or _is_payload(record.labels) or record.audits


def _is_payload(labels: Labels) -> bool:
    return any(map(is_arguments, labels)) and any(MARK in label for label in labels)
