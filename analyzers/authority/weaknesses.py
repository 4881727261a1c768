"""Why a check that was written does not hold: what stands in a row's code where its authorization should be.

Asked only of rows that nothing authorizes. A function is examined at its targets: the calls that have an effect, or
that run the tool from a wrapper or a middleware; in a helper, its normal returns. A check is a weakness when a target
is reached without it: past a missing identity or an error (`open`), or for another reason (`void`).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from analyzers.authority.authentication import is_empty
from analyzers.authority.misuse import answers_checks, is_only_told, is_turned_round, is_yes
from analyzers.authority.passage import passed_functions
from analyzers.authority.rows import Row
from analyzers.facts import Event
from analyzers.finding import Location
from analyzers.flow.guards import Guards, Place, is_absence
from analyzers.flow.summaries import Flow
from analyzers.flow.wrappers import applied_guards, guards_around, wrapper_guards
from analyzers.frameworks import mcp
from analyzers.frameworks.identity import is_guard_name
from analyzers.project.dispatch import respelt
from analyzers.project.program import Function
from analyzers.project.targets import Reference, argument_of
from analyzers.project.wrapping import registration_index, wrappers_of

READING = 1
SUPPRESS = ("contextlib.suppress", "suppress")


class Weakness(msgspec.Struct, frozen=True):
    """A check that does not hold: `kind` is `open` or `void`, `reason` ends the sentence "the check ...".

    `shared` tells that it stands outside of the tool's own handler, and so concerns every tool that relies on it.
    """

    kind: str
    reason: str
    function: Function
    start: int
    end: int
    shared: bool = False

    @property
    def location(self) -> Location:
        """Where the check stands."""
        return self.function.location(self.start, self.end)

    @property
    def place(self) -> Place:
        """The check's line and the function around it."""
        return Place(
            self.function.file.path, self.function.file.facts.lines.line(self.start), self.function.facts.qualname
        )


class _Target(NamedTuple):
    """A point that must not be reached unchecked: the events certain before it, and its position among all.

    `acts` tells that the tool itself changes something there, or is called from around it.
    """

    chain: tuple[Event, ...]
    position: int
    acts: bool = False


class Weaknesses:
    """Finds why checks do not hold; what was found in a function is kept for the other tools that run it."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._rows: dict[int, Weakness | None] = {}
        self._functions: dict[str, tuple[Weakness, ...]] = {}

    def of(self, row: Row) -> Weakness | None:
        """Return why the checks on the way to a row's effects do not hold, None where there is no check at all."""
        if id(row) not in self._rows:
            self._rows[id(row)] = self._find(row)
        return self._rows[id(row)]

    def _find(self, row: Row) -> Weakness | None:
        handler = row.entry.handler
        if handler is None:
            return None
        found = [*_registered(self.flow, row), *_above_registration(self.flow, row, handler)]
        for function in passed_functions(self.flow, row):
            found.extend(self._within(row, function))
        found.sort(key=lambda item: item.kind != "open")
        return found[0] if found else None

    def _within(self, row: Row, function: Function) -> Iterable[Weakness]:
        if _is_own(row, function):
            shared = function is not row.entry.handler
            return [msgspec.structs.replace(item, shared=shared) for item in _in_function(self.flow, row, function)]
        if function.id not in self._functions:
            found = _in_function(self.flow, row, function)
            self._functions[function.id] = tuple(msgspec.structs.replace(item, shared=True) for item in found)
        return self._functions[function.id]


def foreign_check(flow: Flow, row: Row, rows: Sequence[Row]) -> Weakness | None:
    """Return the check of a row that names only other tools of its server, None when there is none.

    The names of checks are those of tools when the same check names a tool's own name somewhere.
    """
    siblings = {other.name: other for other in rows if other.entry.server is row.entry.server and other is not row}
    for names, weakness in _named_checks(flow, row):
        if not names or row.name in names or not names <= siblings.keys():
            continue
        if any(other.name in subject for other in siblings.values() for subject, _ in _named_checks(flow, other)):
            listed = ", ".join(f"`{name}`" for name in sorted(names))
            return msgspec.structs.replace(weakness, reason=f"asks for the grant of {listed}, another tool")
    return None


def misspelt_check(flow: Flow, row: Row) -> Weakness | None:
    """Return the check of a called name that is dispatched on in another spelling, None when there is none."""
    branch = row.entry.branch
    if branch is None:
        return None
    function = branch.function
    values = function.facts.values
    others = set(respelt(function, branch.subject))
    raw = set(branch.subject) - others
    if not any(node.op in ("compare", "index", "call") and others & set(node.args) for node in values):
        return None
    for _, event in _checks(flow, function):
        about = _made_from(function, event.value, others)
        if about & raw and not about & others:
            return _weakness(function, "void", "is about the name as sent, and another spelling decides", event)
    return None


def _made_from(function: Function, value: int, until: set[int]) -> set[int]:
    """Return the values that an expression is made from, not looking behind some of them."""
    seen: set[int] = set()
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if current >= 0 and current not in seen:
            seen.add(current)
            waiting.extend(function.facts.values[current].args if current not in until else ())
    return seen


