"""Source code as HTML rows with a few colours, and with the lines marked that a rule reports."""

from collections.abc import Collection, Iterator
from typing import Final

from markupsafe import Markup, escape
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.lexers.special import TextLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType
from pygments.util import ClassNotFound

_CLASSES: Final = (
    (Comment, "c"),
    (String, "s"),
    (Number, "m"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (Name.Decorator, "f"),
    (Name.Function, "f"),
    (Name.Class, "f"),
)


def highlight(code: str, language: str = "", marked: Collection[int] = (), mark: str = "marked") -> Markup:
    """Return the code as one `span` a line; `marked` holds 1-based lines. An unknown language has no colours."""
    rows = [
        Markup('<span class="row{}">{}\n</span>').format(f" {mark}" if line in marked else "", row)
        for line, row in enumerate(_rows(code, language), start=1)
    ]
    return Markup("").join(rows)


def _rows(code: str, language: str) -> Iterator[Markup]:
    row = Markup("")
    for kind, text in _lexer(language).get_tokens(code):
        first, *others = text.split("\n")
        row += _colour(kind, first)
        for other in others:
            yield row
            row = _colour(kind, other)
    if row:
        yield row


def _lexer(language: str) -> Lexer:
    try:
        return get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return TextLexer(stripnl=False)


def _colour(kind: _TokenType, text: str) -> Markup:
    name = next((name for parent, name in _CLASSES if parent in kind.split()), "")
    return Markup('<span class="{}">{}</span>').format(name, text) if name and text else escape(text)
