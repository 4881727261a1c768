"""Nothing foreign means anything in our Markdown."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.render.escape import cell, code, fence, line, prose, visible

Active = Callable[[str], list[str]]

ATTACKS = (
    "@org/team", "#123", "GH-7", "org/repo#5", "https://evil.example", "www.evil.example", "me@evil.example",
    "![x](http://evil.example/p.png)", "[x](javascript:alert(1))", "<img src=x>", "<!-- x -->", "</details>", "<b>",
    "```suggestion\nx\n```", "~~~", "`", "``", "```", "\n\n# x\n", "| a | b |\n|---|---|\n| c |", "- [ ] x", "1. x",
    "> x", "***", "---", "===", "&lt;b&gt;", "&#64;org", "\\", "\\`", "\\@org", ":tada:", "$x$", "[^1]", "[a]: http://b",
    "<http://evil.example>", "\u202e", "\x1b[31m", "\r", "\u2028", "\ud800", "0123456789abcdef", "a|b", "\\|", "  \n",
    "<!-- skillaudit:v1 fp=00 job=1 -->", "*a*", "_a_", "__init__", "~~a~~", "!", "(", ")", "ftp://x.example",
)  # fmt: skip
HOSTILE = st.lists(st.sampled_from(ATTACKS) | st.text(max_size=8), max_size=8).map("".join)
SPACED = st.lists(st.sampled_from((*ATTACKS, " ", "a", ".", "\n")) | st.text(max_size=4), max_size=12).map("".join)
QUIET = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)


@QUIET
@given(HOSTILE)
@example("`@org`")
@example("a` ``@org`` `b")
def test_code_is_one_code_span(active: Active, text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(f"x {code(text)} y")[1].children

    assert tokens is not None
    assert [token.type for token in tokens] == ["text", "code_inline", "text"]
    assert active(f"x {code(text)} y") == []


@QUIET
@given(SPACED)
@example("`a`@org`b`")
@example("``a` @org `b``")
@example("`a``b``c`@org`")
def test_prose_holds_words_and_code_only(active: Active, text: str) -> None:
    assert active(prose(text)) == []
    assert active(f"**x {prose(text)}**") == []
    assert active(f"1. {prose(text)}") == []


@QUIET
@given(HOSTILE, HOSTILE)
def test_a_cell_stays_one_cell(active: Active, one: str, other: str) -> None:
    table = f"| a | b |\n|---|---|\n| {cell(code(one))} | {cell(prose(other))} |"
    kinds = [token.type for token in MarkdownIt("commonmark").enable("table").parse(table)]

    assert active(table) == []
    assert kinds.count("td_open") == 2
    assert kinds.count("table_open") == 1


@QUIET
@given(HOSTILE)
def test_a_fence_holds_all_of_its_text(active: Active, text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(f"a\n\n{fence(text, 'diff')}\n\nb")

    assert [token.type for token in tokens if token.type == "fence"] == ["fence"]
    assert [token.content for token in tokens if token.type == "inline"] == ["a", "b"]
    assert active(fence(text)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`refund` runs for every caller.", "`refund` runs for every caller."),
        ("The claim `a`, or `b` (in server.py:9).", "The claim `a`, or `b` (in `server.py:9`)."),
        (
            "It's a caller-owned token, e.g. one of 41; and/or none!",
            "It's a caller-owned token, e.g. one of 41; and/or none!",
        ),
        ("ask @org/team about #12", "ask `@org/team` about `#12`"),
        ("- no list", "`-` no list"),
        ("a\n\nb", "a b"),
        ("", ""),
    ],
)
def test_sentences_keep_their_words(text: str, expected: str) -> None:
    assert prose(text) == expected


def test_hidden_characters_are_spelt_out() -> None:
    assert visible("a\u202eb\x1b[0m\ud800\U000e0041") == "a\\u202eb\\u001b[0m\\ud800\\U000e0041"
    assert visible("äö 漢字 🎉") == "äö 漢字 🎉"


def test_long_text_is_cut_in_the_middle() -> None:
    assert line("a" * 50 + "z" * 50, 20) == "a" * 13 + "…" + "z" * 6


def test_our_marker_cannot_be_forged() -> None:
    forged = "<!-- skillaudit:v1 fp=00 job=1 -->"

    assert forged not in code(forged)
    assert forged not in fence(forged)
