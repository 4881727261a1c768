"""Proofs of a credential that hold unless a switch of the process leaves them out: `if settings.open: return`."""

from collections.abc import Callable, Sequence, Set

from analyzers.facts import Event
from analyzers.flow.guards import PROVED, Guard, Guards, Place, intersection
from analyzers.flow.labels import Labels
from analyzers.flow.passed_by import CONDITIONS, before
from analyzers.project.program import Function

# Returns the switch that an event of a function asks, as a key, a guard and its place.
Switches = Callable[[Function, int], tuple[str, Guard, Place] | None]


def proofs(guards: Guards) -> dict[Guard, Place]:
    """Return the proofs among what holds, with the switches that leave them out."""
    found = {guard: place for guard, place in guards.items() if guard.kind == PROVED}
    if not found:
        return found
    left = {guard.claim for guard in found if guard.claim}
    return {
        **found,
        **{guard: place for guard, place in guards.items() if guard.kind == "switch" and guard.claim in left},
    }


def others(guards: Guards) -> dict[Guard, Place]:
    """Return what holds but for proofs."""
    return {guard: place for guard, place in guards.items() if guard.kind != PROVED}


def unless_switched(
    function: Function, cases: Sequence[tuple[Guards, int]], found: Guards, switches: Switches
) -> dict[Guard, Place]:
    """Return the proofs of all ways out of a function but those that a switch opens; each with its last event."""
    strict = [(guards, after) for guards, after in cases if not proofs(guards).keys() <= found.keys()]
    loose = [after for guards, after in cases if proofs(guards).keys() <= found.keys()]
    if not strict or not loose:
        return {}
    common = intersection([proofs(guards) for guards, _ in strict])
    certain = {index for _, after in strict for index in before(function, after)}
    switched: dict[Guard, Place] = {}
    for after in loose:
        own = [index for index in reversed(list(before(function, after))) if index not in certain]
        switch = switches(function, own[0]) if own else None
        if switch is None or any(function.facts.events[index].kind == "swallow" for index in own):
            return {}
        switched.update(left_out(common, *switch))
    return switched


def given_with(function: Function, index: int, on_switch: Callable[[int], Labels | None]) -> Labels | None:
    """Return the switch of a condition that asks for a credential as well, without which the function has refused.

    `if not token and checks: raise` and then `if checks and token: verify(token)`. `on_switch` gives the labels of a
    switch, None for another condition.
    """
    event = function.facts.events[index]
    node = function.facts.values[event.value]
    if node.op != "and" or event.kind != "true" or len(node.args) != 2:
        return None
    certain = {(step.kind, step.value) for step in function.chain(event.dominator)}
    for given, asked in (node.args, node.args[::-1]):
        labels = on_switch(asked)
        if labels is not None and any(
            _is_absent(function, end, given, certain, on_switch) for end in function.facts.events if end.kind == "raise"
        ):
            return labels
    return None


def _is_absent(
    function: Function, end: Event, given: int, certain: Set[tuple[str, int]], on_switch: Callable[[int], Labels | None]
) -> bool:
    """Tell whether a function is left because something is not given, whatever else than switches there is."""
    steps = [step for step in function.chain(end.dominator) if step.kind in CONDITIONS]
    own = [step for step in steps if (step.kind, step.value) not in certain]
    absent = [step for step in own if _lacks(function, step.value, step.kind == "true", given)]
    return bool(absent) and all(step in absent or on_switch(step.value) is not None for step in own)


def _lacks(function: Function, value: int, truth: bool, given: int) -> bool:
    node = function.facts.values[value]
    return _lacks(function, node.args[0], not truth, given) if node.op == "not" else value == given and not truth


def left_out(guards: Guards, key: str, switch: Guard, place: Place) -> dict[Guard, Place]:
    """Return conditions as ones that a switch leaves out, and the switch."""
    return {**{guard._replace(claim=guard.claim or key): where for guard, where in guards.items()}, switch: place}
