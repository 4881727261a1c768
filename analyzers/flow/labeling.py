"""The labels of values: parameters, names, constants and what is made of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol

from analyzers.cycles import Cycles
from analyzers.facts import Event, Value
from analyzers.flow import label_keys
from analyzers.flow.bearers import handed_identity
from analyzers.flow.bindings import Bindings, argument_for, index_in
from analyzers.flow.carried import CarriedStates
from analyzers.flow.cleaning import of_last
from analyzers.flow.deciding import identity_of
from analyzers.flow.enclosed import making
from analyzers.flow.fields import FieldReader
from analyzers.flow.filled import Fillings, fillings_of, is_container
from analyzers.flow.injected import injected
from analyzers.flow.label_calls import of_call
from analyzers.flow.label_members import of_attribute, of_index
from analyzers.flow.labels import (
    CONTEXT,
    HEADERS,
    MARK,
    NONE,
    Labels,
    as_credential,
    credentials_of,
    in_rows,
    index_of,
    kept_of_request,
    owner_of,
    parameter_label,
    with_variant,
)
from analyzers.flow.own_fields import OwnFields
from analyzers.flow.replacing import given_for
from analyzers.flow.rest import REST, left_labels, passed_at, spread_labels
from analyzers.flow.underway import Underway
from analyzers.frameworks import credentials, mcp
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import Site
from analyzers.project.unpacking import Part, component

# What gives a list of rows that stand elsewhere.
GIVEN_ROWS = frozenset({"param", "call"})


class Returns(Protocol):
    """What the labels of a call need to know of its callee."""

    underway: Underway

    def is_kept(self, function: Function, early: int) -> bool:
        """Tell whether an answer about a function is one, given how much was asked too early before it was sought."""
        ...

    def returns(self, function: Function) -> Labels:
        """Return the labels of what a function returns."""
        ...

    def checked(self, function: Function, event: Event, labels: Labels) -> Labels:
        """Return labels of a value as what the checks that stand before an event found it to be."""
        ...

    def decided(self, function: Function, value: int, operands: Sequence[Labels]) -> list[Labels]:
        """Return labels of the operands of a choice as what was found of each on its way."""
        ...


# What comes from nowhere.
CONSTANTS = frozenset({"str", "number", "bool", "none", "bytes", "ellipsis"})
MAX_DEPTH = 400
MAX_CALLERS = 12
# A value behind so many others is labelled from the first of those that it is made of.
LONG = 200


class Labeler:
    """Computes labels on demand; answers are kept for a function until `forget`."""

    def __init__(self, resolver: Resolver, summaries: Returns) -> None:
        self.resolver = resolver
        self.summaries = summaries
        self._known: defaultdict[str, dict[int, Labels]] = defaultdict(dict)
        self.cycles = Cycles(NONE, MAX_DEPTH)
        self._preparing: set[str] = set()
        self._attributes: dict[tuple[str, str], Labels] = {}
        self._passed: dict[tuple[str, int], Labels] = {}
        self._callers = 0
        self._fillings: dict[str, Fillings] = {}
        self.fields = FieldReader(self)
        self.carried = CarriedStates(self)
        self.own = OwnFields(self)

    def forget(self, function: Function) -> None:
        """Drop what is known of a function, because a summary that it uses changed."""
        self._known.pop(function.id, None)
        self.fields.forget(function)

    def trim(self) -> None:
        """Drop all labels, which can be found again."""
        self._known.clear()
        self.fields.trim()

    def labels(self, function: Function, value: int) -> Labels:
        """Return the labels of a value."""
        if value < 0:
            return NONE
        found = self._known[function.id].get(value)
        if found is not None:
            return found
        if function.facts.values[value].op in CONSTANTS:
            return NONE
        key = (function.id, value)
        found = self.cycles.pending(key)
        if found is not None:
            return found
        if value > LONG and function.id not in self._preparing:
            return self._prepared(function, value)
        early = self.summaries.underway.early
        found, is_final = self.cycles.solve(key, lambda: self._made(function, value))
        if is_final and self.summaries.is_kept(function, early):
            self._known[function.id][value] = found
        return found

    def _prepared(self, function: Function, value: int) -> Labels:
        """Find in order what a value of a long function is made of: earlier values, so that no chain is long."""
        known = self._known[function.id]
        needed: set[int] = set()
        waiting = [value]
        while waiting:
            part = waiting.pop()
            if part >= 0 and part not in needed and part not in known:
                needed.add(part)
                waiting.extend(function.facts.values[part].args)
        self._preparing.add(function.id)
        try:
            for part in sorted(needed):
                self.labels(function, part)
            return self.labels(function, value)
        finally:
            self._preparing.discard(function.id)

    def _made(self, function: Function, value: int) -> Labels:
        node = function.facts.values[value]
        if node.op == "secret":
            return frozenset({f"lit:{node.text}"})
        rule = _RULES.get(node.op)
        result = rule(self, Site(function, value, node)) if rule else NONE
        return result | self._filled(function, value) if is_container(function, node) else result

    def fillings(self, function: Function) -> Fillings:
        """Return what was put into each container that a function makes."""
        known = self._fillings.get(function.id)
        if known is None:
            known = self._fillings[function.id] = fillings_of(function)
        return known

    def _filled(self, function: Function, value: int) -> Labels:
        found = NONE
        for filling in self.fillings(function).get(value, ()):
            labels = self.summaries.checked(function, filling.event, self.labels(function, filling.value))
            name = self.resolver.text(function, filling.key)
            found |= as_credential(labels) if name and credentials.carries_credential(name) else labels
        return found

    def union(self, function: Function, values: Iterable[int]) -> Labels:
        """Return the labels of several values together."""
        return NONE.union(*[self.labels(function, value) for value in values])

    def substitute(self, labels: Labels, bindings: Bindings) -> Labels:
        """Replace the labels of a callee's parameters, given by their `function MARK index`, by those of arguments."""
        if not labels:
            return labels
        found = bindings.known.get(labels)
        if found is None:
            found = bindings.known[labels] = self._substituted(labels, bindings)
        return found

    def _substituted(self, labels: Labels, bindings: Bindings) -> Labels:
        if not any(MARK in label for label in labels):
            return labels
        result: set[str] = set()
        for label in labels:
            replacement = given_for(label, bindings) if MARK in label else None
            if replacement is None:
                result.add(label)
                continue
            if label[0] == "p":
                result.update(replacement)
            else:
                result.update(with_variant(replacement, label[0]))
        return frozenset(result)

    def restate(self, held: Labels, bindings: Bindings) -> Labels:
        """Return the credentials of a callee's effect for its caller: parameters become what is given for them."""
        moving = frozenset(label for label in held if MARK in label)
        return (held - moving) | credentials_of(self.substitute(moving, bindings)) if moving else held

    def part(self, function: Function, part: Part) -> Labels:
        """Return the labels of a component of an unpacked value, in terms of what the function is given."""
        labels = self.labels(part.callee, part.value) if part.inner is None else self.part(part.callee, part.inner)
        if part.event is not None:
            labels = self.summaries.checked(part.callee, part.event, labels)
        if part.call is None:
            return labels
        return self.substitute(labels, self.bind(function, part.call, part.callee, part.receiver))

    def bind(self, caller: Function, call: Value, callee: Function, has_receiver: bool) -> Bindings:
        """Return the labels of the arguments that a call passes, by the callee's parameter."""
        offset = 1 if has_receiver else 0

        def find(parameter: str) -> Labels | None:
            index = index_in(callee, parameter)
            if index < offset:
                return self._enclosed(caller, call, callee, parameter) if index < 0 else NONE
            taken = callee.facts.parameters[index]
            if taken.kind in REST:
                return left_labels(self, caller, call, callee, (index, index - offset))
            argument = argument_for(call, callee, index, has_receiver=has_receiver)
            if argument >= 0:
                return self.labels(caller, argument)
            default = self._default(callee, taken.default) if "*" not in call.names else NONE
            is_spread = "*" in call.names or "**" in call.names
            return default | spread_labels(self, caller, call, taken, index - offset) if is_spread else default

        def entry(parameter: str, name: str) -> Labels | None:
            index = index_in(callee, parameter)
            if index == 0 < offset:
                return self.own.passed(caller, call, name)
            kind = callee.facts.parameters[index].kind if index >= 0 else ""
            if kind == "*":
                return passed_at(self, caller, call, index - offset + int(name)) if name.isdigit() else None
            argument = argument_for(call, callee, index, has_receiver=has_receiver) if index >= 0 else -1
            if argument >= 0:
                return self.fields.of(caller, argument, name)
            return self.fields.given(caller, call, name) if kind == "**" else None

        return Bindings(find=find, entries=entry)

    def _enclosed(self, caller: Function, call: Value, callee: Function, parameter: str) -> Labels | None:
        """Return what the function was given for a parameter that made the callee, None where that is not known."""
        made = making(self.resolver, caller, call, callee)
        if made is None:
            return None
        scope = made.call.function
        labels = self.bind(scope, made.call.node, made.maker, made.receiver).get(parameter)
        is_known = labels is not None and (scope is caller or not any(MARK in label for label in labels))
        return labels if is_known else None

    def _default(self, callee: Function, default: int) -> Labels:
        parent = callee.parent
        return self.labels(parent, default) if parent is not None and default >= 0 else NONE

    def definitions(self, scope: Function, name: str) -> Labels:
        """Return the labels of everything a scope's name is bound to, `global` assignments included."""
        found = self.union(scope, scope.facts.names.get(name, ()))
        if scope.facts.kind == "module":
            for function, value in self.resolver.global_stores(scope).get(name, ()):
                found |= frozenset(label for label in self.labels(function, value) if MARK not in label)
        return found

    def attribute(self, cls: Function, name: str) -> Labels:
        """Return the labels of an instance's attribute; what a constructor was given counts from all its calls."""
        key = (cls.id, name)
        found = self._attributes.get(key)
        if found is None:
            found = self.cycles.pending(key)
        if found is None:
            early = self.summaries.underway.early
            found, is_final = self.cycles.solve(key, lambda: self._attribute(cls, name))
            if is_final and self.summaries.underway.early == early:
                self._attributes[key] = found
        return found

    def _attribute(self, cls: Function, name: str) -> Labels:
        _, externals = self.resolver.linearize(cls)
        if any(base in credentials.SETTINGS_BASES for base in externals):
            return frozenset({f"env:{name.upper()}"})
        return self._stored(cls, name)

    def _stored(self, cls: Function, name: str) -> Labels:
        found: set[str] = set()
        for scope, value in self.resolver.attribute(cls, name):
            for label in self.labels(scope, value):
                if MARK not in label:
                    found.add(label)
                elif owner_of(label) == scope.id and scope.facts.name == "__init__":
                    found.update(self.passed(scope, index_of(label)))
        return frozenset(found)

    def passed(self, callee: Function, index: int) -> Labels:
        """Return the labels of what the program's calls pass for a parameter, through callers that pass theirs on.

        What callers of the program itself give, as arguments of a handler, is left out.
        """
        key = (callee.id, index)
        found = self._passed.get(key)
        question = (*key, "passed")
        if found is None:
            found = self.cycles.pending(question)
        if found is None and self._callers > MAX_CALLERS:
            found = self.cycles.refused()
        if found is None:
            self._callers += 1
            early = self.summaries.underway.early
            found, is_final = self.cycles.solve(question, lambda: self._passed_by_callers(callee, index))
            self._callers -= 1
            if is_final and self.summaries.underway.early == early:
                self._passed[key] = found
        return found

    def resolved(self, labels: Labels) -> Labels:
        """Return labels with what the program's calls pass in place of parameters; what is kept of a request stays."""
        found: set[str] = set()
        for label in labels:
            if MARK not in label or kept_of_request(label):
                found.add(label)
                continue
            owner = self.resolver.program.function(owner_of(label))
            found.update(with_variant(self.passed(owner, index_of(label)), label[0]))
        return frozenset(found)

    def _passed_by_callers(self, callee: Function, index: int) -> Labels:
        found: set[str] = set(of_server(callee, index))
        for caller, argument in self.resolver.arguments(callee, index):
            for label in self.labels(caller, argument):
                if MARK not in label:
                    found.add(label)
                elif owner_of(label) == caller.id:
                    given = self.passed(caller, index_of(label))
                    found.update(as_credential(given) if label[0] == "k" else given)
        return frozenset(found)


