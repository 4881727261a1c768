"""Tools that ask for a valid credential themselves, where nothing in front of their server does."""

from collections.abc import Collection, Mapping
from functools import partial

from analyzers.authority.unconfigured import is_left_out_by_default
from analyzers.facts import Event
from analyzers.flow.effects import Effect
from analyzers.flow.guards import FOUND, PROVED, Guard, Place
from analyzers.flow.labels import MARK, index_of, is_arguments, owner_of
from analyzers.flow.proofs import is_of_request, is_presented, presented
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function
from analyzers.project.servers import EntryPoint

BRANCHES = ("true", "false")


def proved_at(flow: Flow, entry: EntryPoint, guards: Mapping[Guard, Place]) -> Place | None:
    """Return where the credential of whoever calls an entry point was found to be right, None where it is not asked.

    A switch of the process may leave that out, but not as long as nobody sets it.
    """
    handlers = _handlers(entry)
    name = partial(_named, handlers)
    switches = {guard.claim: (guard, place) for guard, place in guards.items() if guard.kind == "switch"}
    for guard, place in guards.items():
        if guard.kind == "authenticated" and not guard.note:
            return place
        if is_of_request(guard, name):
            switch = switches.get(guard.claim)
            if not guard.claim or (switch is not None and _is_asked_by_default(flow, *switch, handlers.keys())):
                return place
    return None


def without_lookups(entry: EntryPoint, effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """Return effects but for those that look up whoever calls by the credential of the call, which come before it.

    So does what notes that somebody tried with it, as long as there is anything that is done for who did not fail.
    """
    handlers = _handlers(entry)
    name = partial(_named, handlers)
    about = [effect for effect in effects if is_of_request(_found(effect), name)]
    noted = [effect for effect in about if effect.kind == "write" and not _is_given(effect, handlers)]
    others = tuple(effect for effect in effects if effect not in about or not effect.kind.startswith("read"))
    acting = tuple(effect for effect in others if effect not in noted)
    return acting or others


def held_at_each(effects: tuple[Effect, ...]) -> dict[Guard, Place]:
    """Return what holds wherever anything is done, nothing where nothing is."""
    first = effects[0].guards if effects else {}
    return {guard: place for guard, place in first.items() if all(guard in effect.guards for effect in effects)}


def _found(effect: Effect) -> Guard:
    """Return what would hold if what an effect was given of a request had been looked up."""
    return Guard(PROVED, "", presented(effect.arguments), FOUND)


def _is_given(effect: Effect, handlers: Collection[str]) -> bool:
    """Tell whether an effect is given what a tool is asked to do."""
    return any(is_arguments(label) or (MARK in label and owner_of(label) in handlers) for label in effect.arguments)


def _handlers(entry: EntryPoint) -> dict[str, Function]:
    return {handler.id: handler for handler in (entry.handler, entry.inner) if handler is not None}


def _named(handlers: Mapping[str, Function], label: str) -> str:
    """Return the name of the parameter of a tool that a label stands for, "" for another label."""
    handler = handlers.get(owner_of(label))
    return handler.facts.parameters[index_of(label)].name if handler is not None else ""


def _is_asked_by_default(flow: Flow, switch: Guard, place: Place, handlers: Collection[str]) -> bool:
    """Tell whether a switch that no caller has a part in is not known to leave the proof out as long as it is unset."""
    if any(is_presented(label) or (MARK in label and owner_of(label) in handlers) for label in switch.subject):
        return False
    file = flow.program.files.get(place.path)
    start = int(switch.claim.rpartition(":")[2])
    for function in file.functions if file is not None else ():
        events = function.facts.events
        left_out = [
            step
            for step in events
            if step.kind in BRANCHES and step.start == start and is_left_out_by_default(flow, function, step)
        ]
        if left_out and any(_proves(flow, function, event, left_out) for event in events):
            return False
    return True


def _proves(flow: Flow, function: Function, event: Event, branches: Collection[Event]) -> bool:
    """Tell whether an event behind one of some branches finds a credential to be right."""
    behind = any(any(step is branch for branch in branches) for step in function.chain(event.dominator))
    return behind and any(guard.kind == PROVED for guard in flow.guards.established(function, event))
