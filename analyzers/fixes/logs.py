"""Logging calls without the secrets that they wrote."""

from collections.abc import Iterator, Mapping, Sequence

from analyzers.evidence.log_arguments import LogArgument, log_arguments
from analyzers.evidence.refusals import STATUS, is_refused
from analyzers.finding import Edit, Location
from analyzers.fixes.rewrite import redact_argument, redact_parts
from analyzers.flow import secrets
from analyzers.flow.secrets import Leak
from analyzers.project.program import Function, Program
from analyzers.rule import Analysis, Draft

# Arguments are a matter of what callers give; a secret in the source is one for all who read it.
ELSEWHERE = secrets.ERRORS | {secrets.PAYLOAD, secrets.LITERAL}


def written_alike(analysis: Analysis, draft: Draft) -> list[LogArgument]:
    """Return what a logging call is given, and what others of its function are that show the same secrets."""
    every = list(log_arguments(analysis, draft.path))
    given = [written for written in every if written.stands_at(draft)]
    shown = {(written.function.id, leak.secret.name) for written in given for leak in _leaks(analysis, written)}
    return [
        written
        for written in every
        if written in given
        or any((written.function.id, leak.secret.name) in shown for leak in _leaks(analysis, written))
    ]


def _leaks(analysis: Analysis, written: LogArgument) -> list[Leak]:
    found = analysis.exposure.leaks(written.function, written.value)
    return [leak for leak in found if leak.function is written.function and leak.secret.name]


def mark_secrets(analysis: Analysis, written: LogArgument, text: bytes) -> Edit | None:
    """Return the edit that puts a mark in the place of the parts of an argument that hold a secret."""
    function, call = written.function, written.call
    if not _shows(analysis, function, written.value):
        return None
    parts = _written_parts(analysis, written)
    kept = _status(written, text) if tells_refusal(analysis, written) else _type_of(written, parts)
    return redact_argument(text, function, (call, written.position - 1), parts, kept)


def _written_parts(analysis: Analysis, written: LogArgument) -> list[int]:
    """Return the parts of an argument that show a secret, none where it is only named in the call."""
    inner, outer = written.function.facts.values[written.value], written.function.facts.values[written.call]
    is_written = outer.start <= inner.start and inner.end <= outer.end
    return _parts(analysis, written.function, written.value) if is_written else []


def mark_elsewhere(analysis: Analysis, draft: Draft, texts: Mapping[str, bytes]) -> Iterator[Edit | None]:
    """Yield the edits that put marks into the text that a call gives to what logs it, or into the line that does.

    A table may be meant for more than the log.
    """
    text = texts.get(draft.path)
    places = list(_places_at(analysis.program, draft.location)) if text is not None else []
    made = [place for place in places if place[0].facts.values[place[1]].op == "template"]
    if made and text is not None:
        yield from (_mark_text(analysis, *place, text) for place in made)
        return
    edits = list(_mark_given(analysis, draft, texts))
    yield from edits
    if not any(edits) and text is not None:
        yield from (_mark_text(analysis, *place, text) for place in places)


def _mark_given(analysis: Analysis, draft: Draft, texts: Mapping[str, bytes]) -> Iterator[Edit | None]:
    """Yield the edits that put marks where a logging call writes what a call elsewhere gives it."""
    log = draft.evidence[-1]
    text = texts.get(log.path)
    for written in log_arguments(analysis, log.path) if text is not None else ():
        if written.function.line_of(written.call) == log.line and text is not None:
            yield mark_secrets(analysis, written, text)


def _type_of(written: LogArgument, parts: Sequence[int]) -> str:
    """Return the type of an error, to stand for its text, "" where something else is written."""
    function = written.function
    shown = [_holes(function, written.value)[part] for part in parts] or [written.value]
    names = {
        name
        for value in shown
        for name, bound in function.facts.names.items()
        if value in bound and function.facts.values[value].op == "exception"
    }
    alone = len(names) == 1 and all(function.facts.values[value].op == "exception" for value in shown)
    return f"type({names.pop()}).__name__" if alone else ""


def tells_refusal(analysis: Analysis, written: LogArgument) -> bool:
    """Tell whether a logging call writes nothing secret but the answer to a request that was refused."""
    function = written.function
    event = function.event_of(written.call)
    kinds = {leak.secret.kind for leak in analysis.exposure.leaks(function, written.value)} - ELSEWHERE
    return event >= 0 and kinds <= {secrets.ANSWER} and is_refused(function, function.facts.events[event])


def _status(written: LogArgument, text: bytes) -> str:
    """Return the status of a refused request, to stand for the answer where the line does not say it yet."""
    function, values = written.function, written.function.facts.values
    told = {(values[value].text, *values[value].args) for value in function.made_of(*values[written.call].args[1:])}
    for step in function.chain(function.facts.events[function.event_of(written.call)].dominator):
        for value in function.made_of(step.value) if step.kind in ("true", "false") else ():
            node = values[value]
            if node.op == "attr" and node.text in STATUS:
                source = text[node.start : node.end].decode("utf-8", "replace")
                plain = source.replace(".", "").isidentifier()
                return source if plain and (node.text, *node.args) not in told else ""
    return ""


def _mark_text(analysis: Analysis, function: Function, value: int, text: bytes) -> Edit | None:
    """Return the edit that puts a mark in the place of the parts of a text, or table, that hold a secret."""
    parts = _parts(analysis, function, value)
    return redact_parts(text, function, value, parts) if parts else None


def _places_at(program: Program, location: Location) -> Iterator[tuple[Function, int]]:
    """Yield the texts and tables that stand at a location."""
    file = program.files[location.path]
    lines = file.facts.lines
    span = lines.offset(location.span.start), lines.offset(location.span.end)
    for function in file.functions:
        for value, node in enumerate(function.facts.values):
            if (node.start, node.end) == span and node.op in ("template", "map"):
                yield function, value


def _parts(analysis: Analysis, function: Function, value: int) -> list[int]:
    """Return which parts of a template or a table show a secret, counted from 0; of anything else none."""
    holes = _holes(function, value)
    return [index for index, part in enumerate(holes) if _shows(analysis, function, part)]


def _holes(function: Function, value: int) -> list[int]:
    """Return the parts of a template that are no constants, or the values of a table; of anything else none."""
    node = function.facts.values[value]
    if node.op == "template":
        return [part for part in node.args if function.facts.values[part].op != "str"]
    return list(node.args[1::2]) if node.op == "map" else []


def _shows(analysis: Analysis, function: Function, value: int) -> bool:
    """Tell whether a value holds a secret, of the function's own or one that some caller gives it: all are marked."""
    return any(leak.secret.kind not in ELSEWHERE for leak in analysis.exposure.leaks(function, value))
