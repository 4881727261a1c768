"""Which of the effects of a tool shows best what its callers can do."""

from collections.abc import Collection

from analyzers.authority.preparing import FOLDERS
from analyzers.flow.effects import Effect
from analyzers.flow.labels import MARK, is_arguments, is_derived


def gravest(effects: Collection[Effect]) -> Effect | None:
    """Return the effect that shows best what callers can do, the first of several."""
    highest = max((effect.rank for effect in effects), default=0)
    return max((effect for effect in effects if effect.rank == highest), key=gravity, default=None)


def gravity(effect: Effect) -> tuple[int, bool, bool, bool, bool, bool, int]:
    """Return how well an effect shows what callers can do: its rank, whether they have a part, whether it is sure.

    Folders are only made for what is put there, and what follows an error is not what a tool is for. Of two alike the
    nearer one: what lies far from the handler is rather what a client does when it is made.
    """
    shapes = (effect.url, *(operand.shape for operand in effect.operands))
    labels = (effect.arguments, *(piece.labels for shape in shapes for piece in shape))
    told = any(is_arguments(label) or (MARK in label and not is_derived(label)) for part in labels for label in part)
    return (
        *(effect.rank, not effect.ready, told, effect.sure),
        *(not effect.failing, effect.name not in FOLDERS, -len(effect.via)),
    )
