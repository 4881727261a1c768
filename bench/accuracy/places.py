"""Which findings lie at a labelled place."""

from collections.abc import Iterable, Sequence

from analyzers.finding import Finding, Report
from app.local_diff import FileDiff
from bench.accuracy.classes import ABSENCES, RULES_OF_CLASS
from bench.accuracy.labels import Place

# A label names the statement that its reader saw; the finding may name the one beside it.
SLACK = 3


def at(report: Report, weakness: str, places: Iterable[Place]) -> tuple[Finding, ...]:
    """Return the findings of a class at any of the places, loud or not."""
    places = tuple(places)
    declared = {row.key: row.path for row in report.tools}
    paths = {place.path for place in places}
    found = []
    for finding in of_class(report, weakness):
        tools = {declared[tool] for tool in finding.tools if tool in declared}
        absent = weakness in ABSENCES and not paths.isdisjoint(tools | {finding.location.path})
        if absent or any(_touches(finding, place) for place in places):
            found.append(finding)
    return tuple(found)


def of_class(report: Report, weakness: str) -> tuple[Finding, ...]:
    """Return the findings of the rules that find a class."""
    return tuple(finding for finding in report.findings if finding.rule in RULES_OF_CLASS.get(weakness, ()))


def on_the_way(report: Report, weakness: str, places: Iterable[Place]) -> tuple[Finding, ...]:
    """Return the findings of a class that lie elsewhere and name one of the places in their evidence."""
    places = tuple(places)
    return tuple(
        finding
        for finding in of_class(report, weakness)
        if any(_is_near(step.path, step.line, step.line, place) for step in finding.evidence for place in places)
    )


def _touches(finding: Finding, place: Place) -> bool:
    span = finding.location.span
    # Ends are exclusive: one at the first column of a line does not reach into it.
    last = max(span.start.line, span.end.line - (span.end.column == 1))
    return _is_near(finding.location.path, span.start.line, last, place)


def _is_near(path: str, first: int, last: int, place: Place) -> bool:
    return path == place.path and (
        not place.lines or any(first <= end + SLACK and last >= start - SLACK for start, end in place.lines)
    )


def moved(places: Iterable[Place], files: Sequence[FileDiff]) -> tuple[Place, ...]:
    """Return where places lie after a change; what is inside a hunk becomes the hunk, what was deleted is left out."""
    changed = {file.base: file for file in files if file.base}
    after = []
    for place in places:
        file = changed.get(place.path)
        if file is None:
            after.append(place)
        elif file.head:
            after.append(Place(file.head, tuple(_moved(lines, file) for lines in place.lines)))
    return tuple(after)


def _moved(lines: tuple[int, int], file: FileDiff) -> tuple[int, int]:
    start, end = lines
    first, last, shift_first, shift_last = start, end, 0, 0
    for hunk in file.hunks:
        shift = hunk.head_start + hunk.head_count - hunk.base_start - hunk.base_count
        past = hunk.base_start + hunk.base_count
        if past <= start:
            shift_first = shift
        elif hunk.base_start <= start:
            first, shift_first = hunk.head_start, 0
        if past <= end:
            shift_last = shift
        elif hunk.base_start <= end:
            last, shift_last = hunk.head_start + hunk.head_count - 1, 0
    return first + shift_first, max(first + shift_first, last + shift_last)
