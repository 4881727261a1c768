"""Checks within one function that a call gets past.

A function is examined at its targets: the calls that have an effect, or that run the tool from a wrapper or a
middleware; in a helper, its normal returns. A check is a weakness when a target is reached without it.
"""

from collections.abc import Iterator, Sequence

import msgspec

from analyzers.authority.misuse import answers_checks, is_only_told, is_turned_round, is_yes
from analyzers.authority.other_modes import in_this_mode
from analyzers.authority.rows import Row
from analyzers.authority.weakness import Weakness, weakness_at
from analyzers.facts import Event
from analyzers.flow.grant_prefixes import part_reason
from analyzers.flow.guards import PROVED, Guards, is_absence, is_local
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function

READING = 1
SUPPRESS = ("contextlib.suppress", "suppress")


class _Target(msgspec.Struct, frozen=True):
    """A point that must not be reached unchecked: the events certain before it, and its position among all.

    `acts` tells that the tool itself changes something there, or is called from around it.
    """

    chain: tuple[Event, ...]
    position: int
    acts: bool = False


def in_function(flow: Flow, row: Row, function: Function) -> Iterator[Weakness]:
    """Yield why the checks of one function that a row runs do not hold."""
    targets = _targets(flow, row, function)
    checks = [
        (index, event)
        for index, event in checks_in(flow, function)
        if _is_alive(row, function, event)
        and _refuses(function, event, targets)
        and not _is_outcome(flow, function, event)
    ]
    # What stands before several targets is told at the first of them.
    told: set[int] = set()
    looked = 0
    for target in targets:
        chain = set(map(id, target.chain))
        if any(id(event) in chain for _, event in checks) or _is_local(flow, function, target.chain):
            continue
        if checks and _lacks_identity(flow, function, target.chain):
            for event in in_this_mode(flow, function, (event for _, event in checks), target.chain)[:1]:
                yield weakness_at(function, "open", "lets calls without an identity through", event)
        for event in target.chain:
            if id(event) not in told:
                told.add(id(event))
                yield from _half(flow, function, event)
                if is_turned_round(flow, function, event):
                    yield weakness_at(function, "void", "refuses whoever holds the grant, and nobody else", event)
        for index, event in checks:
            yield from _missed(flow, function, target, index, event)
        passed = function.facts.events[looked : target.position]
        yield from _idle(flow, function, [event for event in passed if _is_alive(row, function, event)])
        looked = max(looked, target.position)
        position = function.facts.events[target.position] if target.position < len(function.facts.events) else None
        absent = position is not None and is_yes(function, position) and _lacks_identity(flow, function, target.chain)
        if position is not None and absent and answers_checks(flow, function):
            yield weakness_at(function, "open", "answers yes without an identity", position)


def _targets(flow: Flow, row: Row, function: Function) -> list[_Target]:
    events = function.facts.events
    found: list[_Target] = []
    passed = {handed.event for handed in flow.summary(function).passed}
    for index, event in enumerate(events):
        if event.kind != "call" or not _is_alive(row, function, event):
            continue
        rank = flow.rank_of(function, index)
        if index in passed or rank > 0:
            acts = index in passed or (rank > READING and is_own(row, function))
            found.append(_Target(tuple(function.chain(event.dominator)), index, acts))
    if found:
        return found
    returns = [
        _Target(tuple(function.chain(event.dominator)), index)
        for index, event in enumerate(events)
        if event.kind == "return"
    ]
    if function.facts.falls != -2:
        returns.append(_Target(tuple(function.chain(function.facts.falls)), len(events)))
    return returns


def is_own(row: Row, function: Function) -> bool:
    """Tell whether a function is the tool's own."""
    branch = row.entry.branch
    own = branch.function if branch is not None else None
    return function in (row.entry.handler, row.entry.inner, own)


def _is_alive(row: Row, function: Function, event: Event) -> bool:
    branch = row.entry.branch
    return branch is None or branch.function is not function or branch.is_alive(event)


