"""Lowers the expressions of Python that are no string, comprehension, or function."""

from analyzers.languages.python.grammar import kinds
from analyzers.languages.python.reading import MAX_CHAIN, ExpressionHandler, Reading, TreeNode, parts
from analyzers.syntax import (
    Argument,
    Attribute,
    Await,
    Binary,
    Boolean,
    Call,
    Compare,
    Conditional,
    Expression,
    Literal,
    Mapping,
    Name,
    NamedExpression,
    Sequence,
    Slice,
    Spread,
    Subscript,
    Unary,
    Yield,
)

ATTRIBUTE = kinds("attribute")
CALL = kinds("call")
SUBSCRIPT = kinds("subscript")
OPERATION = kinds("binary_operator")
CHAIN = ATTRIBUTE | CALL | SUBSCRIPT | OPERATION
PARENTHESES = kinds("parenthesized_expression")
BOOLEAN = kinds("boolean_operator")
GENERATOR = kinds("generator_expression")
KEYWORD = kinds("keyword_argument")
LIST_SPLAT = kinds("list_splat", "list_splat_pattern")
DICTIONARY_SPLAT = kinds("dictionary_splat")
SPLATS = LIST_SPLAT | DICTIONARY_SPLAT
PAIR = kinds("pair")
COLON = kinds(":")
COMMA = kinds(",")
SLICE = kinds("slice")
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


def chain(reading: Reading, node: TreeNode) -> Expression:
    """Lower attributes, calls, subscripts and operators that follow one another, innermost first."""
    links, root = links_of(reading, node)
    if len(links) > MAX_CHAIN:
        return reading.too_deep(node, MAX_CHAIN)
    value = reading.expression(root)
    if not isinstance(value, Spread):
        return linked(reading, links, value, node.start_byte)
    # The grammar may bind the star of `*a.b()` to `a` alone.
    start = parts(root)[1].start_byte if root.kind_id in LIST_SPLAT else value.value.start
    return Spread(value.start, node.end_byte, linked(reading, links, value.value, start))


def links_of(reading: Reading, node: TreeNode) -> tuple[list[TreeNode], TreeNode]:
    """Return the links of a chain, outermost first, and what it hangs on; one link at a time in a damaged tree."""
    links = [node]
    root = node.children[0]
    while root.kind_id in CHAIN and not reading.damaged:
        links.append(root)
        root = root.children[0]
    return links, root


def linked(reading: Reading, links: list[TreeNode], value: Expression, start: int) -> Expression:
    """Lower the links of a chain that begins at an offset and hangs on a value."""
    for link in reversed(links):
        kind, end = link.kind_id, link.end_byte
        if kind in ATTRIBUTE:
            last = link.children[-1]
            value = Attribute(start, end, value, reading.identifier(last), last.start_byte)
        elif kind in CALL:
            value = Call(start, end, value, arguments(reading, link.children[-1]))
        elif kind in SUBSCRIPT:
            value = Subscript(start, end, value, index(reading, parts(link)[2:-1]))
        else:
            left, operator, right = parts(link)
            second = reading.expression(right)
            if operator.type == "&":
                value = intersected((value, left), (second, right), start, end)
            else:
                value = Binary(start, end, operator.type, value, second)
    return value


def intersected(
    left: tuple[Expression, TreeNode], right: tuple[Expression, TreeNode], start: int, end: int
) -> Expression:
    """Return `left & right`: the grammar lets `^` bind tighter, the language `&`."""
    first, second = left[0], right[0]
    if is_exclusive(*right) and isinstance(second, Binary):
        inner = intersected(left, (second.left, right[1].children[0]), start, second.left.end)
        return Binary(start, end, "^", inner, second.right)
    if is_exclusive(*left) and isinstance(first, Binary):
        inner = Binary(first.right.start, end, "&", first.right, second)
        return Binary(start, end, "^", first.left, inner)
    return Binary(start, end, "&", first, second)


def is_exclusive(value: Expression, node: TreeNode) -> bool:
    """Tell whether an operand is `a ^ b` without parentheses around it."""
    return isinstance(value, Binary) and value.operator == "^" and node.kind_id in OPERATION


def arguments(reading: Reading, node: TreeNode) -> list[Argument]:
    """Lower the arguments of a call or the bases of a class; a lone generator is one argument."""
    if node.kind_id in GENERATOR:
        return [Argument(*node.byte_range, "", reading.expression(node))]
    found = []
    for child in node.children:
        kind = child.kind_id
        if kind in ENDS:
            continue
        start, end = child.byte_range
        if kind in KEYWORD:
            pair = parts(child)
            found.append(Argument(start, end, reading.identifier(pair[0]), reading.expression(pair[2])))
        elif kind in SPLATS:
            value = parts(child)[1]
            found.append(Argument(start, end, "*" if kind in LIST_SPLAT else "**", reading.expression(value)))
        else:
            positional = reading.expression(child)
            if isinstance(positional, Spread):
                found.append(Argument(start, end, "*", positional.value))
            else:
                found.append(Argument(start, end, "", positional))
    return found


def index(reading: Reading, inside: list[TreeNode]) -> Expression:
    """Lower what stands between brackets; a comma or star makes it a tuple."""
    items = [reading.expression(child) for child in inside if child.kind_id not in COMMA]
    if len(inside) == 1 and not isinstance(items[0], Spread):
        return items[0]
    return Sequence(inside[0].start_byte, inside[-1].end_byte, "tuple", items)


def slice_parts(reading: Reading, node: TreeNode) -> Slice:
    """Lower `a:b:c` to its three parts, None where one is absent."""
    bounds: list[Expression | None] = [None, None, None]
    place = 0
    for child in parts(node):
        if child.kind_id in COLON:
            place += 1
        else:
            bounds[place] = reading.expression(child)
    return Slice(*node.byte_range, bounds)


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
