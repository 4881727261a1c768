"""What conditions and calls establish at points of functions."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol

from analyzers.facts import Event, Value
from analyzers.flow.answers import answer, part_result, resulted
from analyzers.flow.bindings import Bindings, argument_for, index_in
from analyzers.flow.choosing import without_choices
from analyzers.flow.comparisons import common, compare, constants_of, difference, leaves, made
from analyzers.flow.configured import ConfiguredReader
from analyzers.flow.contained import either_contained
from analyzers.flow.destinations import HOLDS, LOOSE, PART, Condition, destination_condition
from analyzers.flow.enclosing import without_own
from analyzers.flow.found_entries import ENTRIES, known_by
from analyzers.flow.guards import (
    EMPTY,
    PROVED,
    Guard,
    Guards,
    Place,
    Wanted,
    checked_each,
    intersection,
    is_absence,
    is_local,
)
from analyzers.flow.held_claims import holds_claims
from analyzers.flow.labeling import Labeler
from analyzers.flow.labels import (
    MARK,
    TOOL,
    Labels,
    claims_of,
    is_identity,
    is_own,
    is_process_wide,
    is_same,
    is_selected,
)
from analyzers.flow.listed import listed_conditions
from analyzers.flow.prefixes import INSIDE
from analyzers.flow.proofs import verified
from analyzers.flow.requests import RequestMarks, asks_for_request
from analyzers.flow.restating import restated
from analyzers.flow.skipped_items import behind_skips, errors_in, passed_by_errors
from analyzers.flow.stored import collected
from analyzers.flow.texts import returned_condition, text_conditions
from analyzers.flow.threaded import made_call
from analyzers.flow.transports import TransportMarks
from analyzers.flow.underway import Underway
from analyzers.flow.whole_texts import is_whole, stripped
from analyzers.frameworks.identity import is_guard_name
from analyzers.frameworks.switches import stops_writing
from analyzers.project.entering import Entering, refusing
from analyzers.project.program import Function
from analyzers.project.targets import Site

MAX_DEPTH = 80
# Where a switch that was set at the start is kept: an attribute, a variable of a module.
_KEPT_IN = ("attr", "name", "free", "import")


class Knows(Protocol):
    """What guards need to know of the functions that are called."""

    underway: Underway

    def is_kept(self, function: Function, early: int) -> bool:
        """Tell whether an answer about a function is one, given how much was asked too early before it was sought."""
        ...

    def on_return(self, function: Function) -> Guards:
        """Return what holds when a function has returned normally."""
        ...

    def on_result(self, function: Function, wanted: Wanted) -> Guards:
        """Return what holds when a function gave a result of a kind."""
        ...


class GuardReader:
    """Reads the guards at points of functions."""

    def __init__(self, labeler: Labeler, summaries: Knows) -> None:
        self.labeler = labeler
        self.resolver = labeler.resolver
        self.summaries = summaries
        self.configured = ConfiguredReader(labeler)
        self.requests = RequestMarks(self.resolver)
        self.transports = TransportMarks(self.resolver)
        self.entering = Entering()
        self._active: set[tuple[str, int]] = set()
        # Answers that were cut short inside of others may be longer by themselves.
        self._cuts = 0
        self._known: defaultdict[str, dict[tuple[int, bool], Guards]] = defaultdict(dict)
        self._after: defaultdict[str, dict[int, dict[Guard, Place]]] = defaultdict(dict)
        self._returned: defaultdict[str, dict[int, Guards]] = defaultdict(dict)

    def at(self, function: Function, event: int) -> dict[Guard, Place]:
        """Return what holds when an event starts."""
        start = function.facts.events[event].dominator if event >= 0 else -1
        return self.after(function, start)

    def after(self, function: Function, event: int) -> dict[Guard, Place]:
        """Return what holds once an event has completed."""
        known = self._after[function.id]
        steps: list[int] = []
        while event >= 0 and event not in known:
            steps.append(event)
            event = function.facts.events[event].dominator
        found = known[event] if event >= 0 else {}
        early = self.summaries.underway.early
        for step in reversed(steps):
            established = self.established(function, function.facts.events[step])
            found = {**found, **established} if established else found
            if self.summaries.is_kept(function, early):
                known[step] = found
        return dict(found)

    def forget(self, function: Function) -> None:
        """Drop what is known of a function, because a summary that it uses changed."""
        for known in (self._known, self._after, self._returned):
            known.pop(function.id, None)

    def trim(self) -> None:
        """Drop all that is known of points, which can be found again."""
        for known in (self._known, self._after, self._returned):
            known.clear()

    def established(self, function: Function, event: Event) -> Guards:
        """Return what holds because one event has completed."""
        if event.kind in ("true", "false"):
            known = self.known(function, event.value, event.kind == "true")
            return without_choices(self.labeler, function, event, known)
        if event.kind == "call":
            return self.returned(function, event)
        if event.kind == "each":
            return self._each(function, event)
        if event.kind == "swallow" and asks_for_request(self.resolver, function, event):
            return {Guard("local"): self.place(function, event.start)}
        return EMPTY

    def _each(self, function: Function, event: Event) -> Guards:
        """A finished loop: what held at the end of every round held for every item."""
        found: dict[Guard, Place] = {}
        for step in function.chain(event.target):
            if step is function.facts.events[event.dominator]:
                break
            found.update(self.established(function, step))
        for step in behind_skips(function, event):
            found.update(self.established(function, step))
        skipped = errors_in(self.labeler, function, event) if event.text == "errors" else []
        return passed_by_errors(function, found, self.place(function, skipped[-1].start)) if skipped else found

    def returned(self, function: Function, event: Event) -> Guards:
        """Return what holds because a call came back."""
        known = self._returned[function.id]
        found = known.get(event.value)
        if found is None:
            cuts, early = self._cuts, self.summaries.underway.early
            found = self._returns(function, event) or EMPTY
            entered = self.entering.includes(function, event.value)
            for method in refusing(self.resolver, function, event.value) if entered else ():
                found = {**found, **self.summaries.on_return(method)}
            if self._is_whole(function, cuts, early):
                known[event.value] = found
        return found

    def _returns(self, function: Function, event: Event) -> Guards:
        call = made_call(self.resolver, function, event.value)
        if self.resolver.is_named("guards", function, call.args[0]):
            return self.vouched(function, call)
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
        proof = verified(self, function, call)
        if proof:
            return proof
        callee = function.facts.values[call.args[0]]
        name = callee.text.rpartition("|")[2]
        condition = returned_condition(self.labeler, function, call)
        if condition is not None:
            return {_about(condition): self.place(function, event.start)}
        targets = self.resolver.resolve(function, call.args[0])
        if not is_guard_name(name) or any(target.kind != "external" for target in targets):
            return EMPTY
        if any(target.name.startswith(("builtins.", "fastmcp.", "mcp.")) for target in targets):
            return EMPTY
        return {Guard("named", "", frozenset(), name): self.place(function, event.start)}

    def vouched(self, function: Function, call: Value) -> dict[Guard, Place]:
        """Return what a call of a guard that the policy names makes hold."""
        about = frozenset(label for label in self.labeler.union(function, call.args[1:]) if label == TOOL)
        return {Guard("check", "policy", about | {"const:policy"}): self.place(function, call.start)}

    def place(self, function: Function, offset: int) -> Place:
        """Return a byte offset of a function as a place."""
        return Place(function.file.path, function.file.facts.lines.line(offset), function.facts.qualname)

    def bind(self, caller: Function, call: Value, callee: Function, has_receiver: bool) -> Bindings:
        """Return what a call passes, by the callee's parameter: labels, and string constants as `const:x`."""
        passed = self.labeler.bind(caller, call, callee, has_receiver)

        def find(parameter: str) -> Labels | None:
            labels = passed.get(parameter)
            index = index_in(callee, parameter)
            if labels is None or index < 0:
                return labels
            argument = argument_for(call, callee, index, has_receiver=has_receiver)
            return labels | constants_of(self, caller, argument) if argument >= 0 else labels

        return Bindings(find=find, entries=passed.entries)

    def substitute(self, guards: Guards, bindings: Bindings) -> dict[Guard, Place]:
        """Restate a callee's guards in terms of its caller; tests of an address that nobody chooses say nothing."""
        found: dict[Guard, Place] = {}
        known = bindings.guards
        for guard, place in guards.items():
            if guard not in known:
                known[guard] = restated(self.labeler, guard, bindings)
            given = known[guard]
            if given is not None:
                found[given] = place
        return found

    # Conditions

    def known(self, function: Function, value: int, truth: bool) -> Guards:
        """Return what holds when a condition is known to be true (or false)."""
        answers = self._known[function.id]
        answer = answers.get((value, truth))
        if answer is not None:
            return answer
        key = (function.id, value)
        if key in self._active or len(self._active) > MAX_DEPTH:
            self._cuts += 1
            return EMPTY
        cuts, early = self._cuts, self.summaries.underway.early
        self._active.add(key)
        site = Site(function, value, function.facts.values[value])
        rule = _CONDITIONS.get(site.node.op)
        found = (rule(self, site, truth) if rule else self.plain(site, truth)) or EMPTY
        entry = known_by(self, function, value) if truth and site.node.op in ENTRIES else EMPTY
        found = {**found, **entry} if entry else found
        if not truth and self.requests.includes(function, value):
            found = {Guard("local"): self.place(function, site.node.start)}
        self._active.discard(key)
        if self._is_whole(function, cuts, early):
            answers[value, truth] = found
        return found

    def _is_whole(self, function: Function, cuts: int, early: int) -> bool:
        return (self._cuts == cuts or not self._active) and self.summaries.is_kept(function, early)

    def resulted(self, function: Function, value: int, wanted: Wanted) -> dict[Guard, Place]:
        """Return what holds because a value that a function of the program gave is of a kind."""
        key = (function.id, value)
        if key in self._active or len(self._active) > MAX_DEPTH:
            self._cuts += 1
            return {}
        self._active.add(key)
        found = resulted(self, function, value, wanted)
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
        every = [(value, self.known(function, value, truth)) for value in values]
        parts = [part for part in every if not is_local(part[1])] or every
        found = checked_each([guards for _, guards in parts])
        found.update(either_contained([guards for _, guards in parts]))
        found.update(self._unless_empty(function, parts, truth))
        found.update(self.configured.unless(function, parts))
        checks = [(guard, place) for _, guards in parts for guard, place in guards.items() if guard.kind == "check"]
        bypass = any(is_absence(guards) and self.is_presence(function, value) for value, guards in parts)
        if checks and bypass:
            for guard, place in checks:
                if guard not in found:
                    found[guard._replace(kind="open")] = place
        return found

    def _unless_empty(self, function: Function, parts: Sequence[tuple[int, Guards]], truth: bool) -> dict[Guard, Place]:
        """`not name or is_safe(name)`: what holds of a text unless it is empty, as if it were not."""
        empty = frozenset(label for value, _ in parts for label in self.empty_texts(function, value, truth))
        if not empty:
            return {}
        others = intersection([guards for value, guards in parts if not self.empty_texts(function, value, truth)])
        return {guard: place for guard, place in others.items() if is_about(guard, empty)}

    def empty_texts(self, function: Function, value: int, truth: bool) -> Labels:
        """Return the labels of what a caller wrote where a condition of known outcome says that it is empty."""
        node = function.facts.values[value]
        while node.op == "not":
            value, truth = node.args[0], not truth
            node = function.facts.values[value]
        if truth and node.op == "and":
            return frozenset().union(*[self.empty_texts(function, part, True) for part in node.args])
        value = stripped(function, value)
        node = function.facts.values[value]
        if truth or node.op not in ("param", "phi", "free", "name", "attr", "element"):
            return frozenset()
        labels = self.labeler.labels(function, value)
        return labels if labels and all(MARK in label for label in labels) else frozenset()

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
            return {guard.kind for guard in self.known(function, value, True)} - {PROVED} == {"authenticated"}
        return is_identity(labels)

    def plain(self, site: Site, truth: bool) -> dict[Guard, Place]:
        """Return what a condition says by its labels alone."""
        function, value, node = site
        labels = self.labeler.labels(function, value)
        place = self.place(function, node.start)
        if is_identity(labels) and truth:
            shared = common(self, function, node)
            if shared:
                return shared
            if holds_claims(self.resolver, function, value, labels):
                return {Guard("authenticated"): place}
            named = [
                claim
                for claim in claims_of(labels)
                if claim not in ("scopes", "claims", "client_id", "subject", "sub", "auth")
            ]
            if named:
                return {Guard("check", named[0], frozenset({f"const:{named[0]}"})): place}
            return {Guard("authenticated"): place}
        if is_identity(labels):
            return difference(self, function, node) or {Guard("absent"): place}
        settled = labels
        if node.op == "attr" and any(map(is_own, labels)):
            # A switch of an object stays one where objects may also be made otherwise.
            settled = frozenset(label for label in labels if MARK not in label)
        if is_process_wide(settled):
            return {Guard("mode", "", settled): place}
        if is_selected(labels):
            return {Guard("selected"): place}
        if not settled and node.op in _KEPT_IN and stops_writing(node.text.rpartition("|")[2]):
            return {Guard("mode", "", frozenset({f"switch:{node.text.rpartition('|')[2]}"})): place}
        return self.about_values(function, value, truth)

    def about_values(self, function: Function, value: int, truth: bool) -> dict[Guard, Place]:
        """Return what a condition of known outcome says about an address, a path or another text."""
        found: list[Condition] = list(text_conditions(self.labeler, function, value, truth))
        condition = destination_condition(self.labeler, function, value, truth)
        if condition is not None and condition.note.startswith(LOOSE):
            found.extend((condition, condition._replace(note=PART)))
        elif condition is not None:
            is_part = condition.note == HOLDS and not self._is_all(function, value, condition.on)
            found.append(condition._replace(note=PART) if is_part else condition)
        if condition is None:
            found.extend(
                listed._replace(against=without_own(self.labeler, function, listed.against))
                for listed in listed_conditions(self.labeler, function, value, truth)
            )
        place = self.place(function, function.facts.values[value].start) if found else None
        return {_about(condition): place for condition in found} if place is not None else {}

    def _is_all(self, function: Function, value: int, on: Labels) -> bool:
        """Tell whether the value that a condition is about is all of what a caller passed."""
        node = function.facts.values[value]
        parts = [part for part in node.args if self.labeler.labels(function, part) & on]
        return node.op == "compare" and all(is_whole(self.labeler, function, part) for part in parts)


