"""What the doctor says, as text or JSON, and with which exit status."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from app.doctor.outcome import Outcome, Status
from app.logs import redact
from app.render.escape import line

SCHEMA_VERSION: Final = 1
STATUS_WIDTH: Final = 8
CHECK_WIDTH: Final = 14


def to_text(outcomes: Sequence[Outcome]) -> str:
    """Return a line for each check, what to do below those that need it, and the sum."""
    lines: list[str] = []
    for outcome in map(_shown, outcomes):
        lines.append(f"{outcome.status:{STATUS_WIDTH}} {outcome.check:{CHECK_WIDTH}} {outcome.message}")
        if outcome.advice:
            lines.append(f"{'':{STATUS_WIDTH + CHECK_WIDTH + 1}} -> {outcome.advice}")
    counts = Counter(outcome.status for outcome in outcomes)
    total = ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])
    return "\n".join([*lines, "", f"{len(outcomes)} checks: {total}", ""])


def to_json(outcomes: Sequence[Outcome]) -> str:
    """Return the checks as JSON."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "healthy": exit_status(outcomes) == 0,
        "checks": [_shown(outcome) for outcome in outcomes],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def exit_status(outcomes: Sequence[Outcome]) -> int:
    """Return 2 when something could not be found out, 1 when something is wrong, else 0."""
    found = {outcome.status for outcome in outcomes}
    if Status.UNKNOWN in found:
        return 2
    return 1 if Status.FAILED in found else 0


def _shown(outcome: Outcome) -> Outcome:
    # Names and messages of others are among it.
    return msgspec.structs.replace(outcome, message=line(redact(outcome.message)), advice=line(redact(outcome.advice)))
