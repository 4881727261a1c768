"""The labels of the keys of tables that a function makes: they say nothing of what is stored under them."""

from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.bindings import Bindings
from analyzers.flow.labels import MARK, NONE, Labels
from analyzers.flow.listed_items import as_listed
from analyzers.project.program import Function
from analyzers.project.targets import Site, argument_of

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler

TABLES = frozenset({"dict", "defaultdict", "OrderedDict"})
# What goes through the keys of a table, and gives them or a text of them.
OVER_KEYS = frozenset({"list", "tuple", "set", "sorted", "frozenset", "iter", "enumerate"})
MAX_DEPTH = 6


def of_keys(labeler: "Labeler", function: Function, node: Value) -> Labels | None:
    """Return the labels of `table.keys()`, `list(table)` and `", ".join(table)`, None for any other call."""
    callee = function.facts.values[node.args[0]]
    if callee.op == "attr" and callee.text == "keys" and len(node.args) == 1:
        return keys(labeler, function, callee.args[0])
    joined = callee.op == "attr" and callee.text == "join"
    if len(node.args) == 2 and (joined or (callee.op == "name" and callee.text in OVER_KEYS)):
        found = keys(labeler, function, node.args[1])
        return found if found is None or not joined else found | labeler.labels(function, callee.args[0])
    return None


def of_element(labeler: "Labeler", function: Function, node: Value) -> Labels | None:
    """Return the labels of `for key in table`, and of the key of `table.items()`; None for anything else."""
    source = function.facts.values[node.args[0]]
    if node.op == "element":
        found = keys(labeler, function, node.args[0])
        whole = labeler.labels(function, node.args[0]) if found is None else found
        listed = as_listed(labeler, function, node, whole)
        return found if listed is whole else listed
    called = function.facts.values[source.args[0]] if source.op == "element" else source
    callee = function.facts.values[called.args[0]] if called.op == "call" else called
    if source.op == "element" and node.text == "0" and callee.op == "attr" and callee.text == "items":
        found = keys(labeler, function, callee.args[0])
        whole = labeler.labels(function, callee.args[0]) if found is None else found
        listed = as_listed(labeler, function, node, whole)
        return found if listed is whole else listed
    return None


def keys(labeler: "Labeler", function: Function, value: int, depth: int = 0) -> Labels | None:
    """Return the labels of the keys of a table, None where a value is not known to be one that is made here."""
    node = function.facts.values[value]
    if depth > MAX_DEPTH:
        return None
    if not _is_table(function, node):
        return handed_keys(labeler, function, value, depth)
    found = NONE
    if node.op == "comprehension":
        found = labeler.labels(function, node.args[0])
    elif node.op == "map":
        for key, item in zip(node.args[::2], node.args[1::2], strict=True):
            found |= labeler.labels(function, key) if key >= 0 else _spread(labeler, function, item, depth)
    else:
        positional = [item for item, name in zip(node.args[1:], node.names, strict=True) if name in ("", "**", "*")]
        found |= NONE.union(*[_spread(labeler, function, item, depth) for item in positional])
    for filling in labeler.fillings(function).get(value, ()):
        added = filling.key if filling.key >= 0 else filling.value
        found |= labeler.labels(function, added) if filling.key >= 0 else _spread(labeler, function, added, depth)
    return found


def handed_keys(labeler: "Labeler", function: Function, value: int, depth: int) -> Labels | None:
    """Return the labels of the keys of keywords, which callers write into their code, and of a function's result."""
    node = function.facts.values[value]
    if node.op == "param" and value < len(function.facts.parameters):
        calls = labeler.resolver.program.call_sites(function.facts.name)
        is_written = not any("**" in scope.facts.values[call].names for scope, call in calls)
        return NONE if function.facts.parameters[value].kind == "**" and calls and is_written else None
    made = labeler.resolver.functions(function, node.args[0]) if node.op == "call" else ()
    parts = [_given_back(labeler, Site(function, value, node), *found, depth) for found in made]
    known = [part for part in parts if part is not None]
    return NONE.union(*known) if parts and len(known) == len(parts) else None


def _given_back(labeler: "Labeler", site: Site, callee: Function, owner: Function | None, depth: int) -> Labels | None:
    """Return the labels of the keys of a table that a function gives back; what it is given may be one as well."""
    ends = [event.value for event in callee.facts.events if event.kind == "return" and event.value >= 0]
    parts = [keys(labeler, callee, value, depth + 1) for value in ends]
    found = [part for part in parts if part is not None]
    if not ends or len(found) < len(ends) or callee.facts.falls != -2:
        return None
    offset = 0 if owner is None else 1
    passed = labeler.bind(site.function, site.node, callee, owner is not None)
    tables: dict[str, Labels] = {}
    for index, parameter in enumerate(callee.facts.parameters):
        argument = argument_of(site.node, parameter.name, index - offset)
        given = keys(labeler, site.function, argument, depth + 1) if argument >= 0 else None
        if given is not None:
            tables[f"{callee.id}{MARK}{index}"] = given
    return labeler.substitute(NONE.union(*found), Bindings(tables, find=passed.get))


def _is_table(function: Function, node: Value) -> bool:
    called = function.facts.values[node.args[0]] if node.op == "call" else node
    if node.op in ("map", "comprehension"):
        return node.op == "map" or node.text == "dict"
    return node.op == "call" and called.text.rpartition("|")[2] in TABLES


def _spread(labeler: "Labeler", function: Function, value: int, depth: int) -> Labels:
    """Return the labels of the keys of what a table takes over whole."""
    found = keys(labeler, function, value, depth + 1)
    return labeler.labels(function, value) if found is None else found
