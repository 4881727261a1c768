"""Expressions of a program as they are written: whether they may be written twice, and what stands around them."""

import ast
from collections.abc import Iterator

import msgspec

from analyzers.project.program import Function

MAX_LENGTH = 90
# Calls that only make one value of others, so that a second one does no harm.
PURE = frozenset({"join", "Path", "PurePath", "str", "fspath", "expanduser", "joinpath", "with_suffix", "strip"})
HARMLESS = (
    *(ast.Name, ast.Attribute, ast.Constant, ast.BinOp, ast.JoinedStr, ast.FormattedValue, ast.Subscript, ast.Call),
    *(ast.operator, ast.expr_context, ast.keyword),
)
SIMPLE = (ast.Return, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Raise, ast.Delete)
WITHS = (ast.With, ast.AsyncWith)
# What stands between a statement and an expression of it where that may not be computed, or more than once.
CONDITIONAL = (ast.Lambda, ast.IfExp, ast.BoolOp, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Written(msgspec.Struct, frozen=True):
    """An expression with its source."""

    source: str
    node: ast.expr

    @property
    def names(self) -> set[str]:
        """The names that it reads."""
        return {inner.id for inner in ast.walk(self.node) if isinstance(inner, ast.Name)}

    @property
    def is_repeatable(self) -> bool:
        """Whether it may be written twice: short, on one line, and without effect."""
        return (
            len(self.source) <= MAX_LENGTH
            and "\n" not in self.source
            and all(isinstance(inner, HARMLESS) and _is_pure(inner) for inner in ast.walk(self.node))
        )


def written(source: str) -> Written | None:
    """Return an expression by its source, None where it is none."""
    try:
        return Written(source, ast.parse(f"({source})", mode="eval").body)
    except (SyntaxError, ValueError):
        return None


def part(whole: Written, node: ast.expr) -> Written | None:
    """Return a part of an expression with its source."""
    source = ast.get_source_segment(f"({whole.source})", node)
    return Written(source, node) if source is not None else None


def place(whole: Written, node: ast.expr) -> tuple[int, int]:
    """Return where a part of an expression stands in it, in bytes."""
    lines = f"({whole.source})".encode().split(b"\n")
    start = _offset(lines, node.lineno, node.col_offset)
    return start - 1, _offset(lines, node.end_lineno or node.lineno, node.end_col_offset or 0) - 1


def source_of(function: Function, value: int, text: bytes) -> Written | None:
    """Return the expression of a value, where it is written in its function."""
    node = function.facts.values[value]
    return written(text[node.start : node.end].decode("utf-8", "replace"))


def called(call: Written) -> str:
    """Return the last part of what a call calls, "" for another expression."""
    return last_name(call.node.func) if isinstance(call.node, ast.Call) else ""


def last_name(node: ast.expr) -> str:
    """Return the last part of a name with dots."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is_pure(node: ast.AST) -> bool:
    return not isinstance(node, ast.Call) or last_name(node.func) in PURE


def is_computed_first(function: Function, value: int, names: set[str], text: bytes) -> bool:
    """Tell whether what reads some names in front of a value's statement reads the same as the value does.

    The value must belong to a plain statement, or to the head of a `with` that binds none of the names.
    """
    start = function.facts.start
    try:
        tree = ast.parse(text[start : function.facts.end])
    except (SyntaxError, ValueError):
        return False
    lines = text[start : function.facts.end].split(b"\n")
    offset = function.facts.values[value].start - start
    end = function.facts.values[value].end - start
    around = list(_around(tree, lines, offset, end))
    statement = next((item for item in reversed(around) if isinstance(item, ast.stmt)), None)
    if statement is None or any(isinstance(item, CONDITIONAL) for item in around[around.index(statement) :]):
        return False
    if isinstance(statement, WITHS):
        return not names & _bound(item.optional_vars for item in statement.items)
    return isinstance(statement, SIMPLE)


def _around(tree: ast.AST, lines: list[bytes], start: int, end: int) -> Iterator[ast.AST]:
    """Yield the nodes around a range of bytes, the outermost first."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.stmt | ast.expr):
            first = _offset(lines, node.lineno, node.col_offset)
            last = _offset(lines, node.end_lineno or node.lineno, node.end_col_offset or 0)
            if not first <= start <= end <= last:
                continue
            yield node
        yield from _around(node, lines, start, end)


def _offset(lines: list[bytes], line: int, column: int) -> int:
    return sum(len(item) + 1 for item in lines[: line - 1]) + column


def _bound(targets: Iterator[ast.expr | None]) -> set[str]:
    return {
        inner.id
        for target in targets
        if target is not None
        for inner in ast.walk(target)
        if isinstance(inner, ast.Name)
    }
