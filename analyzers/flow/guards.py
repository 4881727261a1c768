"""What is known to hold at a point: conditions that were decided on every path, and calls that returned.

A guard is a denying branch: the point is only reached when a condition came out one way. It is a `check` when the
condition depends on a verified identity and on a subject (this tool's name, a scope, a resource). Other kinds:
`authenticated` (an identity exists, nothing more), `open` (a check that is passed without an identity), `mode` (a
switch of the process), `url` (a condition on a destination), `named` (a call that could not be resolved and is named
like a guard), `string` (membership in one string, which is a substring test), `absent` (there is no identity), `selected` (a
condition on the tool or its arguments alone).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from analyzers.facts import Event, Value
from analyzers.flow.destinations import destination_condition
from analyzers.flow.labels import (
    ARGUMENTS,
    CONTEXT,
    MARK,
    TOOL,
    Labeler,
    Labels,
    claims_of,
    is_context_type,
    is_identity,
)
from analyzers.frameworks.identity import is_guard_name
from analyzers.project.program import Function
from analyzers.project.targets import Target, argument_of


class Guard(NamedTuple):
    """One thing known to hold. `subject` holds constants as `const:x`, `tool`, and parameters' labels."""

    kind: str
    claim: str = ""
    subject: Labels = frozenset()
    note: str = ""


class Place(NamedTuple):
    """Where a guard stands: path, line, and the name of the function around it."""

    path: str
    line: int
    symbol: str


Guards = Mapping[Guard, Place]
EMPTY: Guards = {}
WITH_TOKEN = "of callers with a token"
MAX_SUBJECT = 24
MAX_DEPTH = 80
MAX_DEFAULT_DEPTH = 5


class Knows(Protocol):
    """What guards need to know of the functions that are called."""

    def on_return(self, function: Function) -> Guards:
        """Return what holds when a function has returned normally."""
        ...

    def on_result(self, function: Function, truth: bool) -> Guards:
        """Return what holds when a function returned something true (or false)."""
        ...