def _about(condition: Condition) -> Guard:
    kind = "listed" if condition.against and condition.note != INSIDE else "url"
    return Guard(kind, "", condition.on, condition.note, against=condition.against)


def _not(reader: GuardReader, site: Site, truth: bool) -> Guards:
    function, _, node = site
    return reader.known(function, node.args[0], not truth)


def _and(reader: GuardReader, site: Site, truth: bool) -> Guards:
    function, _, node = site
    return reader.every(function, node.args, True) if truth else reader.either(function, node.args, False)


def _or(reader: GuardReader, site: Site, truth: bool) -> Guards:
    function, _, node = site
    return reader.either(function, node.args, True) if truth else reader.every(function, node.args, False)


def _await(reader: GuardReader, site: Site, truth: bool) -> Guards:
    function, _, node = site
    return reader.known(function, node.args[0], truth)


def _phi(reader: GuardReader, site: Site, truth: bool) -> dict[Guard, Place]:
    """Of several values one; a flag that was set says what held where it was."""
    function, value, _ = site
    results: list[Guards] = []
    for argument in leaves(function, value):
        part = function.facts.values[argument]
        if part.op == "bool" and (part.text == "True") != truth:
            continue
        if part.op == "none" and truth:
            continue
        flag = flag_of(function, argument) if part.op == "bool" else -1
        held = reader.at(function, flag) if flag >= 0 else reader.known(function, argument, truth)
        results.append({**made(reader, function, argument), **held} if truth else held)
    return intersection(results)


