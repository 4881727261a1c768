"""From what callers write into a text to drafts: one cause for each function that puts the text together."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from analyzers.authority.composition import Site, SiteReader, is_composed
from analyzers.authority.egress import OPEN
from analyzers.authority.taint import Taint, evidence
from analyzers.finding import Confidence, Severity
from analyzers.flow.guards import Place
from analyzers.flow.operands import PATH
from analyzers.rule import Analysis, Draft

FILES = ("path", "file", "dir", "folder", "attach")
Grouping = Callable[[Site, Taint], tuple[str, str]]
Weight = Callable[[Taint], int]


class Cause(msgspec.Struct, frozen=True):
    """Taints with one cause, by entry point, those that tell the most first, and the places of all."""

    taints: tuple[Taint, ...]
    sites: tuple[Site, ...]
    places: tuple[Site, ...]
    group: str

    def site(self, taint: Taint) -> Site:
        """Return the place of a taint, that of the first for one whose arguments do not say that they are files."""
        return self.sites[0 if _vagueness(taint)[0] else self.taints.index(taint)]


class Telling(NamedTuple):
    """What a rule says of a taint."""

    message: str
    why: str
    doing: str
    group_message: str
    severity: Severity
    confidence: Confidence
    alone: Severity = Severity.INFO


def by_function(site: Site, _: Taint) -> tuple[str, str]:
    """One cause for each function that completes texts."""
    return site.function.file.path, site.function.facts.qualname


def by_sender(site: Site, taint: Taint) -> tuple[str, str]:
    """One cause for each function that completes texts for others; else for each file and the parameters in them."""
    entry = taint.row.entry
    own = (entry.handler, entry.inner, entry.branch.function if entry.branch is not None else None)
    if any(site.function is function for function in own):
        return site.function.file.path, ",".join(taint.parameters)
    return by_function(site, taint)


def by_check(site: Site, taint: Taint) -> tuple[str, str]:
    """One cause for each function whose check is passed by, wherever texts are completed."""
    place, function = taint.verdict.place, site.function
    elsewhere = place is not None and (place.path, place.symbol) != (function.file.path, function.facts.qualname)
    return (place.path, place.symbol) if taint.verdict.bypass and place and elsewhere else by_function(site, taint)


def by_server(_: Site, taint: Taint) -> tuple[str, str]:
    """One cause for all that a server does."""
    return taint.row.entry.server.id, ""


def alike(_: Taint) -> int:
    """No way of an entry point does more harm than another."""
    return 0


def causes(
    analysis: Analysis, taints: Iterable[Taint], by: Grouping = by_function, weight: Weight = alike
) -> list[Cause]:
    """Return taints by what causes them, one for each entry point and cause: the one with the greatest weight."""
    found: dict[tuple[str, str], dict[str, list[tuple[Taint, Site]]]] = {}
    sites: dict[tuple[str, str], dict[tuple[str, int, int], Site]] = {}
    for taint in taints:
        site = _site(analysis.sites, taint)
        if site is None:
            continue
        key = by(site, taint)
        found.setdefault(key, {}).setdefault(taint.row.key, []).append((taint, site))
        sites.setdefault(key, {}).setdefault(_place(site), site)
    result = []
    for key, by_row in sorted(found.items()):
        ways = (_gravest(ways, weight) for _, ways in sorted(by_row.items()))
        members = sorted(ways, key=lambda member: _order(member[0], weight))
        places = tuple(site for _, site in sorted(sites[key].items()))
        taken, own = zip(*members, strict=True)
        result.append(Cause(taken, own, places, "|".join(key)))
    return result


def together(found: Iterable[Cause], weight: Weight) -> list[Cause]:
    """Return causes, those as one that the same arguments of the same entry points lead to, by way of one sender.

    To check such an argument where it comes in mends all of them. Of each entry point the gravest way is shown.
    """
    joined: dict[tuple[object, ...], list[Cause]] = {}
    for cause in found:
        rows = tuple(taint.row.key for taint in cause.taints)
        senders = tuple((taint.effect.place.path, taint.effect.place.symbol) for taint in cause.taints)
        alike = joined.setdefault((rows, senders), [])
        chosen = _chosen(cause)
        at = next((at for at, other in enumerate(alike) if not chosen.isdisjoint(_chosen(other))), -1)
        if at < 0:
            alike.append(cause)
        else:
            alike[at] = _joined(alike[at], cause, weight)
    return [cause for alike in joined.values() for cause in alike]


def _chosen(cause: Cause) -> frozenset[str]:
    return frozenset(name for taint in cause.taints for name in taint.parameters)


def _joined(first: Cause, second: Cause, weight: Weight) -> Cause:
    ways = zip(zip(first.taints, first.sites, strict=True), zip(second.taints, second.sites, strict=True), strict=True)
    taken, own = zip(*(max(pair, key=lambda way: weight(way[0])) for pair in ways), strict=True)
    places = {_place(site): site for site in (*first.places, *second.places)}
    return Cause(taken, own, tuple(site for _, site in sorted(places.items())), first.group)


def _gravest(ways: Sequence[tuple[Taint, Site]], weight: Weight) -> tuple[Taint, Site]:
    """Return the way that does the most harm, with what callers write in the others that name files as well."""
    taint, site = min(ways, key=lambda way: (_vagueness(way[0])[0], -weight(way[0])))
    if weight is alike:
        return taint, site
    others = (other for other, _ in ways if _vagueness(other)[0] == _vagueness(taint)[0])
    return taint._replace(chosen=taint.chosen.union(*[other.chosen for other in others])), site


def _order(taint: Taint, weight: Weight) -> tuple[bool, int, bool, int]:
    is_vague, written = _vagueness(taint)
    return is_vague, -weight(taint), taint.verdict.state != OPEN, written


def _place(site: Site) -> tuple[str, int, int]:
    return site.function.file.path, site.start, site.end


def _vagueness(taint: Taint) -> tuple[bool, int]:
    """Tell how little is known of a way: of several the one is shown that names a file, and the fewest arguments."""
    names_file = any(word in name.lower() for name in taint.parameters for word in FILES)
    return taint.operand.role == PATH and not names_file, len(taint.parameters)


def _site(reader: SiteReader, taint: Taint) -> Site | None:
    if not is_composed(taint.operand.shape):
        return reader.origin_of(taint.effect)
    role = taint.operand.role
    site = reader.site_of(taint.row, taint.effect, role)
    return reader.maker_of(site, taint.effect, role) if site is not None and role == PATH else site


def drafts(cause: Cause, taint: Taint, telling: Telling) -> Draft:
    """Return the draft for one entry point of a cause."""
    site = cause.site(taint)
    symbol = f"{site.function.facts.qualname}|{taint.effect.name}"
    return Draft(
        key=f"{taint.row.key}|{symbol}",
        path=taint.row.entry.declared.function.file.path,
        location=site.location,
        message=telling.message,
        why=telling.why,
        severity=telling.severity,
        confidence=telling.confidence,
        evidence=tuple(evidence(taint, telling.doing, _places(other for other in cause.places if other != site))),
        rows=(taint.row.key,),
        group=cause.group,
        group_message=telling.group_message,
        start=site.start,
        end=site.end,
        about=frozenset(taint.parameters),
        alone=telling.alone,
    )


def _places(sites: Iterable[Site]) -> list[Place]:
    return [site.place for site in sites]
