"""What tests of a destination are worth in a loop that goes on with the next item where one of them fails."""

from analyzers.flow.destinations import PASSED_BY_ERROR, variants
from analyzers.flow.guards import Guard, Guards, Place
from analyzers.project.program import Function

UNREAD_SCOPE = "broken: an address that does not parse is skipped, as one with a scope (fe80::1%eth0) before Python 3.9"


def passed_by_errors(function: Function, guards: Guards, handler: Place) -> dict[Guard, Place]:
    """Return what tests of a destination are worth in a loop in which a handler goes on with the next item.

    What a name resolved to always parses, once its scope is cut off.
    """
    found: dict[Guard, Place] = {}
    for guard, place in guards.items():
        if guard.kind != "url":
            continue
        resolved = guard.note.startswith("address ") and variants(guard.subject) <= {"r"}
        if not resolved:
            found[guard._replace(note=PASSED_BY_ERROR)] = handler
        elif _cuts_scope(function):
            found[guard] = place
        else:
            found[guard._replace(note=UNREAD_SCOPE)] = handler
    return found


def _cuts_scope(function: Function) -> bool:
    """Tell whether a function cuts addresses at a percent sign."""
    values = function.facts.values
    calls = (values[event.value] for event in function.calls())
    return any(
        values[call.args[0]].text in ("split", "partition", "rsplit", "rpartition")
        and any(values[argument].op == "str" and values[argument].text == "%" for argument in call.args[1:])
        for call in calls
    )
