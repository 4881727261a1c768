"""Which records a call leaves: what is logged about it, and whether failures are."""

import msgspec

from analyzers.flow.guards import Place
from analyzers.flow.labels import ARGUMENTS, MARK, TOOL, Labels, is_identity
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function

LOGGERS = ("logging", "structlog", "loguru", "opentelemetry", "picologging")
RECORDING = frozenset(
    {"debug", "info", "warning", "error", "exception", "critical", "log", "audit", "emit", "record", "write", "event", "send"}
)
MAX_FUNCTIONS = 40


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
        """Return what two records together hold."""
        return Audit(
            self.tool or other.tool,
            self.subject or other.subject,
            self.outcome or other.outcome,
            self.place or other.place,
        )


NO_AUDIT = Audit()


def audit_of(flow: Flow, function: Function, *, names_tool: bool = False) -> Audit:
    """Return what a function and those it calls record; with `names_tool` any constant text names the tool."""
    found = NO_AUDIT
    seen: set[str] = set()
    waiting = [function]
    while waiting and len(seen) < MAX_FUNCTIONS:
        current = waiting.pop()
        if current.id in seen:
            continue
        seen.add(current.id)
        found = found.joined(_recorded(flow, current, names_tool=names_tool))
        waiting.extend(callee for callee in flow.callees(current) if callee.facts.kind != "class")
    return found


def _recorded(flow: Flow, function: Function, *, names_tool: bool) -> Audit:
    found = NO_AUDIT
    records = 0
    for event in function.calls():
        node = function.facts.values[event.value]
        if not _is_record(flow, function, node.args[0]):
            continue
        records += 1
        labels = flow.labeler.union(function, node.args[1:])
        constant = names_tool and len(node.args) > 1
        found = found.joined(
            Audit(
                tool=TOOL in labels or constant or _mentions_name(labels),
                subject=is_identity(labels),
                place=flow.guards.place(function, event.start),
            )
        )
    handles = any(event.kind == "swallow" for event in function.facts.events)
    return found.joined(Audit(outcome=True)) if records and (handles or records > 1) and found.tool else found


def _mentions_name(labels: Labels) -> bool:
    return ARGUMENTS in labels and any(MARK in label for label in labels)


def _is_record(flow: Flow, function: Function, callee: int) -> bool:
    node = function.facts.values[callee]
    name = node.text.rpartition("|")[2].lower()
    if "audit" in name:
        return True
    names = flow.resolver.externals(function, callee)
    if node.op == "attr" and name in RECORDING:
        owner = function.facts.values[node.args[0]]
        if "audit" in owner.text.lower():
            return True
        return any(external.partition(".")[0] in LOGGERS for external in names)
    return False
