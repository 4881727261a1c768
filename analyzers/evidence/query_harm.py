"""Whether a text is a query, and how much a part of it can do at most."""

from analyzers.authority.taint import Taint, text_of
from analyzers.finding import Severity
from analyzers.frameworks.queries import (
    ASKED_PRAGMA,
    EMBEDDED,
    GRAPH,
    GRAPHQL,
    ONE_STATEMENT,
    SEARCHES,
    is_statement,
)

# More arguments than so many show nothing more.
SHOWN = 10


def is_query(taint: Taint) -> bool:
    """Tell whether a text certainly goes to what reads queries: by the call, by its language, or as it begins."""
    text, reader = text_of(taint.operand.shape), taint.operand.reader
    if reader == GRAPH:
        return GRAPHQL.match(text) is not None
    return taint.effect.sure or reader in (*EMBEDDED, *SEARCHES) or is_statement(text)


def is_any(taint: Taint) -> bool:
    """Tell whether a text that a caller writes whole is any statement; under `query` a request may have words."""
    return taint.operand.reader != GRAPH or taint.effect.name.startswith("gql") or is_query(taint)


def most_harm(taint: Taint) -> Severity:
    """Return the most that a caller can do with a part of a query.

    `PRAGMA table_info(...)` reads nothing but a name there, and tells nothing but columns: where no second statement
    can follow, no more than an error is to be had.
    """
    text, call = text_of(taint.operand.shape), taint.effect.name
    if ASKED_PRAGMA.match(text) and call.startswith(ONE_STATEMENT) and call.endswith(".execute"):
        return Severity.INFO
    if taint.operand.reader in SEARCHES or text.upper().startswith("PRAGMA "):
        return Severity.LOW
    return Severity.CRITICAL


def weight_of(taint: Taint) -> int:
    """Return how much a way shows: first the harm that it can do, then of how many arguments."""
    return SHOWN * most_harm(taint) + min(len(taint.parameters), SHOWN - 1)
