"""YAML with positions, for text that nobody vouches for: bounded before anything is built from it."""

from typing import Protocol

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from analyzers.policy.errors import PolicyError

MAX_BYTES = 64 * 1024
MAX_DEPTH = 16
MAX_NODES = 5_000


class Mark(Protocol):
    """A place as PyYAML gives it, both numbers from zero."""

    @property
    def line(self) -> int:
        """The line."""

    @property
    def column(self) -> int:
        """The character within the line."""


def compose(data: bytes) -> Node | None:
    """Return the root node of the one document in the data, None when it is empty; raise PolicyError otherwise."""
    text = _decoded(data)
    try:
        _check_bounds(text)
        return yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        raise _marked(f"not valid YAML: {error.problem}", error.problem_mark) from error
    except yaml.reader.ReaderError as error:
        raise PolicyError("not valid YAML: a control character", *_position(text, error.position)) from error


def error_at(node: Node, message: str) -> PolicyError:
    """Return the error for what a node says."""
    return _marked(message, node.start_mark)


def kind(node: Node) -> str:
    """Return in words what a node is."""
    if isinstance(node, MappingNode):
        return "a mapping"
    if isinstance(node, SequenceNode):
        return "a list"
    names = {"str": "text", "int": "a number", "float": "a number", "bool": "true or false", "null": "nothing"}
    return names.get(node.tag.rpartition(":")[2], node.tag.rpartition(":")[2])


def scalar(node: Node) -> str | None:
    """Return a scalar as it is written, None for a collection and for an empty value."""
    if not isinstance(node, ScalarNode) or kind(node) == "nothing":
        return None
    return str(node.value)


def _marked(message: str, mark: Mark | None) -> PolicyError:
    return PolicyError(message, mark.line + 1, mark.column + 1) if mark else PolicyError(message)


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise PolicyError(f"longer than {MAX_BYTES:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PolicyError("not UTF-8", line, error.start - data.rfind(b"\n", 0, error.start)) from error


def _position(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _check_bounds(text: str) -> None:
    # libyaml's composer recurses in C and dies on deep nesting; its event parser does not, and stops when asked to.
    depth = 0
    for nodes, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader), start=1):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        problem = _problem(event, depth, nodes)
        if problem:
            raise _marked(problem, event.start_mark)


def _problem(event: yaml.Event, depth: int, nodes: int) -> str:
    if depth > MAX_DEPTH:
        return f"nested deeper than {MAX_DEPTH} levels"
    if nodes > MAX_NODES:
        return f"more than {MAX_NODES:,} values"
    if isinstance(event, yaml.AliasEvent):
        return "aliases are not supported"
    return ""
