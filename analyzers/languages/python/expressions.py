"""Lowers the expressions of Python that are no string, comprehension, or function."""

from analyzers.languages.python.chains import chain, slice_parts
from analyzers.languages.python.grammar import kinds
from analyzers.languages.python.reading import ExpressionHandler, Reading, TreeNode, parts
from analyzers.syntax import (
    Await,
    Boolean,
    Compare,
    Conditional,
    Expression,
    Literal,
    Mapping,
    Name,
    NamedExpression,
    Sequence,
    Spread,
    Unary,
    Yield,
)

ATTRIBUTE = kinds("attribute")
CALL = kinds("call")
SUBSCRIPT = kinds("subscript")
OPERATION = kinds("binary_operator")
PARENTHESES = kinds("parenthesized_expression")
BOOLEAN = kinds("boolean_operator")
LIST_SPLAT = kinds("list_splat", "list_splat_pattern")
DICTIONARY_SPLAT = kinds("dictionary_splat")
PAIR = kinds("pair")
YIELD_FROM = kinds("from")
ENDS = kinds("(", ")", "[", "]", "{", "}", ",", "comment", "line_continuation")
OPERATORS = {"is not": "is-not", "not in": "not-in"}


def name(reading: Reading, node: TreeNode) -> Name:
    """Lower an identifier."""
    return Name(*node.byte_range, reading.identifier(node))


def number(reading: Reading, node: TreeNode) -> Literal:
    """Lower an integer or float; its value is its text."""
    start, end = node.byte_range
    value = reading.chars[start:end]
    if value[-1] in "lL":
        reading.defect(node, "Python 2 number")
    return Literal(start, end, "number", value)


def boolean_literal(reading: Reading, node: TreeNode) -> Literal:
    """Lower `True` or `False`."""
    start, end = node.byte_range
    return Literal(start, end, "bool", reading.chars[start:end])


def none(_reading: Reading, node: TreeNode) -> Literal:
    """Lower `None`."""
    return Literal(*node.byte_range, "none", "None")


def ellipsis(_reading: Reading, node: TreeNode) -> Literal:
    """Lower `...`."""
    return Literal(*node.byte_range, "ellipsis", "...")


def parenthesized(reading: Reading, node: TreeNode) -> Expression:
    """Lower what stands in parentheses; they leave no trace."""
    inside = parts(node)[1]
    while inside.kind_id in PARENTHESES and not reading.damaged:
        inside = parts(inside)[1]
    return reading.expression(inside)


def sequence(kind: str) -> ExpressionHandler:
    """Return who lowers displays, targets and lists of expressions of one kind."""

    def lower(reading: Reading, node: TreeNode) -> Sequence:
        items = [reading.expression(child) for child in node.children if child.kind_id not in ENDS]
        return Sequence(*node.byte_range, kind, items)

    return lower


def mapping(reading: Reading, node: TreeNode) -> Mapping:
    """Lower a dictionary display."""
    entries: list[tuple[Expression | None, Expression]] = []
    for child in node.children:
        kind = child.kind_id
        if kind in PAIR:
            key, _, value = parts(child)
            entries.append((reading.expression(key), reading.expression(value)))
        elif kind in DICTIONARY_SPLAT:
            entries.append((None, reading.expression(parts(child)[1])))
    return Mapping(*node.byte_range, entries)


def boolean(reading: Reading, node: TreeNode) -> Expression:
    """Lower `a and b and c` to one operation on all its values."""
    left, operator, right = parts(node)
    values = [right]
    while left.kind_id in BOOLEAN and not reading.damaged:
        further, other, right = parts(left)
        if other.kind_id != operator.kind_id:
            break
        values.append(right)
        left = further
    values.append(left)
    return Boolean(*node.byte_range, operator.type, [reading.expression(value) for value in reversed(values)])


def unary(reading: Reading, node: TreeNode) -> Unary:
    """Lower `not`, `-`, `+` and `~`."""
    operator, value = parts(node)
    return Unary(*node.byte_range, operator.type, reading.expression(value))


def compare(reading: Reading, node: TreeNode) -> Compare:
    """Lower a comparison of two or more values."""
    operands = parts(node)
    operators = [OPERATORS.get(child.type, child.type) for child in operands[1::2]]
    if "<>" in operators:
        reading.defect(node, "Python 2 operator")
    left, *rights = [reading.expression(child) for child in operands[::2]]
    return Compare(*node.byte_range, left, operators, rights)


def conditional(reading: Reading, node: TreeNode) -> Conditional:
    """Lower `then if test else otherwise`."""
    then, _, test, _, otherwise = parts(node)
    lowered = reading.expression(then)
    return Conditional(*node.byte_range, reading.expression(test), lowered, reading.expression(otherwise))


def awaited(reading: Reading, node: TreeNode) -> Await:
    """Lower `await value`."""
    return Await(*node.byte_range, reading.expression(parts(node)[1]))


def yielded(reading: Reading, node: TreeNode) -> Yield:
    """Lower `yield`, `yield value` and `yield from value`."""
    inside = parts(node)
    delegate = len(inside) == 3 and inside[1].kind_id in YIELD_FROM
    value = reading.expression(inside[-1]) if len(inside) > 1 else None
    return Yield(*node.byte_range, value, delegate)


def spread(reading: Reading, node: TreeNode) -> Spread:
    """Lower `*value`."""
    return Spread(*node.byte_range, reading.expression(parts(node)[1]))


def named(reading: Reading, node: TreeNode) -> NamedExpression:
    """Lower `target := value`."""
    target, _, value = parts(node)
    return NamedExpression(*node.byte_range, name(reading, target), reading.expression(value))


def unwrapped(reading: Reading, node: TreeNode) -> Expression:
    """Lower a node that only wraps another."""
    return reading.expression(parts(node)[0])


HANDLERS: dict[str, ExpressionHandler] = {
    "identifier": name,
    "integer": number,
    "float": number,
    "true": boolean_literal,
    "false": boolean_literal,
    "none": none,
    "ellipsis": ellipsis,
    "attribute": chain,
    "call": chain,
    "subscript": chain,
    "binary_operator": chain,
    "slice": slice_parts,
    "parenthesized_expression": parenthesized,
    "parenthesized_list_splat": parenthesized,
    "list": sequence("list"),
    "list_pattern": sequence("list"),
    "set": sequence("set"),
    "tuple": sequence("tuple"),
    "tuple_pattern": sequence("tuple"),
    "expression_list": sequence("tuple"),
    "pattern_list": sequence("tuple"),
    "dictionary": mapping,
    "boolean_operator": boolean,
    "not_operator": unary,
    "unary_operator": unary,
    "comparison_operator": compare,
    "conditional_expression": conditional,
    "await": awaited,
    "yield": yielded,
    "list_splat": spread,
    "list_splat_pattern": spread,
    "named_expression": named,
    "as_pattern_target": unwrapped,
}
