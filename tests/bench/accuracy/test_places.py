"""Labelled places: which findings lie there, and where they lie after a change."""

from analyzers.finding import (
    Authorization,
    Confidence,
    Finding,
    Location,
    Position,
    Report,
    Severity,
    Span,
    ToolRow,
)
from app.local_diff import FileDiff, LineRange
from bench.accuracy.labels import Place
from bench.accuracy.places import at, moved


def finding(rule: str, path: str, line: int, tools: tuple[str, ...] = ()) -> Finding:
    span = Span(Position(line, 1), Position(line, 5))
    return Finding(
        rule, "p", Severity.HIGH, Confidence.HIGH, Location(path, span), "m", "w", f"{path}{line}", tools=tools
    )


def row(name: str, path: str) -> ToolRow:
    return ToolRow(
        "s", name, "tool", path, 1, "http", "none", Authorization("none"), (), (), (), "none", Confidence.HIGH
    )


def test_findings_of_the_class_count_within_three_lines() -> None:
    near, far = finding("tls-verification-disabled", "a.py", 13), finding("tls-verification-disabled", "a.py", 14)
    other_rule, other_file = finding("secret-in-log", "a.py", 10), finding("tls-verification-disabled", "b.py", 10)

    found = at(Report((near, far, other_rule, other_file)), "tls-verification-off", [Place("a.py", ((9, 10),))])

    assert found == (near,)


def test_absence_is_found_anywhere_in_the_file_or_on_a_tool_declared_there() -> None:
    in_file = finding("missing-per-tool-authorization", "a.py", 900)
    on_tool = finding("missing-per-tool-authorization", "server.py", 3, ("s:delete",))
    elsewhere = finding("missing-per-tool-authorization", "server.py", 9, ("s:read",))
    report = Report((in_file, on_tool, elsewhere), tools=(row("delete", "a.py"), row("read", "b.py")))

    found = at(report, "missing-tool-authz", [Place("a.py", ((1, 2),))])

    assert found == (in_file, on_tool)


def test_place_without_lines_is_the_whole_file() -> None:
    one = finding("tls-verification-disabled", "a.py", 400)

    assert at(Report((one,)), "tls-verification-off", [Place("a.py")]) == (one,)


def test_places_follow_lines_inserted_above_and_renames() -> None:
    files = (FileDiff("a.py", "b.py", (LineRange(1, 6, 1, 10),)), FileDiff("gone.py", ""))

    places = moved([Place("a.py", ((20, 22),)), Place("gone.py", ((1, 1),)), Place("same.py", ((5, 6),))], files)

    assert places == (Place("b.py", ((24, 26),)), Place("same.py", ((5, 6),)))


def test_place_inside_a_hunk_becomes_the_hunk() -> None:
    files = (FileDiff("a.py", "a.py", (LineRange(1, 2, 1, 4), LineRange(10, 8, 12, 20))),)

    assert moved([Place("a.py", ((13, 14),))], files) == (Place("a.py", ((12, 31),)),)
    assert moved([Place("a.py", ((13, 40),))], files) == (Place("a.py", ((12, 54),)),)
