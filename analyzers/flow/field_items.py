"""The labels of one field of an item of a list, as it was put in: `rows.append({"path": path, "text": text})`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.flow.labels import NONE, UNKNOWN, Labels, row_position
from analyzers.project.program import Function
from analyzers.project.targets import Site
from analyzers.project.unpacking import in_rows

if TYPE_CHECKING:
    from analyzers.flow.fields import FieldReader

ONE_BY_ONE = frozenset({"append", "appendleft", "add"})
MAX_ITEMS = 64


def of_element(reader: "FieldReader", site: Site, name: str) -> Labels:
    """Return the labels of a field of what a loop goes through, which is unknown where not all items are seen."""
    return _of_items(reader, site.function, site.node.args[0], name)


def of_list(reader: "FieldReader", site: Site, name: str) -> Labels:
    """Return the labels of a field of a list's items: what asks the whole for it by name goes through these."""
    if row_position(name) >= 0:
        return of_rows(reader, site, name)
    return UNKNOWN if name.isdigit() else _of_items(reader, site.function, site.value, name)


def of_rows(reader: "FieldReader", site: Site, name: str) -> Labels:
    """Return the labels of what stands at a position of each row of a list: `[(statement, values), ...]`."""
    position = row_position(name)
    parts = in_rows(reader.resolver, site.function, site.value, position) if position >= 0 else None
    if parts is None:
        return UNKNOWN
    return NONE.union(*[reader.labeler.part(site.function, part) for part in parts])


def _of_items(reader: "FieldReader", function: Function, value: int, name: str) -> Labels:
    items = list(_items(reader, function, value))
    if not items or None in items or len(items) > MAX_ITEMS:
        return UNKNOWN
    return NONE.union(*[reader.part(function, item, name) for item in items if item is not None])


def _items(reader: "FieldReader", function: Function, value: int) -> Iterator[int | None]:
    """Yield the items of a list that a function makes, None for those that are not seen."""
    values = function.facts.values
    node = values[value]
    if node.op == "comprehension":
        yield node.args[0] if node.text != "dict" else None
        return
    if node.op != "list":
        yield None
        return
    for item in node.args:
        if values[item].op == "spread":
            yield from _items(reader, function, values[item].args[0])
        else:
            yield item
    for filling in reader.labeler.fillings(function).get(value, ()):
        called = values[filling.event.value] if filling.event.kind == "call" else None
        method = values[called.args[0]].text if called is not None else ""
        if method in ONE_BY_ONE:
            yield filling.value
        elif method == "extend":
            yield from _items(reader, function, filling.value)
        else:
            yield None
