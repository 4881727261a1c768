"""Requests whose host a caller chooses, and what the guards in front of them are worth."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from analyzers.authority.rows import Row
from analyzers.finding import Confidence, Evidence, Severity
from analyzers.flow.authorities import host_labels
from analyzers.flow.choosing import SCHEME_ONLY
from analyzers.flow.destinations import EACH, HERE, HOLDS, LOOSE, PART, UNLISTED
from analyzers.flow.effects import Effect
from analyzers.flow.guards import Place
from analyzers.flow.labels import HEADERS, MARK, ROW, Labels, index_of, is_arguments, is_same, is_sent, owner_of
from analyzers.flow.skipped_items import UNREAD_SCOPE
from analyzers.frameworks.connections import PLAIN
from analyzers.frameworks.data_files import READ_ANYWHERE, names_path

OPEN, BROKEN, BOUND = "open", "broken", "bound"
MAX_STEPS = 4
WORST = (OPEN, BROKEN, BOUND)
PATTERN = "pattern: "
IN_NETWORKS = "address in networks False"
# What a condition binds, the strongest first.
BINDINGS = {EACH: "each", HOLDS: "whole", PART: "part", PATTERN: "part"}
WEAKEST = ("", "address", "tested", "part", "whole", "each")


class Verdict(NamedTuple):
    """What stands between a caller and a host: nothing (`open`), a guard that is passed by (`broken`), or a bound.

    `bypass` says how a broken guard is passed, or one that binds the host alone, or what is asked in place of the host;
    `place` where that stands. `bound` says how a bound one binds: the `address` that a name resolved to, that address
    where it is the one that was `tested`, a `part` as the host, the value `whole`, or `each` connection of the client.
    """

    state: str
    bypass: str = ""
    place: Place | None = None
    bound: str = ""


class Exposure(msgspec.Struct, frozen=True):
    """One request of one entry point whose host comes from its caller, in `parameters`."""

    row: Row
    effect: Effect
    parameters: tuple[str, ...]
    verdict: Verdict


def root_causes(rows: Iterable[Row], state: str) -> Iterator[list[Exposure]]:
    """Yield the exposures of one state that have one cause: of one request, or of several in a file for the same tools.

    A request that one entry point reaches unguarded is `open`, whatever stands before it elsewhere.
    """
    causes: list[list[Exposure]] = []
    alike = [group for group in exposures(rows) if group[0].verdict.state == state]
    for group in sorted(alike, key=lambda group: (-len(group), group[0].effect.origin)):
        members = [exposure for exposure in group if exposure.verdict.state != BOUND]
        reached = {exposure.row.key for exposure in members}
        for cause in causes:
            same_file = cause[0].effect.origin[0] == members[0].effect.origin[0]
            if same_file and reached <= {exposure.row.key for exposure in cause}:
                cause.extend(members)
                break
        else:
            causes.append(members)
    yield from causes


def bound_by(rows: Iterable[Row], *bounds: str) -> Iterator[Exposure]:
    """Yield the exposures that are bound in certain ways, one for each entry point and request."""
    known: set[tuple[str, str]] = set()
    for group in exposures(rows):
        for exposure in group:
            key = (exposure.row.key, identity(exposure.effect))
            if exposure.verdict.state == BOUND and exposure.verdict.bound in bounds and key not in known:
                known.add(key)
                yield exposure


def exposures(rows: Iterable[Row]) -> list[list[Exposure]]:
    """Return the requests whose host a caller controls, by the place of the request, the worst entry point first."""
    found: dict[tuple[str, int, int], dict[str, Exposure]] = {}
    for row in rows:
        for effect in row.effects:
            chosen = chosen_by_caller(row, effect)
            if not chosen:
                continue
            exposure = Exposure(row, effect, tuple(_names(row, chosen)), verdict_on(effect, chosen))
            if effect.name in READ_ANYWHERE and exposure.parameters and all(map(names_path, exposure.parameters)):
                continue
            known = found.setdefault(effect.origin, {}).get(row.key)
            if known is None or _rank(exposure) < _rank(known):
                found[effect.origin][row.key] = exposure
    return [sorted(group.values(), key=_rank) for _, group in sorted(found.items())]


def _rank(exposure: Exposure) -> int:
    return WORST.index(exposure.verdict.state)


def chosen_by_caller(row: Row, effect: Effect) -> Labels:
    """Return the labels in the host of a request that the caller of an entry point controls."""
    own = own_functions(row) if effect.url else set()
    return frozenset(
        label
        for label in host_labels(effect.url)
        if own and is_sent(label) and (MARK not in label or _is_own(label, own))
    )


def _is_own(label: str, own: set[str]) -> bool:
    return label[0] in "phoqjcir" and owner_of(label) in own


def own_functions(row: Row) -> set[str]:
    """Return the functions whose parameters are what a caller of an entry point sends."""
    if row.entry.handler is None:
        return set()
    own = {row.entry.handler.id}
    if row.entry.branch is not None:
        own |= {row.entry.branch.function.id, *(step.function.id for step in row.entry.branch.via)}
    return own


def _names(row: Row, labels: Labels) -> Iterator[str]:
    handler = row.entry.handler
    if handler is None:
        return
    own = {index_of(label) for label in labels if MARK in label and owner_of(label) == handler.id}
    for index in sorted(own):
        yield handler.facts.parameters[index].name
    headers = {label.partition(":")[2] for label in labels if label.startswith("header:")}
    # Of what a loop over them takes no name is known.
    yield from sorted({HEADERS if name.startswith(ROW) else name for name in headers})


def verdict_on(effect: Effect, chosen: Labels) -> Verdict:
    """Judge every label of the host by the conditions on it; the worst decides."""
    own = {owner_of(label) for label in chosen if MARK in label}
    decided = [guard for guard in effect.guards if guard.kind == "switch"]
    switches = {guard.claim for guard in decided}
    switches -= {guard.claim for guard in decided if _is_callers(guard.subject, own)}
    verdicts = [_judged(effect, label, switches) for label in sorted(chosen)]
    return worst(verdicts)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict that leaves most open."""
    return min(verdicts, key=lambda verdict: (WORST.index(verdict.state), WEAKEST.index(verdict.bound)))


