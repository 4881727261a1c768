import pytest
import unidiff
from hypothesis import given
from hypothesis import strategies as st

from github.patches import Anchor, Diff, Hunk, MalformedPatch, Side, parse_patch

PATCH = """\
@@ -1,4 +1,5 @@ def first():
 one
-two
+TWO
+2
 three
 four
@@ -20,3 +21,2 @@
 twenty
-gone
 end
\\ No newline at end of file"""
HUNKS = (
    Hunk(1, 4, 1, 5, added=frozenset({2, 3}), deleted=frozenset({2})),
    Hunk(20, 3, 21, 2, deleted=frozenset({21})),
)
DIFF = Diff({"a.py": HUNKS, "binary.bin": None, "renamed.py": ()})


def test_hunks_give_their_ranges_and_the_lines_of_both_sides():
    assert parse_patch(PATCH) == HUNKS


def test_a_hunk_tells_its_runs_of_changed_lines_apart():
    assert [list(hunk.blocks()) for hunk in HUNKS] == [[(2, 1, 2, 2)], [(21, 1, 22, 0)]]
    assert list(parse_patch("@@ -1,3 +1,3 @@\n-a\n b\n-c\n+d\n+e")[0].blocks()) == [(1, 1, 1, 0), (3, 1, 2, 2)]


def test_a_count_that_is_left_out_is_one():
    assert parse_patch("@@ -3 +3 @@\n-a\n+b") == (Hunk(3, 1, 3, 1, added=frozenset({3}), deleted=frozenset({3})),)


def test_new_and_deleted_files_have_one_side():
    assert parse_patch("@@ -0,0 +1,2 @@\n+a\n+b\n") == (Hunk(0, 0, 1, 2, added=frozenset({1, 2})),)
    assert parse_patch("@@ -1,2 +0,0 @@\n-a\n-b") == (Hunk(1, 2, 0, 0, deleted=frozenset({1, 2})),)


def test_lines_that_look_like_headers_are_text_within_a_hunk():
    assert parse_patch("@@ -1,2 +1,3 @@\n--- a/x\n+++ b/x\n+@@ -9 +9 @@\n \x0c\r\u2028") == (
        Hunk(1, 2, 1, 3, added=frozenset({1, 2}), deleted=frozenset({1})),
    )


def test_an_empty_patch_has_no_hunks():
    assert parse_patch("") == ()


@pytest.mark.parametrize(
    "patch",
    [
        "text",
        "@@ -1 +1 @@",
        "@@ -1 +1 @@\n-a",
        "@@ -1 +1 @@\n-a\n+b\n+c",
        "@@ -1,2 +1 @@\n a\n b",
        "@@ -1 +1 @@\n-a\n*b",
        "@@ -5 +5 @@\n-a\n+b\n@@ -1 +1 @@\n-a\n+b",
        "@@ -5,2 +5,2 @@\n a\n b\n@@ -6 +6 @@\n-a\n+b",
        "@@@ -1 -1 +1 @@@\n a",
        "@@ -1,9999999999 +1 @@\n a",
        "\n@@ -1 +1 @@\n-a\n+b",
    ],
)
def test_a_patch_that_does_not_add_up_is_malformed(patch):
    with pytest.raises(MalformedPatch):
        parse_patch(patch)


@pytest.mark.parametrize(
    ("path", "start_line", "line", "side", "expected"),
    [
        ("a.py", None, 1, Side.RIGHT, Anchor.VALID),
        ("a.py", None, 2, Side.RIGHT, Anchor.VALID),
        ("a.py", 1, 5, Side.RIGHT, Anchor.VALID),
        ("a.py", 3, 3, Side.RIGHT, Anchor.VALID),
        ("a.py", None, 6, Side.RIGHT, Anchor.INVALID),
        ("a.py", None, 0, Side.RIGHT, Anchor.INVALID),
        ("a.py", 5, 1, Side.RIGHT, Anchor.INVALID),
        ("a.py", 5, 21, Side.RIGHT, Anchor.INVALID),
        ("a.py", None, 2, Side.LEFT, Anchor.VALID),
        ("a.py", None, 21, Side.LEFT, Anchor.VALID),
        ("a.py", 2, 21, Side.LEFT, Anchor.INVALID),
        ("a.py", None, 1, Side.LEFT, Anchor.INVALID),
        ("renamed.py", None, 1, Side.RIGHT, Anchor.INVALID),
        ("not-in-the-diff.py", None, 1, Side.RIGHT, Anchor.INVALID),
        ("binary.bin", None, 1, Side.RIGHT, Anchor.UNKNOWN),
    ],
)
def test_comments_stand_on_the_lines_of_one_hunk_only(path, start_line, line, side, expected):
    assert DIFF.anchor(path, start_line, line, side) is expected


@given(st.text(alphabet="@ -+,0123456789\\\nab\r\u2028"))
def test_any_text_is_a_patch_or_malformed(text):
    try:
        hunks = parse_patch(text)
    except MalformedPatch:
        return

    assert all(hunk.head_count <= text.count("\n") + 1 for hunk in hunks)


@st.composite
def patches(draw) -> str:
    """Patches as git writes them, with any text in their lines."""
    text = st.text(st.characters(exclude_characters="\n\r", exclude_categories=("Cs",)), max_size=8)
    parts = []
    base = head = 1
    for _ in range(draw(st.integers(1, 3))):
        gap = draw(st.integers(1, 5))
        lines = draw(st.lists(st.tuples(st.sampled_from(" +-"), text), min_size=1, max_size=8))
        removed = sum(mark != "+" for mark, _ in lines)
        added = sum(mark != "-" for mark, _ in lines)
        base, head = base + gap, head + gap
        parts += [f"@@ -{base},{removed} +{head},{added} @@ x", *(mark + content for mark, content in lines)]
        base, head = base + removed, head + added
    return "\n".join(parts)


@given(patches())
def test_hunks_are_those_that_unidiff_reads(patch):
    (file,) = unidiff.PatchSet(f"--- a/x\n+++ b/x\n{patch}\n")

    assert parse_patch(patch) == tuple(
        Hunk(
            hunk.source_start,
            hunk.source_length,
            hunk.target_start,
            hunk.target_length,
            added=frozenset(line.target_line_no for line in hunk if line.is_added),
            deleted=frozenset(line.source_line_no for line in hunk if line.is_removed),
        )
        for hunk in file
    )


def test_reading_a_patch_takes_linear_time_and_memory():
    lines = 200_000
    patch = f"@@ -1,{lines} +1,{lines} @@\n" + "\n".join(" " * 2 for _ in range(lines))

    assert parse_patch(patch) == (Hunk(1, lines, 1, lines),)
