"""The state of lowering one file: its text, how deep it is nested, what went wrong, and who lowers which node."""

import unicodedata
from collections.abc import Callable, Iterable

import tree_sitter

from analyzers.languages.python.grammar import kinds
from analyzers.syntax import Defect, Expression, Statement, Unknown, UnknownStatement

# CPython itself refuses 100 levels of indentation and 200 nested brackets; ours are limited by the 1000 frames of the
# interpreter, of which a level takes up to four.
MAX_DEPTH = 150
# A damaged tree takes more frames of the interpreter a level.
MAX_DEPTH_DAMAGED = 100
# Attributes, calls, operators and `elif` in one row; their nodes nest in the result, though they do not recurse here.
MAX_CHAIN = 1000

TreeNode = tree_sitter.Node
ExpressionHandler = Callable[["Reading", TreeNode], Expression]
StatementHandler = Callable[["Reading", TreeNode, list[Statement]], None]

BLOCK = kinds("block", "module")


class Handlers:
    """Who lowers which kind of node."""

    def __init__(self, expressions: dict[int, ExpressionHandler], statements: dict[int, StatementHandler]) -> None:
        self.expressions = expressions
        self.statements = statements


class Reading:
    """One file on its way from tree to syntax.

    `chars` holds one character per byte of the text, so that byte offsets index it.
    """

    __slots__ = ("chars", "damaged", "defects", "depth", "expressions", "limit", "statements")

    def __init__(self, text: bytes, damaged: bool, handlers: Handlers) -> None:
        self.chars = text.decode("latin-1")
        self.damaged = damaged
        self.limit = MAX_DEPTH_DAMAGED if damaged else MAX_DEPTH
        self.expressions = handlers.expressions
        self.statements = handlers.statements
        self.depth = 0
        self.defects: list[Defect] = []

    def slice(self, start: int, end: int) -> str:
        """Return the text between two byte offsets."""
        piece = self.chars[start:end]
        return piece if piece.isascii() else piece.encode("latin-1").decode()

    def identifier(self, node: TreeNode) -> str:
        """Return a node's text as the name that the interpreter takes it for."""
        start, end = node.byte_range
        piece = self.chars[start:end]
        return piece if piece.isascii() else unicodedata.normalize("NFKC", piece.encode("latin-1").decode())

    def expression(self, node: TreeNode) -> Expression:
        """Lower one expression."""
        depth = self.depth
        if depth >= self.limit:
            return self.too_deep(node)
        self.depth = depth + 1
        lowered = self.expressions.get(node.kind_id, unknown)(self, node)
        self.depth = depth
        return lowered

    def block(self, nodes: Iterable[TreeNode]) -> list[Statement]:
        """Lower the statements of one block."""
        body: list[Statement] = []
        depth = self.depth
        self.depth = depth + 1
        for node in nodes:
            handler = self.statements.get(node.kind_id)
            if handler is None:
                if node.is_error or (node.is_named and not node.is_extra):
                    unknown_statement(self, node, body)
            elif depth >= self.limit:
                self.too_deep(node)
                body.append(UnknownStatement(*node.byte_range, [], []))
            else:
                handler(self, node, body)
        self.depth = depth
        return body

    def too_deep(self, node: TreeNode, limit: int = 0) -> Unknown:
        """Give up on a node that is nested too deep, and say so once."""
        if not any(defect.reason.startswith("nested") for defect in self.defects):
            self.defects.append(Defect(node.start_byte, f"nested deeper than {limit or self.limit} levels"))
        return Unknown(*node.byte_range, [])

    def defect(self, node: TreeNode, reason: str) -> None:
        """Record something that the interpreter of today would refuse."""
        self.defects.append(Defect(node.start_byte, reason))


def parts(node: TreeNode) -> list[TreeNode]:
    """Return a node's children without comments and line continuations."""
    return [child for child in node.children if not child.is_extra]


def is_damaged(reading: Reading, node: TreeNode) -> bool:
    """Tell whether a syntax error lies in a node itself, that is, not within a statement or expression below it."""
    for child in node.children:
        if child.is_error or child.is_missing:
            return True
        if child.has_error and not _is_whole(reading, child):
            return True
    return False


def _is_whole(reading: Reading, node: TreeNode) -> bool:
    kind = node.kind_id
    return kind in reading.expressions or kind in reading.statements or kind in BLOCK


def unknown(reading: Reading, node: TreeNode) -> Unknown:
    """Lower what can be lowered below an expression that itself cannot."""
    expressions, _ = _pieces(reading, node, with_statements=False)
    return Unknown(*node.byte_range, expressions)


def unknown_statement(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
    """Lower what can be lowered of a statement that itself cannot."""
    if node.kind_id in reading.expressions:
        body.append(UnknownStatement(*node.byte_range, [reading.expression(node)], []))
        return
    body.append(UnknownStatement(*node.byte_range, *_pieces(reading, node, with_statements=True)))


def _pieces(reading: Reading, node: TreeNode, with_statements: bool) -> tuple[list[Expression], list[Statement]]:
    expressions: list[Expression] = []
    statements: list[Statement] = []
    waiting = node.children[::-1]
    while waiting:
        child = waiting.pop()
        if child.kind_id in reading.expressions:
            expressions.append(reading.expression(child))
        elif with_statements and child.kind_id in reading.statements:
            statements.extend(reading.block([child]))
        else:
            waiting.extend(reversed(child.children))
    return expressions, statements
