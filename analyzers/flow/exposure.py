"""Which secrets a value holds in clear: text made of them, or a table or object that shows them when written out.

Labels say what a value depends on; here only the value itself counts. A length, a comparison, a hash, a slice or the
answer of a call that was given a secret holds none. Asked on demand, by rules that look at what leaves the process.
"""

from collections.abc import Callable, Iterable, Iterator

from analyzers.cycles import Cycles
from analyzers.facts import Event
from analyzers.flow.exposure_calls import of_call, run
from analyzers.flow.exposure_denied import without_denied
from analyzers.flow.exposure_items import (
    is_cleaned,
    of_comprehension,
    of_element,
    of_filled,
    of_item,
    parts_of_pairs,
    without_masked,
)
from analyzers.flow.exposure_members import of_attribute, of_index, variable, whole
from analyzers.flow.exposure_urls import is_behind_user, ways_with_user
from analyzers.flow.own_errors import caught, is_asked_error, own_errors
from analyzers.flow.pointers import is_pointer
from analyzers.flow.secrets import (
    COLLECTIONS,
    HOLES,
    KEYED,
    LITERAL,
    NAMED,
    NONE,
    PARAMETER,
    RUN,
    Leak,
    Secret,
    Secrets,
    entries_of,
    is_concealed,
    read_at,
    scope_of,
    without_collections,
    without_parameters,
)
from analyzers.flow.summaries import Flow
from analyzers.frameworks import disclosure
from analyzers.project.program import Function
from analyzers.project.targets import Site

MAX_DEPTH = 400
MAX_CALLERS = 24


