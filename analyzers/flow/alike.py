"""Which effects of a function say the same to every caller, where it has more than can be told apart."""

from collections.abc import Iterable

from analyzers.flow.authorities import host_text
from analyzers.flow.effects import Effect
from analyzers.flow.labels import MARK, Labels

# What anyone may read: of many such effects without an address one says all.
HARMLESS = "read-public"


def one_of_each(effects: Iterable[Effect]) -> list[Effect]:
    """Leave out effects beside one that does the same there, with the same credentials and the same of its callers.

    What callers have a part in as an address, a command, a path or a query is never left out.
    """
    told: set[tuple[object, ...]] = set()
    kept: list[Effect] = []
    for effect in effects:
        is_given = any(MARK in label for labels in _labels(effect) for label in labels)
        said = None if is_given else _said(effect)
        if said is None or said not in told:
            kept.append(effect)
        if said is not None:
            told.add(said)
    return kept


def _said(effect: Effect) -> tuple[object, ...]:
    if effect.kind == HARMLESS and not effect.url and not effect.credentials:
        return (HARMLESS,)
    host = host_text(effect.url) if effect.url else ""
    flags = (effect.redirects, effect.sure, effect.inside, effect.once, effect.ready, effect.failing)
    what = (effect.kind, effect.name, effect.method, effect.origin[0])
    given = frozenset(label for label in effect.arguments if MARK in label)
    return (*what, host, bool(effect.url) and not host, given, effect.credentials, frozenset(effect.guards), *flags)


def _labels(effect: Effect) -> Iterable[Labels]:
    yield effect.credentials
    yield from (piece.labels for piece in effect.url)
    yield from (piece.labels for operand in effect.operands for piece in operand.shape)