def _named_checks(flow: Flow, row: Row) -> Iterator[tuple[set[str], Weakness]]:
    """Yield the constants that each check of a tool's own is about: in its function, around it, at its registration."""
    function = row.entry.handler if row.entry.branch is None else row.entry.inner
    if function is None:
        return
    for _, event in _checks(flow, function):
        yield _constants(_established(flow, function, event)), _weakness(function, "void", "", event)
    registered = [(applied, applied_guards(flow, applied)) for applied in row.entry.around]
    for applied, guards in (*registered, *guards_around(flow, function)):
        yield _constants(guards), Weakness("void", "", applied.function, applied.node.start, applied.node.end)


def _constants(guards: Guards) -> set[str]:
    """Return the constants that checks are about."""
    return {label.removeprefix("const:") for guard in guards if guard.kind == "check" for label in guard.subject}


# Within one function


def _in_function(flow: Flow, row: Row, function: Function) -> Iterator[Weakness]:
    targets = _targets(flow, row, function)
    checks = [
        (index, event)
        for index, event in _checks(flow, function)
        if _is_alive(row, function, event) and _refuses(function, event, targets)
    ]
    # What stands before several targets is told at the first of them.
    told: set[int] = set()
    looked = 0
    for target in targets:
        chain = set(map(id, target.chain))
        if any(id(event) in chain for _, event in checks):
            continue
        if checks and _lacks_identity(flow, function, target.chain):
            yield _weakness(function, "open", "lets calls without an identity through", checks[0][1])
        for event in target.chain:
            if id(event) not in told:
                told.add(id(event))
                yield from _half(flow, function, event)
                if is_turned_round(flow, function, event):
                    yield _weakness(function, "void", "refuses whoever holds the grant, and nobody else", event)
        for index, event in checks:
            yield from _missed(flow, function, target, index, event)
        yield from _idle(flow, function, range(looked, target.position))
        looked = max(looked, target.position)
        position = function.facts.events[target.position] if target.position < len(function.facts.events) else None
        absent = position is not None and is_yes(function, position) and _lacks_identity(flow, function, target.chain)
        if position is not None and absent and answers_checks(flow, function):
            yield _weakness(function, "open", "answers yes without an identity", position)


def _targets(flow: Flow, row: Row, function: Function) -> list[_Target]:
    events = function.facts.events
    found: list[_Target] = []
    passed = {handed.event for handed in flow.summary(function).passed}
    for index, event in enumerate(events):
        if event.kind != "call" or not _is_alive(row, function, event):
            continue
        rank = flow.rank_of(function, index)
        if index in passed or rank > 0:
            acts = index in passed or (rank > READING and _is_own(row, function))
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


def _is_own(row: Row, function: Function) -> bool:
    branch = row.entry.branch
    own = branch.function if branch is not None else None
    return function in (row.entry.handler, row.entry.inner, own)


def _is_alive(row: Row, function: Function, event: Event) -> bool:
    branch = row.entry.branch
    return branch is None or branch.function is not function or branch.is_alive(event)


def _checks(flow: Flow, function: Function) -> Iterator[tuple[int, Event]]:
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


def _establishes(flow: Flow, function: Function, event: Event) -> bool:
    return any(guard.kind == "check" for guard in _established(flow, function, event))


def _established(flow: Flow, function: Function, event: Event) -> Guards:
    if event.kind == "call":
        return flow.guards.returned(function, event)
    return flow.guards.known(function, event.value, event.kind == "true")


def _half(flow: Flow, function: Function, event: Event) -> Iterator[Weakness]:
    """Conditions that were read as passed without an identity, or as a test for a part of a string."""
    if event.kind not in ("true", "false"):
        return
    for guard in flow.guards.known(function, event.value, event.kind == "true"):
        if guard.kind == "open":
            yield _weakness(function, "open", "is passed without an identity or a claim", event)
        elif guard.kind == "string":
            yield _weakness(
                function, "void", "looks for a part of one string, where a name inside a longer one passes", event
            )


def _missed(flow: Flow, function: Function, target: _Target, index: int, event: Event) -> Iterator[Weakness]:
    """Say why a check is not certain at a target that it is near to."""
    if index > target.position:
        if target.acts and _follows(function, index, target.position):
            yield _weakness(function, "void", "comes after the effect", event)
        return
    on_target = set(map(id, target.chain))
    apart = [step for step in function.chain(index) if id(step) not in on_target]
    if any(_presence(flow, function, step) == "present" for step in apart if step is not event):
        yield _weakness(function, "open", "is left out when there is no identity", event)
    elif _is_suppressed(flow, function, event):
        yield _weakness(function, "void", "is suppressed: its refusal has no effect", event)
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
        if any(step is other for other in target.chain):
            yield _weakness(function, "open", "is passed when it fails with an error", event)
        else:
            yield _weakness(function, "void", "is swallowed: its refusal is caught and the call goes on", event)
        return


