"""How much a part of a query can do at most."""

from analyzers.authority.taint import Taint, text_of
from analyzers.finding import Severity
from analyzers.frameworks.queries import ASKED_PRAGMA, ONE_STATEMENT, SEARCHES


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