class ExposureReader:
    """Computes what values hold; answers are kept."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.resolver = flow.resolver
        self._known: dict[tuple[str, int], Secrets] = {}
        self._returned: dict[tuple[str, int], Secrets] = {}
        self._passed: dict[tuple[str, int], tuple[Leak, ...]] = {}
        self._cycles = Cycles(NONE, MAX_DEPTH)

    def held(self, function: Function, value: int) -> Secrets:
        """Return the secrets that a value holds, parameters of the function and of those around it included."""
        if value < 0:
            return NONE
        node = function.facts.values[value]
        rule = _RULES.get(node.op)
        if rule is None:
            return NONE
        key = (function.id, value)
        known = self._known.get(key)
        if known is not None:
            return known
        found = self._cycles.pending(key)
        if found is None:
            found, is_final = self._cycles.solve(key, lambda: self._made(rule, Site(function, value, node)))
            if is_final:
                self._known[key] = found
        return found

    def _made(self, rule: "_Reading", site: Site) -> Secrets:
        found = without_denied(self, site, frozenset(rule(self, site)) | of_filled(self, site))
        collected = any(secret.kind in COLLECTIONS for secret in found)
        return without_collections(found) if collected and is_cleaned(site.function, site.value) else found

    def union(self, function: Function, values: Iterable[int]) -> Secrets:
        """Return what several values hold together."""
        return NONE.union(*[self.held(function, value) for value in values])

    def returned(self, function: Function, item: int = -1) -> Secrets:
        """Return what the result of a function holds, or one item of the tuple that it is."""
        key = (function.id, item)
        known = self._returned.get(key)
        if known is not None:
            return known
        question = (*key, "returned")
        found = self._cycles.pending(question)
        if found is None:
            found, is_final = self._cycles.solve(question, lambda: self._result(function, item))
            if is_final:
                self._returned[key] = found
        return found

    def _result(self, function: Function, item: int) -> Secrets:
        ends = [event for event in function.facts.events if event.kind in ("return", "yield") and event.value >= 0]
        return NONE.union(*[self._ended(function, event, item) for event in ends])

    def _ended(self, function: Function, event: Event, item: int) -> Secrets:
        """Return what one `return` gives, without the texts of errors that are the program's own."""
        found = NONE if is_asked_error(function, event) else self._part(function, event.value, item)
        if not any(secret.kind in HOLES for secret in found):
            return found
        own = own_errors(self.resolver, function, event)
        return frozenset(secret for secret in found if secret.path != function.id or secret.line not in own)

    def _part(self, function: Function, value: int, item: int) -> Secrets:
        """Return what an item of a tuple holds, which a function may have from another one; all of what is no tuple."""
        values = function.facts.values
        node = values[value]
        if node.op == "tuple" and 0 <= item < len(node.args):
            return self.held(function, node.args[item])
        if node.op == "select" and item >= 0:
            return NONE.union(*[self._part(function, way, item) for way in node.args[1:]])
        called = values[node.args[0]] if node.op == "await" else node
        if item >= 0 and called.op == "call":
            return self.item(function, value, str(item))
        parts = parts_of_pairs(self, function, node, item) if item >= 0 else []
        return self.union(function, parts) if parts else self.held(function, value)

    # Where secrets come in

    def leaks(self, function: Function, value: int) -> Iterator[Leak]:
        """Yield the secrets that a value holds, those that callers give it at the callers' expressions."""
        for secret in sorted(self.held(function, value)):
            owner = scope_of(function, secret.path) if secret.kind in HOLES else None
            if secret.kind not in HOLES:
                yield Leak(function, value, secret)
            elif owner is not None and secret.kind == KEYED:
                for caller, argument in self.resolver.arguments(owner, secret.line):
                    found = frozenset(variable(self, Site(caller, argument, caller.facts.values[argument]), argument))
                    yield from (Leak(function, value, item) for item in sorted(without_parameters(found)))
            elif owner is not None and secret.kind == RUN:
                for caller, argument in self.resolver.arguments(owner, secret.line):
                    found = without_parameters(frozenset(run(self, caller, argument, secret)))
                    yield from (Leak(function, value, item) for item in sorted(found))
            elif owner is not None:
                for leak in self._given(function, value, owner, secret.line):
                    if secret.kind == PARAMETER or leak.secret.kind not in COLLECTIONS:
                        yield leak

    def _given(self, function: Function, value: int, owner: Function, index: int) -> Iterator[Leak]:
        name = owner.facts.parameters[index].name
        if disclosure.names_secret(name) and not is_concealed(owner, index):
            if is_pointer(self.resolver, owner, index):
                return
            yield Leak(function, value, Secret(NAMED, name, owner.file.path, owner.line))
        else:
            yield from self.passed(owner, index)

    def passed(self, function: Function, index: int) -> tuple[Leak, ...]:
        """Return the secrets that the program's calls give for a parameter."""
        key = (function.id, index)
        known = self._passed.get(key)
        if known is None:
            self._passed[key] = ()
            found = [
                leak
                for caller, argument in self.resolver.arguments(function, index)[:MAX_CALLERS]
                for leak in self.leaks(caller, argument)
            ]
            known = self._passed[key] = tuple(dict.fromkeys(found))
        return known

    def item(self, function: Function, value: int, position: str) -> Secrets:
        """Return what one item of a tuple or list holds, by its position, and nothing of what a parameter is made of.

        What is cut out of an address is one of its harmless parts as a rule.
        """
        node = function.facts.values[value]
        if is_behind_user(function, node, position):
            return NONE
        called = value if node.op == "call" else node.args[0] if node.op == "await" else -1
        inner = function.facts.values[called] if called >= 0 else node
        if inner.op == "call" and position.isdigit():
            found = frozenset(of_call(self, Site(function, called, inner), int(position)))
        elif node.op in ("tuple", "list") and position.isdigit() and int(position) < len(node.args):
            found = self.held(function, node.args[int(position)])
        elif node.op in ("phi", "or", "select"):
            ways = [part for part in node.args[node.op == "select" :] if function.facts.values[part].op != "phi"]
            found = NONE.union(*[self.item(function, part, position) for part in ways])
        elif position.isdigit() and (parts := parts_of_pairs(self, function, node, int(position))):
            found = self.union(function, parts)
        else:
            found = without_parameters(entries_of(self.held(function, value)))
        return frozenset(secret for secret in found if not disclosure.is_address(secret.name))

    def defined(self, module: Function, name: str) -> Secrets:
        """Return what a module's name holds, `global` assignments included."""
        found = set(self.union(module, module.facts.names.get(name, ())))
        for function, value in self.flow.resolver.global_stores(module).get(name, ()):
            found.update(without_parameters(self.held(function, value)))
        return frozenset(found)


