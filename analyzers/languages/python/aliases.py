"""Lowers `type` statements, and the assignments that the grammar mistakes for one."""

from analyzers.languages.python.chains import CHAIN, arguments, index, linked, links_of
from analyzers.languages.python.grammar import kinds
from analyzers.languages.python.reading import Reading, StatementHandler, TreeNode, parts, unknown_statement
from analyzers.syntax import Assign, Call, Expression, Name, Statement, Subscript

CONSTRAINED = kinds("constrained_type")
GENERIC = kinds("generic_type")
IDENTIFIER = kinds("identifier")
BRACKETS = kinds("list")
PARENTHESES = kinds("parenthesized_expression", "tuple", "generator_expression")


def type_alias(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
    """Lower `type X[T] = value` to an assignment of the value to X, and `type(x).y = value` to what it is."""
    _, left, _, right = parts(node)
    target = parts(left)[0]
    annotation: Expression | None = None
    if target.kind_id in CONSTRAINED:
        target, _, constraint = parts(target)
        annotation = reading.expression(constraint)
        target = parts(target)[0]
    if target.kind_id in GENERIC:
        target = parts(target)[0]
    lowered = reading.expression(target) if target.kind_id in IDENTIFIER else _misread(reading, node, target)
    if lowered is None:
        reading.defect(node, "syntax error")
        unknown_statement(reading, node, body)
        return
    body.append(Assign(*node.byte_range, [lowered], "", reading.expression(right), annotation))


def _misread(reading: Reading, statement: TreeNode, node: TreeNode) -> Expression | None:
    links, root = links_of(reading, node) if node.kind_id in CHAIN else ([], node)
    start, end = statement.start_byte, root.end_byte
    keyword = Name(start, start + len("type"), "type")
    if root.kind_id in PARENTHESES:
        return linked(reading, links, Call(start, end, keyword, arguments(reading, root)), start)
    if root.kind_id in BRACKETS:
        return linked(reading, links, Subscript(start, end, keyword, index(reading, parts(root)[1:-1])), start)
    return None


STATEMENTS: dict[str, StatementHandler] = {"type_alias_statement": type_alias}
