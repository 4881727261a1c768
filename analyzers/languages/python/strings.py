"""Lowers string literals: prefixes, escapes, f-strings and strings that stand side by side."""

import re
import unicodedata

from analyzers.languages.python.grammar import kinds
from analyzers.languages.python.reading import ExpressionHandler, Reading, TreeNode, parts
from analyzers.syntax import Expression, Literal, Template, Unknown

CONTENT = kinds("string_content")
INTERPOLATION = kinds("interpolation", "format_expression")
SPECIFIER = kinds("format_specifier")
ASIDE = kinds("{", "}", "=", "type_conversion", "comment", "line_continuation")
EQUALS = kinds("=")
PREFIXES = {"r", "u", "b", "f", "t", "br", "rb", "fr", "rf", "tr", "rt"}

# One f-string within another takes as many frames of the interpreter as three other expressions.
TEMPLATE_DEPTH = 2

_SIMPLE: dict[str, str] = dict(zip("\n\\'\"abfnrtv", ["", *"\\'\"\a\b\f\n\r\t\v"], strict=True))
_BYTE_ESCAPE = re.compile(r"\\(?:([\n\\'\"abfnrtv])|([0-7]{1,3})|x([0-9a-fA-F]{2}))")
_ESCAPE = re.compile(_BYTE_ESCAPE.pattern[:-1] + r"|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|N\{([^{}]{1,200})\})")


def string(reading: Reading, node: TreeNode) -> Expression:
    """Lower one string literal; the value of a bytes literal holds one character per byte."""
    start, end = node.byte_range
    raw = reading.chars[start:end]
    prefix = _prefix(reading, node, raw)
    if "f" in prefix or "t" in prefix:
        return _template(reading, node, prefix)
    if reading.damaged and not _is_closed(node):
        return Unknown(start, end, [])
    width = 3 if len(raw) >= len(prefix) + 6 and raw[len(prefix)] * 3 == raw[len(prefix) : len(prefix) + 3] else 1
    kind = "bytes" if "b" in prefix else "str"
    return Literal(start, end, kind, _value(raw[len(prefix) + width : -width], prefix))


def _is_closed(node: TreeNode) -> bool:
    # Behind an error the grammar may take a string to end where another begins.
    first, last = node.children[0], node.children[-1]
    return last.end_byte - last.start_byte in (1, 3) and first.end_byte <= last.start_byte


def concatenated(reading: Reading, node: TreeNode) -> Expression:
    """Lower strings side by side to one literal, or one template if one of them is."""
    pieces = [reading.expression(child) for child in parts(node)]
    literals = [piece for piece in pieces if isinstance(piece, Literal)]
    if len(literals) == len(pieces):
        return Literal(*node.byte_range, literals[0].kind, "".join(literal.value for literal in literals))
    joined: list[Expression] = []
    for piece in pieces:
        if isinstance(piece, Template):
            joined.extend(piece.parts)
        else:
            joined.append(piece)
    return Template(*node.byte_range, joined)


def _prefix(reading: Reading, node: TreeNode, raw: str) -> str:
    if raw[0] in "'\"":
        return ""
    prefix = raw[: next(place for place, character in enumerate(raw) if character in "'\"`")].lower()
    if raw[-1] == "`" or prefix == "ur":
        reading.defect(node, "Python 2 string")
    elif prefix not in PREFIXES:
        reading.defect(node, "syntax error: no such string prefix")
    return prefix


def _value(body: str, prefix: str) -> str:
    if not body.isascii():
        body = body.encode("latin-1").decode()
    if "\r" in body:
        body = body.replace("\r\n", "\n")
    if "\\" not in body or "r" in prefix:
        return body
    return (_BYTE_ESCAPE if "b" in prefix else _ESCAPE).sub(_unescape, body)


def _unescape(match: re.Match[str]) -> str:
    kind = match.lastindex or 1
    written: str = match[0]
    text: str = match[kind]
    if kind == 1:
        return _SIMPLE[text]
    if kind == 6:
        return _named(text) or written
    code = int(text, 8 if kind == 2 else 16)
    if code > 0x10FFFF:
        return written
    # A lone surrogate can be written in no encoding, so it would break whoever stores or prints the value.
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)


def _named(name: str) -> str:
    try:
        return unicodedata.lookup(name)
    except KeyError:
        return ""


def _template(reading: Reading, node: TreeNode, prefix: str) -> Template:
    pieces: list[Expression] = []
    reading.depth += TEMPLATE_DEPTH
    for child in node.children:
        kind = child.kind_id
        if kind in CONTENT:
            start, end = child.byte_range
            text = reading.chars[start:end].replace("{{", "{").replace("}}", "}")
            pieces.append(Literal(start, end, "str", _value(text, prefix)))
        elif kind in INTERPOLATION:
            _interpolate(reading, child, pieces)
    reading.depth -= TEMPLATE_DEPTH
    return Template(*node.byte_range, pieces)


def _interpolate(reading: Reading, node: TreeNode, pieces: list[Expression]) -> None:
    waiting = [node]
    while waiting:
        field = waiting.pop()
        if field.kind_id in INTERPOLATION:
            waiting.extend(child for child in field.children if child.kind_id in SPECIFIER)
            _field(reading, field, pieces)
        else:
            waiting.extend(child for child in reversed(field.children) if child.kind_id in INTERPOLATION)


def _field(reading: Reading, node: TreeNode, pieces: list[Expression]) -> None:
    children = parts(node)
    if any(child.kind_id in EQUALS for child in children):
        start, end = node.start_byte + 1, next(child for child in children if child.kind_id in EQUALS).end_byte
        pieces.append(Literal(start, end, "str", reading.slice(start, end)))
    pieces.extend(reading.expression(child) for child in children if child.kind_id not in ASIDE | SPECIFIER)


HANDLERS: dict[str, ExpressionHandler] = {"string": string, "concatenated_string": concatenated}
