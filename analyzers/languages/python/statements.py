"""Lowers the statements of Python that hold no others: assignments, jumps, and their like."""

from analyzers.languages.python.grammar import kinds
from analyzers.languages.python.reading import (
    Reading,
    StatementHandler,
    TreeNode,
    parts,
    unknown_statement,
)
from analyzers.syntax import (
    Assert,
    Assign,
    Delete,
    Expression,
    ExpressionStatement,
    Jump,
    Raise,
    Return,
    Scope,
    Sequence,
    Statement,
)

ASSIGNMENT = kinds("assignment")
AUGMENTED = kinds("augmented_assignment")
CHEVRON = kinds("chevron")
COLON = kinds(":")
COMMA = kinds(",")
EXPRESSIONS = kinds("expression_list")
FROM = kinds("from")
IDENTIFIER = kinds("identifier")


def expression_statement(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
    """Lower an expression or assignment."""
    first = node.children[0]
    kind = first.kind_id
    if kind in ASSIGNMENT:
        _assign(reading, first, body)
    elif kind in AUGMENTED:
        target, operator, value = parts(first)
        targets = [reading.expression(target)]
        body.append(Assign(*first.byte_range, targets, operator.type[:-1], reading.expression(value), None))
    else:
        body.append(ExpressionStatement(*node.byte_range, _value(reading, parts(node))))


def _value(reading: Reading, nodes: list[TreeNode]) -> Expression:
    if len(nodes) == 1:
        return reading.expression(nodes[0])
    items = [reading.expression(child) for child in nodes if child.kind_id not in COMMA]
    return Sequence(nodes[0].start_byte, nodes[-1].end_byte, "tuple", items)


def _assign(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
    left, sign, right, *rest = parts(node)
    if sign.kind_id in COLON:
        target, annotation = reading.expression(left), reading.expression(right)
        value = reading.expression(rest[1]) if rest else None
        body.append(Assign(*node.byte_range, [target], "", value, annotation))
        return
    targets = [reading.expression(left)]
    while right.kind_id in ASSIGNMENT:
        left, _, right, *_ = parts(right)
        targets.append(reading.expression(left))
    body.append(Assign(*node.byte_range, targets, "", reading.expression(right), None))


def return_(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
    """Lower `return value`."""
    inside = parts(node)
    body.append(Return(*node.byte_range, reading.expression(inside[1]) if len(inside) > 1 else None))


def raise_(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
    """Lower `raise value from cause`."""
    inside = parts(node)[1:]
    value = cause = None
    if inside and inside[0].kind_id not in FROM:
        value = reading.expression(inside[0])
        if inside[0].kind_id in EXPRESSIONS:
            reading.defect(node, "Python 2 raise statement")
    if len(inside) > 1:
        cause = reading.expression(inside[-1])
    body.append(Raise(*node.byte_range, value, cause))


def assert_(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
    """Lower `assert test, message`."""
    inside = parts(node)
    message = reading.expression(inside[3]) if len(inside) > 3 else None
    body.append(Assert(*node.byte_range, reading.expression(inside[1]), message))


def delete(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
    """Lower `del targets`."""
    targets = reading.expression(parts(node)[1])
    is_list = parts(node)[1].kind_id in EXPRESSIONS and isinstance(targets, Sequence)
    body.append(Delete(*node.byte_range, targets.items if is_list and isinstance(targets, Sequence) else [targets]))


def scope(kind: str) -> StatementHandler:
    """Return who lowers `global` or `nonlocal`."""

    def lower(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
        names = [reading.identifier(child) for child in node.children if child.kind_id in IDENTIFIER]
        body.append(Scope(*node.byte_range, kind, names))

    return lower


def jump(kind: str) -> StatementHandler:
    """Return who lowers `break`, `continue` or `pass`."""

    def lower(_reading: Reading, node: TreeNode, body: list[Statement]) -> None:
        body.append(Jump(*node.byte_range, kind))

    return lower


def outdated(kind: str) -> StatementHandler:
    """Return who records a statement of Python 2, which the grammar still knows."""

    def lower(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
        # The interpreter takes `print >> file, value` for a shift, and fails only when it gets there.
        if not any(child.kind_id in CHEVRON for child in node.children):
            reading.defect(node, f"Python 2 {kind} statement")
        unknown_statement(reading, node, body)

    return lower


STATEMENTS: dict[str, StatementHandler] = {
    "expression_statement": expression_statement,
    "return_statement": return_,
    "raise_statement": raise_,
    "assert_statement": assert_,
    "delete_statement": delete,
    "global_statement": scope("global"),
    "nonlocal_statement": scope("nonlocal"),
    "pass_statement": jump("pass"),
    "break_statement": jump("break"),
    "continue_statement": jump("continue"),
    "print_statement": outdated("print"),
    "exec_statement": outdated("exec"),
}
