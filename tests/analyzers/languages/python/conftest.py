"""Shows syntax as compact S-expressions, so that whole trees can be compared at a glance."""

from collections.abc import Callable, Iterator

import pytest

from analyzers import syntax
from analyzers.languages.python import read

POSITIONS = {"start", "end", "name_start", "head_end"}


def show(value: object) -> str:
    """Print a node without its positions: `(Kind field ...)`, names bare, strings quoted, absent parts `-`."""
    if isinstance(value, syntax.Name):
        return value.id
    if isinstance(value, syntax.Literal):
        return repr(value.value) if value.kind == "str" else f"{value.kind}:{value.value}"
    if isinstance(value, syntax.ExpressionStatement):
        return show(value.value)
    if isinstance(value, syntax.Node):
        fields = [show(getattr(value, field)) for field in value.__struct_fields__ if field not in POSITIONS]
        return f"({' '.join([type(value).__name__, *fields])})"
    if isinstance(value, list):
        return f"[{' '.join(show(item) for item in value)}]"
    if isinstance(value, tuple):
        return ":".join(show(item) for item in value)
    return "-" if value is None or value == "" else str(value)


@pytest.fixture
def lowered() -> Callable[[str], str]:
    """Read a program without defects and show its statements."""

    def read_and_show(code: str) -> str:
        module = read(code.encode())
        assert module.defects == []
        return " ".join(show(statement) for statement in module.body)

    return read_and_show


def nodes_of(value: object) -> Iterator[syntax.Node]:
    """Yield every node of a tree."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, syntax.Node):
            yield item
            waiting.extend(getattr(item, field) for field in item.__struct_fields__)
        elif isinstance(item, (list, tuple)):
            waiting.extend(item)


@pytest.fixture
def nodes() -> Callable[[object], Iterator[syntax.Node]]:
    """Give the walk over all nodes of a tree."""
    return nodes_of