def of_server(callee: Function, index: int) -> Labels:
    """Return what the server passes to the application: of an ASGI `scope`, the request of a caller."""
    parameters = [parameter.name for parameter in callee.facts.parameters]
    is_application = callee.facts.name == "__call__" and parameters[1:] == ["scope", "receive", "send"]
    return frozenset({HEADERS}) if is_application and index == 1 else NONE


def _param(labeler: Labeler, site: Site) -> Labels:
    function, value, node = site
    parameters = function.facts.parameters
    if value >= len(parameters):
        return NONE
    if value == 0 and function.facts.kind == "method" and node.text in ("self", "cls"):
        return NONE
    parameter = parameters[value]
    parent = function.parent
    given = injected(labeler, function, value)
    if given:
        return given
    if parent is not None and parameter.annotation >= 0 and is_context_type(parent, parameter.annotation):
        return frozenset({CONTEXT})
    return handed_identity(labeler, function, value) or frozenset({parameter_label(function, value)})


def is_context_type(parent: Function, annotation: int) -> bool:
    """Tell whether an annotation names a context type of a framework."""
    values = parent.facts.values
    node = values[annotation]
    while node.op == "index" or (node.op == "binary" and node.text == "|"):
        node = values[node.args[0]]
    text = node.text.rpartition("|")[2].rpartition(".")[2]
    return text in mcp.CONTEXT_TYPES


