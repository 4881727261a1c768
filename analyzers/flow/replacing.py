"""What a call gives in place of a label of its callee: all of what is passed, an entry of it, or what was found of it.

A function may find what it was given in a list that it was given as well: `x if x in known else None`. Whether that
binds it is up to whoever calls the function: no caller of the program may have a part in the list.
"""

from collections.abc import Iterable

from analyzers.flow.bindings import Bindings
from analyzers.flow.guards import Guards
from analyzers.flow.labels import (
    ENTRY,
    LISTED,
    MARK,
    NONE,
    Labels,
    index_of,
    is_sent,
    kept_of_request,
    key_of,
    owner_of,
    unlisted,
    whole,
    with_variant,
)


def given_for(label: str, bindings: Bindings) -> Labels | None:
    """Return what a call gives for a label of a parameter, None where it gives nothing for that."""
    parameter = whole(label)[2:]
    given = bindings.get(parameter)
    if given is None or (ENTRY not in label and LISTED not in label):
        return given
    if ENTRY in label:
        given = bindings.entry(parameter, key_of(label)) or NONE
    return _settled(label, given, bindings)


def as_listed(labels: Labels, guards: Guards, note: str) -> Labels:
    """Return labels with the parameter in which guards of a note found their values."""
    lists = {
        unlisted(subject)[1:]: next(iter(guard.against))
        for guard in guards
        if guard.kind == "listed" and guard.note == note and not guard.claim and len(guard.against) == 1
        for subject in guard.subject
    }
    return frozenset(_found_in(label, lists.get(unlisted(label)[1:], "")) for label in labels) if lists else labels


def _found_in(label: str, against: str) -> str:
    is_plain = MARK in label and ENTRY not in label and LISTED not in label and not kept_of_request(label)
    if not is_plain or not _names_parameter(against) or owner_of(against) != owner_of(label):
        return label
    return f"{label}{LISTED}{index_of(against)}"


def _names_parameter(label: str) -> bool:
    return MARK in label and ENTRY not in label and not kept_of_request(label)


def _settled(label: str, given: Labels, bindings: Bindings) -> Labels:
    against = bindings.get(f"{owner_of(label)}{MARK}{label.partition(LISTED)[2]}") if LISTED in label else None
    if against is None:
        return given
    return _still_listed(given, against) if any(map(is_sent, against)) else with_variant(given, "w")


def _still_listed(given: Iterable[str], against: Labels) -> Labels:
    listed = next(iter(against)) if len(against) == 1 else ""
    return frozenset(_found_in(label, listed) for label in given)
