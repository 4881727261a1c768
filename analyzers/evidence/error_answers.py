"""Where the text of an error becomes part of an answer: in the tool itself, or in a helper that words it."""

from collections.abc import Iterator
from functools import partial

from analyzers.authority.rows import Row
from analyzers.evidence.passed_errors import passed_on
from analyzers.evidence.worded import Worded, is_handler
from analyzers.facts import Event
from analyzers.flow.exposure import ExposureReader
from analyzers.flow.logs import is_logged
from analyzers.flow.secrets import ERRORS, PARAMETER, Secret
from analyzers.frameworks.inert import is_span, notes_in_span
from analyzers.frameworks.threads import handed_position
from analyzers.project.program import Function
from analyzers.project.servers import EntryPoint
from analyzers.project.targets import argument_of
from analyzers.project.wrapping import decorations
from analyzers.rule import Analysis

MAX_HELPERS = 6
MAX_PARTS = 40
# Farther than any place behind it is one in front of it.
FAR = 1_000_000
CARRYING = ("return", "raise", "call", "store")
WORDED = ("template", "binary", "map", "list")


def worded(exposure: ExposureReader, answer: Worded) -> Worded:
    """Return where the text of an answer is written: the helper that was given the error and returns its text.

    Of an error that another function caught and let out, no helper that its answer goes through says more.
    """
    elsewhere = _below(exposure, answer) or passed_on(exposure, answer)
    if elsewhere is not None:
        return elsewhere
    found, seen = answer, {answer.function.id}
    carried = _calls(answer.function, answer.event.value) if answer.event.kind == "return" else iter(())
    errors = frozenset({answer.secret})
    while (inner := next(_helpers(exposure, found, carried, errors), None)) is not None:
        if inner.function.id in seen or len(seen) > MAX_HELPERS:
            break
        seen.add(inner.function.id)
        found = inner
        carried = _calls(inner.function, inner.event.value)
        errors = frozenset()
    is_own = found is answer or answer.secret in exposure.held(found.function, found.event.value)
    return (_below(exposure, found) or found) if is_own else found


def _below(exposure: ExposureReader, answer: Worded) -> Worded | None:
    """Return where the function that caught an error lets its text out, None where that is the answer's own."""
    secret = answer.secret
    if secret.kind not in ERRORS or _catches(answer.function, secret):
        return None
    file = exposure.resolver.program.files.get(secret.path)
    catching = [item for item in (file.functions if file is not None else ()) if _catches(item, secret)]
    found = [Worded(item, event, secret) for item in catching for event in _letting_out(exposure, item, secret)]
    return min(found, key=_directness, default=None)


def _letting_out(exposure: ExposureReader, function: Function, secret: Secret) -> Iterator[Event]:
    """Yield the events that carry the text of an error on, records of it left out."""
    for event in function.facts.events:
        if event.kind not in CARRYING or event.value < 0 or _stands_before(function, secret, event):
            continue
        is_call = event.kind == "call"
        node = function.facts.values[event.value]
        # An error that is raised carries what it is made of, whatever its class keeps of that.
        is_made = is_call or (event.kind == "raise" and node.op == "call")
        parts = function.made_of(*node.args[1:], most=MAX_PARTS) if is_made else (event.value,)
        if secret in exposure.union(function, parts) and not (is_call and _is_aside(exposure, function, event)):
            yield event


def _directness(told: Worded) -> tuple[bool, bool, int]:
    """Order what carries an error on: what the handler answers itself, then what else it does, then what is later."""
    function, event, secret = told
    in_handler = any(is_handler(function, step, secret) for step in function.chain(event.dominator))
    return not in_handler, event.kind not in ("return", "raise"), _distance(function, secret, event)


def _stands_before(function: Function, secret: Secret, event: Event) -> bool:
    return function.file.facts.lines.line(event.start) < secret.line


def _is_aside(exposure: ExposureReader, function: Function, event: Event) -> bool:
    """Tell whether a call only records an error or takes its text, `log.error(f"{e}")`, `str(e)`."""
    callee = function.facts.values[event.value].args[0]
    if is_logged(exposure.resolver, function, callee) or _tells_span(exposure, function, event.value):
        return True
    return any(name.startswith("builtins.") for name in exposure.resolver.externals(function, callee))


def _tells_span(exposure: ExposureReader, function: Function, call: int) -> bool:
    """Tell whether a call notes something in a span of a trace, or hands it to a helper that gives nothing back."""
    callee, *given = function.facts.values[call].args
    called = function.facts.values[callee]
    if called.op == "attr" and notes_in_span(function.name_of(called.args[0]), called.text):
        return True
    if not any(value >= 0 and is_span(function.name_of(value)) for value in given):
        return False
    helpers = [helper for helper, _ in exposure.resolver.functions(function, callee)]
    return not any(end.kind == "return" and end.value >= 0 for helper in helpers for end in helper.facts.events)


def _catches(function: Function, secret: Secret) -> bool:
    """Tell whether an error was caught in a function."""
    return any(is_handler(function, event, secret) for event in function.facts.events)


