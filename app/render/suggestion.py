"""One-click suggestions: only where GitHub, applying one, makes exactly the file that was proven."""

from collections.abc import Sequence

import msgspec

from analyzers.finding import Edit, Finding, Position, Safety, Side
from analyzers.lines import LineIndex
from app.render.escape import visible
from app.render.patch import edited, utf8
from app.render.redact import redacted

MAX_LINES = 20
MAX_LEAD = 5


class Suggestion(msgspec.Struct, frozen=True):
    """Replace whole lines of the head, both ends included; `lines` is empty when they are to go."""

    start_line: int
    line: int
    lines: tuple[str, ...]


def suggestion(finding: Finding, data: bytes | None, hunks: Sequence[range]) -> Suggestion | None:
    """Return the suggestion for a finding in this file, None where a diff must be shown instead."""
    fix = finding.fix
    if fix is None or data is None or fix.safety is not Safety.SAFE or finding.location.side is not Side.HEAD:
        return None
    if not fix.edits or any(edit.path != finding.location.path for edit in fix.edits):
        return None
    proposal = _whole_lines(utf8(data), fix.edits, finding.location.line)
    inside = any(proposal.start_line in hunk and proposal.line in hunk for hunk in hunks)
    short = len(proposal.lines) <= MAX_LINES and proposal.line - proposal.start_line < MAX_LINES
    return proposal if inside and short and _is_faithful(proposal, utf8(data), fix.edits) else None


def _whole_lines(text: bytes, edits: Sequence[Edit], line: int) -> Suggestion:
    first = min(edit.start.line for edit in edits)
    last = max(_last_line(edit) for edit in edits)
    if first > 1 and all(edit.start == edit.end == Position(first, 1) for edit in edits):
        # New lines are shown below those they follow, from the line that the finding is about if it is near.
        last = first - 1
        first = line if first - MAX_LEAD <= line <= last else last
    index = LineIndex.build(text)
    after = edited(text, edits)
    start = index.offset(Position(first, 1))
    rest = len(text) - _end_of_line(index, last)
    replaced = after[start : len(after) - rest].decode()
    return Suggestion(first, last, tuple(replaced.removesuffix("\n").split("\n")) if replaced else ())


def _last_line(edit: Edit) -> int:
    return edit.end.line - 1 if edit.end.column <= 1 and edit.end.line > edit.start.line else edit.end.line


def _end_of_line(index: LineIndex, line: int) -> int:
    return index.starts[line] if line < len(index.starts) else index.size


def _is_faithful(proposal: Suggestion, text: bytes, edits: Sequence[Edit]) -> bool:
    lines = text.decode().split("\n")
    replaced = lines[proposal.start_line - 1 : proposal.line]
    if any("\r" in line for line in replaced) or any(_changes_when_shown(line) for line in proposal.lines):
        return False
    lines[proposal.start_line - 1 : proposal.line] = proposal.lines
    return "\n".join(lines).encode() == edited(text, edits)


def _changes_when_shown(line: str) -> bool:
    return visible(line, keep="\t") != line or redacted(line) != line
