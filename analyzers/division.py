"""A large tree is judged in batches of packages that do not know of each other; their reports are one report."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec

from analyzers.finding import AuthorityChange, Coverage, Finding, IdleIgnore, Report

# The principle whose rules are about what is known afterwards.
RECORDS = "assume_breach"
T = TypeVar("T")


class Share(msgspec.Struct, frozen=True):
    """What one batch has of one tree: its own files, and the manifests above them that belong to other packages.

    `served_elsewhere` tells that product code outside of the batch makes a server.
    """

    paths: tuple[str, ...]
    along: tuple[str, ...] = ()
    served_elsewhere: bool = False


class Batch(msgspec.Struct, frozen=True):
    """Packages that are judged together, in the head and in the base."""

    head: Share
    base: Share | None = None


class Division(msgspec.Struct, frozen=True):
    """How trees are judged: batch by batch; `rest` says of all other files what there is to say unjudged."""

    batches: tuple[Batch, ...]
    rest: Report


def order(finding: Finding) -> tuple[object, ...]:
    """Return what findings are sorted by: the gravest and surest first, what is only recorded last, then by place."""
    place = (finding.location.path, finding.location.line, finding.rule)
    return (-finding.severity, -finding.confidence, finding.principle == RECORDS, *place)


def merged(reports: Sequence[Report]) -> Report:
    """Return the reports of batches, and of the rest, as the report of the whole."""
    tools = [tool for report in reports for tool in report.tools]
    return Report(
        findings=tuple(sorted((finding for report in reports for finding in report.findings), key=order)),
        fixed=tuple(fixed for report in reports for fixed in report.fixed),
        tools=tuple(sorted(tools, key=lambda tool: (tool.server, tool.kind, tool.name))),
        authority_diff=_changes(reports),
        coverage=_coverage([report.coverage for report in reports]),
        failures=_distinct(failure for report in reports for failure in report.failures),
        surface_changed=any(report.surface_changed for report in reports),
        engine_version=reports[0].engine_version,
        rules_run=max(report.rules_run for report in reports),
        idle_ignores=tuple(sorted(_idle(reports), key=lambda ignore: ignore.path)),
    )


def _idle(reports: Iterable[Report]) -> Iterator[IdleIgnore]:
    for report in reports:
        yield from report.idle_ignores


def _changes(reports: Iterable[Report]) -> tuple[AuthorityChange, ...] | None:
    told = [report.authority_diff for report in reports if report.authority_diff is not None]
    return tuple(change for changes in told for change in changes) if told else None


def _coverage(parts: Sequence[Coverage]) -> Coverage:
    numbers = {
        name: sum(getattr(part, name) for part in parts)
        for name in Coverage.__struct_fields__
        if name != "not_analyzed"
    }
    files = sorted((file for part in parts for file in part.not_analyzed), key=lambda file: file.path)
    return Coverage(**numbers, not_analyzed=tuple(files))


def _distinct(items: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(items))