def _is_callers(labels: Labels, own: set[str]) -> bool:
    """Tell whether a switch is an argument of the call itself."""
    return any(is_arguments(label) or (MARK in label and owner_of(label) in own) for label in labels)


def _judged(effect: Effect, label: str, switches: set[str]) -> Verdict:
    conditions = [
        (guard.note, guard.subject, place)
        for guard, place in effect.guards.items()
        if guard.kind == "url"
        and (not guard.claim or guard.claim in switches)
        and any(is_same(label, subject) for subject in guard.subject)
    ]
    if any(note == HERE for note, _, _ in conditions):
        return Verdict(BOUND, bound="each")
    passed = {place for note, _, place in conditions if note.startswith("broken: ")}
    for binding, bound in BINDINGS.items():
        if any(
            note == binding or (binding == PATTERN and note.startswith(PATTERN) and place not in passed)
            for note, _, place in conditions
        ):
            loose = next(((note, place) for note, _, place in conditions if note.startswith(LOOSE)), None)
            if loose is not None and binding != EACH:
                return Verdict(BOUND, loose[0].removeprefix(LOOSE), loose[1], bound)
            return Verdict(BOUND, bound=bound)
    addresses = [condition for condition in conditions if condition[0].startswith("address ")]
    if addresses:
        verdict = _judged_addresses(addresses)
        # What is connected to is the address itself that was tested: nobody looks it up again.
        return verdict._replace(bound="tested") if label[0] == "r" and verdict.state == BOUND else verdict
    return _unbound([(note, place) for note, _, place in conditions])