def checks_in(flow: Flow, function: Function) -> Iterator[tuple[int, Event]]:
    """Yield the events after which a check holds, with their indices."""
    for index, event in enumerate(function.facts.events):
        if event.kind in ("true", "false", "call") and _establishes(flow, function, event):
            yield index, event


def _refuses(function: Function, event: Event, targets: list[_Target]) -> bool:
    """Tell whether the other outcome of a check leaves the function before any target; a call refuses by raising."""
    if event.kind == "call":
        return True
    other = "false" if event.kind == "true" else "true"
    for opposite in function.facts.events:
        if opposite.kind == other and opposite.value == event.value:
            if any(step is opposite for target in targets for step in target.chain):
                return False
            return any(
                end.kind in ("raise", "return") and any(step is opposite for step in function.chain(end.dominator))
                for end in function.facts.events
            )
    return False


def _is_outcome(flow: Flow, function: Function, event: Event) -> bool:
    """Tell whether a branch asks for what a call that acts gave back, `if not result.content`: that refuses nobody.

    A check that keeps a record acts as well, but its answer is only asked for, and no member of it is read.
    """
    if event.kind == "call":
        return False
    values = function.facts.values
    waiting, seen = [event.value], set[int]()
    while waiting:
        value = waiting.pop()
        if value < 0 or value in seen:
            continue
        seen.add(value)
        position = function.event_of(value)
        if position < 0:
            waiting.extend(values[value].args)
        elif flow.rank_of(function, position) > READING:
            same = {value} | {index for index, node in enumerate(values) if node.op == "await" and value in node.args}
            if any(node.op in ("attr", "index") and node.args[0] in same for node in values):
                return True
    return False


def _establishes(flow: Flow, function: Function, event: Event) -> bool:
    return any(guard.kind == "check" for guard in established(flow, function, event))


def established(flow: Flow, function: Function, event: Event) -> Guards:
    """Return what holds because a branch was taken or a call came back."""
    if event.kind == "call":
        return flow.guards.returned(function, event)
    return flow.guards.known(function, event.value, event.kind == "true")


def _half(flow: Flow, function: Function, event: Event) -> Iterator[Weakness]:
    """Conditions that were read as passed without an identity, or as a test for a part of a string."""
    if event.kind not in ("true", "false"):
        return
    for guard, place in flow.guards.known(function, event.value, event.kind == "true").items():
        if guard.kind == "open":
            found = weakness_at(function, "open", "is passed without an identity or a claim", event)
            yield msgspec.structs.replace(found, passed_on=place.symbol != function.facts.qualname)
        elif guard.kind == "chosen":
            yield weakness_at(function, "void", "asks for the grant that the caller names", event)
        elif guard.kind == "string":
            yield weakness_at(function, "void", part_reason(guard), event)


def _missed(flow: Flow, function: Function, target: _Target, index: int, event: Event) -> Iterator[Weakness]:
    """Say why a check is not certain at a target that it is near to."""
    if index > target.position:
        if target.acts and _follows(function, index, target.position):
            yield weakness_at(function, "void", "comes after the effect", event)
        return
    on_target = set(map(id, target.chain))
    apart = [step for step in function.chain(index) if id(step) not in on_target]
    if any(_presence(flow, function, step) == "present" for step in apart if step is not event):
        yield weakness_at(function, "open", "is left out when there is no identity", event)
    elif _is_suppressed(flow, function, event):
        yield weakness_at(function, "void", "is suppressed: its refusal has no effect", event)
    else:
        yield from _swallowed(function, target, index, event)


def _follows(function: Function, index: int, target: int) -> bool:
    """Tell whether the way from a target leads to an event: neither lies in another branch, nor was it left between."""
    events = function.facts.events
    steps = list(function.chain(events[index].dominator))
    if any(step is events[target] for step in steps):
        return True
    before = set(map(id, function.chain(target)))
    others = {id(step) for step in events[:target] if step.kind in ("true", "false")} - before
    ends = [end for end in events[target:index] if end.kind in ("return", "raise")]
    left = any(step is events[target] for end in ends for step in function.chain(end.dominator))
    return not left and others.isdisjoint(map(id, steps))


