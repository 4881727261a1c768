"""The kinds of value a policy key can have: each reads a YAML node and describes itself as JSON schema.

Reading gives plain values that msgspec converts; what does not fit raises PolicyError at the node.
"""

import datetime
from collections.abc import Collection, Iterator, Mapping
from typing import Protocol

import re2
from yaml.nodes import MappingNode, Node, SequenceNode

from analyzers.policy.document import error_at, kind, scalar
from analyzers.spelling import nearest, quoted

Plain = str | int | None | list["Plain"] | dict[str, "Plain"]
Schema = dict[str, object]

MAX_TEXT = 500


class Shape(Protocol):
    """One kind of value."""

    def read(self, node: Node) -> Plain:
        """Return the plain value of a node."""

    def schema(self) -> Schema:
        """Return the JSON schema of the value."""


class Choice:
    """One of some words, each standing for a value."""

    def __init__(self, values: Mapping[str, str | int | None]) -> None:
        self.values = values

    def read(self, node: Node) -> Plain:
        """Return the value that the word stands for."""
        word = scalar(node)
        if word is None:
            raise error_at(node, f"expected one of {', '.join(self.values)}, found {kind(node)}")
        if word not in self.values:
            raise error_at(node, f"{quoted(word)} is not one of {', '.join(self.values)}{nearest(word, self.values)}")
        return self.values[word]

    def schema(self) -> Schema:
        """List the words."""
        return {"enum": list(self.values)}


class Text:
    """Text that fits a pattern; `verbatim` takes a number as it is written."""

    def __init__(self, what: str = "text", pattern: str = r"(?s).*\S.*", verbatim: bool = False) -> None:
        self.what = what
        self.pattern = pattern
        self.verbatim = verbatim

    def read(self, node: Node) -> Plain:
        """Return the text."""
        text = scalar(node)
        if text is None or (kind(node) != "text" and not self.verbatim):
            raise error_at(node, f"expected {self.what}, found {kind(node)}")
        if len(text) > MAX_TEXT or re2.fullmatch(self.pattern, text) is None:
            raise error_at(node, f"{quoted(text)} is not {self.what}")
        return text.strip()

    def schema(self) -> Schema:
        """Describe the text; the pattern is also one of ECMA-262 apart from its flags."""
        return {"type": "string", "pattern": f"^{self.pattern}$" if not self.pattern.startswith("(?") else r"\S"}


class Day:
    """A calendar day."""

    def read(self, node: Node) -> Plain:
        """Return the day in ISO form."""
        text = scalar(node) or ""
        try:
            return datetime.date.fromisoformat(text).isoformat()
        except ValueError as error:
            found = quoted(text) if text else kind(node)
            raise error_at(node, f"expected a day as in 2027-01-31, found {found}") from error

    def schema(self) -> Schema:
        """Describe the day."""
        return {"type": "string", "format": "date"}


class RuleId:
    """The id of a rule."""

    def __init__(self, rules: Collection[str]) -> None:
        self.rules = rules

    def read(self, node: Node) -> Plain:
        """Return the id of a rule that exists."""
        rule = scalar(node)
        if rule is None:
            raise error_at(node, f"expected the id of a rule, found {kind(node)}")
        if rule not in self.rules:
            raise error_at(node, f"there is no rule {quoted(rule)}{nearest(rule, self.rules)}")
        return rule

    def schema(self) -> Schema:
        """List the rules."""
        return {"enum": sorted(self.rules)}


class ListOf:
    """Any number of values of one shape."""

    def __init__(self, item: Shape) -> None:
        self.item = item

    def read(self, node: Node) -> Plain:
        """Return the values in order."""
        if not isinstance(node, SequenceNode):
            raise error_at(node, f"expected a list, found {kind(node)}")
        return [self.item.read(item) for item in node.value]

    def schema(self) -> Schema:
        """Describe the list."""
        return {"type": "array", "items": self.item.schema()}


def pairs(node: Node, what: str) -> Iterator[tuple[Node, str, Node]]:
    """Yield key node, key and value node of a mapping; raise PolicyError for a repeated key."""
    if not isinstance(node, MappingNode):
        raise error_at(node, f"expected {what}, found {kind(node)}")
    seen: set[str] = set()
    for key_node, value in node.value:
        key = scalar(key_node)
        if key is None:
            raise error_at(key_node, f"expected the name of a key, found {kind(key_node)}")
        if key in seen:
            raise error_at(key_node, f"{quoted(key)} is given twice")
        seen.add(key)
        yield key_node, key, value