class GuardReader:
    """Reads the guards at points of functions."""

    def __init__(self, labeler: Labeler, summaries: Knows) -> None:
        self.labeler = labeler
        self.resolver = labeler.resolver
        self.summaries = summaries
        self._active: set[tuple[str, int]] = set()
        self._after: dict[str, dict[int, dict[Guard, Place]]] = {}

    def at(self, function: Function, event: int) -> dict[Guard, Place]:
        """Return what holds when an event starts."""
        start = function.facts.events[event].dominator if event >= 0 else -1
        return self.after(function, start)

    def after(self, function: Function, event: int) -> dict[Guard, Place]:
        """Return what holds once an event has completed."""
        known = self._after.setdefault(function.id, {})
        steps: list[int] = []
        while event >= 0 and event not in known:
            steps.append(event)
            event = function.facts.events[event].dominator
        found = known[event] if event >= 0 else {}
        for step in reversed(steps):
            established = self.established(function, function.facts.events[step])
            found = known[step] = {**found, **established} if established else found
        return dict(found)

    def forget(self, function: Function) -> None:
        """Drop what is known of a function, because a summary that it uses changed."""
        self._after.pop(function.id, None)

    def established(self, function: Function, event: Event) -> Guards:
        """Return what holds because one event has completed."""
        if event.kind in ("true", "false"):
            return self.known(function, event.value, event.kind == "true")
        if event.kind == "call":
            return self.returned(function, event)
        if event.kind == "each":
            return self._each(function, event)
        return EMPTY

    def _each(self, function: Function, event: Event) -> Guards:
        """A finished loop: what held at the end of every round held for every item."""
        found: dict[Guard, Place] = {}
        for step in function.chain(event.target):
            if step is function.facts.events[event.dominator]:
                break
            found.update(self.established(function, step) if step.kind != "each" else EMPTY)
        return found

    def returned(self, function: Function, event: Event) -> Guards:
        """Return what holds because a call came back."""
        call = function.facts.values[event.value]
        callees = self.resolver.functions(function, call.args[0])
        if not callees:
            return self._named(function, event, call)
        results: list[Guards] = []
        for callee, owner in callees:
            if callee.facts.is_async and event.text != "await" and not callee.facts.is_generator:
                return EMPTY
            bindings = self.bind(function, call, callee, owner is not None)
            results.append(self.substitute(self.summaries.on_return(callee), bindings))
        return intersection(results)

    def _named(self, function: Function, event: Event, call: Value) -> Guards:
        """A call that leads nowhere known counts by its name, when what it is given could identify a caller or tool."""
        callee = function.facts.values[call.args[0]]
        name = callee.text.rpartition("|")[2]
        targets = self.resolver.resolve(function, call.args[0])
        if not is_guard_name(name) or any(target.kind != "external" for target in targets):
            return EMPTY
        if any(target.name.startswith(("builtins.", "fastmcp.", "mcp.")) for target in targets):
            return EMPTY
        return {Guard("named", "", frozenset(), name): self.place(function, event.start)}

    def place(self, function: Function, offset: int) -> Place:
        """Return a byte offset of a function as a place."""
        return Place(function.file.path, function.file.facts.lines.line(offset), function.facts.qualname)

    def bind(self, caller: Function, call: Value, callee: Function, has_receiver: bool) -> dict[str, Labels]:
        """Return what a call passes, by the callee's parameter: labels, and string constants as `const:x`."""
        bindings = self.labeler.bind(caller, call, callee, has_receiver)
        for index, parameter in enumerate(callee.facts.parameters):
            argument = argument_of(call, parameter.name, index - (1 if has_receiver else 0))
            key = f"{callee.id}{MARK}{index}"
            if argument >= 0 and key in bindings:
                bindings[key] |= self._constants(caller, argument)
        return bindings

    def substitute(self, guards: Guards, bindings: Mapping[str, Labels]) -> dict[Guard, Place]:
        """Restate a callee's guards in terms of its caller."""
        return {
            guard._replace(subject=self.labeler.substitute(guard.subject, bindings)): place
            for guard, place in guards.items()
        }

    # Conditions

    def known(self, function: Function, value: int, truth: bool) -> dict[Guard, Place]:
        """Return what holds when a condition is known to be true (or false)."""
        key = (function.id, value)
        if key in self._active or len(self._active) > MAX_DEPTH:
            return {}
        self._active.add(key)
        node = function.facts.values[value]
        rule = _CONDITIONS.get(node.op)
        found = rule(self, function, value, node, truth) if rule else self._plain(function, value, node, truth)
        self._active.discard(key)
        return found

    def every(self, function: Function, values: Iterable[int], truth: bool) -> dict[Guard, Place]:
        """Return what holds when all of several conditions are known."""
        found: dict[Guard, Place] = {}
        for value in values:
            found.update(self.known(function, value, truth))
        return found

    def either(self, function: Function, values: Iterable[int], truth: bool) -> dict[Guard, Place]:
        """Return what holds when only one of several conditions is known; a check that the others pass by is `open`."""
        parts = [(value, self.known(function, value, truth)) for value in values]
        found = intersection([guards for _, guards in parts])
        checks = [(guard, place) for _, guards in parts for guard, place in guards.items() if guard.kind == "check"]
        bypass = any(is_absence(guards) and self.is_presence(function, value) for value, guards in parts)
        if checks and bypass:
            for guard, place in checks:
                if guard not in found:
                    found[guard._replace(kind="open")] = place
        return found

    def is_presence(self, function: Function, value: int) -> bool:
        """Tell whether a condition only asks whether there is an identity."""
        node = function.facts.values[value]
        while node.op == "not":
            value = node.args[0]
            node = function.facts.values[value]
        labels = self.labeler.labels(function, value)
        if node.op == "compare":
            return is_identity(labels) and any(function.facts.values[part].op == "none" for part in node.args)
        if node.op == "call":
            return {guard.kind for guard in self.known(function, value, True)} == {"authenticated"}
        return is_identity(labels)

    def _plain(self, function: Function, value: int, node: Value, truth: bool) -> dict[Guard, Place]:
        labels = self.labeler.labels(function, value)
        place = self.place(function, node.start)
        if is_identity(labels) and truth:
            named = [
                claim
                for claim in claims_of(labels)
                if claim not in ("scopes", "claims", "client_id", "subject", "sub", "auth")
            ]
            if named:
                return {Guard("check", named[0], frozenset({f"const:{named[0]}"})): place}
            return {Guard("authenticated"): place}
        if is_identity(labels):
            return self._difference(function, node) or {Guard("absent"): place}
        if labels and all(label.startswith("env:") for label in labels):
            return {Guard("mode", "", labels): place}
        if labels & {TOOL, ARGUMENTS}:
            return {Guard("selected"): place}
        condition = destination_condition(self.labeler, function, value, truth)
        return {Guard("url", "", condition.on, condition.note): place} if condition else {}

    def _difference(self, function: Function, node: Value) -> dict[Guard, Place]:
        """`required - granted` that is empty: everything required is granted."""
        if node.op != "binary" or node.text != "-" or len(node.args) != 2:
            return {}
        required, granted = (self.labeler.labels(function, part) for part in node.args)
        if not is_identity(granted) or is_identity(required):
            return {}
        subject = self.subject(function, node.args[0])
        claims = claims_of(granted)
        return {Guard("check", claims[-1] if claims else "identity", subject): self.place(function, node.start)}

    # Comparisons

    def compare(self, function: Function, value: int, node: Value, truth: bool) -> dict[Guard, Place]:
        """Read a comparison whose outcome is known."""
        left, right = node.args
        sides = (self.labeler.labels(function, left), self.labeler.labels(function, right))
        place = self.place(function, node.start)
        holds = positive(node.text, truth)
        if any(function.facts.values[part].op == "none" for part in node.args):
            if holds and any(self._is_context(function, part) for part in node.args):
                return {Guard("selected"): place}
            return self._presence(sides[0] | sides[1], place, absent=holds)
        if is_identity(sides[0]) or is_identity(sides[1]):
            return self._identity_comparison(function, node, sides, holds, place)
        labels = sides[0] | sides[1]
        condition = destination_condition(self.labeler, function, value, truth)
        if condition:
            return {Guard("url", "", condition.on, condition.note): place}
        if labels and all(label.startswith("env:") for label in labels):
            return {Guard("mode", "", labels): place}
        return {}

    def _presence(self, labels: Labels, place: Place, *, absent: bool) -> dict[Guard, Place]:
        """Read a comparison with None."""
        if is_identity(labels):
            return {Guard("absent" if absent else "authenticated"): place}
        return {Guard("selected"): place} if labels & {TOOL, ARGUMENTS} else {}

    def _is_context(self, function: Function, value: int) -> bool:
        """Tell whether a value is the framework's context, which no caller chooses: by its labels or its annotation."""
        if CONTEXT in self.labeler.labels(function, value):
            return True
        for name, bound in function.facts.names.items():
            if value in bound:
                return any(is_context_type(function, note) for note in function.facts.names.get(f": {name}", ()))
        return False

    def _identity_comparison(
        self, function: Function, node: Value, sides: tuple[Labels, Labels], holds: bool, place: Place
    ) -> dict[Guard, Place]:
        if not holds:
            return {}
        identity_side = 0 if is_identity(sides[0]) else 1
        subject = self.subject(function, node.args[1 - identity_side]) | _foreign(sides[1 - identity_side])
        claims = claims_of(sides[identity_side])
        claim = claims[0] if claims else "identity"
        for name in claims:
            if name not in ("claims", "scopes"):
                claim = name
        if not subject:
            return {Guard("authenticated"): place}
        if node.text in ("in", "not-in") and identity_side == 1 and self._is_one_string(function, node.args[1]):
            return {Guard("string", claim, subject): place}
        if self._is_granted_by_default(function, node.args[identity_side], subject, 0):
            return {Guard("open", claim, subject): place}
        return {Guard("check", claim, subject): place}

    def _is_one_string(self, function: Function, value: int) -> bool:
        """Tell whether a container is surely one string: a claim joined, formatted or defaulted to a string."""
        node = function.facts.values[value]
        if node.op == "call":
            callee = function.facts.values[node.args[0]]
            if callee.op == "name" and callee.text == "str":
                return True
            if callee.op == "attr" and callee.text == "join":
                return True
            if callee.op == "attr" and callee.text == "get" and len(node.args) > 2:
                default = function.facts.values[node.args[2]]
                key = self.resolver.text(function, node.args[1])
                return default.op == "str" or key == "scope"
        if node.op == "index":
            return self.resolver.text(function, node.args[1]) == "scope"
        return node.op in ("template", "str")

    def _is_granted_by_default(self, function: Function, value: int, subject: Labels, depth: int) -> bool:
        """Tell whether what is compared may be, for a caller without the claim, a default that holds the subject."""
        node = function.facts.values[value]
        if depth > MAX_DEFAULT_DEPTH:
            return False
        if is_identity(self.labeler.labels(function, value)):
            return any(
                self._is_granted_by_default(function, part, subject, depth + 1)
                for part in _alternatives(function, node)
            )
        if depth == 0:
            return False
        for target in self.resolver.resolve(function, value):
            if target.kind == "display" and target.function is not None:
                granted = self._items(target)
                if "*" in granted or (granted and not any(label.startswith("const:") for label in subject)):
                    return True
                return any(f"const:{text}" in subject for text in granted)
        return node.op in ("name", "import", "free") and not self.resolver.functions(function, value)

    def subject(self, function: Function, value: int) -> Labels:
        """Return what a check is about: constants, the tool's name, parameters, or `other` for anything else."""
        labels = frozenset(
            label
            for label in self.labeler.labels(function, value)
            if MARK in label or label in (TOOL, ARGUMENTS) or label.startswith("env:")
        )
        node = function.facts.values[value]
        if any(MARK in label for label in labels):
            return labels
        constants = self._constants(function, value)
        if labels or constants:
            return labels | constants
        return frozenset() if node.op in ("none", "bool", "number") else frozenset({"other"})

    def _constants(self, function: Function, value: int) -> Labels:
        found: set[str] = set()
        for target in self.resolver.resolve(function, value):
            if target.kind == "text":
                found.add(f"const:{target.name}")
            elif target.kind == "display" and target.function is not None:
                found.update(f"const:{text}" for text in self._items(target))
        return frozenset(found)

    def _items(self, target: Target) -> list[str]:
        """Return the string constants of a display; of a map the first ones of keys and values alike."""
        if target.function is None:
            return []
        items = target.function.facts.values[target.value].args
        texts = (self.resolver.text(target.function, item) for item in items[:MAX_SUBJECT])
        return [text for text in texts if text is not None]

    # Calls that answer yes or no

    def call(self, function: Function, value: int, node: Value, truth: bool) -> dict[Guard, Place]:
        """Read a call whose result is known to be true (or false)."""
        callees = self.resolver.functions(function, node.args[0])
        if callees:
            results = []
            for callee, owner in callees:
                event = function.event_of(value)
                if callee.facts.is_async and event >= 0 and function.facts.events[event].text != "await":
                    return {}
                bindings = self.bind(function, node, callee, owner is not None)
                results.append(self.substitute(self.summaries.on_result(callee, truth), bindings))
            return intersection(results)
        return self._external_answer(function, value, node, truth)

    def _external_answer(self, function: Function, value: int, node: Value, truth: bool) -> dict[Guard, Place]:
        name = self.resolver.external(function, node.args[0])
        if name in ("builtins.any", "builtins.all") and len(node.args) == 2:
            return self._quantified(function, node.args[1], name.endswith("all"), truth)
        if name in ("builtins.bool", "builtins.len", "builtins.set", "builtins.str") and len(node.args) == 2:
            return self.known(function, node.args[1], truth)
        if name == "builtins.isinstance":
            return {}
        condition = destination_condition(self.labeler, function, value, truth)
        if condition:
            return {Guard("url", "", condition.on, condition.note): self.place(function, node.start)}
        labels = self.labeler.labels(function, value) | self.labeler.union(function, node.args)
        if is_identity(labels) and truth:
            return self._answered_check(function, node, labels)
        callee = function.facts.values[node.args[0]]
        if truth and is_guard_name(callee.text.rpartition("|")[2]):
            return {Guard("named", "", frozenset(), callee.text): self.place(function, node.start)}
        return self._plain(function, value, node, truth) if not is_identity(labels) else {}

    def _answered_check(self, function: Function, node: Value, labels: Labels) -> dict[Guard, Place]:
        subject: set[str] = set()
        callee = function.facts.values[node.args[0]]
        operands = [*callee.args, *node.args[1:]]
        for argument in operands:
            if not is_identity(self.labeler.labels(function, argument)):
                subject |= self.subject(function, argument) - {"other"}
        place = self.place(function, node.start)
        claims = [claim for claim in claims_of(labels) if claim not in ("claims",)]
        if callee.op == "attr" and callee.text == "get":
            named = [claim for claim in claims if claim not in ("scopes", "client_id", "subject", "sub")]
            return (
                {Guard("check", named[0], frozenset({f"const:{named[0]}"})): place}
                if named
                else {Guard("authenticated"): place}
            )
        if subject:
            return {Guard("check", claims[0] if claims else "identity", frozenset(subject)): place}
        return {Guard("authenticated"): place}

    def _quantified(self, function: Function, value: int, universal: bool, truth: bool) -> dict[Guard, Place]:
        """`any` and `all` over a comprehension say of an element what they were found to be."""
        node = function.facts.values[value]
        if node.op != "comprehension":
            return {}
        if universal != truth and universal:
            return {}
        found = self.known(function, node.args[0], truth)
        return {guard: place for guard, place in found.items() if guard.kind in ("check", "url", "string")}


