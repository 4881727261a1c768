"""The shape of a text: constant parts and labelled ones, in order."""

from typing import NamedTuple

from analyzers.flow.labels import Labels, is_chosen, with_variant


class Piece(NamedTuple):
    """Part of a text: a constant `text`, or `labels` of a value not known here.

    `joins` marks the separator that a joining of paths puts in: an absolute path behind it drops what stands before.
    """

    text: str = ""
    labels: Labels = frozenset()
    joins: bool = False


Shape = tuple[Piece, ...]
SEPARATOR = Piece("/", joins=True)
# What stands between the words of a command that is a list.
WORD_END = Piece(" ", joins=True)


def varied(shape: Shape, variant: str) -> Shape:
    """Return a shape whose labelled parts are a variant of what they were."""
    return tuple(
        piece._replace(labels=with_variant(piece.labels, variant)) if piece.labels else piece for piece in shape
    )


def is_open(piece: Piece) -> bool:
    """Tell whether a parameter, or a caller's arguments as a whole, may stand in a piece."""
    return any(is_chosen(label) for label in piece.labels)
