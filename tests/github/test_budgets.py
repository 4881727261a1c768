import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github.budgets import clip, cut

NOTE = "…3 more: link"


def test_a_text_that_fits_is_untouched():
    assert cut("a\n```\nb", 7, NOTE) == "a\n```\nb"


def test_a_text_is_cut_at_a_line_and_says_so():
    assert cut("first line\nsecond line\nthird line", 26, "more") == "first line\n\nmore"


def test_a_fence_that_is_cut_is_closed_with_its_own_length():
    text = "````python\n" + "```\n" * 50 + "````\n"

    shortened = cut(text, 60, "more")
    assert shortened.startswith("````python\n```\n")
    assert shortened.endswith("```\n````\n\nmore")


def test_folds_that_are_cut_are_closed_all():
    text = "<details><summary>a</summary>\n\n<details>\n" + "x\n" * 100 + "</details></details>"

    assert cut(text, 90, "more").endswith("x\n\n</details>\n\n</details>\n\nmore")


def test_a_fold_within_a_fence_is_text():
    text = "```\n<details>\n" + "x\n" * 100

    assert cut(text, 50).endswith("x\n```")


def test_one_line_of_a_megabyte_is_clipped():
    assert cut("x" * 1_000_000, 100) == "x" * 97 + "…"


def test_sixty_kilobytes_of_emoji_are_counted_in_bytes():
    shortened = cut("🔥🔥🔥🔥🔥\n" * 3000, 60_000, NOTE)

    assert 59_900 < len(shortened.encode()) <= 60_000
    assert set(shortened.removesuffix(f"\n\n{NOTE}").split("\n")) == {"🔥🔥🔥🔥🔥"}


def test_a_title_is_one_line():
    assert clip("first\nsecond", 100) == "first…"
    assert clip("🔥🔥🔥", 8) == "🔥…"
    assert clip("fits", 4) == "fits"
    assert clip("long", 2) == ""


def test_what_cannot_be_sent_is_replaced():
    assert cut("a\ud800b", 10) == "a?b"


markdown = st.lists(
    st.sampled_from(["```", "~~~~", "````py", "``` x` y", "<details>", "</details>", "🔥" * 9, "word", "é", "\r", ""]),
    max_size=60,
).map("\n".join)


@given(
    markdown | st.text(st.characters(codec=None, exclude_categories=())),
    st.integers(0, 300),
    st.sampled_from(["", NOTE]),
)
def test_no_text_exceeds_its_budget(text, limit, note):
    shortened = cut(text, limit, note)

    assert len(shortened.encode()) <= limit
    assert len(clip(text, limit).encode()) <= limit


@given(markdown, st.integers(200, 300))
def test_a_cut_text_leaves_nothing_open(text, limit):
    shortened = cut(text, limit)
    if shortened == text or not shortened:
        return

    fence, folds = "", 0
    for line in shortened.split("\n"):
        mark = re.match(r"(`{3,}|~{3,})(?!.*`)", line)
        if fence:
            fence = "" if line.startswith(fence) and not line.strip("`~ \r") else fence
        elif mark:
            fence = mark[1]
        else:
            folds = max(0, folds + line.count("<details>") - line.count("</details>"))
    assert (fence, folds) == ("", 0)


@pytest.mark.parametrize("lines", [200_000])
def test_a_long_text_is_cut_in_linear_time(lines):
    assert cut("<details>\n" * lines, 60_000, NOTE).endswith(NOTE)
