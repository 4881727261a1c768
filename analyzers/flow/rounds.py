"""How the rounds end in which functions that call each other are solved."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from analyzers.flow.guards import Guard, Place
from analyzers.project.program import Function

if TYPE_CHECKING:
    from analyzers.flow.effects import Effect
    from analyzers.flow.summaries import Summary

MAX_ROUNDS = 12
# Rounds after which what was found must only get weaker: each way to a fixpoint that is left is a short one.
FREE_ROUNDS = 4
# How often what a function does is told of it by itself: as it does it, and as it does when it is called again by that.
MAX_PASSES = 2


def is_same(before: "Summary", after: "Summary") -> bool:
    """Tell whether a round found nothing that the one before had not."""
    return (
        before.returns == after.returns
        and dict(before.on_return).keys() == dict(after.on_return).keys()
        and dict(before.if_true).keys() == dict(after.if_true).keys()
        and dict(before.if_false).keys() == dict(after.if_false).keys()
        and {_outline(effect) for effect in before.effects} == {_outline(effect) for effect in after.effects}
    )


def passes(effect: "Effect", function: Function) -> int:
    """Return how many of the calls that lead to an effect are a function's own."""
    path, symbol = function.file.path, function.facts.qualname
    return sum(step.symbol == symbol and step.path == path for step in effect.via)


def comes_back(effect: "Effect", function: Function) -> bool:
    """Tell whether an effect led through a function as often as is told there."""
    return len(effect.via) >= MAX_PASSES and passes(effect, function) >= MAX_PASSES


def weakened(before: "Summary", after: "Summary") -> "Summary":
    """Return what two rounds agree on: what both know to hold, and whatever one says to be returned.

    A guard may hold because a function that calls itself was not known to have it, and the other way round.
    """
    return msgspec.structs.replace(
        after,
        returns=before.returns | after.returns,
        on_return=_both(before.on_return, after.on_return),
        if_true=_both(before.if_true, after.if_true),
        if_false=_both(before.if_false, after.if_false),
    )


def _both(
    before: Iterable[tuple[Guard, Place]], after: Iterable[tuple[Guard, Place]]
) -> tuple[tuple[Guard, Place], ...]:
    known = dict(before)
    return tuple((guard, place) for guard, place in after if guard in known)


def _outline(effect: "Effect") -> tuple[object, ...]:
    """Return what of an effect can only be one of finitely many things."""
    controlled = frozenset(label for piece in effect.url for label in piece.labels)
    return effect.kind, effect.origin, effect.credentials, controlled, frozenset(effect.guards)