def _is_suppressed(flow: Flow, function: Function, event: Event) -> bool:
    for step in function.chain(event.dominator):
        if step.kind == "call":
            node = function.facts.values[step.value]
            return flow.resolver.external(function, node.args[0]) in SUPPRESS
    return False


def _lacks_identity(flow: Flow, function: Function, chain: tuple[Event, ...]) -> bool:
    """Tell whether a point is reached only because there is no identity."""
    return any(_presence(flow, function, event) == "absent" for event in chain)


def _presence(flow: Flow, function: Function, event: Event) -> str:
    """Return `present` or `absent` for a branch on whether there is an identity, "" for any other event."""
    if event.kind not in ("true", "false") or not flow.guards.is_presence(function, event.value):
        return ""
    known = flow.guards.known(function, event.value, event.kind == "true")
    return "absent" if is_absence(known) else "present"


def _idle(flow: Flow, function: Function, positions: range) -> Iterator[Weakness]:
    """Checks among some events whose outcome decides nothing."""
    for event in function.facts.events[positions.start : positions.stop]:
        if event.kind in ("true", "false") and is_only_told(flow, function, event):
            yield _weakness(function, "void", "only writes down whom it would refuse", event)
        elif event.kind == "assert":
            if any(guard.kind == "check" for guard in flow.guards.known(function, event.value, True)):
                yield _weakness(function, "void", "is an `assert`, which `python -O` leaves out", event)
        elif event.kind == "call":
            yield from _unheeded(flow, function, event)


def _unheeded(flow: Flow, function: Function, event: Event) -> Iterator[Weakness]:
    node = function.facts.values[event.value]
    for callee, _ in flow.resolver.functions(function, node.args[0]):
        summary = flow.summary(callee)
        decides = any(guard.kind == "check" for guard, _ in (*summary.if_true, *summary.on_return))
        awaited = event.text == "await"
        if not decides:
            continue
        if callee.facts.is_async and not awaited and not _is_argument(function, event.value):
            yield _weakness(function, "void", "is never awaited, so it never runs", event)
        elif not any(guard.kind == "check" for guard, _ in summary.on_return) and not is_used(function, event.value):
            yield _weakness(function, "void", "has its answer thrown away", event)


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


# Around the function


def _registered(flow: Flow, row: Row) -> Iterator[Weakness]:
    """An `auth=` argument that admits everyone, on the tool or on a middleware."""
    entry = row.entry
    function = entry.declared.function
    if "auth" in entry.keywords:
        yield from _admitting(flow, function, entry.keywords["auth"], shared=False)
    for reference in entry.server.middleware:
        name = flow.resolver.external(reference.function, reference.value).removesuffix("()")
        argument = (
            argument_of(reference.node, "auth", 0) if name.rpartition(".")[2] in mcp.AUTHORIZING_MIDDLEWARE else -1
        )
        if argument >= 0:
            yield from _admitting(flow, reference.function, argument, shared=True)


def _admitting(flow: Flow, function: Function, value: int, *, shared: bool) -> Iterator[Weakness]:
    node = function.facts.values[value]
    reason = ""
    if node.op == "call":
        name = flow.resolver.external(function, node.args[0]).rpartition(".")[2]
        if name == "require_scopes" and len(node.args) == 1:
            reason = "`require_scopes()` names no scope, so it admits every valid token"
        elif (
            name == "restrict_tag"
            and (scopes := argument_of(node, "scopes", 1)) >= 0
            and is_empty(function.facts.values[scopes])
        ):
            reason = "`restrict_tag` names no scope, so it restricts nothing"
    if not reason and any(_always_true(callee) for callee, _ in flow.resolver.functions(function, value)):
        reason = "always answers yes"
    if reason:
        yield Weakness("void", reason, function, node.start, node.end, shared)


def _always_true(function: Function) -> bool:
    returns = [event.value for event in function.facts.events if event.kind == "return"]
    constant = all(value >= 0 and function.facts.values[value].text == "True" for value in returns)
    return bool(returns) and constant and not any(event.kind == "raise" for event in function.facts.events)


def _above_registration(flow: Flow, row: Row, handler: Function) -> Iterator[Weakness]:
    """A guard decorator above the registration: the server keeps the function from below it."""
    parent = handler.parent
    if parent is None or not row.entry.decorated:
        return
    for decorator in handler.facts.decorators[: max(registration_index(handler), 0)]:
        node = parent.facts.values[decorator]
        callee = node.args[0] if node.op == "call" else decorator
        wrappers = wrappers_of(flow.resolver, Reference(parent, decorator))
        guarding = any(guard.kind == "check" for wrapper in wrappers for guard in wrapper_guards(flow, wrapper))
        if guarding or (not wrappers and is_guard_name(parent.facts.values[callee].text.rpartition("|")[2])):
            yield Weakness(
                "void",
                "stands above the registration, which keeps the unguarded function",
                parent,
                node.start,
                node.end,
            )


def _weakness(function: Function, kind: str, reason: str, event: Event) -> Weakness:
    return Weakness(kind, reason, function, event.start, event.end)
