"""What is known of a path when one of several conditions on it holds."""

from collections.abc import Sequence

from analyzers.flow.destinations import HOLDS, PART
from analyzers.flow.guards import Guard, Guards, Place
from analyzers.flow.prefixes import INSIDE
from analyzers.flow.texts import EQUAL

BOUNDS = (HOLDS, PART, INSIDE, EQUAL)


def either_contained(cases: Sequence[Guards]) -> dict[Guard, Place]:
    """`path == root or root in path.parents`: in every case the path lies in the folder, or is one of a list."""
    bounds = [
        {label: place for guard, place in guards.items() if guard.note in BOUNDS for label in guard.subject}
        for guards in cases
    ]
    if not any(guard.note == INSIDE for guards in cases for guard in guards):
        return {}
    common = frozenset(label for label in bounds[0] if all(label in case for case in bounds))
    held = [guard for guards in cases for guard in guards if guard.note in BOUNDS and guard.subject & common]
    against = frozenset(label for guard in held if guard.kind == "listed" for label in guard.against)
    kind = "listed" if against else "url"
    return {Guard(kind, "", common, INSIDE, against=against): next(iter(bounds[0].values()))} if common else {}
