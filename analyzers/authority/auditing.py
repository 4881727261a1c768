"""Which records a call leaves: what is written about it where every call passes, and whether failures are.

A record is a call of a logger, of something named for auditing, or a write to a store. It audits a call when it names
the tool; it says who called when it holds a verified identity. What ordinary code logs on its way is no record.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from analyzers.facts import Event
from analyzers.flow.guards import Place
from analyzers.flow.labels import ARGUMENTS, MARK, TOOL, Labels, is_identity
from analyzers.flow.logs import is_logged
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function

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
STORES = frozenset({"write", "exec"})
MAX_FUNCTIONS = 40
Bindings = Mapping[str, Labels]


class Audit(msgspec.Struct, frozen=True):
    """What a record of a call holds, and where it is made; `outcome` tells whether failures are recorded too.

    A place without a tool is a record that does not say which tool was called. `denied` is false where a call is only
    recorded once it has come back; `span` is the range of bytes at the place.
    """

    tool: bool = False
    subject: bool = False
    outcome: bool = False
    place: Place | None = None
    denied: bool = True
    span: tuple[int, int] = (0, 0)

    def __str__(self) -> str:
        parts = [name for name in ("tool", "subject", "outcome") if getattr(self, name)]
        return ", ".join(parts) if parts else "none"

    def joined(self, other: "Audit") -> "Audit":
        """Return the record that says more; a subject in one record and a tool in another are no pair."""
        best = max(self, other, key=lambda audit: (audit.tool, audit.subject, audit.place is not None))
        denied = any(audit.denied for audit in (self, other) if audit.tool) or not best.tool
        return msgspec.structs.replace(best, outcome=self.outcome or other.outcome, denied=denied)


NO_AUDIT = Audit()


class _Record(msgspec.Struct, frozen=True):
    """One record: what reaches it, whether every call that returns makes it, and whether it is named for auditing.

    `names` tells that it holds the name of a wrapped function, `late` that it is made once the call has come back,
    `passing` that the function itself makes it where the call passes, not only where one is refused or fails.
    """

    labels: Labels
    place: Place
    span: tuple[int, int]
    constant: bool
    audits: bool
    certain: bool
    names: bool
    late: bool
    stored: bool
    passing: bool


def audit_of(
    flow: Flow, function: Function, *, names_tool: bool = False, subject: frozenset[int] = frozenset()
) -> Audit:
    """Return what a function and those it calls record of each call that passes.

    With `names_tool` the function is one tool's own: a constant names the tool, and a record counts only when it is
    named for auditing, or holds an identity and is made by every call. `subject` are the values with the tool's name.
    """
    found = NO_AUDIT
    counted = 0
    for record in _records(flow, function, subject):
        identified = is_identity(record.labels)
        named = TOOL in record.labels or _is_payload(record.labels) or record.audits
        if names_tool:
            named = record.audits or (record.certain and record.constant and identified)
        if named:
            counted += 1
            made = Audit(True, identified, place=record.place, denied=not record.late, span=record.span)
            found = found.joined(made)
    swallows = any(event.kind == "swallow" for event in function.facts.events)
    return found.joined(Audit(outcome=True)) if found.tool and (swallows or counted > 1) else found


def around_of(flow: Flow, function: Function, *, wraps: bool = False) -> Audit:
    """Return what a middleware, or with `wraps` a decorator around a tool, records, the little that it is included.

    What is only written when something is refused or goes wrong is no record of calls.
    """
    found = audit_of(flow, function, names_tool=wraps)
    if found.tool:
        return found
    for record in _records(flow, function, frozenset()):
        if record.passing and not record.stored:
            named = wraps and record.names
            made = Audit(named, False, place=record.place, denied=not record.late, span=record.span)
            found = found.joined(made)
    return found


def _is_payload(labels: Labels) -> bool:
    return ARGUMENTS in labels and any(MARK in label for label in labels)


def _records(flow: Flow, root: Function, naming: frozenset[int]) -> Iterator[_Record]:
    """Yield the records that a function and its callees make, in terms of what the root is given."""
    seen: set[str] = set()
    bindings = {f"{root.id}{MARK}{value}": frozenset({TOOL}) for value in naming}
    waiting: list[_Visit] = [_Visit(root, bindings, True, naming=naming)]
    through = {handed.event for handed in flow.summary(root).passed}
    while waiting and len(seen) < MAX_FUNCTIONS:
        visit = waiting.pop()
        function = visit.function
        if function.id in seen or function.facts.kind == "class":
            continue
        seen.add(function.id)
        certain = _certain(function) if visit.certain else frozenset()
        for index, event in enumerate(function.facts.events):
            if event.kind != "call":
                continue
            late, passing = visit.late, False
            if function is root:
                late = _is_late(root, event, through)
                passing = late or any(index in _before(root, position) for position in through)
            when = _When(index in certain, late, passing)
            record = _record(flow, visit, event, when)
            if record is not None:
                yield record
            if record is None or record.audits:
                found = _entered(flow, visit, event, certain=index in certain)
                audits = record is not None or visit.audits
                waiting.extend(item._replace(late=late, audits=audits) for item in found)


def _is_late(function: Function, event: Event, through: set[int]) -> bool:
    """Tell whether an event only happens once the call that passes has come back."""
    at = event.dominator
    while at >= 0 and at not in through:
        at = function.facts.events[at].dominator
    return at >= 0


def _before(function: Function, position: int) -> set[int]:
    """Return the events that have completed wherever one happens."""
    found: set[int] = set()
    at = function.facts.events[position].dominator
    while at >= 0:
        found.add(at)
        at = function.facts.events[at].dominator
    return found


class _When(NamedTuple):
    """When an event happens: whenever its function returns, once the call is back, on a way on which it passes."""

    certain: bool
    late: bool
    passing: bool


class _Visit(NamedTuple):
    """A function with what it is given, and whether every call of the root runs it, or only those that return.

    `naming` are its values that are the called tool's name. What is called to audit (`audits`) does, whatever it calls
    its own parts.
    """

    function: Function
    bound: Bindings
    certain: bool
    late: bool = False
    audits: bool = False
    naming: frozenset[int] = frozenset()


def _certain(function: Function) -> frozenset[int]:
    """Return the events that have completed whenever the function returns normally."""
    events = function.facts.events
    ends = [event.dominator for event in events if event.kind == "return"]
    ends.extend([function.facts.falls] if function.facts.falls != -2 else [])
    found: frozenset[int] | None = None
    for end in ends:
        chain = set()
        event = end
        while event >= 0:
            chain.add(event)
            event = events[event].dominator
        found = frozenset(chain) if found is None else found & chain
    return found or frozenset()


def _entered(flow: Flow, visit: _Visit, event: Event, *, certain: bool) -> Iterator[_Visit]:
    """Yield the functions that a call runs, with what it gives them."""
    function = visit.function
    node = function.facts.values[event.value]
    for callee, owner in flow.resolver.functions(function, node.args[0]):
        passed = flow.labeler.bind(function, node, callee, owner is not None)
        yield _Visit(
            callee, {key: flow.labeler.substitute(found, visit.bound) for key, found in passed.items()}, certain
        )


def _record(flow: Flow, visit: _Visit, event: Event, when: _When) -> _Record | None:
    function = visit.function
    node = function.facts.values[event.value]
    audits = _is_named_audit(function, node.args[0]) or flow.resolver.is_named("audits", function, node.args[0])
    logged = audits or _is_logged(flow, function, node.args[0])
    audits = audits or visit.audits
    if not logged and not _is_stored(flow, function, event):
        return None
    named = any(_holds(function, argument, visit.naming) for argument in node.args[1:])
    labels = flow.labeler.substitute(flow.labeler.union(function, node.args[1:]), visit.bound)
    return _Record(
        labels=labels | {TOOL} if named else labels,
        place=flow.guards.place(function, event.start),
        span=(event.start, event.end),
        constant=len(node.args) > 1,
        audits=audits,
        certain=when.certain,
        names=any(_names_function(function, argument) for argument in node.args[1:]),
        late=when.late,
        stored=not logged,
        passing=when.passing,
    )


def _holds(function: Function, value: int, wanted: frozenset[int], depth: int = 5) -> bool:
    """Tell whether one of some values is part of a value."""
    if value in wanted:
        return True
    parts = function.facts.values[value].args if wanted and depth > 0 and value >= 0 else ()
    return any(_holds(function, part, wanted, depth - 1) for part in parts)


def _names_function(function: Function, value: int, depth: int = 5) -> bool:
    """Tell whether the name of a function is part of a value."""
    node = function.facts.values[value]
    if node.op == "attr" and node.text in ("__name__", "__qualname__"):
        return True
    return depth > 0 and any(part >= 0 and _names_function(function, part, depth - 1) for part in node.args)


def _is_named_audit(function: Function, callee: int) -> bool:
    """Tell whether a call's own name or its receiver's says that it audits: `audit_log.write`, `record_audit`."""
    node = function.facts.values[callee]
    if "audit" in node.text.rpartition("|")[2].lower():
        return True
    owner = function.facts.values[node.args[0]] if node.op == "attr" else None
    return owner is not None and node.text in RECORDING and "audit" in owner.text.rpartition("|")[2].lower()


def _is_logged(flow: Flow, function: Function, callee: int) -> bool:
    """Tell whether a call writes to a log; `print` counts, what a context sends to the client does not."""
    if function.facts.values[callee].text == "print":
        return "builtins.print" in flow.resolver.externals(function, callee)
    return function.facts.values[callee].text in RECORDING and is_logged(flow.resolver, function, callee)


def _is_stored(flow: Flow, function: Function, event: Event) -> bool:
    """Tell whether a call that leaves the program writes, as an insert into a table of calls does."""
    node = function.facts.values[event.value]
    if flow.resolver.functions(function, node.args[0]):
        return False
    return any(effect.kind in STORES and effect.sure for effect in flow.effects_of(function, event))
