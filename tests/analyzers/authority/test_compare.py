"""Columns of authority on their partial orders, and which rows of two trees belong together."""

import re
from pathlib import Path

import msgspec
import pytest

from analyzers.authority.compare import AUTHORIZATION_ORDER, direction, pair
from analyzers.authority.grants import THIS_TOOL
from analyzers.finding import Authorization, Confidence, ToolRow
from analyzers.frameworks.sinks import RANKS

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
        ("capabilities", ("write",), ("write", "read-public"), "changed"),
        ("capabilities", ("write", "read-public"), ("write", "read-private"), "worse"),
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


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (("http", "loopback"), ("http", "network"), "worse"),
        (("http", "loopback"), ("both", ""), "worse"),
        (("both", "network"), ("both", "loopback"), "better"),
        (("stdio", ""), ("http", "loopback"), "worse"),
        (("http", ""), ("http", "network"), None),
    ],
)
def test_a_server_on_loopback_is_reached_by_fewer(
    before: tuple[str, str], after: tuple[str, str], expected: str | None
) -> None:
    first, second = (
        msgspec.structs.replace(ROW, transport=transport, bind=bind) for transport, bind in (before, after)
    )

    assert direction(first, second, "transport") == expected


def asking(kind: str, *clauses: tuple[str, ...], shared: bool = False) -> ToolRow:
    return msgspec.structs.replace(ROW, authorization=Authorization(kind), requires=clauses, shared=shared)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (asking("uniform", ("a",), ("b",)), asking("uniform", ("a",)), "worse"),
        (asking("uniform", ("a",)), asking("uniform", ("a",), ("b",)), "better"),
        (asking("per_tool", ("admin",)), asking("per_tool", ("admin", "guest")), "worse"),
        (asking("per_tool", ("admin", "guest")), asking("per_tool", ("admin",)), "better"),
        (asking("per_tool", ("a",)), asking("per_tool", ("b",)), "changed"),
        (asking("per_tool", ("a",)), asking("per_tool", ("a",), shared=True), None),
        (asking("per_tool", (THIS_TOOL,)), asking("per_tool", ("shop",), shared=True), "worse"),
        (asking("per_tool", (THIS_TOOL,)), asking("per_tool", ("refund",)), "changed"),
        (asking("per_tool", ("shop",), shared=True), asking("per_tool", (THIS_TOOL,)), "better"),
        (asking("per_tool", ("a",)), asking("uniform", ("a",), ("b",)), "worse"),
    ],
)
def test_within_one_kind_it_counts_what_is_asked(before: ToolRow, after: ToolRow, expected: str | None) -> None:
    assert direction(before, after, "authorization") == expected


def test_a_server_that_only_its_user_reaches_asks_nobody() -> None:
    local = msgspec.structs.replace(asking("none"), transport="stdio", authentication="local, the user's own authority")

    assert direction(asking("per_tool", ("a",)), local, "authorization") == "changed"


def test_the_published_order_is_the_one_that_holds() -> None:
    text = (Path(__file__).parents[3] / "docs" / "authority.md").read_text()
    rows = re.findall(r"^\| (\d) \| (.+?) \|", text, re.MULTILINE)
    published = {kind: int(rank) for rank, kinds in rows for kind in re.findall(r"`(\w+)`", kinds)}
    ranks = re.search(r"by the highest rank: (.+?); then", text)

    assert published == AUTHORIZATION_ORDER
    assert ranks is not None
    for part in ranks.group(1).split(" · "):
        assert {RANKS[kind] for kind in re.findall(r"`([\w-]+)`", part)} == {int(part.rsplit(" ", 1)[1])}


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
