"""Quotes what fills the holes of a command line, each as one word of the shell that reads it."""

from collections.abc import Sequence

import libcst as cst

from analyzers.fixes.binding import pieces, replaced
from analyzers.fixes.redaction import has_inner

QUOTES = ("'", '"')
Content = cst.BaseFormattedStringContent


def quoted(source: str, parts: Sequence[int]) -> str | None:
    """Return a template with some holes, counted from 0, quoted; None where one stands inside of other quotes."""
    try:
        whole = cst.parse_expression(f"({source})")
    except (cst.ParserSyntaxError, cst.CSTValidationError):
        return None
    line = _CommandLine(parts)
    fresh: dict[cst.CSTNode, cst.CSTNode] = {}
    for piece in pieces(whole):
        if isinstance(piece, cst.FormattedString):
            fresh[piece] = piece.with_changes(parts=line.read(piece.parts))
        elif isinstance(piece, cst.SimpleString):
            line.before += str(piece.raw_value)
    return replaced(whole, fresh) if line.is_sound else None


class _CommandLine:
    """A command line that is read from its start: `before` is its text up to here, without the quotes that went."""

    def __init__(self, parts: Sequence[int]) -> None:
        self.wanted = set(parts)
        self.before = ""
        self.number = -1
        self.is_sound = True

    def read(self, content: Sequence[Content]) -> list[Content]:
        """Return the content of an f-string with the wanted holes quoted."""
        found: list[Content] = []
        for index, part in enumerate(content):
            behind = content[index + 1] if index + 1 < len(content) else None
            if isinstance(part, cst.FormattedStringText):
                found.append(part.with_changes(value=self._text(part.value)))
            elif isinstance(part, cst.FormattedStringExpression):
                found.append(self._hole(part, behind, found))
        return [part for part in found if not isinstance(part, cst.FormattedStringText) or part.value]

    def _text(self, value: str) -> str:
        # The end of a text was cut off already where its quote went.
        opened = self.before.endswith("\0")
        value = value[1:] if opened else value
        self.before = self.before.removesuffix("\0") + value
        return value

    def _hole(self, hole: cst.FormattedStringExpression, behind: Content | None, found: list[Content]) -> Content:
        self.number += 1
        if self.number not in self.wanted:
            self.before += "x"
            return hole
        opened = self._opened(behind, found[-1] if found else None)
        if opened is not None:
            found[-1] = opened
            self.before = self.before[:-1]
        shown = self.before
        self.is_sound &= not (has_inner(hole) or hole.conversion or hole.format_spec or hole.equal)
        self.is_sound &= not shown.endswith("\\") and all(shown.count(quote) % 2 == 0 for quote in QUOTES)
        self.before += "\0" if opened is not None else "x"
        callee = cst.Attribute(cst.Name("shlex"), cst.Name("quote"))
        return hole.with_changes(expression=cst.Call(callee, [cst.Arg(hole.expression)]))

    def _opened(self, behind: Content | None, last: Content | None) -> cst.FormattedStringText | None:
        """Return the text in front of a hole without the quote that it ends with, where one of its own closes it."""
        mark = self.before[-1:]
        if not isinstance(behind, cst.FormattedStringText) or not isinstance(last, cst.FormattedStringText):
            return None
        closed = mark in QUOTES and behind.value.startswith(mark) and last.value.endswith(mark)
        return last.with_changes(value=last.value[:-1]) if closed else None
