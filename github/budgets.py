"""Texts cut to what GitHub takes, in UTF-8 bytes, without leaving a fence or a fold open."""


def cut(text: str, limit: int, note: str = "") -> str:
    """Return at most `limit` bytes of Markdown: whole lines, fences and `<details>` closed, then the note if cut."""
    raise NotImplementedError


def clip(text: str, limit: int) -> str:
    """Return at most `limit` bytes of one line of text, with an ellipsis if cut."""
    raise NotImplementedError
