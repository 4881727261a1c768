"""The authority diff: what the tools that changed may do now, beside what they could before."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from analyzers.finding import AuthorityChange, Report, Side, ToolRow
from app.render.escape import cell, prose
from app.render.view import View
from app.render.wording import name, row_words

# A change of something that many tools share changes as many rows: the first of them say what it does.
OPEN_ROWS = 12
MAX_ROWS = 40
HEADINGS = {
    "transport": "transport",
    "authentication": "authenticated by",
    "authorization": "authorized by",
    "capabilities": "can",
    "credentials": "with",
    "network": "reaches",
    "audit": "recorded",
}
# What a reader should not overlook in the column that says by what a call is authorized.
WARNINGS = ("nothing", "a switch", "not resolved")
ORDER = {"worse": 0, "changed": 1, "better": 2}


class Cell(msgspec.Struct, frozen=True):
    """One column of one row, in words with names between backticks; `before` is None where nothing changed."""

    after: str
    before: str | None = None
    worse: bool = False
    cause: str = ""

    @property
    def words(self) -> str:
        """The content now, and what it was."""
        return self.after if self.before is None else f"{self.after} (was {self.before})"


class DiffRow(msgspec.Struct, frozen=True):
    """One tool that is new, changed or removed, with its cells by column."""

    tool: str
    status: str
    cells: dict[str, Cell]
    worse: bool
    place: str


def diff_rows(view: View) -> list[DiffRow]:
    """Return the rows of the authority diff, those with more authority than before first."""
    rows = {row.key: row for row in view.report.tools}
    reported = {key for item in view.report.findings if item.new and not item.suppressed for key in item.new_tools}
    changes: dict[str, list[AuthorityChange]] = {}
    for change in view.report.authority_diff or ():
        changes.setdefault(change.tool, []).append(change)
    found = [_diff_row(key, items, rows.get(key), key in reported) for key, items in changes.items()]
    return sorted(found, key=lambda row: (not row.worse, row.status == "removed", row.tool))


def shown_columns(rows: Sequence[DiffRow]) -> list[str]:
    """Return the columns to show: all that say something, and transport and authentication only where they changed."""
    quiet = ("transport", "authentication")
    changed = {column for row in rows for column, content in row.cells.items() if content.before is not None}
    return [column for column in HEADINGS if column not in quiet or column in changed]


def authority_table(view: View) -> str:
    """Return the authority diff as a Markdown table under its heading, "" where there is no base."""
    if view.report.authority_diff is None:
        return ""
    rows = diff_rows(view)
    if not rows:
        return "No tool's authority changed."
    columns = shown_columns(rows)
    shared = {tool for tool, many in Counter(row.tool for row in rows).items() if many > 1}
    head = (
        f"| tool | | {' | '.join(HEADINGS[column] for column in columns)} |",
        "|---" * (len(columns) + 2) + "|",
    )
    told = [_markdown_row(row, columns, is_shared=row.tool in shared) for row in rows[:MAX_ROWS]]
    lines = ["**Authority of the tools that changed**", "", *head, *told[:OPEN_ROWS]]
    if len(told) > OPEN_ROWS:
        folded = f"<details><summary>{len(told) - OPEN_ROWS} more tools</summary>"
        lines += ["", folded, "", *head, *told[OPEN_ROWS:], "", "</details>"]
    if len(rows) > MAX_ROWS:
        lines += ["", f"…{len(rows) - MAX_ROWS:,} more tools that are not listed."]
    return "\n".join(lines)


def all_tools_table(report: Report) -> str:
    """Return the authority of every entry point as a Markdown table."""
    if not report.tools:
        return "No MCP tools were found."
    columns = list(HEADINGS)
    lines = [
        f"| tool | kind | {' | '.join(HEADINGS[column] for column in columns)} |",
        "|---" * (len(columns) + 2) + "|",
    ]
    for row in report.tools:
        words = row_words(row)
        cells = [name(row.name), row.kind, *(words[column] for column in columns)]
        lines.append("| " + " | ".join(cell(prose(content)) for content in cells) + " |")
    return "\n".join(lines)


def _diff_row(key: str, changes: list[AuthorityChange], row: ToolRow | None, reported: bool) -> DiffRow:
    worse = reported or any(change.direction == "worse" for change in changes)
    if row is None:
        was = next((change.before for change in changes if change.column == "tool"), None)
        return DiffRow(was or key.rpartition(":")[2], "removed", {column: Cell("") for column in HEADINGS}, worse, "")
    cells = {column: Cell(words, worse=words.startswith(WARNINGS)) for column, words in row_words(row).items()}
    place = f"{row.path}:{row.line}"
    if all(change.before is None for change in changes):
        return DiffRow(row.name, "new", cells, worse, place)
    cells |= {change.column: _changed(change, cells[change.column]) for change in changes if change.column in cells}
    return DiffRow(row.name, min((item.direction for item in changes), key=ORDER.__getitem__), cells, worse, place)


def _changed(change: AuthorityChange, now: Cell) -> Cell:
    removed = ", removed" if change.cause and change.cause.side is Side.BASE else ""
    cause = f"{change.cause.path}:{change.cause.line}{removed}" if change.cause else ""
    return Cell(now.after, change.before or "none", change.direction == "worse", cause)


def _markdown_row(row: DiffRow, columns: Sequence[str], *, is_shared: bool) -> str:
    contents = [_markdown_cell(row.cells[column]) for column in columns]
    # Tools of several servers may have one name.
    tool = f"{name(row.tool)} ({row.place})" if is_shared and row.place else name(row.tool)
    return f"| {cell(prose(tool))} | {row.status} | {' | '.join(contents)} |"


def _markdown_cell(content: Cell) -> str:
    words = cell(prose(content.words))
    if not content.worse or not words:
        return words
    warning = next((known for known in WARNINGS if words.startswith(known)), words)
    return f"**{warning}**{words[len(warning) :]}"
