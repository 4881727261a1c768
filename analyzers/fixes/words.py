"""The words of a command line as a list of arguments, where no shell is needed to tell them apart."""

import string
from collections.abc import Collection

import libcst as cst

from analyzers.fixes.binding import pieces

PLAIN = frozenset(string.ascii_letters + string.digits + "_-./:,@%+=")
QUOTES = ("'", '"')
# What still means something, or may, within quotes.
SPECIAL = frozenset("\\$`!{}\n")
# What only a shell knows.
OF_SHELLS = frozenset(
    {
        *("cd", "export", "source", ".", "exec", "eval", "set", "unset", "alias", "ulimit", "umask", "trap", "wait"),
        *("command", "builtin", "read", "type", "exit", "if", "for", "while", "case", "until", "time", "function"),
    }
)


def listed(source: str, texts: Collection[str]) -> str | None:
    """Return a list of the words of a template, None where more than spaces and quotes is left to the shell.

    What fills a hole stays one word; `texts` are the names that are known to be strings.
    """
    try:
        whole = cst.parse_expression(f"({source})")
    except (cst.ParserSyntaxError, cst.CSTValidationError):
        return None
    line = _Line(texts)
    for piece in pieces(whole):
        if isinstance(piece, cst.SimpleString) and not piece.prefix:
            line.read(piece.raw_value)
        elif isinstance(piece, cst.FormattedString) and piece.prefix.lower() == "f":
            for part in piece.parts:
                line.take(part)
        else:
            return None
    return line.source()


class _Line:
    """A command line that is read from its start: its words so far, each the parts of one f-string."""

    def __init__(self, texts: Collection[str]) -> None:
        self._texts = texts
        self._words: list[list[str | cst.FormattedStringExpression]] = []
        self._is_open = False
        self._quote = ""
        self._is_plain = True

    def take(self, part: cst.BaseFormattedStringContent) -> None:
        """Read a part of an f-string."""
        if isinstance(part, cst.FormattedStringText):
            self.read(part.value)
        elif isinstance(part, cst.FormattedStringExpression):
            self._add(part)

    def read(self, text: str) -> None:
        """Read constant text, as a shell would."""
        for character in text:
            if character == self._quote:
                self._quote = ""
            elif not self._quote and character in QUOTES:
                self._quote = character
                self._add("")
            elif not self._quote and character == " ":
                self._is_open = False
            else:
                self._is_plain &= character in PLAIN if not self._quote else character not in SPECIAL
                self._add(character)

    def _add(self, part: str | cst.FormattedStringExpression) -> None:
        if not self._is_open:
            self._words.append([])
            self._is_open = True
        self._words[-1].append(part)

    def source(self) -> str | None:
        """Return the list, None where the line is more than a program of a known name and its arguments."""
        program = self._words[0] if self._words else []
        name = "".join(part for part in program if isinstance(part, str))
        is_known = all(isinstance(part, str) for part in program) and "=" not in name and name not in ("", *OF_SHELLS)
        written = [_written(word, self._texts) for word in self._words]
        if not is_known or not self._is_plain or self._quote or None in written:
            return None
        return f"[{', '.join(word for word in written if word is not None)}]"


def _written(word: list[str | cst.FormattedStringExpression], texts: Collection[str]) -> str | None:
    """Return the source of a word, None where it holds both kinds of quotes."""
    code = cst.Module(()).code_for_node
    holes = [part for part in word if not isinstance(part, str)]
    inner = "".join(part if isinstance(part, str) else code(part) for part in word)
    if len(holes) == 1 and inner == code(holes[0]) and _is_bare(holes[0]):
        value = code(holes[0].expression)
        return value if value in texts else f"str({value})"
    mark = next((mark for mark in reversed(QUOTES) if mark not in inner), None)
    return f"{'f' if holes else ''}{mark}{inner}{mark}" if mark is not None else None


def _is_bare(hole: cst.FormattedStringExpression) -> bool:
    return hole.conversion is None and hole.format_spec is None and hole.equal is None
