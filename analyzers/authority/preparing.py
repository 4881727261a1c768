"""What a program does to get ready, whoever calls first: it signs on, makes its tables, keeps its own tokens.

Nothing of the caller is in it. It is told by the names of the functions that lead to it; what a tool does by itself, or
does nothing else beside, is what it is for.
"""

from collections.abc import Sequence
from functools import lru_cache

from analyzers.flow.effects import Effect
from analyzers.flow.labels import Labels, is_chosen
from analyzers.frameworks.sinks import snake
from analyzers.project.servers import EntryPoint

READY = "read-public"
# How functions are called that get something ready, and those that are run when an object is made or entered.
PREPARING = frozenset({"init", "initialize", "initialise", "ensure", "migrate", "setup", "bootstrap", "warmup"})
MAKING = frozenset({"__init__", "__post_init__", "__enter__", "__aenter__"})
MIGRATIONS = frozenset({"migrate", "migration", "migrations"})
# How a program asks for what it signs on with, and keeps it.
SIGNING = frozenset({"login", "authenticate", "reauthenticate", "signin"})
KEEPING = frozenset({"get", "acquire", "obtain", "request", "refresh", "renew", "save", "store", "persist", "load"})
SIGNED = frozenset({"token", "tokens", "credentials", "cookies", "jwt"})


def prepared(entry: EntryPoint, effects: Sequence[Effect]) -> list[Effect]:
    """Return what an entry point does, with what it only prepares as harmless; all of it, where it does no more."""
    if entry.handler is None or prepares(entry.handler.facts.name) or prepares(entry.name):
        return list(effects)
    ready = [effect._replace(kind=READY) if _is_preparation(effect) else effect for effect in effects]
    return ready if any(effect.rank > 0 for effect in ready) else list(effects)


def _is_preparation(effect: Effect) -> bool:
    if effect.kind not in ("write", "destroy") or not effect.via:
        return False
    symbols = (*(place.symbol for place in effect.via[1:]), effect.place.symbol)
    telling = prepares if effect.kind == "write" else migrates
    return any(map(telling, symbols)) and not _has_part(effect)


def _has_part(effect: Effect) -> bool:
    """Tell whether callers have a part in what an effect is about."""
    shapes = (effect.url, *(operand.shape for operand in effect.operands))
    return _is_chosen(effect.arguments) or any(_is_chosen(piece.labels) for shape in shapes for piece in shape)


def _is_chosen(labels: Labels) -> bool:
    return any(map(is_chosen, labels))


@lru_cache(4096)
def prepares(symbol: str) -> bool:
    """Tell whether a function is called like one that gets something ready, or signs the program on."""
    name = symbol.rpartition(".")[2]
    words = _words(name)
    if name in MAKING or PREPARING.intersection(words[:1]) or SIGNING.intersection(words[:1]) or migrates(symbol):
        return True
    return bool(words) and words[0] in KEEPING and not SIGNED.isdisjoint(words)


@lru_cache(4096)
def migrates(symbol: str) -> bool:
    """Tell whether a function is called like one that brings a schema up to date."""
    return not MIGRATIONS.isdisjoint(_words(symbol.rpartition(".")[2]))


def _words(name: str) -> list[str]:
    return [word for word in snake(name).split("_") if word]
