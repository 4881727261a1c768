"""Lowers annotations, which the grammar spells with nodes of their own, to the expressions that they are."""

from analyzers.languages.python.chains import index
from analyzers.languages.python.expressions import name
from analyzers.languages.python.grammar import kinds
from analyzers.languages.python.reading import MAX_CHAIN, ExpressionHandler, Reading, TreeNode, parts
from analyzers.syntax import Attribute, Binary, Expression, Spread, Subscript

UNION = kinds("union_type")


def annotation(reading: Reading, node: TreeNode) -> Expression:
    """Lower an annotation."""
    return reading.expression(parts(node)[0])


def generic(reading: Reading, node: TreeNode) -> Subscript:
    """Lower `list[int]`."""
    origin, parameters = parts(node)
    return Subscript(*node.byte_range, name(reading, origin), index(reading, parts(parameters)[1:-1]))


def union(reading: Reading, node: TreeNode) -> Expression:
    """Lower `a | b | c`, which nests to the left."""
    links = [node]
    left = parts(node)[0]
    while not reading.damaged and (inner := parts(left)[0]).kind_id in UNION:
        links.append(inner)
        left = parts(inner)[0]
    if len(links) > MAX_CHAIN:
        return reading.too_deep(node, MAX_CHAIN)
    value = reading.expression(left)
    for link in reversed(links):
        for operand in _operands(reading, parts(link)[2]):
            value = Binary(node.start_byte, operand.end, "|", value, operand)
    return value


def _operands(reading: Reading, node: TreeNode) -> list[Expression]:
    # In `list[a] | b | c` the grammar takes `b | c` for one operand, though the operator binds to the left.
    value = reading.expression(node)
    operands: list[Expression] = []
    while isinstance(value, Binary) and value.operator == "|" and value.start == node.start_byte:
        operands.append(value.right)
        value = value.left
    return [value, *reversed(operands)]


def member(reading: Reading, node: TreeNode) -> Attribute:
    """Lower `a[b].c`."""
    value, _, last = parts(node)
    return Attribute(*node.byte_range, reading.expression(value), reading.identifier(last), last.start_byte)


def splat(reading: Reading, node: TreeNode) -> Spread:
    """Lower `*Ts`."""
    return Spread(*node.byte_range, name(reading, parts(node)[1]))


HANDLERS: dict[str, ExpressionHandler] = {
    "type": annotation,
    "generic_type": generic,
    "union_type": union,
    "member_type": member,
    "splat_type": splat,
}
