"""What a program reads in order to decide who may call, which is not what a tool does for its caller."""

from functools import lru_cache

from analyzers.flow.effects import Effect
from analyzers.frameworks.identity import VERIFYING_METHODS, is_guard_name
from analyzers.frameworks.json_rpc import AUTHORIZING_METHODS

READS = 1


def asks_permission(effect: Effect) -> bool:
    """Tell whether an effect only reads, in a function that is called like a check of its caller."""
    return effect.rank <= READS and any(_decides(place.symbol) for place in (*effect.via[1:], effect.place))


@lru_cache(4096)
def _decides(symbol: str) -> bool:
    name = symbol.rpartition(".")[2]
    return name in AUTHORIZING_METHODS or name in VERIFYING_METHODS or is_guard_name(name)