def _swallowed(function: Function, target: _Target, index: int, event: Event) -> Iterator[Weakness]:
    """An exception handler between the check and the target that goes on."""
    before = {id(step) for step in function.chain(index)}
    for position in range(index + 1, min(target.position, len(function.facts.events))):
        step = function.facts.events[position]
        if step.kind != "swallow" or (step.dominator >= 0 and id(function.facts.events[step.dominator]) not in before):
            continue
        if _raises_again(function, step):
            continue
        if any(step is other for other in target.chain):
            yield weakness_at(function, "open", "is passed when it fails with an error", event)
        else:
            yield weakness_at(function, "void", "is swallowed: its refusal is caught and the call goes on", event)
        return


def _raises_again(function: Function, handler: Event) -> bool:
    """Tell whether a handler ends in an error, whatever happens in it."""
    for end in function.facts.events:
        if end.kind == "raise":
            for step in function.chain(end.dominator):
                if step is handler:
                    return True
                if step.kind in ("true", "false", "each"):
                    break
    return False


def _is_suppressed(flow: Flow, function: Function, event: Event) -> bool:
    call = next((step for step in function.chain(event.dominator) if step.kind == "call"), None)
    return call is not None and flow.resolver.external(function, function.facts.values[call.value].args[0]) in SUPPRESS


def _lacks_identity(flow: Flow, function: Function, chain: tuple[Event, ...]) -> bool:
    """Tell whether a point is reached only because there is no identity."""
    return any(_presence(flow, function, event) == "absent" for event in chain)


def _is_local(flow: Flow, function: Function, chain: tuple[Event, ...]) -> bool:
    """Tell whether a point is reached only where no HTTP request is being handled."""
    return any(is_local(flow.guards.established(function, event)) for event in chain if event.kind != "call")


def _presence(flow: Flow, function: Function, event: Event) -> str:
    """Return `present` or `absent` for a branch on whether there is an identity, "" for any other event."""
    if event.kind not in ("true", "false") or not flow.guards.is_presence(function, event.value):
        return ""
    known = flow.guards.known(function, event.value, event.kind == "true")
    return "absent" if is_absence(known) else "present"


def _idle(flow: Flow, function: Function, passed: Sequence[Event]) -> Iterator[Weakness]:
    """Checks among some events whose outcome decides nothing."""
    for event in passed:
        if event.kind in ("true", "false") and is_only_told(flow, function, event):
            yield weakness_at(function, "void", "only writes down whom it would refuse", event)
        elif event.kind == "assert":
            if any(guard.kind == "check" for guard in flow.guards.known(function, event.value, True)):
                yield weakness_at(function, "void", "is an `assert`, which `python -O` leaves out", event)
        elif event.kind == "call":
            yield from _unheeded(flow, function, event)


def _unheeded(flow: Flow, function: Function, event: Event) -> Iterator[Weakness]:
    node = function.facts.values[event.value]
    for callee, _ in flow.resolver.functions(function, node.args[0]):
        summary = flow.summary(callee)
        held = {guard.kind for guard, _ in summary.on_return}
        if "check" not in held and not any(guard.kind == "check" for guard, _ in summary.if_true):
            continue
        if callee.facts.is_async and event.text != "await" and not _is_argument(function, event.value):
            yield weakness_at(function, "void", "is never awaited, so it never runs", event)
        elif held.isdisjoint(("check", PROVED)) and not is_used(function, event.value):
            yield weakness_at(function, "void", "has its answer thrown away", event)


def _is_argument(function: Function, value: int) -> bool:
    return any(node.op == "call" and value in node.args[1:] for node in function.facts.values)


def is_used(function: Function, value: int) -> bool:
    """Tell whether anything is made of a value, be it awaited or not."""
    same = {value} | {
        index for index, node in enumerate(function.facts.values) if node.op == "await" and value in node.args
    }
    if any(same & set(node.args) for node in function.facts.values if node.op != "await"):
        return True
    if any(same & set(values) for values in function.facts.names.values()):
        return True
    return any(event.value in same for event in function.facts.events if event.kind != "call")
