"""Columns of authority on their partial orders, and which rows of two trees belong together."""

import msgspec
import pytest

from analyzers.authority.compare import direction, pair
from analyzers.finding import Authorization, Confidence, ToolRow

ROW = ToolRow(
    server="server:mcp",
    name="read",
    kind="tool",
    path="server.py",
    line=3,
    transport="http",
    authentication="JWTVerifier (server.py:2)",
    authorization=Authorization("uniform"),
    capabilities=("read-private",),
    credentials=("TOKEN",),
    network=("api.example.org",),
    audit="who",
    confidence=Confidence.HIGH,
)


@pytest.mark.parametrize(
    ("column", "before", "after", "expected"),
    [
        ("transport", "stdio", "http", "worse"),
        ("transport", "both", "stdio", "better"),
        ("transport", "both", "http", "changed"),
        ("authentication", "JWTVerifier (server.py:2)", "JWTVerifier (server.py:9)", None),
        ("authentication", "JWTVerifier (server.py:2)", "none", "worse"),
        ("authentication", "JWTVerifier", "possibly JWTVerifier", "worse"),
        ("authentication", "JWTVerifier", "BearerAuth", "changed"),
        ("authorization", Authorization("per_tool"), Authorization("uniform"), "worse"),
        ("authorization", Authorization("none"), Authorization("unresolved"), "changed"),
        ("authorization", Authorization("uniform"), Authorization("per_tool"), "better"),
        ("authorization", Authorization("per_tool", "a:1", "a"), Authorization("per_tool", "a:2", "a"), None),
        ("capabilities", ("read-private",), ("read-private", "write"), "worse"),
        ("capabilities", ("destroy",), ("write",), "better"),
        ("credentials", (), ("TOKEN",), "worse"),
        ("credentials", ("TOKEN",), ("the caller's token",), "better"),
        ("network", ("api.example.org",), ("any host",), "worse"),
        ("network", ("any host",), ("api.example.org",), "better"),
        ("network", ("a.example",), ("b.example",), "changed"),
        ("audit", "who, outcome", "who", "worse"),
        ("audit", "none", "who", "better"),
        ("audit", "who", "outcome", "changed"),
    ],
)
def test_a_column_got_worse_better_or_just_different(
    column: str, before: object, after: object, expected: str | None
) -> None:
    first, second = (msgspec.structs.replace(ROW, **{column: value}) for value in (before, after))

    assert direction(first, second, column) == expected


def called(name: str, kind: str = "tool") -> ToolRow:
    return msgspec.structs.replace(ROW, name=name, kind=kind)


def test_rows_are_paired_by_key_then_by_handler_then_by_name() -> None:
    before = [("a:1", called("same"), "x"), ("a:2", called("old"), "y"), ("a:3", called("moved"), "z")]
    after = [("a:1", called("same"), "n"), ("a:4", called("new"), "y"), ("b:3", called("moved"), "m")]

    assert pair(before, after) == {"a:1": called("same"), "a:4": called("old"), "b:3": called("moved")}


def test_a_name_that_occurs_twice_pairs_nothing() -> None:
    before = [("a:1", called("f"), "x"), ("b:1", called("f"), "y")]

    assert pair(before, [("c:1", called("f"), "z")]) == {}


def test_a_tool_and_a_resource_of_one_name_are_told_apart() -> None:
    before = [("a:1", called("f"), "x"), ("a:2", called("f", "resource"), "y")]
    after = [("b:1", called("f"), "z"), ("b:2", called("f", "resource"), "q")]

    assert pair(before, after) == {"b:1": called("f"), "b:2": called("f", "resource")}
