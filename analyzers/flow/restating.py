"""What a guard of a callee says of its caller."""

from typing import TYPE_CHECKING

from analyzers.flow.bindings import Bindings
from analyzers.flow.guards import Guard
from analyzers.flow.labels import MARK, Labels, is_sent
from analyzers.flow.prefixes import INSIDE, without

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler


def restated(labeler: "Labeler", guard: Guard, bindings: Bindings) -> Guard | None:
    """Restate a guard in terms of the caller, None where it tests an address that nobody chooses."""
    subject = labeler.substitute(guard.subject, bindings)
    against = labeler.substitute(guard.against, bindings)
    if guard.note == INSIDE and guard.kind == "url":
        # Nothing is known of a path that lies in a folder which is made of itself.
        subject = without(subject, against)
    if guard.kind in ("url", "listed") and not any(map(is_sent, subject)):
        return None
    return _settled(guard._replace(subject=subject), against)


def _settled(guard: Guard, against: Labels) -> Guard:
    """Return a condition as one that holds, once it is known that no caller chose what a value is compared with."""
    if guard.kind != "listed":
        return guard._replace(against=frozenset(label for label in against if MARK in label))
    chosen = any(map(is_sent, against))
    return guard._replace(against=against) if chosen else guard._replace(kind="url", against=frozenset())
