import pytest
from hypothesis import given
from hypothesis import strategies as st

from github.markers import Marker, format_marker, parse_marker


def test_markers_are_written_as_agreed():
    assert format_marker("12", "ab12") == "<!-- skillaudit:v1 fp=ab12 job=12 -->"
    assert format_marker("12", "ab12", "rule:f00d") == "<!-- skillaudit:v1 fp=ab12 proof=rule:f00d job=12 -->"
    assert format_marker("12") == "<!-- skillaudit:v1 review job=12 -->"


words = st.from_regex(r"[A-Za-z0-9_.:-]{1,128}", fullmatch=True)


@given(words, st.just((None, None)) | st.tuples(words, st.none() | words), st.text())
def test_a_marker_is_read_from_the_last_line(job, about, text):
    assert parse_marker(f"{text}\n{format_marker(job, *about)}\n") == Marker(job, *about)


def test_a_marker_is_read_from_the_first_line():
    assert parse_marker(f"{format_marker('1', 'a')}\nbody") == Marker("1", "a")


def test_a_marker_within_quoted_text_means_nothing():
    assert parse_marker(f"title\n```\n{format_marker('1', 'a')}\n```") is None


@pytest.mark.parametrize(
    "body", ["", "\n", "x", "<!-- skillaudit:v2 fp=a job=1 -->", "<!-- skillaudit:v1 fp= job=1 -->"]
)
def test_other_texts_have_no_marker(body):
    assert parse_marker(body) is None


@pytest.mark.parametrize("word", ["", "a b", "-->", "a\n", "x" * 129])
def test_a_marker_cannot_be_broken_out_of(word):
    with pytest.raises(ValueError, match="marker"):
        format_marker("1", word)
    with pytest.raises(ValueError, match="marker"):
        format_marker("1", "ab12", word)
    with pytest.raises(ValueError, match="marker"):
        format_marker(word)
