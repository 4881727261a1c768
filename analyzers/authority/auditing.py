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
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function

LOGGERS = ("logging", "structlog", "loguru", "opentelemetry", "picologging")
FRAMEWORK_LOGGERS = ("get_logger()", "getLogger()")
LOGGER_NAMES = ("logger", "log", "_logger", "_log")
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
    """What a record of a call holds, and where it is made; `outcome` tells whether failures are recorded too."""

    tool: bool = False
    subject: bool = False
    outcome: bool = False
    place: Place | None = None

    def __str__(self) -> str:
        parts = [name for name in ("tool", "subject", "outcome") if getattr(self, name)]
        return ", ".join(parts) if parts else "none"

    def joined(self, other: "Audit") -> "Audit":
        """Return the record that says more; a subject in one record and a tool in another are no pair."""
        best = max(self, other, key=lambda audit: (audit.tool, audit.subject))
        return Audit(best.tool, best.subject, self.outcome or other.outcome, best.place)


NO_AUDIT = Audit()


class _Record(msgspec.Struct, frozen=True):
    """One record: what reaches it, whether every call that returns makes it, and whether it is named for auditing."""

    labels: Labels
    place: Place
    constant: bool
    audits: bool
    certain: bool


def audit_of(flow: Flow, function: Function, *, names_tool: bool = False, subject: int = -1) -> Audit:
    """Return what a function and those it calls record of each call that passes.

    With `names_tool` the function is one tool's own: a constant names the tool, and a record counts only when it is
    named for auditing, or holds an identity and is made by every call. `subject` is the parameter with the tool's name.
    """
    bindings = {f"{function.id}{MARK}{subject}": frozenset({TOOL})} if subject >= 0 else {}
    records = list(_records(flow, function, bindings))
    found = NO_AUDIT
    counted = 0
    for record in records:
        named = TOOL in record.labels or _is_payload(record.labels) or record.audits
        if names_tool:
            named = record.audits or (record.certain and record.constant and is_identity(record.labels))
        if named:
            counted += 1
            found = found.joined(Audit(True, is_identity(record.labels), place=record.place))
    swallows = any(event.kind == "swallow" for event in function.facts.events)
    return found.joined(Audit(outcome=True)) if found.tool and (swallows or counted > 1) else found


def _is_payload(labels: Labels) -> bool:
    return ARGUMENTS in labels and any(MARK in label for label in labels)


def _records(flow: Flow, root: Function, bindings: Bindings) -> Iterator[_Record]:
    """Yield the records that a function and its callees make, in terms of what the root is given."""
    seen: set[str] = set()
    waiting: list[_Visit] = [_Visit(root, bindings, True)]
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
            record = _record(flow, visit, event, certain=index in certain)
            if record is not None:
                yield record
            else:
                waiting.extend(_entered(flow, visit, event, certain=index in certain))


class _Visit(NamedTuple):
    """A function with what it is given, and whether every call of the root runs it."""

    function: Function
    bound: Bindings
    certain: bool


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


def _record(flow: Flow, visit: _Visit, event: Event, *, certain: bool) -> _Record | None:
    function = visit.function
    node = function.facts.values[event.value]
    audits = _is_named_audit(function, node.args[0]) or flow.resolver.is_named("audits", function, node.args[0])
    if not (audits or _is_logged(flow, function, node.args[0]) or _is_stored(flow, function, event)):
        return None
    labels = flow.labeler.substitute(flow.labeler.union(function, node.args[1:]), visit.bound)
    place = flow.guards.place(function, event.start)
    return _Record(labels, place, constant=len(node.args) > 1, audits=audits, certain=certain)


def _is_named_audit(function: Function, callee: int) -> bool:
    """Tell whether a call's own name or its receiver's says that it audits: `audit_log.write`, `record_audit`."""
    node = function.facts.values[callee]
    if "audit" in node.text.rpartition("|")[2].lower():
        return True
    owner = function.facts.values[node.args[0]] if node.op == "attr" else None
    return owner is not None and node.text in RECORDING and "audit" in owner.text.rpartition("|")[2].lower()


def _is_logged(flow: Flow, function: Function, callee: int) -> bool:
    """Tell whether a call writes to a log; `print` counts, what a context sends to the client does not."""
    node = function.facts.values[callee]
    if node.text != "print" and (node.op != "attr" or node.text not in RECORDING):
        return False
    names = flow.resolver.externals(function, callee)
    if "builtins.print" in names:
        return True
    if node.op != "attr":
        return False
    if names:
        return any(
            name.partition(".")[0] in LOGGERS or any(made in name for made in FRAMEWORK_LOGGERS) for name in names
        )
    owner = function.facts.values[node.args[0]]
    return owner.text.rpartition("|")[2].lower() in LOGGER_NAMES and not flow.resolver.resolve(function, callee)


def _is_stored(flow: Flow, function: Function, event: Event) -> bool:
    """Tell whether a call that leaves the program writes, as an insert into a table of calls does."""
    node = function.facts.values[event.value]
    if flow.resolver.functions(function, node.args[0]):
        return False
    return any(effect.kind in STORES and effect.sure for effect in flow.effects_of(function, event))
