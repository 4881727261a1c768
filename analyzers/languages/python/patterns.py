"""Lowers `match` statements: what each case compares with, what it binds, and whether it takes anything."""

from analyzers.languages.python.functions import suite
from analyzers.languages.python.grammar import kinds
from analyzers.languages.python.reading import (
    Reading,
    StatementHandler,
    TreeNode,
    is_damaged,
    parts,
    unknown_statement,
)
from analyzers.syntax import Attribute, Case, Expression, Literal, Match, Name, Sequence, Statement

AS = kinds("as_pattern")
CASE = kinds("case_clause")
CASE_PATTERN = kinds("case_pattern")
CLASS = kinds("class_pattern")
COMMA = kinds(",")
COMPLEX = kinds("complex_pattern")
DOTTED = kinds("dotted_name")
GUARD = kinds("if_clause")
IDENTIFIER = kinds("identifier")
KEYWORD = kinds("keyword_pattern")
LITERAL = kinds("string", "concatenated_string", "integer", "float", "true", "false", "none")
MINUS = kinds("-")
NUMBER = kinds("integer", "float")
TUPLE = kinds("tuple_pattern")
UNION = kinds("union_pattern")
WILDCARD = kinds("_")
WORDS = kinds("|", "(", ")", ",")


class Alternatives:
    """What a pattern compares with, over all its alternatives."""

    def __init__(self) -> None:
        self.literals: list[Expression] = []
        self.takes_anything = False
        self.is_structured = False


def match(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
    """Lower a `match` statement."""
    _, *subjects, _, block = parts(node)
    if reading.damaged and is_damaged(reading, block):
        unknown_statement(reading, node, body)
        return
    values = [reading.expression(child) for child in subjects if child.kind_id not in COMMA]
    subject = values[0]
    if len(subjects) > 1:
        subject = Sequence(subjects[0].start_byte, subjects[-1].end_byte, "tuple", values)
    cases = [_case(reading, child) for child in block.children if child.kind_id in CASE]
    if not cases:
        reading.defect(node, "syntax error: expected an indented block")
    body.append(Match(*node.byte_range, subject, cases))


def _case(reading: Reading, node: TreeNode) -> Case:
    children = parts(node)
    patterns = [child for child in children if child.kind_id in CASE_PATTERN]
    alternatives = Alternatives()
    if any(child.kind_id in COMMA for child in children):
        alternatives.is_structured = True
    else:
        _compare(reading, patterns[0], alternatives)
    guards = [reading.expression(parts(child)[1]) for child in children if child.kind_id in GUARD]
    return Case(
        *node.byte_range,
        [] if alternatives.is_structured or alternatives.takes_anything else alternatives.literals,
        [name for pattern in patterns for name in _bindings(reading, pattern)],
        alternatives.takes_anything and not guards,
        guards[0] if guards else None,
        suite(reading, children[-1]),
    )


def _compare(reading: Reading, pattern: TreeNode, found: Alternatives) -> None:
    waiting = [pattern]
    while waiting:
        node = waiting.pop()
        kind = node.kind_id
        inside = parts(node)
        if (kind in CASE_PATTERN and len(inside) == 1) or kind in AS:
            waiting.append(inside[0])
        elif kind in UNION or kind in CASE_PATTERN:
            waiting.extend(reversed(_signed(reading, inside, found)))
        elif kind in TUPLE and len(inside) == 3 and inside[1].kind_id in CASE_PATTERN:
            waiting.append(inside[1])
        elif kind in WILDCARD or (kind in DOTTED and len(inside) == 1):
            found.takes_anything = True
        elif kind in DOTTED:
            found.literals.append(_value(reading, inside))
        elif kind in LITERAL:
            found.literals.append(reading.expression(node))
        elif kind in COMPLEX:
            start, end = node.byte_range
            found.literals.append(Literal(start, end, "number", "".join(reading.chars[start:end].split())))
        else:
            found.is_structured = True


def _signed(reading: Reading, nodes: list[TreeNode], found: Alternatives) -> list[TreeNode]:
    rest: list[TreeNode] = []
    minus: TreeNode | None = None
    for node in nodes:
        if node.kind_id in MINUS:
            minus = node
        elif minus is not None and node.kind_id in NUMBER:
            found.literals.append(
                Literal(minus.start_byte, node.end_byte, "number", "-" + reading.slice(*node.byte_range))
            )
            minus = None
        elif node.kind_id not in WORDS:
            rest.append(node)
    return rest


def _value(reading: Reading, names: list[TreeNode]) -> Expression:
    first, *rest = [name for name in names if name.kind_id in IDENTIFIER]
    value: Expression = Name(*first.byte_range, reading.identifier(first))
    for name in rest:
        value = Attribute(first.start_byte, name.end_byte, value, reading.identifier(name), name.start_byte)
    return value


def _bindings(reading: Reading, pattern: TreeNode) -> list[Name]:
    names: list[Name] = []
    waiting = [pattern]
    while waiting:
        node = waiting.pop()
        kind = node.kind_id
        inside = parts(node)
        if kind in IDENTIFIER or (kind in DOTTED and len(inside) == 1):
            names.append(Name(*node.byte_range, reading.identifier(node)))
        elif kind in CLASS or kind in KEYWORD:
            waiting.extend(reversed(inside[1:]))
        elif kind not in DOTTED and kind not in LITERAL:
            waiting.extend(reversed(inside))
    return names


STATEMENTS: dict[str, StatementHandler] = {"match_statement": match}
