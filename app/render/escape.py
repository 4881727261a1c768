"""Foreign text made harmless: in Markdown it can be read, but nothing in it means anything.

GitHub's Markdown gives meaning to more than CommonMark does: mentions, issue numbers, commit ids, bare addresses,
emoji codes and formulas are found in the rendered text, where a backslash no longer helps. Code spans are left alone
by all of that, so everything but plain words goes into one.
"""

import functools
import unicodedata

import re2

MAX_CODE = 200
MAX_PROSE = 2_000
_WORD = (
    r"""["'(]*[\pL\pM\pN]+(?:[-'/,.][\pL\pM\pN]+)*["')]*[.,;:!?]*["')]*"""
    r"""|["')(.,;:!?/]+|[-+=&%\x{2013}\x{2014}]|\d+%[.,;:]?"""
)
# What GitHub, or a client that is keener on links than GitHub, would turn into one.
_LINKED = r"(?i)www\.|GH-\d|\b[0-9a-f]{7,}\b|\pL{2,}[\pL\pN]*\.\pL{2,}|\.\pL{2,}\b.*/"
_LIST_START = r"\d+[.)]|[-+=\x{2013}\x{2014}]"
_BACKTICKS = re2.compile(r"`+")
_OPENING = "(\"'"
_CLOSING = ").,;:!?\"'"
# Classes of Unicode take milliseconds to compile, and most output needs none.
_compiled = functools.cache(re2.compile)
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str, keep: str = "") -> str:
    r"""Return text with every control, format and bidirectional character spelt out as `\u202e` (but those to keep)."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if character in keep or unicodedata.category(character) not in _HIDDEN else _spelt(character)
        for character in text
    )


def line(text: str, limit: int = 0) -> str:
    """Return text as one visible line, cut in the middle to `limit` characters if that is not 0."""
    if limit and len(text) > limit * 4:
        # Most of it goes anyway; none of what follows need look at it.
        text = f"{text[: limit * 2]}…{text[-limit:]}"
    text = visible(" ".join(text.split()))
    if limit and len(text) > limit:
        head = limit * 2 // 3
        return f"{text[:head]}…{text[len(text) - (limit - head - 1) :]}"
    return text


def code(text: str, limit: int = MAX_CODE) -> str:
    """Return text as a code span of one line."""
    content = _unmarked(line(text, limit)) or " "
    marks = "`" * (_longest_run(content) + 1)
    padding = " " if content.startswith("`") or content.endswith("`") else ""
    return f"{marks}{padding}{content}{padding}{marks}"


def prose(text: str) -> str:
    """Return a sentence of ours that may hold foreign names: code spans and plain words stay, the rest becomes code."""
    written = ""
    for content, is_code in spans(line(text, MAX_PROSE)):
        piece = code(content) if is_code else _words(content, first=not written)
        # Two code spans that touch would be read as one with other ends.
        touching = written.endswith("`") and piece.startswith("`")
        written += f" {piece}" if touching else piece
    return written


def cell(markdown: str) -> str:
    """Return inline Markdown as the content of a table cell."""
    return markdown.replace("|", "\\|")


def fence(text: str, language: str = "") -> str:
    """Return text as a fenced block; `language` is never foreign."""
    body = _unmarked(visible(text.replace("\r\n", "\n"), keep="\n\t"))
    marks = "`" * max(3, _longest_run(body) + 1)
    return f"{marks}{language}\n{body.removesuffix(chr(10))}\n{marks}"


def _spelt(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _unmarked(text: str) -> str:
    # Comments of ours are found again by a marker in their raw text, which nothing foreign may hold.
    return text.replace("skillaudit:v1", "skillaudit:\u200bv1")


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)


def spans(text: str) -> list[tuple[str, bool]]:
    """Split at code spans as CommonMark finds them: a run of backticks up to the next run of the same length."""
    spans: list[tuple[str, bool]] = []
    runs = [(match.start(), match.end()) for match in _BACKTICKS.finditer(text)]
    position = index = 0
    # The next run of the same length, found once from the right, keeps this linear.
    closing: dict[int, int] = {}
    partner: list[int | None] = [None] * len(runs)
    for number in range(len(runs) - 1, -1, -1):
        length = runs[number][1] - runs[number][0]
        partner[number] = closing.get(length)
        closing[length] = number
    while index < len(runs):
        other = partner[index]
        if other is None:
            index += 1
            continue
        spans += [(text[position : runs[index][0]], False), (text[runs[index][1] : runs[other][0]].strip(), True)]
        position, index = runs[other][1], other + 1
    return [*spans, (text[position:], False)]


def _words(text: str, first: bool) -> str:
    words = text.split(" ")
    return " ".join(_word(word, first and not index) for index, word in enumerate(words))


def _word(word: str, first: bool) -> str:
    harmless = _compiled(_WORD).fullmatch(word) is not None and _compiled(_LINKED).search(word) is None
    if not word or (harmless and not (first and _compiled(_LIST_START).fullmatch(word))):
        return word
    core = word.rstrip(_CLOSING) or word
    closing = word[len(core) :]
    start = len(core) - len(core.lstrip(_OPENING))
    if start == len(core):
        return code(word)
    return f"{core[:start]}{code(core[start:])}{closing}"
