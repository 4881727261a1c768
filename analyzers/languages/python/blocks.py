"""Lowers the statements of Python that hold blocks: branches, loops, `with` and `try`."""

from itertools import pairwise

from analyzers.languages.python.functions import suite
from analyzers.languages.python.grammar import kinds
from analyzers.languages.python.reading import MAX_CHAIN, Reading, StatementHandler, TreeNode, parts
from analyzers.syntax import Expression, For, Handler, If, Name, Sequence, Statement, Try, While, With, WithItem

ASYNC = kinds("async")
AS_PATTERN = kinds("as_pattern")
COLON = kinds(":")
ELIF = kinds("elif_clause")
ELSE = kinds("else_clause")
EXCEPT = kinds("except_clause")
FINALLY = kinds("finally_clause")
PARENTHESES = kinds("parenthesized_expression")
TUPLE = kinds("tuple")
WITH_ITEM = kinds("with_item")
EXCEPT_WORDS = kinds("except", "*", ",")


def if_(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
    """Lower a chain of `if`, `elif` and `else`."""
    children = parts(node)
    branches = [node, *(child for child in children if child.kind_id in ELIF)]
    if len(branches) > MAX_CHAIN:
        reading.too_deep(node, MAX_CHAIN)
        del branches[MAX_CHAIN:]
    lowered = [_branch(reading, branch, node.end_byte) for branch in branches]
    lowered[-1].otherwise = _clause(reading, children, ELSE)
    for outer, inner in pairwise(lowered):
        outer.otherwise = [inner]
    body.append(lowered[0])


def _branch(reading: Reading, node: TreeNode, end: int) -> If:
    _, test, _, block, *_ = parts(node)
    return If(node.start_byte, end, reading.expression(test), suite(reading, block), [])


def _clause(reading: Reading, children: list[TreeNode], kind: frozenset[int]) -> list[Statement]:
    return next((suite(reading, parts(child)[2]) for child in children if child.kind_id in kind), [])


def for_(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
    """Lower `for target in source`."""
    children = parts(node)
    is_async = children[0].kind_id in ASYNC
    _, target, _, source, _, block, *_ = children[is_async:]
    over, value = reading.expression(target), reading.expression(source)
    lowered = suite(reading, block)
    body.append(For(*node.byte_range, over, value, lowered, _clause(reading, children, ELSE), is_async))


def while_(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
    """Lower `while test`."""
    children = parts(node)
    _, test, _, block, *_ = children
    lowered = reading.expression(test)
    body.append(While(*node.byte_range, lowered, suite(reading, block), _clause(reading, children, ELSE)))


def with_(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
    """Lower `with value as target, ...`."""
    children = parts(node)
    is_async = children[0].kind_id in ASYNC
    _, clause, _, block = children[is_async:]
    items = [item for child in clause.children if child.kind_id in WITH_ITEM for item in _with_items(reading, child)]
    body.append(With(*node.byte_range, items, suite(reading, block), is_async))


def _with_items(reading: Reading, node: TreeNode) -> list[WithItem]:
    value = parts(node)[0]
    # `with (a as b):` and `with (a as b, c):` may be read as parentheses and tuples with an `as` in them.
    while value.kind_id in PARENTHESES and not reading.damaged:
        value = parts(value)[1]
    if value.kind_id in TUPLE and any(child.kind_id in AS_PATTERN for child in value.children):
        return [_with_item(reading, child) for child in value.named_children if not child.is_extra]
    return [_with_item(reading, value)]


def _with_item(reading: Reading, node: TreeNode) -> WithItem:
    if node.kind_id not in AS_PATTERN:
        return WithItem(*node.byte_range, reading.expression(node), None)
    value, _, target = parts(node)
    return WithItem(*node.byte_range, reading.expression(value), reading.expression(target))


def try_(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
    """Lower `try` with its handlers, `else` and `finally`."""
    children = parts(node)
    lowered = suite(reading, children[2])
    handlers = [_handler(reading, child) for child in children if child.kind_id in EXCEPT]
    otherwise = _clause(reading, children, ELSE)
    final = _clause(reading, children, FINALLY)
    if not handlers and not final:
        reading.defect(node, "syntax error: expected 'except' or 'finally' block")
    body.append(Try(*node.byte_range, lowered, handlers, otherwise, final))


def _handler(reading: Reading, node: TreeNode) -> Handler:
    children = parts(node)
    colon = next(place for place, child in enumerate(children) if child.kind_id in COLON)
    caught = [child for child in children[:colon] if child.kind_id not in EXCEPT_WORDS]
    name = ""
    if len(caught) == 1 and caught[0].kind_id in AS_PATTERN:
        value, _, target = parts(caught[0])
        bound = reading.expression(target)
        caught, name = [value], bound.id if isinstance(bound, Name) else ""
    return Handler(*node.byte_range, _types(reading, caught), name, suite(reading, children[-1]))


def _types(reading: Reading, nodes: list[TreeNode]) -> Expression | None:
    types = [reading.expression(node) for node in nodes]
    if len(types) > 1:
        return Sequence(types[0].start, types[-1].end, "tuple", types)
    return types[0] if types else None


STATEMENTS: dict[str, StatementHandler] = {
    "if_statement": if_,
    "for_statement": for_,
    "while_statement": while_,
    "with_statement": with_,
    "try_statement": try_,
}