def _union(labeler: Labeler, site: Site) -> Labels:
    function, _, node = site
    return labeler.union(function, [argument for argument in node.args if argument >= 0])


def _map(labeler: Labeler, site: Site) -> Labels:
    """A mapping; what stands under the name of a header or field for credentials is used as one."""
    function, _, node = site
    found = NONE
    for key, item in zip(node.args[::2], node.args[1::2], strict=True):
        labels = labeler.labels(function, item)
        name = labeler.resolver.text(function, key) if key >= 0 else None
        found |= as_credential(labels) if name and credentials.carries_credential(name) else labels
        found |= labeler.labels(function, key)
    return found


def _select(labeler: Labeler, site: Site) -> Labels:
    function, _, node = site
    test = labeler.labels(function, node.args[0])
    return _choice(labeler, site) | identity_of(test)


def _choice(labeler: Labeler, site: Site) -> Labels:
    function, value, node = site
    operands = [labeler.labels(function, part) for part in node.args[1 if node.op == "select" else 0 :]]
    return NONE.union(*labeler.summaries.decided(function, value, operands))


def _item(labeler: Labeler, site: Site) -> Labels:
    """A component of an unpacked value: of a display, or of what the functions that a call runs return."""
    function, _, node = site
    for known in (label_keys.of_element(labeler, function, node), of_last(labeler, function, node.args[0], node.text)):
        if known is not None:
            return known
    parts = component(labeler.resolver, function, node)
    if parts is not None:
        return NONE.union(*[labeler.part(function, part) for part in parts])
    source = function.facts.values[node.args[0]]
    listed = function.facts.values[source.args[0]].op if source.op == "element" else ""
    if listed in GIVEN_ROWS:
        return labeler.fields.part(function, source.args[0], in_rows(node.text))
    return labeler.labels(function, node.args[0])


