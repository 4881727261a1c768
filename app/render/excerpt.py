"""The lines of source around a finding."""

import msgspec

from analyzers.finding import Finding
from app.render.escape import visible
from app.render.patch import utf8
from app.render.redact import is_about_secrets, redacted

CONTEXT = 2
MAX_MARKED = 6
MAX_WIDTH = 400


class Line(msgspec.Struct, frozen=True):
    """One line as it can be shown: no control characters, no credentials, not endless."""

    number: int
    text: str
    marked: bool


def excerpt(finding: Finding, data: bytes, context: int = CONTEXT) -> tuple[Line, ...]:
    """Return the finding's lines, at most six of them, and some around it."""
    lines = utf8(data).decode().split("\n")
    span = finding.location.span
    first = min(max(span.start.line, 1), len(lines))
    last = min(last_line(finding), first + MAX_MARKED - 1, len(lines))
    hidden = is_about_secrets(finding.rule)
    return tuple(
        Line(number, _shown(lines[number - 1], hidden and marked), marked)
        for number in range(max(1, first - context), min(len(lines), last + context) + 1)
        for marked in (first <= number <= last,)
    )


def last_line(finding: Finding) -> int:
    """Return the last line that a finding's span touches."""
    span = finding.location.span
    ends_before = span.end.column <= 1 and span.end.line > span.start.line
    return span.end.line - 1 if ends_before else span.end.line


def _shown(text: str, about_secrets: bool) -> str:
    text = visible(redacted(text.rstrip("\r")[: MAX_WIDTH * 2], about_secrets).expandtabs(4))
    return text if len(text) <= MAX_WIDTH else text[:MAX_WIDTH] + "…"
