"""The arguments of logging calls of the product: what is written to logs, to the console and to traces."""

from collections.abc import Iterator

import msgspec

from analyzers.flow.logs import CONSOLE, is_logged, is_printed
from analyzers.frameworks import disclosure
from analyzers.project.program import Function
from analyzers.rule import Analysis, Draft

METHODS = (
    *(*disclosure.WRITTEN_LEVELS, *disclosure.DETAILED_LEVELS, *disclosure.SPAN_METHODS, *disclosure.BINDING_METHODS),
    *CONSOLE,
)
DEBUGGING = frozenset({"DEBUG", "VERBOSE", "TRACE", "LOG"})
PLAIN = frozenset({"str", "number", "bool", "none", "bytes", "compare", "not", "function", "class"})


class LogArgument(msgspec.Struct, frozen=True):
    """A logging call and the position of one of its arguments that is more than a constant."""

    function: Function
    call: int
    position: int
    method: str

    @property
    def value(self) -> int:
        """The argument itself."""
        return self.function.facts.values[self.call].args[self.position]

    def stands_at(self, draft: Draft) -> bool:
        """Tell whether the call is what a draft is about."""
        node = self.function.facts.values[self.call]
        return (node.start, node.end) == (draft.start, draft.end)

    def subject(self, *, inside: bool) -> str:
        """Return what writes, as the subject of a sentence: the call, or a call of the function around it."""
        if not inside:
            return f"A call of `{self.function.facts.name}`"
        values = self.function.facts.values
        callee = values[values[self.call].args[0]]
        owner = values[callee.args[0]].text.rpartition("|")[2] if callee.op == "attr" else ""
        return f"`{owner}.{self.method}`" if owner.isidentifier() else f"`{self.method}`"


def log_arguments(analysis: Analysis, path: str = "") -> Iterator[LogArgument]:
    """Yield the arguments of logging calls that are more than constants, of all files or one."""
    for method in METHODS:
        for function, call in analysis.program.call_sites(method):
            where = function.file.path
            if where not in analysis.product or function.id in analysis.idle or (path and where != path):
                continue
            node = function.facts.values[call]
            positions = [
                index + 1
                for index, name in enumerate(node.names)
                if function.facts.values[node.args[index + 1]].op not in PLAIN and name not in disclosure.LOG_SETTINGS
            ]
            if positions and _is_log(analysis, function, node.args[0], method):
                yield from (LogArgument(function, call, position, method) for position in positions)


def _is_log(analysis: Analysis, function: Function, callee: int, method: str) -> bool:
    check = is_printed if method in CONSOLE else is_logged
    return check(analysis.flow.resolver, function, callee)


def is_asked_for(analysis: Analysis, written: LogArgument) -> bool:
    """Tell whether a line is only written once a setting was changed, or one is set that says what is debugged."""
    function, event = written.function, written.function.event_of(written.call)
    if analysis.flow.defaults.is_opt_in(function, event):
        return True
    before = function.chain(function.facts.events[event].dominator)
    asked = (step.value for step in before if step.kind == "true" and function.facts.values[step.value].op != "not")
    read = (label for value in asked for label in analysis.flow.labeler.labels(function, value))
    return any(label.startswith("env:") and not DEBUGGING.isdisjoint(label[4:].upper().split("_")) for label in read)


def is_served(analysis: Analysis, written: LogArgument, giver: Function | None = None) -> bool:
    """Tell whether a line is written by what serves, or given by what makes a server to a helper that writes it.

    A command shows its user what it was asked for.
    """
    if written.method not in CONSOLE:
        return True
    servers = analysis.surface.servers.values()
    if any(server.site.function is giver for server in servers):
        return True
    if any(server.site.function is written.function for server in servers) or written.function.facts.kind == "module":
        return any(server.site.function.file is written.function.file for server in servers)
    return bool(analysis.rows_through(written.function))
