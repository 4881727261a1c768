"""Logging calls that write all arguments of a tool's call out, a credential among them."""

from collections.abc import Iterator

from analyzers.authority.parameters import UNDECIDED, secret_parameters
from analyzers.evidence.log_arguments import LogArgument, is_asked_for, is_served, log_arguments
from analyzers.facts import Value
from analyzers.finding import Confidence, Evidence, Severity
from analyzers.flow.exposure_items import is_cleaned
from analyzers.frameworks import disclosure
from analyzers.frameworks.identity import VERIFYING_METHODS
from analyzers.project.program import Function
from analyzers.rule import Analysis, Draft, place_key

# Functions that write a table out as it is.
WRITERS = frozenset({"dumps", "str", "repr", "dict", "pformat", "format", "copy", "safe_dumps"})
GETTERS = ("get", "pop")


def argument_drafts(analysis: Analysis) -> Iterator[Draft]:
    """Yield a draft for each logging call of a dispatcher that writes its arguments, a credential among them."""
    named: dict[tuple[str, int], tuple[str, int] | None] = {}
    for written in log_arguments(analysis):
        function = written.function
        for table in _tables(function, written.value):
            key = (function.id, table)
            if key not in named:
                named[key] = _credential(analysis, function, table)
            found = named[key]
            if found is not None and is_served(analysis, written):
                yield _draft(analysis, written, *found)


def _tables(function: Function, value: int) -> set[int]:
    """Return the parameters that a value writes out as they are."""
    node = function.facts.values[value]
    if node.op == "param" and value < len(function.facts.parameters):
        return {value}
    return {table for part in _parts(function, node) if part >= 0 for table in _tables(function, part)}


def _parts(function: Function, node: Value) -> tuple[int, ...]:
    if node.op == "map":
        return node.args[1::2]
    if node.op == "call":
        callee = function.facts.values[node.args[0]]
        return node.args[1:2] if callee.text.rpartition("|")[2] in WRITERS else ()
    return node.args if node.op in ("template", "tuple", "list", "spread") else ()


def _credential(analysis: Analysis, function: Function, table: int) -> tuple[str, int] | None:
    """Return the name of a credential among the arguments of calls, and the line that says so."""
    rows = [row for row in analysis.rows if row.entry.handler is function]
    if not rows or is_cleaned(function, table):
        return None
    for value, node in enumerate(function.facts.values):
        name = _key_of(analysis, function, node, table)
        if name and (disclosure.names_secret(name) or (name in UNDECIDED and _is_verified(function, value))):
            return name, function.line_of(value)
    dispatched = (row for row in rows if row.entry.branch is not None)
    parameter = next((found for row in dispatched for found in secret_parameters(analysis.flow, row)), None)
    return None if parameter is None else (parameter.name, parameter.location.line)


def _key_of(analysis: Analysis, function: Function, node: Value, table: int) -> str:
    """Return the constant key that an entry of a table is read by, "" for another value."""
    values = function.facts.values
    key = -1
    if node.op == "index" and node.args[0] == table:
        key = node.args[1]
    elif node.op == "call" and len(node.args) > 1:
        callee = values[node.args[0]]
        key = node.args[1] if callee.op == "attr" and callee.text in GETTERS and callee.args[0] == table else -1
    return (analysis.flow.resolver.text(function, key) or "") if key >= 0 else ""


def _is_verified(function: Function, value: int) -> bool:
    """Tell whether a value is given to what verifies tokens."""
    values = function.facts.values
    return any(
        node.op == "call"
        and values[node.args[0]].text.rpartition("|")[2] in VERIFYING_METHODS
        and value in function.made_of(*node.args[1:])
        for node in values
    )


def _draft(analysis: Analysis, written: LogArgument, name: str, line: int) -> Draft:
    function = written.function
    node = function.facts.values[written.call]
    rows = tuple(row.key for row in analysis.rows if row.entry.handler is function)
    quiet = written.method in disclosure.DETAILED_LEVELS or is_asked_for(analysis, written)
    return Draft(
        key=f"{place_key(function, written.call)}|{name}",
        path=function.file.path,
        location=function.location(node.start, node.end),
        message=f"{written.subject(inside=True)} writes the arguments of every call to the log, `{name}` among them.",
        why=(
            "Logs have other readers and live longer than the process. Whoever reads them has every credential that "
            "was ever passed; write the names of the arguments, or leave the credential out."
        ),
        severity=Severity.LOW if quiet else Severity.MEDIUM,
        confidence=Confidence.HIGH,
        evidence=(Evidence(function.file.path, line, "the credential among the arguments"),),
        rows=rows,
    )