def _comprehension(labeler: Labeler, site: Site) -> Labels:
    """What is made of each item: how many there are says nothing of them, as in `["?" for _ in tags]`."""
    function, _, node = site
    return labeler.union(function, node.args[: 2 if node.text == "dict" else 1])


def _element(labeler: Labeler, site: Site) -> Labels:
    """What a loop goes through: of a table, its keys."""
    key = label_keys.of_element(labeler, site.function, site.node)
    return _union(labeler, site) if key is None else key


def _name(labeler: Labeler, site: Site) -> Labels:
    function, _, node = site
    module = function.file.module
    if node.text in module.facts.names:
        return labeler.definitions(module, node.text)
    return NONE


def _free(labeler: Labeler, site: Site) -> Labels:
    function, _, node = site
    scope = function.parent
    while scope is not None:
        if scope.facts.kind != "class" and node.text in scope.facts.names:
            return labeler.definitions(scope, node.text)
        scope = scope.parent
    return NONE


def _import(labeler: Labeler, site: Site) -> Labels:
    function, _, node = site
    module, _, name = node.text.partition("|")
    file = labeler.resolver.program.module(module, function.file) if name else None
    return labeler.definitions(file.module, name) if file is not None else NONE


_RULES = {
    "param": _param,
    "name": _name,
    "free": _free,
    "import": _import,
    "attr": of_attribute,
    "index": of_index,
    "call": of_call,
    "select": _select,
    "phi": _choice,
    "item": _item,
    "element": _element,
    "map": _map,
    "comprehension": _comprehension,
    **dict.fromkeys(
        (
            *(
                "template",
                "binary",
                "and",
                "or",
                "default",
                "not",
                "unary",
                "compare",
                "list",
                "tuple",
                "set",
                "spread",
            ),
            *("await", "yield", "enter", "unknown"),
        ),
        _union,
    ),
}
