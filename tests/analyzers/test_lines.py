"""Lines and columns of byte offsets."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.finding import Position, Span
from analyzers.lines import LineIndex

TEXT = "a\téü x\r\n😀😀é日本 b\n\rc\n".encode()

PLACES = [
    ("a", 1, 1),
    ("\t", 1, 2),
    ("é", 1, 3),
    ("ü", 1, 4),
    ("x", 1, 6),
    ("\r\n", 1, 7),
    ("😀", 2, 1),
    ("é日", 2, 5),
    ("日", 2, 6),
    ("本", 2, 7),
    ("b", 2, 9),
    ("\rc", 3, 1),
    ("c", 3, 2),
]


@pytest.mark.parametrize(("piece", "line", "column"), PLACES)
def test_an_offset_is_a_line_and_a_column_in_utf16_units(piece: str, line: int, column: int) -> None:
    """And back."""
    index = LineIndex.build(TEXT)
    offset = TEXT.index(piece.encode())

    assert index.position(offset) == Position(line, column)
    assert index.offset(Position(line, column)) == offset


def test_the_end_of_the_text_is_a_place() -> None:
    """An offset behind it is taken for it."""
    index = LineIndex.build(b"ab\ncd")

    assert index.position(5) == Position(2, 3)
    assert index.position(99) == Position(2, 3)
    assert index.position(-1) == Position(1, 1)
    assert LineIndex.build(b"").position(0) == Position(1, 1)


def test_a_place_that_is_none_is_taken_for_the_nearest() -> None:
    """A column behind its line is the line's end, one within a pair of surrogates its first half."""
    index = LineIndex.build("ab\n😀é\n".encode())

    assert index.offset(Position(1, 99)) == 2
    assert index.offset(Position(2, 99)) == 9
    assert index.offset(Position(2, 2)) == 3
    assert index.offset(Position(9, 9)) == 10
    assert index.offset(Position(0, 0)) == 0


def test_a_range_is_a_span() -> None:
    """Its end is exclusive."""
    assert LineIndex.build(b"ab\ncd").span(1, 4) == Span(Position(1, 2), Position(2, 2))


def test_an_index_holds_nothing_of_the_text_and_can_be_stored() -> None:
    """Only numbers."""
    index = LineIndex.build("pass = 'é'\n".encode())
    stored = msgspec.msgpack.encode(index)

    assert b"pass" not in stored
    assert msgspec.msgpack.decode(stored, type=LineIndex) == index


@given(st.text(st.sampled_from("a\té日😀\r\n "), max_size=60))
def test_every_character_has_its_own_place(text: str) -> None:
    """Compares with counting by hand."""
    index = LineIndex.build(text.encode())
    for place in range(len(text) + 1):
        before = text[:place]
        offset = len(before.encode())
        column = len(before.rpartition("\n")[2].encode("utf-16-le")) // 2 + 1
        expected = Position(before.count("\n") + 1, column)

        assert index.position(offset) == expected
        assert index.offset(expected) == offset
