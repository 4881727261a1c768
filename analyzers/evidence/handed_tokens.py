"""Requests that carry the token with which a caller came, by where they go."""

from functools import lru_cache

from analyzers.authority.row_texts import destination_text
from analyzers.authority.rows import Row
from analyzers.flow.effects import Effect
from analyzers.flow.labels import AUTHORIZATION, BEARER
from analyzers.flow.operands import PATH
from analyzers.frameworks.sinks import snake

CARRIED = frozenset({BEARER, AUTHORIZATION})
# The issuer's own endpoints, where a token belongs.
ISSUER_PATHS = ("introspect", "userinfo", "jwks", "tokeninfo", "/token", "revoke", "openid")


def handed_on(row: Row) -> dict[str, Effect]:
    """Return the first request of an entry point to each destination that carries its caller's token."""
    carrying: dict[str, Effect] = {}
    for effect in row.effects if row.is_remote else ():
        if effect.credentials & CARRIED and not _is_for_issuer(effect) and not _is_file(effect):
            carrying.setdefault(_recipient(effect), effect)
    return carrying


def _recipient(effect: Effect) -> str:
    """Return where a token goes: a host, or the library that sends it."""
    return destination_text(effect) if effect.url else effect.name.partition(".")[0].removesuffix("()")


def _is_for_issuer(effect: Effect) -> bool:
    text = "".join(piece.text for piece in effect.url).lower()
    if text.rstrip("/").endswith("/exchange") or any(part in text for part in ISSUER_PATHS):
        return True
    return asks_issuer(effect.place.symbol)


@lru_cache(4096)
def asks_issuer(symbol: str) -> bool:
    """Tell whether a function is called like one that shows a token to its issuer: `get_user_info`, `introspect`."""
    words = snake(symbol.rpartition(".")[2]).split("_")
    return "introspect" in words or any(word in "".join(words) for word in ("userinfo", "tokeninfo", "introspection"))


def _is_file(effect: Effect) -> bool:
    """Tell whether something is done to a file, to which nobody hands a token."""
    return not effect.url and any(operand.role == PATH for operand in effect.operands)
