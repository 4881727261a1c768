"""Texts of queries that stand in what a request sends: filters of searches, statements, GraphQL."""

from collections.abc import Iterable, Iterator

from analyzers.facts import Value
from analyzers.flow.shapes import Shape, is_open
from analyzers.flow.urls import ShapeReader
from analyzers.frameworks import queries
from analyzers.project.program import Function
from analyzers.project.targets import argument_of

SENT = ("params", "json", "data")


def posted(shapes: ShapeReader, function: Function, node: Value) -> Iterator[tuple[Shape, str]]:
    """Yield the shapes of the queries that a request sends, each with its language."""
    tables = [argument_of(node, keyword, -1) for keyword in SENT]
    for key, value in _entries(shapes, function, tables):
        shape = shapes.shape(function, value)
        language = queries.ASKED.get(key) or queries.POSTED.get(key) or _begun(key, shape)
        if language:
            yield shape, language
    for key, value in _entries(shapes, function, tables[1:2]):
        shape = shapes.shape(function, value) if key == queries.GRAPHQL_KEY else ()
        if _is_graph(shape):
            yield shape, queries.GRAPH


def _is_graph(shape: Shape) -> bool:
    """Tell whether a text may be GraphQL: it begins so, or callers give it whole."""
    return bool(shape) and (queries.GRAPHQL.match(shape[0].text) is not None or (len(shape) == 1 and is_open(shape[0])))


def _begun(key: str, shape: Shape) -> str:
    """Return the language of a text that begins like a statement, under a key that searches have, too."""
    if key not in queries.BEGUN:
        return ""
    found = queries.POSTED_STATEMENT.match(_text(shape))
    return "" if found is None else "Cypher" if found[2] else "SQL"


def _text(shape: Shape) -> str:
    return "".join(piece.text or "…" for piece in shape)


def _entries(shapes: ShapeReader, function: Function, tables: Iterable[int]) -> Iterator[tuple[str, int]]:
    """Yield the constant keys of tables that are written in a call, and what is under each."""
    for table in tables:
        node = function.facts.values[table] if table >= 0 else None
        entries = node.args if node is not None and node.op == "map" else ()
        for key, value in zip(entries[::2], entries[1::2], strict=False):
            name = shapes.resolver.text(function, key) if key >= 0 else None
            if name is not None:
                yield name, value
