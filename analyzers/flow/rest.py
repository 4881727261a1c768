"""What a call leaves for parameters that take the rest, `*args` and `**options`, and what stands where in that."""

import itertools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from analyzers.facts import Parameter, Value
from analyzers.flow.labels import ENTRY, MARK, NONE, Labels, parameter_label
from analyzers.flow.shapes import WORD_END, Piece, Shape
from analyzers.flow.unpacked import labels_at, starred
from analyzers.project.program import Function
from analyzers.project.targets import parameter_of

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler
    from analyzers.flow.urls import ShapeReader

MAX_WORDS = 20
REST = ("*", "**")


def passed_at(labeler: "Labeler", function: Function, call: Value, position: int) -> Labels | None:
    """Return the labels of what a call passes at a position, None where that is not seen."""
    if 0 <= position < len(call.names) and not any(call.names[: position + 1]):
        return labeler.labels(function, call.args[position + 1])
    star = starred(call, position) if "*" in call.names else None
    if star is None:
        return None
    rest = parameter_of(function, star[0])
    if rest is not None and rest[0].facts.parameters[rest[1]].kind == "*":
        return frozenset({f"{parameter_label(*rest)}{ENTRY}{star[1]}"})
    return labels_at(labeler, function, *star)


def spread_labels(labeler: "Labeler", caller: Function, call: Value, parameter: Parameter, position: int) -> Labels:
    """Return the labels of what a call may pass by `*` and `**` for a parameter."""
    item = passed_at(labeler, caller, call, position) if parameter.kind != "keyword" else NONE
    if item is None:
        item = labeler.union(caller, [value for name, value in _passed(call) if name == "*"])
    return item | labeler.fields.given(caller, call, parameter.name) if "**" in call.names else item


def left_labels(labeler: "Labeler", caller: Function, call: Value, callee: Function, place: tuple[int, int]) -> Labels:
    """Return the labels of what a call leaves for a parameter that takes the rest, of an index and a position."""
    kind = callee.facts.parameters[place[0]].kind
    own = {parameter.name for parameter in callee.facts.parameters}
    if kind == "*":
        first = 0 if any(call.names[: place[1]]) else place[1]
        rest = [value for name, value in _passed(call)[first:] if name in ("", "*")]
    else:
        rest = [value for name, value in _passed(call) if name not in ("", "*") and name not in own]
    return labeler.union(caller, rest)


def _passed(call: Value) -> list[tuple[str, int]]:
    return list(zip(call.names, call.args[1:], strict=True))


def rest_given(
    reader: "ShapeReader", caller: Function, call: Value, callee: Function, receiver: bool
) -> Iterator[tuple[str, Shape]]:
    """Yield the shapes of what a call leaves for such parameters: by entries, and of `*args` as the words of a line."""
    first = 1 if receiver else 0
    for index, parameter in enumerate(callee.facts.parameters):
        if parameter.kind not in REST:
            continue
        key = f"{callee.id}{MARK}{index}"
        left = _left_for(call, callee, parameter.kind, index - first)
        for name, value in left.items():
            yield f"{key}{ENTRY}{name}", reader.shape(caller, value)
        if parameter.kind not in call.names:
            # That no more is left stands under an entry without a name: nothing, or a text where there are entries.
            yield f"{key}{ENTRY}", (Piece(""),) if left else ()
        if parameter.kind == "*":
            if left:
                # What is given all of it first asks for the first: the program of a command.
                yield key, reader.shape(caller, left["0"])
            yield f"*{key}", _words(reader, caller, call, index - first)


def _left_for(call: Value, callee: Function, kind: str, position: int) -> dict[str, int]:
    """Return what a call leaves for a parameter that takes the rest, by keyword, or by its place in the rest."""
    passed = _passed(call)
    if kind == "*":
        ordered = itertools.takewhile(lambda item: not item[0], passed[position:])
        return {str(place): value for place, (_, value) in enumerate(ordered)} if not any(call.names[:position]) else {}
    own = {parameter.name for parameter in callee.facts.parameters}
    return {name: value for name, value in passed if name.isidentifier() and name not in own}


def _words(reader: "ShapeReader", caller: Function, call: Value, start: int) -> Shape:
    values = [value for name, value in _passed(call) if name in ("", "*")]
    return tuple(piece for value in values[start:][:MAX_WORDS] for piece in (*reader.shape(caller, value), WORD_END))


def left_ones(labels: Labels, arguments: Mapping[str, Shape]) -> Labels:
    """Return labels without those of what a call leaves nothing for; what has its place in it has no name in it."""
    left = [label for label in labels if MARK not in label or not _is_left_out(label[2:], arguments)]
    named = {label for label in left if ENTRY in label and not _is_placed(label)}
    is_placed = any(_is_placed(label) and label[2:] in arguments for label in left)
    return frozenset(label for label in left if label not in named or not is_placed)


def _is_placed(label: str) -> bool:
    return label.partition(ENTRY)[2].isdigit()


def _is_left_out(parameter: str, arguments: Mapping[str, Shape]) -> bool:
    whole, entry, _ = parameter.partition(ENTRY)
    left = arguments.get(f"{whole}{ENTRY}")
    return left is not None and (parameter not in arguments if entry else not left)
