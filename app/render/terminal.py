"""Words and boxes of the terminal: foreign text without control characters, names in bold."""

import io
from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from analyzers.finding import Severity
from app.render.escape import line, spans

INDENT = 2
COLOURS = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}


def sentence(text: str, style: str = "") -> Text:
    """Return one line of ours with what stands between backticks in bold."""
    styled = Text(style=style)
    for content, is_name in spans(line(text)):
        styled.append(content, style="bold" if is_name else "")
    return styled


def block(content: RenderableType, indent: int = INDENT) -> Padding:
    """Return content set in from the left."""
    return Padding(content, (0, 0, 0, indent))


def pairs(rows: Iterable[tuple[RenderableType, RenderableType]]) -> Table:
    """Return two columns, the second one wrapped within itself."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for left, right in rows:
        grid.add_row(left, right)
    return grid


def printed(parts: Iterable[RenderableType], width: int, color: bool) -> str:
    """Return what a terminal of this width would show, without trailing blanks."""
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=color, no_color=not color, highlight=False, markup=False, emoji=False,
        color_system="standard" if color else None, legacy_windows=False,
    )  # fmt: skip
    for part in parts:
        console.print(part)
    return "".join(f"{row.rstrip(' ')}\n" for row in out.getvalue().split("\n")[:-1])
