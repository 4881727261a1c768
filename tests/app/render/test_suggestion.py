"""A suggestion is offered only where GitHub, applying it, makes exactly the proven file."""

from hypothesis import given
from hypothesis import strategies as st

from analyzers.finding import (
    Confidence,
    Edit,
    Finding,
    Fix,
    Location,
    Position,
    Safety,
    Severity,
    Side,
    Span,
)
from app.render.patch import edited, fix_diff
from app.render.suggestion import Suggestion, suggestion

TEXT = b"import a\n\n\ndef tool(x):\n    return a.get(x)\n"
WHOLE = (range(1, 6),)


def finding(
    *edits: tuple[int, int, int, int, str], safety: Safety = Safety.SAFE, line: int = 4, side: Side = Side.HEAD
) -> Finding:
    fix = Fix("t", safety, tuple(Edit("a.py", Position(*edit[:2]), Position(*edit[2:4]), edit[4]) for edit in edits))
    location = Location("a.py", Span(Position(line, 1), Position(line, 5)), side)
    return Finding("r", "p", Severity.HIGH, Confidence.HIGH, location, "m", "w", "f" * 16, fix=fix)


def applied(text: bytes, proposal: Suggestion) -> bytes:
    """Apply a suggestion as GitHub does: the lines of the comment are replaced by those of the block."""
    lines = text.split(b"\n")
    lines[proposal.start_line - 1 : proposal.line] = [line.encode() for line in proposal.lines]
    return b"\n".join(lines)


def test_an_edit_within_a_line_replaces_the_line() -> None:
    proposal = suggestion(finding((5, 12, 5, 17, "b.get")), TEXT, WHOLE)

    assert proposal == Suggestion(5, 5, ("    return b.get(x)",))


def test_new_lines_are_shown_from_the_line_of_the_finding() -> None:
    proposal = suggestion(finding((5, 1, 5, 1, "    check()\n")), TEXT, WHOLE)

    assert proposal == Suggestion(4, 4, ("def tool(x):", "    check()"))


def test_lines_can_be_taken_away() -> None:
    proposal = suggestion(finding((1, 1, 2, 1, "")), TEXT, WHOLE)

    assert proposal == Suggestion(1, 1, ())
    assert applied(TEXT, proposal) == TEXT.removeprefix(b"import a\n")


def test_a_file_without_a_last_newline_keeps_it_so() -> None:
    proposal = suggestion(finding((5, 1, 5, 20, "    return 1")), TEXT[:-1], WHOLE)

    assert proposal == Suggestion(5, 5, ("    return 1",))


def test_what_github_would_not_apply_exactly_is_no_suggestion() -> None:
    edit = (5, 12, 5, 17, "b.get")

    assert suggestion(finding(edit), TEXT.replace(b"\n", b"\r\n"), WHOLE) is None
    assert suggestion(finding(edit), TEXT, (range(1, 5), range(7, 9))) is None
    assert suggestion(finding((4, 1, 5, 17, "b.get")), TEXT, (range(1, 5), range(5, 9))) is None
    assert suggestion(finding(edit, safety=Safety.REVIEW), TEXT, WHOLE) is None
    assert suggestion(finding(edit, side=Side.BASE), TEXT, WHOLE) is None
    assert suggestion(finding(edit), None, WHOLE) is None
    assert suggestion(finding((5, 1, 5, 1, "x\n" * 21)), TEXT, WHOLE) is None
    assert suggestion(finding((5, 12, 5, 17, "b\u202e")), TEXT, WHOLE) is None
    assert suggestion(finding((5, 12, 5, 17, '"ghp_' + "a1B2" * 9 + '"')), TEXT, WHOLE) is None


@given(
    st.lists(st.text(st.sampled_from("ab c\t\u00e9\U0001f600`"), max_size=8), min_size=1, max_size=8),
    st.integers(1, 8),
    st.integers(1, 9),
    st.integers(0, 3),
    st.text(st.sampled_from("xy\n `\U0001f600"), max_size=12),
)
def test_every_suggestion_applies_to_the_fixed_file(
    lines: list[str], line: int, column: int, extra: int, replacement: str
) -> None:
    data = "\n".join(lines).encode()
    last = min(line + extra, len(lines))
    chosen = finding((min(line, len(lines)), column, last, 99, replacement))
    assert chosen.fix is not None

    proposal = suggestion(chosen, data, (range(1, 100),))

    assert proposal is None or applied(data, proposal) == edited(data, chosen.fix.edits)


def test_columns_count_utf16_units() -> None:
    text = "x = '\U0001f600', y\n".encode()

    assert edited(text, [Edit("a.py", Position(1, 11), Position(1, 12), "z")]) == "x = '\U0001f600', z\n".encode()


def test_several_edits_of_one_file_are_one_diff() -> None:
    fix = finding((1, 1, 1, 1, "import os\n"), (5, 12, 5, 17, "b.get")).fix
    assert fix is not None

    assert fix_diff(fix, {"a.py": TEXT}).split("\n") == [
        "--- a/a.py",
        "+++ b/a.py",
        "@@ -1,5 +1,6 @@",
        "+import os",
        " import a",
        " ",
        " ",
        " def tool(x):",
        "-    return a.get(x)",
        "+    return b.get(x)",
    ]
    assert fix_diff(fix, {}) == ""
