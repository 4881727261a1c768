"""Takes the values out of the text of a query: a mark in their place, and the values beside it.

Only what stands in single quotes behind an operator is a value; a hole anywhere else may be a name, and then nothing is
changed, unless it is filled with a constant of the program.
"""

from collections.abc import Callable, Iterator

import libcst as cst
import msgspec
import re2

from analyzers.fixes.redaction import plain

BEFORE = re2.compile(r"(?is)(=|<|[^->]>|,|\(|\bI?LIKE|\bBETWEEN|\bAND)\s*'(%?)$")
BEHIND = re2.compile(r"(?s)^(%?)'")
VALUES = (cst.Name, cst.Attribute, cst.Subscript)
MAX_VALUES = 20


class Bound(msgspec.Struct, frozen=True):
    """A text with marks, and the names and sources of the values that they stand for."""

    source: str
    values: tuple[tuple[str, str], ...]


Marks = Callable[[int, str], str]


def bound(source: str, mark: Marks, forbidden: str) -> Bound | None:
    """Return a template with all values taken out; `forbidden` is what its text must not hold beside the marks."""
    try:
        whole = cst.parse_expression(f"({source})")
    except (cst.ParserSyntaxError, cst.CSTValidationError):
        return None
    values: list[tuple[str, str]] = []
    fresh_of: dict[cst.CSTNode, cst.CSTNode] = {}
    for piece in pieces(whole):
        fresh = _marked(piece, mark, forbidden, values) if isinstance(piece, cst.FormattedString) else piece
        if fresh is None or (isinstance(piece, cst.SimpleString) and forbidden in piece.value):
            return None
        fresh_of[piece] = fresh.with_changes(lpar=piece.lpar, rpar=piece.rpar)
    return Bound(replaced(whole, fresh_of), tuple(values)) if 0 < len(values) <= MAX_VALUES else None


def replaced(whole: cst.BaseExpression, fresh: dict[cst.CSTNode, cst.CSTNode]) -> str:
    """Return the source of an expression in parentheses, without them, with other nodes in the place of some."""
    changed = whole.visit(_Replacing(fresh))
    return cst.Module(()).code_for_node(changed)[1:-1] if isinstance(changed, cst.BaseExpression) else ""


class _Replacing(cst.CSTTransformer):
    """Puts other nodes in the place of some."""

    def __init__(self, fresh: dict[cst.CSTNode, cst.CSTNode]) -> None:
        super().__init__()
        self.fresh = fresh

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        return self.fresh.get(original_node, updated_node)


def pieces(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """Yield the strings that an expression is, those that stand side by side one after the other."""
    if isinstance(node, cst.ConcatenatedString):
        yield from pieces(node.left)
        yield from pieces(node.right)
    else:
        yield node


def _marked(
    template: cst.FormattedString, mark: Marks, forbidden: str, values: list[tuple[str, str]]
) -> cst.BaseExpression | None:
    parts: list[cst.BaseFormattedStringContent] = list(template.parts)
    for index, part in enumerate(template.parts):
        if isinstance(part, cst.FormattedStringText) or _is_constant(part):
            continue
        value = _value(part)
        around = _around(parts, index) if value is not None else None
        if value is None or around is None:
            return None
        before, behind, wraps = around
        source = cst.Module(()).code_for_node(value)
        if wraps != ("", "") and ('"' in source or "'" in source):
            return None
        name = _name(value, len(values))
        values.append((name, f'f"{wraps[0]}{{{source}}}{wraps[1]}"' if wraps != ("", "") else source))
        parts[index - 1] = cst.FormattedStringText(before)
        parts[index] = cst.FormattedStringText(_MARK.format(len(values), name))
        parts[index + 1] = cst.FormattedStringText(behind)
    texts = [part for part in parts if isinstance(part, cst.FormattedStringText)]
    if any(forbidden in part.value for part in texts if not part.value.startswith("\0")):
        return None
    marked = [_unveiled(part, mark) for part in parts]
    return plain(template.with_changes(parts=marked))


# Stands for a mark until the text around it was looked through.
_MARK = "\0{}\0{}"


def _unveiled(part: cst.BaseFormattedStringContent, mark: Marks) -> cst.BaseFormattedStringContent:
    if not isinstance(part, cst.FormattedStringText) or not part.value.startswith("\0"):
        return part
    _, number, name = part.value.split("\0")
    return part.with_changes(value=mark(int(number), name))


def _is_constant(part: cst.BaseFormattedStringContent) -> bool:
    return (
        isinstance(part, cst.FormattedStringExpression)
        and isinstance(part.expression, cst.Name)
        and part.expression.value.isupper()
    )


def _value(part: cst.BaseFormattedStringContent) -> cst.BaseExpression | None:
    if not isinstance(part, cst.FormattedStringExpression) or not isinstance(part.expression, VALUES):
        return None
    return part.expression if not (part.conversion or part.format_spec or part.equal) else None


def _around(parts: list[cst.BaseFormattedStringContent], index: int) -> tuple[str, str, tuple[str, str]] | None:
    """Return the text before and behind a value without its quotes, and what stands between them and the value."""
    left = parts[index - 1] if index else None
    right = parts[index + 1] if index + 1 < len(parts) else None
    if not isinstance(left, cst.FormattedStringText) or not isinstance(right, cst.FormattedStringText):
        return None
    opening, closing = BEFORE.search(left.value), BEHIND.match(right.value)
    if opening is None or closing is None:
        return None
    start = opening.start(2) - 1
    return left.value[:start], right.value[closing.end() :], (opening.group(2), closing.group(1))


def _name(value: cst.BaseExpression, number: int) -> str:
    named = value.value if isinstance(value, cst.Name) else f"value_{number}"
    return str(named)
