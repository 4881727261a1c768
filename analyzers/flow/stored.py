"""Values that a database holds as they are: a row was found that is equal to them."""

from collections.abc import Iterator

import re2

from analyzers.facts import Value
from analyzers.flow.labeling import Labeler
from analyzers.flow.labels import MARK, NONE, Labels
from analyzers.flow.whole_texts import is_whole
from analyzers.frameworks.queries import LOOKUPS
from analyzers.frameworks.threads import handed_position
from analyzers.project.program import Function
from analyzers.project.targets import argument_of

FETCHES = ("fetchone", "fetchval")
# What such calls give is empty where no row was found, which is not None.
LISTS = ("fetchall", "fetchmany")
COPIES = ("builtins.list", "builtins.tuple")
PLACEHOLDERS = re2.compile(r"\?|%s")
EQUAL = re2.compile(r"[^<>!=]=\s*(?:\?|%s)")
# Rows of one table or of joined ones, none of them made up by the statement itself.
SELECTION = re2.compile(r"(?is)^\s*SELECT\s[^(?%]*?\sFROM\s[^?%]*?\sWHERE\s")
# Conditions that only leave more rows out.
NARROWING = re2.compile(r"(?is)\bIS\s+NOT\b|\bAND\s+[\w.]+\s+NOT\s+IN\s*\(\s*SELECT\b[^()?%]*\)")
# Words with which a row may be found that is not equal to what was asked for.
LOOSENING = re2.compile(r"(?is)\b(OR|NOT|XOR|UNION|EXCEPT|CASE|SELECT\b.*\bSELECT)\b")
LOOKING_UP = frozenset(name.rpartition(".")[2] for name in LOOKUPS)
HANDING = ("to_thread", "run_sync", "run_in_threadpool", "run_in_executor")
MAX_PARTS = 40


def looked_up(labeler: Labeler, function: Function, query: int) -> Iterator[Labels]:
    """Yield the labels of each value that the rows of an executed query are equal to in a column."""
    values = function.facts.values
    node = values[query]
    while node.op == "await":
        node = values[node.args[0]]
    if node.op == "call" and values[node.args[0]].text == "execute" and len(node.args) == 3 and not any(node.names):
        yield from _equal(labeler, function, node.args[1], node.args[2])


def found_by(labeler: Labeler, function: Function, call: int) -> Iterator[Labels]:
    """Yield the same for a function of the program that sends the query it is given and gives the rows."""
    node = function.facts.values[call]
    while node.op == "await":
        call = node.args[0]
        node = function.facts.values[call]
    if node.op != "call":
        return
    callees = labeler.resolver.functions(function, node.args[0])
    if len(callees) != 1:
        return
    callee, owner = callees[0]
    event = function.event_of(call)
    if callee.facts.is_async and (event < 0 or function.facts.events[event].text != "await"):
        return
    sent = _sent(callee)
    if sent is not None and all(_gives_rows(labeler, callee, value) for value in _results(callee)):
        query, given = (
            argument_of(node, callee.facts.parameters[index].name, index - (1 if owner is not None else 0))
            for index in sent
        )
        if query >= 0 and given >= 0:
            yield from _equal(labeler, function, query, given)


def existing(labeler: Labeler, function: Function, node: Value) -> Labels:
    """Return the labels of what a call asks a service for by its name: it fails where there is nothing of that name."""
    last = function.facts.values[node.args[0]].text.rpartition("|")[2]
    handed = handed_position(labeler.resolver.external(function, node.args[0])) if last in HANDING else 0
    if len(node.args) <= handed + 1 or (not handed and last not in LOOKING_UP):
        return NONE
    names = labeler.resolver.externals(function, node.args[handed])
    return NONE if LOOKUPS.isdisjoint(names) else labeler.union(function, node.args[handed + 1 :])


def _equal(labeler: Labeler, function: Function, query: int, bound: int) -> Iterator[Labels]:
    statement = " ".join(_constants(function, query))
    given = function.facts.values[bound]
    asked = len(PLACEHOLDERS.findall(statement))
    if given.op not in ("tuple", "list") or asked != len(given.args) or asked != len(EQUAL.findall(statement)):
        return
    if SELECTION.search(statement) is None or LOOSENING.search(NARROWING.sub("", statement)) is not None:
        return
    for item in given.args:
        labels = labeler.labels(function, item)
        if any(MARK in label for label in labels) and is_whole(labeler, function, item):
            yield labels


def _constants(function: Function, value: int) -> Iterator[str]:
    """Yield the constant parts of a statement, in order."""
    waiting, left = [value], MAX_PARTS
    while waiting and left:
        left -= 1
        node = function.facts.values[waiting.pop(0)]
        if node.op == "str":
            yield node.text
        elif node.op in ("binary", "template"):
            waiting[:0] = node.args


def _sent(function: Function) -> tuple[int, int] | None:
    """Return the parameters that a function executes as a statement and its values, None where it executes others."""
    values, own = function.facts.values, len(function.facts.parameters)
    executed = [
        values[event.value].args[1:]
        for event in function.calls()
        if values[values[event.value].args[0]].text == "execute"
    ]
    pairs = {arguments for arguments in executed if len(arguments) == 2}
    statements = {arguments[0] for arguments in executed if arguments}
    if len(pairs) != 1 or len(statements) != 1:
        return None
    query, given = next(iter(pairs))
    return (query, given) if query < own and given < own else None


def _results(function: Function) -> list[int]:
    return [event.value for event in function.facts.events if event.kind in ("return", "yield")]


def _gives_rows(labeler: Labeler, function: Function, value: int, depth: int = 6) -> bool:
    """Tell whether a result is empty unless rows were fetched."""
    values = function.facts.values
    if value < 0 or values[value].op == "none":
        return True
    node = values[value]
    if not depth:
        return False
    if node.op in ("list", "tuple", "map"):
        return not node.args
    if node.op in ("phi", "or", "await"):
        return all(part == value or _gives_rows(labeler, function, part, depth - 1) for part in node.args)
    if node.op == "comprehension":
        return _gives_rows(labeler, function, collected(node), depth - 1)
    if node.op != "call":
        return False
    if labeler.resolver.external(function, node.args[0]) in COPIES and len(node.args) == 2:
        return _gives_rows(labeler, function, node.args[1], depth - 1)
    callee = values[node.args[0]]
    return callee.op == "attr" and callee.text in (*FETCHES, *LISTS)


def collected(comprehension: Value) -> int:
    """Return what a list is made of the items of, so that it is empty where that is; -1 for a generator."""
    position = {"list": 1, "set": 1, "dict": 2}.get(comprehension.text, -1)
    return comprehension.args[position] if position > 0 else -1
