"""Requests that are posted and only ask: a model for what it makes of a text, a database for what a query selects."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import re2

from analyzers.facts import Value
from analyzers.project.program import Function
from analyzers.project.targets import argument_of

if TYPE_CHECKING:
    from analyzers.flow.urls import ShapeReader

# A body, as JSON or as the text of some.
BODIES = ("json", "data", "content", "body")
DUMPING = ("json.dumps", "orjson.dumps", "ujson.dumps", "simplejson.dumps")
MODEL = "model"
# What a model is asked about, as the interfaces of models call it.
ASKED = frozenset({"input", "messages", "prompt", "texts", "documents", "contents"})
QUERIES = ("sql", "query", "statement", "q")
# Statements that only read. One that comes from a caller is told where it is put together.
READING = re2.compile(r"(?is)^\s*(?:select|show|describe|explain)\s[^;]*;?\s*$|^\s*(?:query\b|fragment\b|\{)")
CHANGING = re2.compile(r"(?i)\b(?:mutation|into|call|exec)\b")


def asks(shapes: "ShapeReader", function: Function, node: Value) -> bool:
    """Tell whether a posted body, is a question to a model, or a query that only reads."""
    body = next((body for name in BODIES if (body := argument_of(node, name, -1)) >= 0), -1)
    entries = dict(_entries(shapes, function, _dumped(shapes, function, body))) if body >= 0 else {}
    if MODEL in entries and not ASKED.isdisjoint(entries):
        return True
    return any(_reads(shapes, function, entries[key]) for key in QUERIES if key in entries)


def _dumped(shapes: "ShapeReader", function: Function, value: int) -> int:
    """Return what a text was made of, `json.dumps({...}).encode()`, else the value itself."""
    values = function.facts.values
    node = values[value]
    callee = values[node.args[0]] if node.op == "call" else node
    if node.op == "call" and callee.op == "attr" and callee.text == "encode":
        return _dumped(shapes, function, callee.args[0])
    is_made = node.op == "call" and len(node.args) > 1
    return node.args[1] if is_made and shapes.resolver.external(function, node.args[0]) in DUMPING else value


def _entries(shapes: "ShapeReader", function: Function, body: int) -> Iterator[tuple[str, int]]:
    node = function.facts.values[body]
    for key, value in zip(node.args[::2], node.args[1::2], strict=False) if node.op == "map" else ():
        text = shapes.resolver.text(function, key) if key >= 0 else None
        if text is not None:
            yield text, value


def _reads(shapes: "ShapeReader", function: Function, value: int) -> bool:
    """Tell whether a text that the program writes itself, from its beginning, is a query that changes nothing."""
    shape = shapes.shape(function, value)
    text = "".join(piece.text or "x" for piece in shape)
    return bool(shape and shape[0].text and READING.search(text)) and not CHANGING.search(text)
