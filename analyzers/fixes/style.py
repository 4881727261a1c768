"""Inserted code takes the form of its file: its line ends, and tabs where it is indented by tabs."""

from collections.abc import Mapping, Sequence

import msgspec
import re2

from analyzers.finding import Edit

TABBED = re2.compile(rb"(?m)^\t")
SPACED = re2.compile(rb"(?m)^ +[^\s#]")
UNIT = "    "


def in_style(edits: Sequence[Edit], texts: Mapping[str, bytes]) -> tuple[Edit, ...]:
    """Return edits, written with plain line ends and four spaces a level, as the files write them."""
    return tuple(_styled(edit, texts.get(edit.path, b"")) if "\n" in edit.text else edit for edit in edits)


def _styled(edit: Edit, text: bytes) -> Edit:
    lines = edit.text.replace("\r\n", "\n").split("\n")
    if TABBED.search(text) and not SPACED.search(text):
        lines = [_tabbed(line) if index or edit.start.column == 1 else line for index, line in enumerate(lines)]
    newline = "\r\n" if b"\r\n" in text else "\n"
    return msgspec.structs.replace(edit, text=newline.join(lines))


def _tabbed(line: str) -> str:
    stripped = line.lstrip(" \t")
    return line[: len(line) - len(stripped)].replace(UNIT, "\t") + stripped