def _alternatives(function: Function, node: Value) -> tuple[int, ...]:
    """Return the values that an expression may be: the sides of an `or`, a default, the arms of a choice."""
    if node.op in ("or", "default", "phi", "await"):
        return node.args
    if node.op == "select":
        return node.args[1:]
    if (
        node.op == "call"
        and len(node.args) == 2
        and function.facts.values[node.args[0]].text in ("set", "frozenset", "list", "tuple")
    ):
        return node.args[1:]
    if node.op == "call" and len(node.args) == 3 and function.facts.values[node.args[0]].text == "get":
        return node.args[2:]
    return ()


def is_absence(guards: Guards) -> bool:
    """Tell whether nothing is known but that there is no identity."""
    return all(guard.kind == "absent" for guard in guards)


def _foreign(labels: Labels) -> Labels:
    return frozenset(label for label in labels if MARK in label or label in (TOOL, ARGUMENTS))


def positive(operator: str, truth: bool) -> bool:
    """Tell whether a comparison of known outcome says that its sides match."""
    if operator in ("==", "in", "is", "<=", ">=", "<", ">"):
        return truth
    return not truth


def intersection(results: Sequence[Guards]) -> dict[Guard, Place]:
    """Return what holds in every one of several cases."""
    if not results:
        return {}
    first, *others = results
    return {guard: place for guard, place in first.items() if all(guard in other for other in others)}


