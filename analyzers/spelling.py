"""Foreign names in messages: how they are shown, and which known one was meant."""

from collections.abc import Collection


def nearest(word: str, words: Collection[str]) -> str:
    """Return a hint at the most similar word, "" when none is similar."""
    # Most analyses never get here.
    import difflib

    found = difflib.get_close_matches(word[:80], words, n=1)
    return f"; did you mean {quoted(found[0])}?" if found else ""


def quoted(text: str) -> str:
    """Return text from a file as it can stand in a message: escaped, and cut when it is long."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