def _comprehension(reader: GuardReader, site: Site, truth: bool) -> dict[Guard, Place]:
    """A list that is not empty is made of something that is not; one that is holds none that passes its condition."""
    function, _, node = site
    source = collected(node)
    if not truth and source >= 0:
        return {**reader.plain(site, truth), **_failing(reader, function, node)}
    made_of = reader.known(function, source, True) if truth and source >= 0 else EMPTY
    return {**reader.plain(site, truth), **{guard: place for guard, place in made_of.items() if guard.kind == "url"}}


def _failing(reader: GuardReader, function: Function, node: Value) -> dict[Guard, Place]:
    """Return what holds of all items of a list where its one condition fails for each of them."""
    inside = [
        event
        for event in function.facts.events
        if event.kind in ("true", "false") and node.start <= event.start < node.end
    ]
    # `c and c not in known` is told of as a whole, and of its first part as well.
    parts = {part for event in inside for part in _parts_of_and(function, event.value)}
    inside = [event for event in inside if event.value not in parts]
    if len(inside) != 1:
        return {}
    failed = reader.known(function, inside[0].value, inside[0].kind == "false")
    # Of what a caller was granted, that nothing is left says nothing where there was nothing.
    kinds = ("url",) if is_identity(reader.labeler.labels(function, node.args[0])) else ("url", "check")
    return {guard: place for guard, place in failed.items() if guard.kind in kinds}


def _parts_of_and(function: Function, value: int) -> tuple[int, ...]:
    node = function.facts.values[value]
    return node.args if node.op == "and" else ()


def flag_of(function: Function, value: int) -> int:
    """Return the event at which a variable became a boolean constant, -1 where it did not."""
    return next(
        (index for index, event in enumerate(function.facts.events) if event.kind == "flag" and event.value == value),
        -1,
    )


def is_about(guard: Guard, labels: Labels) -> bool:
    """Tell whether a condition is about nothing but texts with these labels, or what was made of them."""
    return guard.kind == "url" and all(
        MARK in subject and any(is_same(subject, label) for label in labels) for subject in guard.subject
    )


_CONDITIONS = {
    "not": _not,
    "and": _and,
    "or": _or,
    "await": _await,
    "phi": _phi,
    "compare": compare,
    "comprehension": _comprehension,
    "call": answer,
    "item": part_result,
    "index": part_result,
    "attr": part_result,
}