def let_through(calls: Sequence[Guards]) -> dict[Guard, Place]:
    """Return what holds at every way through a wrapper or middleware.

    The way of a caller without identity does not undo the check of the others, which is noted: it is none where
    connections must present a token. Nor does a way that only the tool or its arguments open (an unknown action that
    the tool itself refuses).
    """
    everywhere = intersection(calls)
    if any(guard.kind == "check" for guard in everywhere):
        return everywhere
    anonymous = [guards for guards in calls if any(guard.kind == "absent" for guard in guards)]
    others = [guards for guards in calls if guards not in anonymous]
    checked = [guards for guards in others if any(guard.kind == "check" for guard in guards)]
    selected = [
        guards for guards in others if guards not in checked and any(guard.kind == "selected" for guard in guards)
    ]
    if not checked or len(checked) + len(selected) < len(others):
        return everywhere
    best = next((guards for guards in checked if any(TOOL in guard.subject for guard in guards)), checked[0])
    note = WITH_TOKEN if anonymous else ""
    noted = {guard._replace(note=note) if guard.kind == "check" else guard: place for guard, place in best.items()}
    return {**everywhere, **noted}


def _not(reader: GuardReader, function: Function, value: int, node: Value, truth: bool) -> dict[Guard, Place]:
    return reader.known(function, node.args[0], not truth)