# What values are made of


def _literal(_: ExposureReader, site: Site) -> Iterable[Secret]:
    return (read_at(site.function, LITERAL, site.node.text.partition("|")[2], site.value),)


def _parameter(_: ExposureReader, site: Site) -> Iterable[Secret]:
    function, value, node = site
    if value >= len(function.facts.parameters) or node.text in ("self", "cls"):
        return ()
    return (Secret(PARAMETER, node.text, function.id, value),)


def _union(reader: ExposureReader, site: Site) -> Iterable[Secret]:
    return reader.union(site.function, [argument for argument in site.node.args if argument >= 0])


def _last(reader: ExposureReader, site: Site) -> Iterable[Secret]:
    return reader.held(site.function, site.node.args[-1])


def _binary(reader: ExposureReader, site: Site) -> Iterable[Secret]:
    return _union(reader, site) if site.node.text in ("+", "%", "|") else ()


def _select(reader: ExposureReader, site: Site) -> Iterable[Secret]:
    function, _, node = site
    found = reader.union(function, ways_with_user(function, site.value))
    replaced = any(function.facts.values[branch].op == "str" for branch in node.args[1:])
    found = without_masked(function, node, found)
    everywhere = reader.held(function, node.args[1]) & reader.held(function, node.args[2])
    cut = frozenset(secret for secret in found - everywhere if disclosure.is_address(secret.name))
    return (without_collections(found) if replaced else found) - cut


def _phi(reader: ExposureReader, site: Site) -> Iterable[Secret]:
    return reader.union(site.function, ways_with_user(site.function, site.value))


def _map(reader: ExposureReader, site: Site) -> Iterable[Secret]:
    return reader.union(site.function, site.node.args[1::2])


def _name(reader: ExposureReader, site: Site) -> Iterable[Secret]:
    module = site.function.file.module
    return (*reader.defined(module, site.node.text), *whole(reader, site))


def _free(reader: ExposureReader, site: Site) -> Iterable[Secret]:
    scope = site.function.parent
    while scope is not None:
        if scope.facts.kind != "class" and site.node.text in scope.facts.names:
            return reader.union(scope, scope.facts.names[site.node.text])
        scope = scope.parent
    return ()


def _import(reader: ExposureReader, site: Site) -> Iterable[Secret]:
    module, _, name = site.node.text.partition("|")
    file = reader.resolver.program.module(module, site.function.file) if name else None
    found = reader.defined(file.module, name) if file is not None else ()
    return (*found, *whole(reader, site))


def _call(reader: ExposureReader, site: Site) -> Iterable[Secret]:
    return of_call(reader, site)


_Reading = Callable[[ExposureReader, Site], Iterable[Secret]]

_RULES: dict[str, _Reading] = {
    "secret": _literal,
    "param": _parameter,
    "and": _last,
    "binary": _binary,
    "select": _select,
    "map": _map,
    "phi": _phi,
    "comprehension": of_comprehension,
    "element": of_element,
    "item": of_item,
    "name": _name,
    "free": _free,
    "import": _import,
    "attr": of_attribute,
    "index": of_index,
    "call": _call,
    "exception": caught,
    **dict.fromkeys(("template", "list", "tuple", "set", "spread", "await", "enter", "or", "default", "yield"), _union),
}
