"""Lowers comprehensions and generator expressions."""

from analyzers.languages.python.grammar import kinds
from analyzers.languages.python.reading import ExpressionHandler, Reading, TreeNode, parts
from analyzers.syntax import Comprehension, Expression, Generator, Sequence

FOR = kinds("for_in_clause")
IF = kinds("if_clause")
PAIR = kinds("pair")
IN = kinds("in")
FOR_WORDS = kinds("async", "for", ",")


def comprehension(kind: str) -> ExpressionHandler:
    """Return who lowers comprehensions of one kind."""

    def lower(reading: Reading, node: TreeNode) -> Comprehension:
        _, body, *clauses, _ = parts(node)
        key = None
        if body.kind_id in PAIR:
            first, _, body = parts(body)
            key = reading.expression(first)
        element = reading.expression(body)
        return Comprehension(*node.byte_range, kind, key, element, _generators(reading, clauses))

    return lower


def _generators(reading: Reading, clauses: list[TreeNode]) -> list[Generator]:
    generators: list[Generator] = []
    for clause in clauses:
        if clause.kind_id in FOR:
            generators.append(_generator(reading, clause))
        elif clause.kind_id in IF:
            generators[-1].conditions.append(reading.expression(parts(clause)[1]))
            generators[-1].end = clause.end_byte
    return generators


def _generator(reading: Reading, node: TreeNode) -> Generator:
    words = parts(node)
    middle = next(place for place, word in enumerate(words) if word.kind_id in IN)
    sources = [reading.expression(word) for word in words[middle + 1 :] if word.kind_id not in FOR_WORDS]
    target = reading.expression(words[middle - 1])
    source: Expression = sources[0]
    if len(sources) > 1:
        source = Sequence(sources[0].start, sources[-1].end, "tuple", sources)
    return Generator(*node.byte_range, target, source, [])


HANDLERS: dict[str, ExpressionHandler] = {
    "list_comprehension": comprehension("list"),
    "set_comprehension": comprehension("set"),
    "dictionary_comprehension": comprehension("dict"),
    "generator_expression": comprehension("generator"),
}
