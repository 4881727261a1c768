"""Lowers annotations, which the grammar spells with nodes of their own, to the expressions that they are."""

from analyzers.languages.python.expressions import name
from analyzers.languages.python.grammar import kinds
from analyzers.languages.python.reading import MAX_CHAIN, ExpressionHandler, Reading, TreeNode, parts
from analyzers.syntax import Attribute, Binary, Expression, Sequence, Spread, Subscript

TYPE = kinds("type")
UNION = kinds("union_type")
COMMA = kinds(",")


def annotation(reading: Reading, node: TreeNode) -> Expression:
    """Lower an annotation."""
    return reading.expression(parts(node)[0])


def generic(reading: Reading, node: TreeNode) -> Subscript:
    """Lower `list[int]`."""
    origin, parameters = parts(node)
    inside = parts(parameters)[1:-1]
    items = [reading.expression(child) for child in inside if child.kind_id not in COMMA]
    if len(inside) == 1:
        index = items[0]
    else:
        index = Sequence(inside[0].start_byte, inside[-1].end_byte, "tuple", items)
    return Subscript(*node.byte_range, name(reading, origin), index)


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
        value = Binary(*link.byte_range, "|", value, reading.expression(parts(link)[2]))
    return value


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
