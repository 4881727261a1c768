"""Values that a database holds as they are: a row was found that is equal to them."""

from collections.abc import Iterator

import re2

from analyzers.flow.labeling import Labeler
from analyzers.flow.labels import MARK, Labels
from analyzers.flow.whole_texts import is_whole
from analyzers.project.program import Function

FETCHES = ("fetchone", "fetchval")
PLACEHOLDERS = re2.compile(r"\?|%s")
EQUAL = re2.compile(r"=\s*(?:\?|%s)")
MAX_PARTS = 40


def looked_up(labeler: Labeler, function: Function, query: int) -> Iterator[Labels]:
    """Yield the labels of each value that the rows of an executed query are equal to in a column."""
    values = function.facts.values
    node = values[query]
    while node.op == "await":
        node = values[node.args[0]]
    if node.op != "call" or values[node.args[0]].text != "execute" or len(node.args) != 3 or any(node.names):
        return
    statement = " ".join(_constants(function, node.args[1]))
    given = values[node.args[2]]
    asked = len(PLACEHOLDERS.findall(statement))
    if given.op not in ("tuple", "list") or asked != len(given.args) or asked != len(EQUAL.findall(statement)):
        return
    for item in given.args:
        labels = labeler.labels(function, item)
        if any(MARK in label for label in labels) and is_whole(labeler, function, item):
            yield labels


def _constants(function: Function, value: int) -> Iterator[str]:
    """Yield the constant parts of a statement, in order."""
    waiting, left = [value], MAX_PARTS
    while waiting and left:
        left -= 1
        node = function.facts.values[waiting.pop(0)]
        if node.op == "str":
            yield node.text
        elif node.op in ("binary", "template"):
            waiting[:0] = node.args
