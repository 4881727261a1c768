"""Who lowers which node of the grammar, in sound trees and in ones with syntax errors."""

from analyzers.languages.python import (
    aliases,
    annotations,
    blocks,
    comprehensions,
    expressions,
    functions,
    imports,
    patterns,
    statements,
    strings,
)
from analyzers.languages.python.grammar import kinds
from analyzers.languages.python.reading import (
    ExpressionHandler,
    Handlers,
    Reading,
    StatementHandler,
    TreeNode,
    is_damaged,
    unknown,
    unknown_statement,
)
from analyzers.syntax import Expression, Statement

EXPRESSIONS: dict[str, ExpressionHandler] = {
    **annotations.HANDLERS,
    **comprehensions.HANDLERS,
    **expressions.HANDLERS,
    **functions.EXPRESSIONS,
    **strings.HANDLERS,
}
STATEMENTS: dict[str, StatementHandler] = {
    **aliases.STATEMENTS,
    **blocks.STATEMENTS,
    **functions.STATEMENTS,
    **imports.STATEMENTS,
    **patterns.STATEMENTS,
    **statements.STATEMENTS,
}


def _wary_expression(lower: ExpressionHandler) -> ExpressionHandler:
    def lower_if_whole(reading: Reading, node: TreeNode) -> Expression:
        return unknown(reading, node) if is_damaged(reading, node) else lower(reading, node)

    return lower_if_whole


def _wary_statement(lower: StatementHandler) -> StatementHandler:
    def lower_if_whole(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
        if is_damaged(reading, node):
            unknown_statement(reading, node, body)
        else:
            lower(reading, node, body)

    return lower_if_whole


SOUND = Handlers(
    {kind: handler for name, handler in EXPRESSIONS.items() for kind in kinds(name)},
    {kind: handler for name, handler in STATEMENTS.items() for kind in kinds(name)},
)
WARY = Handlers(
    {kind: _wary_expression(handler) for kind, handler in SOUND.expressions.items()},
    {kind: _wary_statement(handler) for kind, handler in SOUND.statements.items()},
)