def _helpers(
    exposure: ExposureReader, outer: Worded, calls: Iterator[int], errors: frozenset[Secret]
) -> Iterator[Worded]:
    """Yield the helpers among calls that return the text of an error, one that they are given or their own."""
    for call in calls:
        node = outer.function.facts.values[call]
        names = exposure.resolver.externals(outer.function, node.args[0])
        # Behind a function that runs in a thread come its arguments, which are told apart by nothing here.
        started = max(map(handed_position, names), default=0)
        for callee, owner in exposure.resolver.functions(outer.function, node.args[started]):
            for event in sorted(callee.facts.events, key=partial(_distance, callee, outer.secret)):
                if event.kind != "return" or event.value < 0:
                    continue
                if outer.secret in exposure.held(callee, event.value):
                    yield Worded(callee, event, outer.secret)
                    continue
                for hole in sorted(exposure.held(callee, event.value)):
                    if hole.kind == PARAMETER and hole.path == callee.id:
                        argument = argument_of(node, hole.name, hole.line - (1 if owner is not None else 0))
                        if _is_given(exposure, outer.function, argument, errors):
                            yield Worded(callee, event, outer.secret)


def _distance(function: Function, secret: Secret, event: Event) -> int:
    """Return how many lines behind the place where an error is caught a return stands; elsewhere the last is first."""
    behind = function.file.facts.lines.line(event.start) - secret.line
    return -event.start if function.file.path != secret.path else behind if behind >= 0 else FAR - behind


def _is_given(exposure: ExposureReader, function: Function, argument: int, errors: frozenset[Secret]) -> bool:
    """Tell whether an argument is one of these errors; in a helper, whether it is a parameter of that."""
    if _is_worded(exposure, function, argument):
        return False
    held = exposure.held(function, argument)
    if errors:
        return not errors.isdisjoint(held)
    return any(secret.kind in (PARAMETER, *ERRORS) for secret in held)


def _is_worded(exposure: ExposureReader, function: Function, argument: int) -> bool:
    """Tell whether an argument is an answer already, which a helper only packs: a text, a table, what another made."""
    values = function.facts.values
    made = any(
        exposure.resolver.functions(function, values[call].args[0])
        for call in (_calls(function, argument) if values[argument].op in ("call", "await") else ())
    )
    return values[argument].op in WORDED or made


def _calls(function: Function, value: int) -> Iterator[int]:
    """Yield the calls that a value is, or that stand in a list or table that it is.

    A value that is changed in a loop is one of several, itself among them.
    """
    waiting, seen = [value], set[int]()
    while waiting:
        part = waiting.pop()
        if part < 0 or part in seen:
            continue
        seen.add(part)
        node = function.facts.values[part]
        if node.op == "call":
            yield part
        elif node.op in ("await", "list", "tuple", "or", "phi", "item"):
            waiting.extend(reversed(node.args))
        elif node.op == "map":
            waiting.extend(reversed(node.args[1::2]))


def answers_of(analysis: Analysis, row: Row) -> Iterator[Worded]:
    """Yield what an entry point's own functions return or raise with the text of an error."""
    entry = row.entry
    dispatcher = entry.branch.function if entry.branch is not None else None
    functions = [entry.handler, entry.inner, dispatcher]
    for decorated in dict.fromkeys(item for item in (entry.handler, dispatcher) if item is not None):
        functions.extend(wrapper.body for wrapper in decorations(analysis.flow.resolver, decorated))
    for function in dict.fromkeys(item for item in functions if item is not None):
        for event in function.facts.events:
            if event.kind not in ("return", "raise") or event.value < 0 or _is_of_others(entry, function, event):
                continue
            held = analysis.exposure.union(function, _carried(analysis, function, event))
            errors = sorted(item for item in held if item.kind in ERRORS)
            if errors:
                gravest = max(item.kind for item in errors)
                worst = min((item for item in errors if item.kind == gravest), key=partial(_apart, function, event))
                yield Worded(function, event, worst)


def _is_of_others(entry: EntryPoint, function: Function, event: Event) -> bool:
    """Tell whether what is answered is for another name, or for a request that the way to this one excludes."""
    branch = entry.branch
    if branch is None:
        return False
    if branch.function is function:
        return not branch.is_alive(event)
    taken = [function.ways_to(step.event) for step in branch.via if step.function is function]
    ways = function.ways_to(event.dominator) if taken else {}
    return any(other.get(value, kind) != kind for other in taken for value, kind in ways.items())


def _apart(function: Function, event: Event, secret: Secret) -> int:
    """Tell how far in front of an answer an error was caught; elsewhere is the farthest."""
    return _distance(function, secret, event) if function.file.path == secret.path else FAR * 2


def _carried(analysis: Analysis, function: Function, event: Event) -> tuple[int, ...]:
    """Return what an answer consists of: the value that is returned, or what an exception is made of."""
    node = function.facts.values[event.value]
    if event.kind == "raise" and node.op != "call":
        return ()
    # A function that makes the exception decides what of its arguments is told.
    if event.kind == "raise" and not _makes(analysis, function, node.args[0]):
        return node.args[1:]
    return (event.value,)


def _makes(analysis: Analysis, function: Function, callee: int) -> bool:
    return any(target.kind in ("function", "bound") for target in analysis.flow.resolver.resolve(function, callee))
