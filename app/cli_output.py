"""What a command writes, where, and its exit status."""

import os
import sys
from pathlib import Path

from app.formats import Format, TableFormat
from app.render.view import View


def rendered(view: View, form: Format, plain: bool) -> bytes:
    """Return a report in a format; `plain` when no terminal shows it. Only what writes that format is loaded."""
    if form is Format.JSON:
        from app.render.jsonformat import to_json

        return to_json(view)
    if form is Format.SARIF:
        from app.render.sarif import to_sarif

        return to_sarif(view)
    if form is Format.MARKDOWN:
        from app.render.markdown import to_markdown

        return to_markdown(view).encode()
    from app.render.text import to_text

    return to_text(view, *terminal(plain)).encode()


def table(view: View, form: TableFormat, plain: bool) -> bytes:
    """Return the authority table in a format; `plain` when no terminal shows it."""
    if form is TableFormat.JSON:
        from app.render.jsonformat import tools_to_json

        return tools_to_json(view.report.tools)
    if form is TableFormat.MARKDOWN:
        from app.render.authority import all_tools_table

        return f"{all_tools_table(view.report)}\n".encode()
    from app.render.text import tools_to_text

    return tools_to_text(view.report, *terminal(plain)).encode()


def status(view: View) -> int:
    """Return the exit status that a report calls for."""
    if view.report.incomplete:
        return 2
    return 1 if view.verdict.blocking else 0


def is_plain(output: Path | None) -> bool:
    """Tell whether what is written goes elsewhere than to a terminal."""
    return output is not None or not sys.stdout.isatty()


def terminal(plain: bool) -> tuple[int, bool]:
    """Return width and whether there is colour."""
    if plain:
        return 80, False
    # Takes as long to load as small files to read.
    import shutil

    return shutil.get_terminal_size().columns, not os.environ.get("NO_COLOR")


def write(data: bytes, output: Path | None) -> None:
    """Write to a file, or to standard output. Raise OSError."""
    if output is not None:
        output.write_bytes(data)
        return
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
