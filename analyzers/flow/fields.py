"""The labels of one field of an object, or of one entry of a table, rather than of all that it was made of."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.field_calls import of_call
from analyzers.flow.field_items import of_element, of_list, of_rows
from analyzers.flow.labels import (
    FIELD,
    MARK,
    NONE,
    UNKNOWN,
    WHOLE,
    Labels,
    as_credential,
    entry_given,
    entry_of,
    index_of,
    is_field,
    key_of,
    owner_of,
    parted,
)
from analyzers.flow.records import fields_of
from analyzers.frameworks import credentials
from analyzers.project.program import Function
from analyzers.project.targets import Site
from analyzers.project.unpacking import Part, component

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler


class FieldReader:
    """Finds the labels of fields; None where too little is known of an object, so that all it is made of counts."""

    def __init__(self, labeler: "Labeler") -> None:
        self.labeler = labeler
        self.resolver = labeler.resolver
        self._known: defaultdict[str, dict[tuple[int, str], Labels]] = defaultdict(dict)
        self._stores: dict[str, dict[int, list[tuple[str | None, int]]]] = {}
        self._records: dict[str, tuple[str, ...]] = {}

    def forget(self, function: Function) -> None:
        """Drop what is known of a function, because a summary that it uses changed."""
        self._known.pop(function.id, None)

    def trim(self) -> None:
        """Drop all that is known, which can be found again."""
        self._known.clear()

    def record(self, cls: Function) -> tuple[str, ...]:
        """Return the names of the fields of a record, in the order of its constructor; none of any other class."""
        known = self._records.get(cls.id)
        if known is None:
            known = self._records[cls.id] = fields_of(self.resolver, cls)
        return known

    def of(self, function: Function, value: int, name: str) -> Labels | None:
        """Return the labels of `value["name"]`, of `value.name` for `.name`; None where they are those of the whole."""
        found = self.found(function, value, name)
        return None if WHOLE in found else found

    def found(self, function: Function, value: int, name: str) -> Labels:
        """Return the labels of a field with `WHOLE` among them where they are not all."""
        rule = _RULES.get(function.facts.values[value].op) if value >= 0 else None
        if rule is None:
            return UNKNOWN
        known = self._known[function.id]
        found = known.get((value, name))
        if found is not None:
            return found
        question = (function.id, value, name)
        cycles, early = self.labeler.cycles, self.labeler.summaries.underway.early
        pending = cycles.pending(question)
        if pending is not None:
            return pending
        site = Site(function, value, function.facts.values[value])
        found, is_final = cycles.solve(question, lambda: rule(self, site, name) | self._stored(function, value, name))
        if is_final and self.labeler.summaries.is_kept(function, early):
            known[value, name] = found
        return found

    def part(self, function: Function, value: int, name: str) -> Labels:
        """Return the labels of a field of what another object is made of, all of its own where they are not known."""
        found = self.found(function, value, name)
        return found - UNKNOWN | entry_given(self.labeler.labels(function, value), name) if WHOLE in found else found

    def together(self, function: Function, values: Iterable[int], name: str) -> Labels:
        """Return the labels of a field of several objects."""
        return NONE.union(*[self.part(function, value, name) for value in values])

    def given(self, function: Function, call: Value, name: str) -> Labels:
        """Return what a call passes under a keyword, by itself or in a table that it spreads."""
        keyword, _ = parted(name)
        if keyword in call.names:
            return self.used(function, call.args[call.names.index(keyword) + 1], name)
        spread = [value for keyword, value in zip(call.names, call.args[1:], strict=True) if keyword == "**"]
        return self.together(function, spread, name)

    def used(self, function: Function, value: int, name: str) -> Labels:
        """Return the labels of a value as those of one that is given under a name, or of a field of it."""
        first, rest = parted(name)
        labels = self.part(function, value, rest) if rest else self.labeler.labels(function, value)
        return as_credential(labels) if credentials.carries_credential(first) else labels

    def kept(self, scope: Function, value: int, name: str) -> Labels:
        """Return a field of what an instance or a module keeps; what a constructor was given counts from all calls."""
        return self.settled(scope, self.part(scope, value, name))

    def settled(self, scope: Function, labels: Labels) -> Labels:
        """Return labels of what is kept, with what all calls of a constructor give in place of its parameters."""
        found: set[str] = set()
        for label in labels:
            if MARK not in label:
                found.add(label)
            elif owner_of(label) == scope.id and scope.facts.name == "__init__":
                found.update(self._passed_under(scope, label))
        return frozenset(found)

    def _passed_under(self, callee: Function, label: str) -> Labels:
        """Return what the program's calls pass for a parameter's entry, without what their own callers give."""
        index, name = index_of(label), key_of(label)
        whole = self.labeler.passed(callee, index)
        question = (callee.id, index, name, "passed")
        pending = self.labeler.cycles.pending(question) if name else whole
        if pending is not None:
            return pending
        found, _ = self.labeler.cycles.solve(question, lambda: self._passed_by_callers(callee, index, name))
        return whole if WHOLE in found else found

    def _passed_by_callers(self, callee: Function, index: int, name: str) -> Labels:
        found: set[str] = set()
        for caller, argument in self.resolver.arguments(callee, index):
            for label in self.part(caller, argument, name):
                if MARK not in label:
                    found.add(label)
                elif owner_of(label) == caller.id:
                    given = self._passed_under(caller, label)
                    found.update(as_credential(given) if label[0] == "k" else given)
        return frozenset(found)

    def _stored(self, function: Function, value: int, name: str) -> Labels:
        """Return the labels of what is stored under a name in an object that was there before."""
        stores = self._stores.get(function.id)
        if stores is None:
            stores = self._stores[function.id] = _stores_of(self, function)
        found: Labels = NONE
        for key, stored in stores.get(value, ()):
            if key is None:
                return UNKNOWN
            found |= self.used(function, stored, name) if key == parted(name)[0] else NONE
        return found


def _stores_of(reader: FieldReader, function: Function) -> dict[int, list[tuple[str | None, int]]]:
    """Return what is stored in values of a function, by value: a name, None for one not known, and what is stored."""
    found: dict[int, list[tuple[str | None, int]]] = {}
    for event in function.facts.events:
        if event.kind != "store" or event.target < 0:
            continue
        if event.text == "[]":
            table, key = function.facts.values[event.target].args
            found.setdefault(table, []).append((reader.resolver.text(function, key), event.value))
        else:
            found.setdefault(event.target, []).append((event.text, event.value))
    return found


def _first(reader: FieldReader, site: Site, name: str) -> Labels:
    return reader.part(site.function, site.node.args[0], name)


def _choice(reader: FieldReader, site: Site, name: str) -> Labels:
    function, value, node = site
    operands = [reader.part(function, part, name) for part in node.args[1 if node.op == "select" else 0 :]]
    return NONE.union(*reader.labeler.summaries.decided(function, value, operands))


def _map(reader: FieldReader, site: Site, name: str) -> Labels:
    function, _, node = site
    found = _filled(reader, site, name)
    for key, item in reversed(list(zip(node.args[::2], node.args[1::2], strict=True))):
        if key < 0:
            found |= reader.part(function, item, name)
            continue
        text = reader.resolver.text(function, key)
        if text is None:
            found |= UNKNOWN
        elif text == parted(name)[0]:
            return found | reader.used(function, item, name)
    return found


def _filled(reader: FieldReader, site: Site, name: str) -> Labels:
    """Return what was put into a table after it was made; what is stored in it directly is found with all stores."""
    function, value, _ = site
    found: Labels = NONE
    for filling in reader.labeler.fillings(function).get(value, ()):
        key = reader.resolver.text(function, filling.key) if filling.key >= 0 else None
        if filling.key < 0:
            found |= reader.part(function, filling.value, name)
        elif key is None:
            found |= UNKNOWN
        elif key == parted(name)[0]:
            labels = reader.used(function, filling.value, name)
            found |= reader.labeler.summaries.checked(function, filling.event, labels)
    return found


def _union(reader: FieldReader, site: Site, name: str) -> Labels:
    """`defaults | given`, of two tables."""
    if site.node.text != "|":
        return UNKNOWN
    return reader.together(site.function, site.node.args, name)


def _param(reader: FieldReader, site: Site, name: str) -> Labels:
    labels = reader.labeler.labels(site.function, site.value)
    return entry_of(labels, name) if labels and all(MARK in label for label in labels) else UNKNOWN


def _attr(reader: FieldReader, site: Site, name: str) -> Labels:
    """A field of what an object of its own class, or a module, keeps."""
    function, _, node = site
    if reader.labeler.labels(function, node.args[0]):
        return reader.found(function, node.args[0], f"{FIELD}{node.text}{name}") if is_field(name) else UNKNOWN
    kept: list[tuple[Function, int]] = []
    for target in reader.resolver.resolve(function, node.args[0]):
        if target.kind == "instance" and target.function is not None:
            kept.extend(reader.resolver.attribute(target.function, node.text))
        elif target.kind == "module" and target.file is not None:
            kept.extend(_bound(target.file.module, node.text))
        else:
            return UNKNOWN
    return NONE.union(*[reader.kept(*place, name) for place in kept]) if kept else UNKNOWN


def _item(reader: FieldReader, site: Site, name: str) -> Labels:
    """A field of a component of an unpacked value."""
    function, _, node = site
    parts = component(reader.resolver, function, node)
    return NONE.union(*[_of_part(reader, function, part, name) for part in parts]) if parts else UNKNOWN


def _of_part(reader: FieldReader, function: Function, part: Part, name: str) -> Labels:
    """A field of a component, in terms of what a function is given."""
    if part.inner is not None:
        labels = _of_part(reader, part.callee, part.inner, name)
    else:
        labels = reader.part(part.callee, part.value, name)
    if part.event is not None:
        labels = reader.labeler.summaries.checked(part.callee, part.event, labels)
    if part.call is None:
        return labels
    bindings = reader.labeler.bind(function, part.call, part.callee, part.receiver)
    return reader.labeler.substitute(labels, bindings)


def _name(reader: FieldReader, site: Site, name: str) -> Labels:
    function, _, node = site
    module = function.file.module
    return _of_module(reader, module, node.text, name)


def _import(reader: FieldReader, site: Site, name: str) -> Labels:
    module, _, bound = site.node.text.partition("|")
    file = reader.resolver.program.module(module, site.function.file) if bound else None
    return _of_module(reader, file.module, bound, name) if file is not None else UNKNOWN


def _of_module(reader: FieldReader, module: Function, bound: str, name: str) -> Labels:
    places = _bound(module, bound)
    places.extend(reader.resolver.global_stores(module).get(bound, ()))
    return NONE.union(*[reader.kept(*place, name) for place in places]) if places else UNKNOWN


def _free(reader: FieldReader, site: Site, name: str) -> Labels:
    scope = site.function.parent
    while scope is not None and (scope.facts.kind == "class" or site.node.text not in scope.facts.names):
        scope = scope.parent
    return reader.together(scope, scope.facts.names[site.node.text], name) if scope is not None else UNKNOWN


def _bound(module: Function, name: str) -> list[tuple[Function, int]]:
    return [(module, value) for value in module.facts.names.get(name, ())]


_RULES = {
    "none": lambda *_: NONE,
    "map": _map,
    "list": of_list,
    "tuple": of_rows,
    "comprehension": of_rows,
    "call": of_call,
    "phi": _choice,
    "select": _choice,
    "or": _choice,
    "and": _choice,
    "default": _choice,
    "await": _first,
    "enter": _first,
    "binary": _union,
    "item": _item,
    "element": of_element,
    "param": _param,
    "attr": _attr,
    "name": _name,
    "import": _import,
    "free": _free,
}
