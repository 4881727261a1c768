"""What is said of a pattern's matches holds for each text that Python's own engine matches."""

import random
import re

import pytest

from analyzers.flow.alphabets import SPECIAL, alphabet_of, is_matched_whole, kept_by

ATOMS = (
    "a",
    r"\.",
    "/",
    ".",
    "[a-z.]",
    "[^/]",
    r"\w",
    r"\S",
    r"(?:\./?)",
    "(a|/|b.)",
    r"(\.)",
    "[^a-z]",
    "^",
    "$",
    r"\Z",
)
ENDINGS = ("", "", "?", "*", "+", "{2}", "{0,2}", "+?")
TEXTS = "a./\n-b"


def _patterns(seed: int, count: int) -> list[str]:
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        parts = [
            atom if atom in ("^", "$", r"\Z") else atom + chance.choice(ENDINGS)
            for atom in chance.choices(ATOMS, k=chance.randint(1, 4))
        ]
        made.append(
            chance.choice(("", "^", "(?!.*\\.\\.)", "^(?!.*\\.\\.)")) + "".join(parts) + chance.choice(("", "$", "|a"))
        )
    return made


@pytest.mark.parametrize("flags", ["", "m", "x"])
def test_every_matched_text_is_as_its_alphabet_says(flags: str) -> None:
    chance = random.Random(3)
    texts = ["".join(chance.choices(TEXTS, k=chance.randint(1, 5))) for _ in range(300)]
    number = {"": 0, "m": re.MULTILINE, "x": re.VERBOSE}[flags]
    asked = 0
    for pattern in _patterns(7, 400):
        compiled, alphabet = re.compile(pattern, number), alphabet_of(pattern, flags)
        for method in ("match", "search", "fullmatch"):
            if not is_matched_whole(pattern, flags, method):
                continue
            for text in texts:
                if not getattr(compiled, method)(text):
                    continue
                asked += 1
                shown = text.removesuffix("\n") if method != "fullmatch" else text
                assert SPECIAL & set(shown) <= alphabet.language.held, (pattern, method, text)
                assert ".." not in shown or alphabet.language.dots, (pattern, method, text)
                assert not SPECIAL & set(shown[:1]) - alphabet.language.first, (pattern, method, text)

    assert asked > 1000


def test_a_replaced_class_leaves_only_what_it_excludes() -> None:
    assert kept_by(r"[^A-Za-z0-9_.-]+") == frozenset(".")
    assert kept_by(r"[^a]") == frozenset()
    assert kept_by(r"[^\w\s]{2}") is None
    assert kept_by(r"[a-z]") == SPECIAL
    assert kept_by(r"/|\\|\.\.") == SPECIAL - {"/", "\\"}
    assert kept_by(r"a/") is None


def test_what_is_not_a_pattern_or_too_deep_matches_anything() -> None:
    for pattern in ("(", "[", "(" * 3000 + ")" * 3000, "a" * 5000):
        assert alphabet_of(pattern).language.dots
        assert not is_matched_whole(pattern, "", "match")
