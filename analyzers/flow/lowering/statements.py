"""Every statement and what lowers it."""

from analyzers.flow.lowering import assignments, branches, definitions, loops
from analyzers.flow.lowering.body import ENDED, Body, LowerStatement
from analyzers.flow.lowering.endings import never_returns
from analyzers.flow.lowering.keeping import kept
from analyzers.syntax import (
    Assert,
    Assign,
    Class,
    Delete,
    ExpressionStatement,
    For,
    Function,
    If,
    Import,
    Jump,
    Match,
    Raise,
    Return,
    Scope,
    Try,
    UnknownStatement,
    While,
    With,
)


def _expression_statement(body: Body, node: ExpressionStatement) -> None:
    body.expression(node.value)
    if never_returns(node.value, body.file.raising):
        body.emit("raise", -1, node)
        body.at = ENDED


def _return(body: Body, node: Return) -> None:
    body.emit("return", -1 if node.value is None else kept(body, "", node.value), node)
    body.at = ENDED


def _raise(body: Body, node: Raise) -> None:
    value = body.optional(node.value)
    body.optional(node.cause)
    body.emit("raise", value, node)
    body.at = ENDED


def _assert(body: Body, node: Assert) -> None:
    """`assert` is no guard: it is gone under `-O`. It is recorded, and establishes nothing."""
    value = body.expression(node.test)
    before = body.at
    body.emit("assert", value, node)
    body.optional(node.message)
    body.at = before


def _jump(body: Body, node: Jump) -> None:
    if node.kind == "pass":
        return
    if body.loops:
        breaks, continues = body.loops[-1]
        (breaks if node.kind == "break" else continues).append((body.at, body.environment))
    body.at = ENDED


def _unknown_statement(body: Body, node: UnknownStatement) -> None:
    """Whatever it does is seen, but nothing it does is certain."""
    before, environment = body.at, body.environment
    body.environment = dict(environment)
    for expression in node.expressions:
        body.expression(expression)
    body.block(node.statements)
    body.at = before if body.at == ENDED else body.common(before, body.at)
    body.environment = body.merge((body.at, environment), (body.at, body.environment))


STATEMENTS: dict[type, LowerStatement] = {
    Function: definitions.lower_definition,
    Class: definitions.lower_class,
    Import: assignments.lower_import,
    Assign: assignments.lower_assign,
    ExpressionStatement: _expression_statement,
    If: branches.lower_if,
    For: loops.lower_for,
    While: loops.lower_while,
    With: branches.lower_with,
    Try: branches.lower_try,
    Match: branches.lower_match,
    Return: _return,
    Raise: _raise,
    Assert: _assert,
    Delete: assignments.lower_delete,
    Scope: assignments.lower_scope,
    Jump: _jump,
    UnknownStatement: _unknown_statement,
}
