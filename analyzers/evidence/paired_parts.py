"""Two parts of one result that go together: what one of them is tells what the other may be.

`path, kind = resolve()`: where `kind == "file"` is known, `path` is what the function returned beside that constant.
"""

from collections.abc import Iterator

from analyzers.evidence.log_arguments import LogArgument
from analyzers.evidence.refusals import is_shown_refusal
from analyzers.facts import Event, Value
from analyzers.flow.exposure import ExposureReader
from analyzers.flow.guards import positive
from analyzers.flow.secrets import ANSWER, Leak, Secret
from analyzers.project.program import Function
from analyzers.project.targets import Reference

COMPARISONS = ("==", "!=")
COMPOSED = ("template", "binary", "list", "tuple", "map", "await")


def is_ruled_out(reader: ExposureReader, written: LogArgument, leak: Leak) -> bool:
    """Tell whether a secret is only returned beside another constant than the one that a logging call stands behind.

    Or whether it is none: the answer to a refused request, on the screen of the user who made it.
    """
    function = written.function
    if leak.secret.kind == ANSWER and is_shown_refusal(reader.resolver, function, written.call):
        return True
    event = function.event_of(written.call)
    if leak.function is function and _is_put_in_later(reader, written, event, leak.secret):
        return True
    known = list(_known(function, function.facts.events[event])) if event >= 0 and leak.function is function else []
    if not known:
        return False
    holding = [part for part in _parts(function, written.value) if leak.secret in _shown(reader, function, part)]
    return bool(holding) and all(
        any(leak.secret not in _beside(reader, function, part, other, text) for other, text in known)
        for part in holding
    )


def _is_put_in_later(reader: ExposureReader, written: LogArgument, event: int, secret: Secret) -> bool:
    """Tell whether a secret is only put into a table after the table was written to the log."""
    function = written.function
    put_in = reader.flow.labeler.fillings(function)
    tables = [part for part in function.made_of(written.value) if part in put_in]
    later = [filling for table in tables for filling in put_in[table] if secret in reader.held(function, filling.value)]
    before = function.facts.events[:event]
    return bool(later) and not any(
        filling.event in before or secret in reader.union(function, function.facts.values[table].args)
        for filling in later
        for table in tables
    )


def _known(function: Function, event: Event) -> Iterator[tuple[int, str]]:
    """Yield the values that are known to be a constant where an event happens."""
    values = function.facts.values
    for step in function.chain(event.dominator):
        node = values[step.value] if step.kind in ("true", "false") else None
        if node is None or node.op != "compare" or node.text not in COMPARISONS:
            continue
        if positive(node.text, step.kind == "true"):
            for value, constant in (node.args, node.args[::-1]):
                if values[constant].op == "str":
                    yield value, values[constant].text


def _shown(reader: ExposureReader, function: Function, part: int) -> set[Secret]:
    return {leak.secret for leak in reader.leaks(function, part)}


def _parts(function: Function, value: int) -> Iterator[int]:
    """Yield what a text or a display is put together from."""
    node = function.facts.values[value]
    if node.op not in COMPOSED:
        yield value
    for part in node.args if node.op in COMPOSED else ():
        if part >= 0:
            yield from _parts(function, part)


def _beside(reader: ExposureReader, function: Function, part: int, other: int, text: str) -> set[Secret]:
    """Return the secrets that a part may hold where another part of the same result is a constant."""
    found = _shown(reader, function, part)
    ours, theirs = _definitions(reader, function, part), _definitions(reader, function, other)
    if not ours or [_result(item) for item in ours] != [_result(item) for item in theirs]:
        return found
    left: set[Secret] = set()
    for one, another in zip(ours, theirs, strict=True):
        called = one.function.facts.values[one.node.args[0]]
        callees = reader.resolver.functions(one.function, called.args[0]) if called.op == "call" else ()
        if not callees:
            return found
        for callee, _ in callees:
            left |= _returned(reader, callee, (one.node.text, another.node.text), text)
    return left


def _definitions(reader: ExposureReader, function: Function, value: int) -> list[Reference]:
    """Return the parts of results that a value, or an attribute, is; none where it may be anything else."""
    node = function.facts.values[value]
    if node.op == "item":
        return [Reference(function, value)]
    places = [Reference(*place) for place in reader.resolver.attribute_places(function, value)]
    return places if all(place.node.op == "item" for place in places) else []


def _result(part: Reference) -> tuple[str, int]:
    return part.function.id, part.node.args[0]


def _returned(reader: ExposureReader, callee: Function, positions: tuple[str, str], text: str) -> set[Secret]:
    """Return what a part of a function's results may hold where another part of them may be a constant."""
    values = callee.facts.values
    found: set[Secret] = set()
    for event in callee.facts.events:
        if event.kind != "return" or event.value < 0:
            continue
        node = values[event.value]
        part, other = (
            node.args[int(position)]
            if node.op == "tuple" and position.isdigit() and int(position) < len(node.args)
            else -1
            for position in positions
        )
        if part < 0 or other < 0:
            found |= _shown(reader, callee, event.value)
        elif values[other].op != "str" or values[other].text == text:
            found |= _shown(reader, callee, part)
    return found


def _item(node: Value, position: str) -> int:
    within = node.op == "tuple" and position.isdigit() and int(position) < len(node.args)
    return node.args[int(position)] if within else -1
