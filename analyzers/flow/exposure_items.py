"""What items of lists, entries of tables and what is made of all of them hold."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.filled import Filling, is_container
from analyzers.flow.secrets import HEADER, NONE, Secret, Secrets, entries_of, gives, is_table, without_collections
from analyzers.frameworks import disclosure
from analyzers.project.program import Function
from analyzers.project.targets import Site

if TYPE_CHECKING:
    from analyzers.flow.exposure import ExposureReader

CARRYING_HEADERS = ("authorization", "auth")


def of_filled(reader: "ExposureReader", site: Site) -> Secrets:
    """Return what was put into a container that is made here, `answer["key"] = KEY`, unless that is replaced later."""
    function, value, node = site
    if not is_container(function, node):
        return NONE
    fillings = reader.flow.labeler.fillings(function).get(value, ())
    names = [reader.resolver.text(function, filling.key) for filling in fillings]
    return NONE.union(
        *[
            _without_hidden(function, fillings, filling, reader.held(function, filling.value))
            for position, filling in enumerate(fillings)
            if names[position] is None or names[position] not in names[position + 1 :]
        ]
    )


def _without_hidden(function: Function, fillings: Sequence[Filling], filling: Filling, found: Secrets) -> Secrets:
    """Return secrets without those that the key of an entry decides on: the copy of a table has a mark for them.

    `if key in HIDDEN: copy[key] = "***"`, `else: copy[key] = value`.
    """
    values = function.facts.values
    if not found or filling.key < 0:
        return found
    node, key = values[filling.value], values[filling.key]
    if (node.op, node.text, key.op, key.text) != ("item", "1", "item", "0") or node.args != key.args:
        return found
    ways = [other for other in fillings if other is not filling and other.key == filling.key]
    for step in function.chain(filling.event.dominator) if ways else ():
        if step.kind in ("true", "false") and filling.key in set(function.made_of(step.value)):
            return _but_hidden(function, step.value, filling.key, found)
    return found


def of_comprehension(reader: "ExposureReader", site: Site) -> Iterable[Secret]:
    """What is made of all entries of a table shows the table; with a condition it leaves out what it is meant to."""
    function, _, node = site
    found = reader.held(function, node.args[1 if node.text == "dict" else 0])
    chosen = [
        event.value
        for event in function.facts.events
        if event.kind == "true" and node.start <= event.start and event.end <= node.end
    ]
    found = without_collections(found) if chosen else found
    for condition in chosen if found else ():
        found = _without_left_out(function, condition, found)
    return found


def _without_left_out(function: Function, condition: int, found: Secrets) -> Secrets:
    """Return secrets without those under whose keys nothing is taken over: `if key not in ("password", "token")`."""
    values = function.facts.values
    if values[condition].op != "not" and values[condition].text not in ("not-in", "!="):
        return found
    parts = (part for part in function.made_of(condition) if (values[part].op, values[part].text) == ("item", "0"))
    key = next((part for part in parts if values[values[part].args[0]].op == "element"), -1)
    return _but_hidden(function, condition, key, found) if key >= 0 else found


def of_element(reader: "ExposureReader", site: Site) -> Iterable[Secret]:
    """An item of a list; a table gives its keys, unless its values are asked for."""
    function, value, node = site
    found = reader.held(function, node.args[0])
    asked = gives(function, node.args[0], "items", "values")
    if not asked and is_table(reader.resolver, function, node.args[0]):
        return ()
    return entries_of(found) if not asked or _is_chosen(function, value) else found


def _is_chosen(function: Function, element: int) -> bool:
    """Tell whether entries of a table are compared with anything."""
    values = function.facts.values
    parts = {element} | {index for index, node in enumerate(values) if node.op == "item" and element in node.args}
    made = {
        index
        for index, node in enumerate(values)
        if node.op == "call" and values[node.args[0]].op == "attr" and values[node.args[0]].args[0] in parts
    }
    return any(node.op == "compare" and (parts | made) & set(node.args) for node in values)


def without_masked(function: Function, node: Value, found: Secrets) -> Secrets:
    """Return secrets without those that a choice by the key of an entry replaces: `"***" if "key" in k else v`."""
    values = function.facts.values
    tables = {
        values[branch].args[0]
        for branch in node.args[1:]
        if values[branch].op == "item" and values[branch].text == "1" and values[values[branch].args[0]].op == "element"
    }
    masks = any(values[branch].op == "str" for branch in node.args[1:])
    keys = [
        part
        for part in function.made_of(node.args[0])
        if values[part].op == "item" and values[part].text == "0" and values[part].args[0] in tables
    ]
    return _but_hidden(function, node.args[0], keys[0], found) if masks and keys else found


def _but_hidden(function: Function, condition: int, key: int, found: Secrets) -> Secrets:
    """Return secrets without those whose names a condition on the key of an entry asks for."""
    values, own = function.facts.values, set(function.made_of(key))
    words = [
        _together(values[part].text)
        for part in function.made_of(condition)
        if part not in own and values[part].op == "str"
    ]
    # A credential of the program stands under the name of the header that carries it, not under its own.
    carried = any(word in CARRYING_HEADERS for word in words)
    return frozenset(
        secret
        for secret in found
        if words
        and not any(word in _together(secret.name) for word in words)
        and not (carried and secret.kind != HEADER)
    )


def _together(name: str) -> str:
    """Return a name as `api_token` and `apiToken` both are without what parts its words."""
    return name.lower().replace("_", "").replace("-", "")


def of_item(reader: "ExposureReader", site: Site) -> Iterable[Secret]:
    """Return what a part of an unpacked value holds."""
    function, _, node = site
    parent = function.facts.values[node.args[0]]
    if parent.op == "element" and gives(function, parent.args[0], "items"):
        return () if node.text == "0" else reader.held(function, node.args[0])
    if parent.op not in ("tuple", "list") and _is_beside_secret(function, site.value, node):
        return ()
    return reader.item(function, node.args[0], node.text)


def parts_of_pairs(reader: "ExposureReader", function: Function, item: Value, position: int) -> list[int]:
    """Return what stands at a position of the pairs of a list, of which a value is one; nothing for another list."""
    pairs = _pairs(reader, function, item.args[0], frozenset()) if item.op in ("index", "element") else []
    values = function.facts.values
    if any(values[pair].op != "tuple" or len(values[pair].args) <= position for pair in pairs):
        return []
    return [values[pair].args[position] for pair in pairs]


def _pairs(reader: "ExposureReader", function: Function, listed: int, seen: frozenset[int]) -> list[int]:
    """Return the items that a list is made of, and what is appended to it."""
    node = function.facts.values[listed]
    if node.op == "comprehension" and node.text == "list":
        return [node.args[0]]
    if node.op == "phi" and listed not in seen:
        return [pair for way in node.args for pair in _pairs(reader, function, way, seen | {listed})]
    appended = reader.flow.labeler.fillings(function).get(listed, ()) if node.op == "list" else ()
    return [*node.args, *(filling.value for filling in appended)] if node.op == "list" else []


def _is_beside_secret(function: Function, item: int, node: Value) -> bool:
    """Tell whether names say that another part is the secret: `client_id, client_secret = credentials`."""
    named: dict[bool, bool] = {}
    for name, bound in function.facts.names.items():
        for value in bound:
            part = function.facts.values[value]
            if part.op == "item" and part.args == node.args:
                is_secret = disclosure.names_secret(name)
                named[value == item] = named.get(value == item, False) or is_secret
    return named == {True: False, False: True}


def is_cleaned(function: Function, value: int) -> bool:
    """Tell whether entries of a table are replaced or taken out somewhere."""
    values = function.facts.values
    for event in function.facts.events:
        if event.kind == "store" and event.text == "[]" and values[event.target].args[0] == value:
            return True
        if event.kind == "call":
            callee = values[values[event.value].args[0]]
            if callee.op == "attr" and callee.text == "pop" and callee.args[0] == value:
                return True
    return False
