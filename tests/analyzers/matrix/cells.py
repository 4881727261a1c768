"""A cell of the matrix: a program that is right, the same one damaged, and where that must be found."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache

from analyzers import Change, Entry, FileFacts, Hunk, Report, Source, Tree, analyze, plan, read
from analyzers.finding import Finding, Location, Severity, Side
from tests.analyzers.matrix.programs import HERE

CONTEXT = 3
# What says that something is not there -> what says in a review that a change took it away, at the changed line.
MISSING = {
    "missing-per-tool-authorization": "authorization-removed-in-change",
    "restriction-tag-misses-tool": "authorization-removed-in-change",
    "missing-tool-call-audit": "missing-tool-call-audit",
}
Files = dict[str, str]


@dataclass(frozen=True)
class Cell:
    """A fixed program and a damaged one, whose line with the mark is reported by a rule of the family.

    `form` is the way in which the program is right, in one framework; `damage` what was done to it.
    """

    form: str
    damage: str
    fixed: Files
    broken: Files
    rule: str
    family: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of the cell in reports."""
        return f"{self.form}-{self.damage}"

    def place(self) -> tuple[str, int]:
        """Return the path and line of the mark."""
        (found,) = (
            (path, number)
            for path, text in self.broken.items()
            for number, line in enumerate(text.splitlines(), start=1)
            if line.endswith(HERE)
        )
        return found

    def reported(self, report: Report, *, new: bool = True) -> list[tuple[str, tuple[str, int]]]:
        """Return rule and place of what is reported of the cell's family, of a review what is new."""
        assert report.failures == ()
        found = [finding for finding in report.findings if finding.rule in self.family and finding.new is new]
        return [(finding.rule, (finding.location.path, finding.location.line)) for finding in found]

    def new_in_review(self) -> list[tuple[str, tuple[str, int]]]:
        """Return rule and place of what a review of the damage reports, of what is missing whether it was changed."""
        report = review(self.fixed, self.broken)
        if self.rule not in MISSING:
            return self.reported(report)
        touched = change(self.fixed, self.broken)
        new = [finding for finding in report.findings if finding.new and finding.rule in self.family]
        assert all(is_changed(touched, finding.location) for finding in new)
        return [(rule, self.place()) for rule, _ in self.reported(report)]


@cache
def facts_of(path: str, text: str) -> FileFacts:
    """Return the facts of a file, which many cells share."""
    found = read(Source(path, path, text.encode()))
    assert isinstance(found, FileFacts)
    assert found.defects == ()
    return found


def tree(files: Files) -> Tree:
    """Return files as a tree without texts, so that no time goes into fixes."""
    entries = tuple(Entry(path, path, size=len(text)) for path, text in files.items())
    return Tree(entries, {entry.path: facts_of(entry.path, files[entry.path]) for entry in plan(entries).read})


def scan(files: Files) -> Report:
    """Return the report on a whole program."""
    return analyze(tree(files))


def review(before: Files, after: Files) -> Report:
    """Return the report on a change from one program to another."""
    return analyze(tree(after), tree(before), change(before, after))


def change(before: Files, after: Files) -> Change:
    """Return what a change touches."""
    common = before.keys() & after.keys()
    touched = [path for path in after if path not in before or before[path] != after[path]]
    hunks = {path: tuple(_hunks(before[path], after[path])) for path in touched if path in common}
    blocks = {path: tuple(_hunks(before[path], after[path], 0)) for path in touched if path in common}
    added = {path: (Hunk(0, 0, 1, len(after[path].splitlines())),) for path in touched if path not in common}
    gone = tuple(sorted(before.keys() - after.keys()))
    return Change(hunks=hunks | added, changed=tuple(touched), deleted=gone, blocks=blocks | added)


def _hunks(before: str, after: str, context: int = CONTEXT) -> Iterator[Hunk]:
    matcher = SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    for group in matcher.get_grouped_opcodes(context):
        (_, base, _, head, _), (_, _, base_end, _, head_end) = group[0], group[-1]
        yield Hunk(base + 1, base_end - base, head + 1, head_end - head)


def is_changed(touched: Change, location: Location) -> bool:
    """Tell whether a place is one that a change deleted or added."""
    for block in touched.runs(location.path):
        first, count = block.head_start, block.head_count
        if location.side is Side.BASE:
            first, count = block.base_start, block.base_count
        if first <= location.line < first + count:
            return True
    return location.side is Side.BASE and location.path in touched.deleted


def blocking(report: Report) -> list[Finding]:
    """Return the findings that fail a check."""
    return [finding for finding in report.findings if finding.is_blocking(Severity.HIGH)]
