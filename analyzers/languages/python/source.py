"""Python source as the interpreter decodes it: coding cookies, byte order mark, line ends, characters that deceive."""

import encodings
import re
from encodings.aliases import aliases

import msgspec

from analyzers.lines import LineIndex
from analyzers.syntax import Defect

MAX_REPORTED = 5

_BOM = b"\xef\xbb\xbf"
# https://docs.python.org/3/reference/lexical_analysis.html#encoding-declarations
_COOKIE = re.compile(rb"[ \t\f]*#[^\n]{0,500}?coding[:=][ \t]*([-\w.]{1,40})")
_BLANK = re.compile(rb"[ \t\f]*(?:#|$)")
_LONE_RETURN = re.compile(rb"\r(?!\n)")
# U+202A to U+202E and U+2066 to U+2069
_BIDI = re.compile(rb"\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]")
_UTF8 = "utf_8"
_READ = {_UTF8, "ascii", "latin_1"}


class SourceText(msgspec.Struct, frozen=True):
    """UTF-8 text with every line end a line feed or CRLF, and its lines as GitHub counts them.

    `readable` is false if the encoding is none that is read; `text` is then a guess that is good for no program.
    """

    text: bytes
    lines: LineIndex
    readable: bool
    defects: list[Defect]
    warnings: list[Defect]


def decode(data: bytes) -> SourceText:
    """Decode a Python file as the interpreter does; what it would refuse is a defect of the result."""
    marked = data.startswith(_BOM)
    body = data[len(_BOM) :] if marked else data
    encoding = _declared(body)
    readable = encoding in _READ and not (marked and encoding != _UTF8)
    defects = [] if readable else [Defect(0, f"encoding {encoding} is not read")]
    text = _to_utf8(body, encoding if readable else _UTF8, defects)
    defects.extend(Defect(match.start(), "NUL byte") for match in _first(re.compile(b"\0"), text))
    warnings = [Defect(match.start(), "lone carriage return") for match in _first(_LONE_RETURN, text)]
    warnings.extend(Defect(match.start(), "bidirectional control character") for match in _first(_BIDI, text))
    lines = LineIndex.build(text)
    return SourceText(_LONE_RETURN.sub(b"\n", text), lines, readable, defects, warnings)


def _declared(body: bytes) -> str:
    head = re.split(rb"\r\n|\r|\n", body[:2000], maxsplit=2)[:2]
    for line in head:
        if found := _COOKIE.match(line):
            return _canonical(found[1].decode("ascii"))
        if not _BLANK.match(line):
            break
    return _UTF8


def _canonical(name: str) -> str:
    # As the tokenizer does, an ending such as "-unix" is allowed behind the two commonest names.
    plain = name.lower().replace("_", "-")
    if re.match(r"utf-8($|-)", plain):
        return _UTF8
    if re.match(r"(latin-1|iso-8859-1|iso-latin-1)($|-)", plain):
        return "latin_1"
    normal = encodings.normalize_encoding(plain)
    return aliases.get(normal, normal)


def _to_utf8(body: bytes, encoding: str, defects: list[Defect]) -> bytes:
    if encoding == "latin_1":
        return body.decode("latin-1").encode()
    codec = "ascii" if encoding == "ascii" else "utf-8"
    try:
        body.decode(codec)
    except UnicodeDecodeError as error:
        defects.append(Defect(error.start, f"not valid {codec.upper()}"))
        return body.decode(codec, "replace").encode()
    return body


def _first(pattern: re.Pattern[bytes], text: bytes) -> list[re.Match[bytes]]:
    return [match for match, _ in zip(pattern.finditer(text), range(MAX_REPORTED), strict=False)]
