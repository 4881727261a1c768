"""Lowers what hangs on a value, link by link: attributes, calls with their arguments, subscripts, operators."""

from analyzers.languages.python.grammar import kinds
from analyzers.languages.python.reading import MAX_CHAIN, Reading, TreeNode, parts
from analyzers.syntax import (
    Argument,
    Attribute,
    Binary,
    Call,
    Expression,
    Sequence,
    Slice,
    Spread,
    Subscript,
)

ATTRIBUTE = kinds("attribute")
CALL = kinds("call")
SUBSCRIPT = kinds("subscript")
OPERATION = kinds("binary_operator")
CHAIN = ATTRIBUTE | CALL | SUBSCRIPT | OPERATION
GENERATOR = kinds("generator_expression")
KEYWORD = kinds("keyword_argument")
LIST_SPLAT = kinds("list_splat", "list_splat_pattern")
DICTIONARY_SPLAT = kinds("dictionary_splat")
SPLATS = LIST_SPLAT | DICTIONARY_SPLAT
COLON = kinds(":")
COMMA = kinds(",")
ENDS = kinds("(", ")", "[", "]", "{", "}", ",", "comment", "line_continuation")


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
