"""Lowers functions, classes, lambdas and what belongs to their heads."""

from itertools import pairwise

from analyzers.languages.python.chains import arguments
from analyzers.languages.python.grammar import kinds
from analyzers.languages.python.reading import (
    ExpressionHandler,
    Reading,
    StatementHandler,
    TreeNode,
    is_damaged,
    parts,
    unknown_statement,
)
from analyzers.syntax import (
    Argument,
    Class,
    Decorator,
    Expression,
    ExpressionStatement,
    Function,
    Lambda,
    Literal,
    Parameter,
    Statement,
)

ASYNC = kinds("async")
BLOCK = kinds("block")
CLASS = kinds("class_definition")
COLON = kinds(":")
DECORATOR = kinds("decorator")
IDENTIFIER = kinds("identifier")
PARAMETERS = kinds("parameters")
LAMBDA_PARAMETERS = kinds("lambda_parameters")
TYPE = kinds("type")
ARGUMENTS = kinds("argument_list")
TYPED = kinds("typed_parameter")
DEFAULT = kinds("default_parameter", "typed_default_parameter")
TUPLE = kinds("tuple_pattern")
STAR = kinds("list_splat_pattern")
STARS = kinds("dictionary_splat_pattern")
BARE_STAR = kinds("keyword_separator")
SLASH = kinds("positional_separator")
EQUALS = kinds("=")


def function(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
    """Lower a function without decorators."""
    body.append(_function(reading, node, []))


def class_(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
    """Lower a class without decorators."""
    body.append(_class(reading, node, []))


def decorated(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
    """Lower a function or class with its decorators."""
    *above, definition = parts(node)
    if reading.damaged and is_damaged(reading, definition):
        unknown_statement(reading, node, body)
        return
    decorators = [_decorator(reading, child) for child in above if child.kind_id in DECORATOR]
    lower = _class if definition.kind_id in CLASS else _function
    body.append(lower(reading, definition, decorators))


def _decorator(reading: Reading, node: TreeNode) -> Decorator:
    value = parts(node)[1]
    return Decorator(node.start_byte, value.end_byte, reading.expression(value))


def _function(reading: Reading, node: TreeNode, decorators: list[Decorator]) -> Function:
    name = name_start = head_end = None
    parameters: list[Parameter] = []
    returns: Expression | None = None
    statements: list[Statement] = []
    is_async = False
    for child in node.children:
        kind = child.kind_id
        if kind in IDENTIFIER:
            name, name_start = reading.identifier(child), child.start_byte
        elif kind in PARAMETERS:
            parameters = _parameters(reading, child)
        elif kind in TYPE:
            returns = reading.expression(child)
        elif kind in COLON:
            head_end = child.end_byte
        elif kind in BLOCK:
            statements = suite(reading, child)
        elif kind in ASYNC:
            is_async = True
    start, end = node.byte_range
    return Function(
        start, end, name or "", name_start or start, parameters, decorators, returns, statements, is_async,
        head_end or end, docstring(statements),
    )  # fmt: skip


def _class(reading: Reading, node: TreeNode, decorators: list[Decorator]) -> Class:
    start, end = node.byte_range
    name, name_start = "", start
    bases: list[Argument] = []
    statements: list[Statement] = []
    for child in node.children:
        kind = child.kind_id
        if kind in IDENTIFIER:
            name, name_start = reading.identifier(child), child.start_byte
        elif kind in ARGUMENTS:
            bases = arguments(reading, child)
        elif kind in BLOCK:
            statements = suite(reading, child)
    return Class(start, end, name, name_start, bases, decorators, statements, docstring(statements))


def suite(reading: Reading, node: TreeNode) -> list[Statement]:
    """Lower the block below a colon; one without statements is an error that the grammar lets pass."""
    body = reading.block(node.children)
    if not body:
        reading.defect(node, "syntax error: expected an indented block")
    return body


def docstring(body: list[Statement]) -> str:
    """Return the text of the string that opens a body, or ""."""
    first = body[0] if body else None
    if isinstance(first, ExpressionStatement) and isinstance(first.value, Literal) and first.value.kind == "str":
        return first.value.value
    return ""


def lambda_(reading: Reading, node: TreeNode) -> Lambda:
    """Lower a lambda."""
    children = parts(node)
    parameters = _parameters(reading, children[1]) if children[1].kind_id in LAMBDA_PARAMETERS else []
    return Lambda(*node.byte_range, parameters, reading.expression(children[-1]))


def _parameters(reading: Reading, node: TreeNode) -> list[Parameter]:
    found: list[Parameter] = []
    kind_now = ""
    for child in node.children:
        kind = child.kind_id
        if kind in BARE_STAR:
            kind_now = "keyword"
        elif kind in SLASH:
            for parameter in found:
                parameter.kind = "positional"
        elif child.is_named and not child.is_extra:
            parameter = _parameter(reading, child, kind_now)
            found.append(parameter)
            if parameter.kind == "*":
                kind_now = "keyword"
    return found


def _parameter(reading: Reading, node: TreeNode, kind: str) -> Parameter:
    start, end = node.byte_range
    if node.kind_id in IDENTIFIER:
        return Parameter(start, end, reading.identifier(node), kind, None, None)
    annotation: Expression | None = None
    default: Expression | None = None
    named = node
    if node.kind_id in TYPED or node.kind_id in DEFAULT:
        named, *rest = parts(node)
        for child, behind in pairwise(rest):
            if child.kind_id in COLON:
                annotation = reading.expression(behind)
            elif child.kind_id in EQUALS:
                default = reading.expression(behind)
    if named.kind_id in TUPLE:
        reading.defect(named, "Python 2 tuple parameter")
    if named.kind_id in STAR or named.kind_id in STARS:
        kind = "*" if named.kind_id in STAR else "**"
        named = parts(named)[1]
    return Parameter(start, end, reading.identifier(named), kind, annotation, default)


EXPRESSIONS: dict[str, ExpressionHandler] = {"lambda": lambda_}
STATEMENTS: dict[str, StatementHandler] = {
    "function_definition": function,
    "class_definition": class_,
    "decorated_definition": decorated,
}
