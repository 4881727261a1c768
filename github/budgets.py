"""Texts cut to what GitHub takes, in UTF-8 bytes, without leaving a fence or a fold open."""

import re

FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
FOLD = re.compile(r"<(/?)details\b[^>]*>", re.IGNORECASE)
ELLIPSIS = "…"


def cut(text: str, limit: int, note: str = "") -> str:
    """Return at most `limit` bytes of Markdown: whole lines, fences and `<details>` closed, then the note if cut.

    A first line that is longer than the limit is clipped. Lone surrogates, which cannot be sent, become `?`.
    """
    clean = _sendable(text)
    if len(clean.encode()) <= limit:
        return clean
    ending = f"\n\n{note}" if note else ""
    kept: list[str] = []
    state = _Openings()
    room = limit - len(ending.encode())
    for line in clean.split("\n"):
        cost = len(line.encode()) + 1
        after = state.after(line)
        if cost + len(after.closing.encode()) > room + 1:
            break
        kept.append(line)
        room -= cost
        state = after
    if not kept:
        return clip(clean, limit)
    return "\n".join(kept) + state.closing + ending


def clip(text: str, limit: int) -> str:
    """Return at most `limit` bytes of the text's first line, with an ellipsis if anything was cut."""
    clean = _sendable(text)
    line, _, rest = clean.partition("\n")
    if not rest and len(line.encode()) <= limit:
        return line
    room = max(0, limit - len(ELLIPSIS.encode()))
    return line.encode()[:room].decode("utf-8", "ignore") + (ELLIPSIS if room else "")


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


class _Openings:
    """What is open after the lines so far: a fence, and how many folds."""

    def __init__(self, fence: str = "", folds: int = 0) -> None:
        self._fence = fence
        self._folds = folds

    @property
    def closing(self) -> str:
        fence = f"\n{self._fence}" if self._fence else ""
        return fence + "\n\n</details>" * self._folds

    def after(self, line: str) -> "_Openings":
        match = FENCE.fullmatch(line)
        if self._fence:
            closes = match and match[1].startswith(self._fence) and not match[2].strip()
            return _Openings("" if closes else self._fence, self._folds)
        # An info string with a backtick opens nothing: it is code within a line.
        if match and not (match[1][0] == "`" and "`" in match[2]):
            return _Openings(match[1], self._folds)
        steps = (-1 if tag == "/" else 1 for tag in FOLD.findall(line))
        return _Openings("", max(0, self._folds + sum(steps)))
