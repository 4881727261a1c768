"""The authority of tools on the terminal: the table of all, and what changed."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from analyzers.finding import ToolRow
from app.render.authority import HEADINGS, WARNINGS, Cell, DiffRow, diff_rows
from app.render.escape import line
from app.render.terminal import block, pairs, sentence
from app.render.view import View
from app.render.wording import row_words


def diff_parts(view: View) -> Iterator[RenderableType]:
    """Yield the authority diff under its heading, nothing where there is no base."""
    if view.report.authority_diff is None:
        return
    rows = diff_rows(view)
    yield Text("Authority of the tools that changed" if rows else "No tool's authority changed.", style="bold")
    yield Text()
    for row in rows:
        yield from _changed(row)


def table_parts(rows: Sequence[ToolRow]) -> Iterator[RenderableType]:
    """Yield every entry point by server, with what a call of it needs and can do."""
    server = None
    for row in rows:
        if row.server != server:
            server = row.server
            words = row_words(row)
            yield Text(line(row.server), style="bold underline")
            yield block(sentence(f"{words['transport']}, authenticated by {words['authentication']}", style="dim"))
            yield Text()
        yield from _tool(row)


def _tool(row: ToolRow) -> Iterator[RenderableType]:
    words = row_words(row)
    place = line(f"{row.path}:{row.line}")
    yield block(Text.assemble((line(row.name), "bold"), (f"  {row.kind} · {place}", "dim")))
    columns = [column for column in HEADINGS if column not in ("transport", "authentication")]
    yield block(pairs((Text(HEADINGS[column], style="dim"), _value(words[column])) for column in columns), indent=4)
    for reason in row.unresolved:
        yield block(sentence(f"unresolved: {reason}", style="yellow"), indent=4)
    yield Text()


def _changed(row: DiffRow) -> Iterator[RenderableType]:
    mark = ("▲", "red") if row.worse else ("●", "green" if row.status == "better" else "yellow")
    yield block(Text.assemble(mark, " ", (line(row.tool), "bold"), (f"  {row.status}  {line(row.place)}", "dim")))
    shown = [
        (column, content)
        for column, content in row.cells.items()
        if content.before is not None or (row.status == "new" and content.after)
    ]
    yield block(pairs((Text(HEADINGS[column], style="dim"), _content(content)) for column, content in shown), indent=4)
    yield Text()


def _content(content: Cell) -> Text:
    text = sentence(content.before, style="dim").append(" → ") if content.before is not None else Text()
    text.append_text(sentence(content.after, style="red" if content.worse else ""))
    return text.append(f"  {line(content.cause)}", style="dim") if content.cause else text


def _value(words: str) -> Text:
    return sentence(words, style="red" if words.startswith(WARNINGS) else "")
