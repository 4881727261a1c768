"""Requests whose host a caller chooses, and what the guards in front of them are worth."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from analyzers.authority.rows import Row
from analyzers.flow.effects import Effect
from analyzers.flow.guards import Place
from analyzers.flow.labels import ARGUMENTS, MARK, Labels
from analyzers.flow.urls import host_labels

OPEN, BROKEN, BOUND = "open", "broken", "bound"
WORST = (OPEN, BROKEN, BOUND)


class Verdict(NamedTuple):
    """What stands between a caller and a host: nothing (`open`), a guard that is passed by (`broken`), or a bound.

    `bypass` says how a broken guard is passed, `place` where it stands.
    """

    state: str
    bypass: str = ""
    place: Place | None = None


class Exposure(NamedTuple):
    """One request of one entry point whose host comes from its caller, in `parameters`."""

    row: Row
    effect: Effect
    parameters: tuple[str, ...]
    verdict: Verdict


def exposures(rows: Iterable[Row]) -> list[list[Exposure]]:
    """Return the requests whose host a caller controls, by the place of the request, the worst of each entry point."""
    found: dict[tuple[str, int, int], dict[str, Exposure]] = {}
    for row in rows:
        for effect in row.effects:
            chosen = chosen_by_caller(row, effect)
            if not chosen:
                continue
            exposure = Exposure(row, effect, tuple(_names(row, chosen)), _verdict(effect, chosen))
            known = found.setdefault(effect.origin, {}).get(row.key)
            if known is None or _rank(exposure) < _rank(known):
                found[effect.origin][row.key] = exposure
    return [sorted(group.values(), key=_rank) for _, group in sorted(found.items())]


def _rank(exposure: Exposure) -> int:
    return WORST.index(exposure.verdict.state)


def chosen_by_caller(row: Row, effect: Effect) -> Labels:
    """Return the labels in the host of a request that the caller of an entry point controls."""
    handler = row.entry.handler
    if handler is None or not effect.url:
        return frozenset()
    own = {handler.id}
    if row.entry.branch is not None:
        own |= {row.entry.branch.function.id, *(function.id for function, _ in row.entry.branch.via)}
    return frozenset(
        label
        for label in host_labels(effect.url)
        if label == ARGUMENTS or (MARK in label and label[0] in "phe" and label.split(MARK)[1] in own)
    )


def _names(row: Row, labels: Labels) -> Iterator[str]:
    handler = row.entry.handler
    for label in sorted(labels):
        if handler is not None and MARK in label and label.split(MARK)[1] == handler.id:
            yield handler.facts.parameters[int(label.split(MARK)[2])].name


def _verdict(effect: Effect, chosen: Labels) -> Verdict:
    """Judge every label of the host by the conditions on it; the worst decides."""
    verdicts = [_judged(effect, label) for label in sorted(chosen)]
    return min(verdicts, key=lambda verdict: WORST.index(verdict.state))


def _judged(effect: Effect, label: str) -> Verdict:
    conditions = [
        (guard.note, guard.subject, place)
        for guard, place in effect.guards.items()
        if guard.kind == "url" and any(_same(label, subject) for subject in guard.subject)
    ]
    if any(note in ("holds", "pattern") for note, _, _ in conditions):
        return Verdict(BOUND)
    addresses = [condition for condition in conditions if condition[0].startswith("address ")]
    if addresses:
        return _judged_addresses(addresses)
    for kind in ("broken: ", "partial: "):
        for note, _, place in conditions:
            if note.startswith(kind):
                return Verdict(BROKEN, note.removeprefix(kind), place)
    return Verdict(OPEN)


def _same(label: str, subject: str) -> bool:
    return label[1:] == subject[1:] if MARK in label and MARK in subject else label == subject


def _judged_addresses(conditions: list[tuple[str, Labels, Place]]) -> Verdict:
    """Judge tests of IP addresses: they must be made of what the name resolves to, and not of one property alone."""
    place = conditions[0][2]
    if not any(label[0] == "r" for _, subject, _ in conditions for label in subject):
        return Verdict(BROKEN, "only a literal address is tested: passed by a name that resolves to a private one", place)
    notes = {note for note, _, _ in conditions}
    if notes == {"address is_private False"}:
        return Verdict(BROKEN, "`is_private` alone is passed by 100.100.100.200 and other shared addresses", place)
    return Verdict(BOUND)