def _and(reader: GuardReader, function: Function, value: int, node: Value, truth: bool) -> dict[Guard, Place]:
    return reader.every(function, node.args, True) if truth else reader.either(function, node.args, False)


def _or(reader: GuardReader, function: Function, value: int, node: Value, truth: bool) -> dict[Guard, Place]:
    return reader.either(function, node.args, True) if truth else reader.every(function, node.args, False)


def _await(reader: GuardReader, function: Function, value: int, node: Value, truth: bool) -> dict[Guard, Place]:
    return reader.known(function, node.args[0], truth)


def _phi(reader: GuardReader, function: Function, value: int, node: Value, truth: bool) -> dict[Guard, Place]:
    results: list[Guards] = []
    for argument in node.args:
        part = function.facts.values[argument]
        if part.op == "bool" and (part.text == "True") != truth:
            continue
        if part.op == "none" and truth:
            continue
        if argument != value and part.op != "phi":
            results.append(reader.known(function, argument, truth))
    return intersection(results)


def _compare(reader: GuardReader, function: Function, value: int, node: Value, truth: bool) -> dict[Guard, Place]:
    return reader.compare(function, value, node, truth)


def _call(reader: GuardReader, function: Function, value: int, node: Value, truth: bool) -> dict[Guard, Place]:
    return reader.call(function, value, node, truth)


_CONDITIONS = {
    "not": _not,
    "and": _and,
    "or": _or,
    "await": _await,
    "phi": _phi,
    "compare": _compare,
    "call": _call,
}
