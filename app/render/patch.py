"""Fixes applied to text, and shown as a diff."""

import difflib
from collections.abc import Iterable, Mapping

from analyzers.finding import Edit, Fix
from analyzers.lines import LineIndex
from app.render.redact import redacted


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
    diff = difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm="")
    # Only what is taken away can be a credential that the fix is about; the placeholder that replaces it is not one.
    return [redacted(text.rstrip("\r"), about_secrets and text.startswith("-")) for text in diff]
