"""What tests of a host mean where it was an address by itself, which needs no looking up."""

from collections.abc import Sequence

from analyzers.flow.guards import Guard, Guards
from analyzers.flow.labels import MARK
from analyzers.flow.skipped_items import UNREAD_SCOPE

ADDRESS = "address "


def as_resolved(cases: Sequence[Guards]) -> list[Guards]:
    """Return cases in which tests of a literal address count as tests of what it resolves to, which is itself.

    Only beside a case in which what the name resolved to is tested: `try: address = ip_address(host)`, and what an
    error leads to looks the name up.
    """
    resolved = {label[1:] for guards in cases for guard in guards for label in _resolved(guard)}
    skipping = {guard: place for guards in cases for guard, place in guards.items() if guard.note == UNREAD_SCOPE}
    return [_restated(guards, resolved, skipping) if resolved else guards for guards in cases]


def _resolved(guard: Guard) -> list[str]:
    is_test = guard.kind == "url" and guard.note.startswith((ADDRESS, UNREAD_SCOPE))
    return [label for label in guard.subject if label[0] == "r" and MARK in label] if is_test else []


def _restated(guards: Guards, resolved: set[str], skipping: Guards) -> Guards:
    if any(_resolved(guard) for guard in guards):
        return guards
    found = dict(guards)
    for guard, place in guards.items():
        labels = frozenset(f"r{label[1:]}" for label in guard.subject if MARK in label and label[1:] in resolved)
        if guard.kind == "url" and guard.note.startswith(ADDRESS) and labels:
            found[guard._replace(subject=labels)] = place
            # Tested itself, it is no less than one of those that another case may skip.
            found.update({other: where for other, where in skipping.items() if other.subject <= labels})
    return found
