"""Fixes applied to text, and shown as a diff."""

import difflib
from collections.abc import Iterable, Mapping

from analyzers.finding import Edit, Fix
from analyzers.lines import LineIndex
from app.render.redact import redacted

CONTEXT = 3


def utf8(data: bytes) -> bytes:
    """Return a file's text in UTF-8; what is not UTF-8 is taken for Latin-1."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1").encode()
    return data


def edited(text: bytes, edits: Iterable[Edit]) -> bytes:
    """Apply edits of one file, which do not overlap, to its UTF-8 text."""
    index = LineIndex.build(text)
    places = sorted((index.offset(edit.start), index.offset(edit.end), edit.text) for edit in edits)
    pieces = []
    position = 0
    for start, end, replacement in places:
        pieces += [text[position:start], replacement.encode()]
        position = end
    return b"".join([*pieces, text[position:]])


def fix_diff(fix: Fix, texts: Mapping[str, bytes], about_secrets: bool = False) -> str:
    """Return the unified diff of a fix without credentials, "" when a file it changes is not at hand."""
    by_path: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        by_path.setdefault(edit.path, []).append(edit)
    if not by_path.keys() <= texts.keys():
        return ""
    lines: list[str] = []
    for path, edits in by_path.items():
        before = utf8(texts[path])
        lines += _unified(path, before, edited(before, edits), about_secrets)
    return "\n".join(lines)


def _unified(path: str, before: bytes, after: bytes, about_secrets: bool) -> list[str]:
    old, new = (text.decode().removesuffix("\n").split("\n") for text in (before, after))
    name = path.replace("\n", "\\n")
    first, last = _same_lines(old, new)
    # Only the lines around the change are compared: a file may be long, and a comparison of it slow.
    diff = difflib.unified_diff(
        old[first : len(old) - last], new[first : len(new) - last], f"a/{name}", f"b/{name}", lineterm=""
    )
    # Only what is taken away can be a credential that the fix is about; the placeholder that replaces it is not one.
    return [redacted(_moved(text.rstrip("\r"), first), about_secrets and text.startswith("-")) for text in diff]


def _same_lines(old: list[str], new: list[str]) -> tuple[int, int]:
    """Return how many lines at the start and at the end are the same and need not be shown."""
    shorter = min(len(old), len(new))
    first = next((index for index in range(shorter) if old[index] != new[index]), shorter)
    rest = shorter - first
    last = next((index for index in range(rest) if old[-1 - index] != new[-1 - index]), rest)
    return max(0, first - CONTEXT), max(0, last - CONTEXT)


def _moved(text: str, lines: int) -> str:
    """Move the line numbers of a hunk's heading."""
    if not text.startswith("@@ "):
        return text
    ranges = (_moved_range(part, lines) for part in text.split(" ")[1:3])
    return f"@@ {' '.join(ranges)} @@"


def _moved_range(part: str, lines: int) -> str:
    start, comma, length = part[1:].partition(",")
    return f"{part[0]}{int(start) + lines}{comma}{length}"