def _unbound(conditions: list[tuple[str, Place]]) -> Verdict:
    """Judge conditions that bound no host. All tests count together: the one that lets the least through is to pass."""
    for kind in (UNREAD_SCOPE, "broken: "):
        for note, place in conditions:
            if note.startswith(kind):
                return Verdict(BROKEN, note.partition(": ")[2], place)
    # Who asks for the scheme alone asks for no host, where there is nothing to pass by.
    for unasked in (UNLISTED, SCHEME_ONLY):
        for note, place in conditions:
            if note == unasked:
                return Verdict(OPEN, note.partition(": ")[2] or note, place)
    return Verdict(OPEN)


def _judged_addresses(conditions: list[tuple[str, Labels, Place]]) -> Verdict:
    """Judge tests of IP addresses: they must be made of what the name resolves to, and not of one property alone."""
    place = conditions[0][2]
    if not any(label[0] == "r" for _, subject, _ in conditions for label in subject):
        return Verdict(BROKEN, "a test of literal addresses is passed by a name that resolves to a private one", place)
    notes = {note for note, _, _ in conditions}
    few = _refused_alone(notes)
    if few:
        return Verdict(BROKEN, few, place)
    if notes == {"address is_private False"}:
        return Verdict(BROKEN, "`is_private` alone is passed by 100.100.100.200 and other shared addresses", place)
    return Verdict(BOUND, bound="address")


def _refused_alone(notes: set[str]) -> str:
    """Return what passes a test that refuses some addresses, "" for one that refuses what is private, or knows more."""
    refused = sorted(note.split()[1] for note in notes if note.endswith(" False"))
    knows = IN_NETWORKS in notes or any(note.endswith(" True") for note in notes) or "is_private" in refused
    if knows:
        return ""
    named = " and ".join(f"`{name}`" for name in refused)
    return f"{named} alone {'are' if len(refused) > 1 else 'is'} passed by 10.0.0.1 and other private addresses"


# What a finding says of an exposure


def listed(cause: Sequence[Exposure]) -> list[Exposure]:
    """Return one exposure for each entry point of a cause, in the order of their keys."""
    first: dict[str, Exposure] = {}
    for exposure in cause:
        first.setdefault(exposure.row.key, exposure)
    return [first[key] for key in sorted(first)]


def identity(effect: Effect) -> str:
    """Return what identifies a request across edits elsewhere: the function around it and what it calls."""
    return f"{effect.place.symbol}|{effect.name}"


def severity(exposure: Exposure) -> Severity:
    """Return the harm: a server that may only ever speak stdio has its user's machine and network, not a cloud's."""
    harm = Severity.HIGH if exposure.row.transport in ("http", "both") else Severity.MEDIUM
    return harm.lowered(1 if exposure.effect.name in PLAIN else 0)


def confidence(exposure: Exposure) -> Confidence:
    """Return how sure it is that the request is reached as the severity says."""
    lowered = 1 if exposure.row.transport == "both" else 0
    return Confidence.HIGH.lowered(lowered + (0 if exposure.effect.sure else 1))


def evidence(exposure: Exposure, cause: Sequence[Exposure]) -> Iterator[Evidence]:
    """Yield the steps from the entry point to the request, a guard that is passed by, and other requests alike."""
    row, effect, verdict = exposure.row, exposure.effect, exposure.verdict
    declared = row.entry.declared.function
    handler = row.entry.handler if row.entry.branch is None else None
    path = handler.file.path if handler is not None else declared.file.path
    line = handler.line if handler is not None else declared.line_of(row.entry.declared.value)
    names = ", ".join(f"`{name}`" for name in exposure.parameters) or "arguments"
    yield Evidence(path, line, f"{row.title} takes {names} from its caller")
    for place in effect.via[:MAX_STEPS]:
        yield Evidence(place.path, place.line, f"passed on in `{place.symbol}`")
    if verdict.place is not None:
        yield Evidence(verdict.place.path, verdict.place.line, verdict.bypass)
    yield Evidence(effect.place.path, effect.place.line, f"`{effect.name}` connects to the host in it")
    others = {other.effect.place for other in cause} - {effect.place}
    for place in sorted(others)[:MAX_STEPS]:
        yield Evidence(place.path, place.line, f"connects likewise in `{place.symbol}`")
