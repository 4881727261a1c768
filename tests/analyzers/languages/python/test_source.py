"""What the interpreter sees of a file: encodings, line ends, characters that deceive."""

import pytest

from analyzers.finding import Position
from analyzers.languages.python import read
from analyzers.syntax import Defect


@pytest.mark.parametrize(
    "cookie",
    ["utf-8", "UTF8", "utf_8", "utf-8-unix", "ascii", "us-ascii"],
)
def test_an_encoding_that_is_utf8_is_read_as_it_is(cookie: str) -> None:
    """With all the names that Python knows it by."""
    data = f"# coding: {cookie}\nx".encode()
    module = read(data)

    assert (module.text, module.defects) == (data, [])


@pytest.mark.parametrize("cookie", ["latin-1", "iso-8859-1", "ISO-8859-1-unix", "l1", "iso8859_1", "cp819"])
def test_latin_1_is_converted(cookie: str) -> None:
    """Offsets point into the UTF-8 text, columns count characters."""
    module = read(f"#!/bin/x\n# -*- coding: {cookie} -*-\nx = 'é', y".encode("latin-1"))
    body = module.text.index(b", y") + 2

    assert module.defects == []
    assert module.text.endswith("x = 'é', y".encode())
    assert module.lines.position(body) == Position(3, 10)


@pytest.mark.parametrize(
    ("cookie", "named"), [("utf-7", "utf_7"), ("cp1252", "cp1252"), ("rot13", "rot_13"), ("no-such", "no_such")]
)
def test_any_other_encoding_is_not_read(cookie: str, named: str) -> None:
    """Some of them can hide code from every other reader."""
    module = read(f"# vim: fileencoding={cookie}\nx".encode())

    assert module.body == []
    assert module.defects == [Defect(0, f"encoding {named} is not read")]


def test_a_cookie_counts_on_the_first_two_lines_only() -> None:
    """On the second only below a comment or nothing."""
    assert read(b"\n# coding: utf-7\n").defects == [Defect(0, "encoding utf_7 is not read")]
    assert read(b"#\r# coding: utf-7\n").defects == [Defect(0, "encoding utf_7 is not read")]
    assert read(b"x\n# coding: utf-7\n").defects == []
    assert read(b"\n\n# coding: utf-7\n").defects == []
    assert read(b"x # coding: utf-7\n").defects == []


def test_a_byte_order_mark_is_no_text() -> None:
    """It means UTF-8, and contradicts any other cookie."""
    module = read(b"\xef\xbb\xbfx = 1")

    assert (module.text, module.defects) == (b"x = 1", [])
    assert read(b"\xef\xbb\xbf# coding: latin-1").defects == [Defect(0, "encoding latin_1 is not read")]


def test_bytes_that_are_no_text_are_a_defect() -> None:
    """The rest is read."""
    assert read(b"a = '\xff'\nb()").defects == [Defect(5, "not valid UTF-8")]
    assert read(b"# coding: ascii\n'\xc3\xa9'").defects == [Defect(17, "not valid ASCII")]
    assert Defect(5, "NUL byte") in read(b"a = '\0'").defects
    assert len(read(b"a = '\xff'\nb()").body) == 2


def test_a_lone_carriage_return_ends_a_line_for_the_interpreter_only() -> None:
    """What hides behind a comment is code; GitHub counts one line."""
    module = read(b"# harmless\rimport os\nx = 1\r\ny")
    imported, _, last = module.body

    assert module.warnings == [Defect(10, "lone carriage return")]
    assert module.text == b"# harmless\nimport os\nx = 1\r\ny"
    assert module.lines.position(imported.start) == Position(1, 19)
    assert module.lines.position(last.start) == Position(3, 1)


def test_bidirectional_controls_are_warned_of() -> None:
    """At most five of them."""
    module = read("x = '\u202e' # \u2066\n".encode())

    assert module.warnings == [
        Defect(5, "bidirectional control character"),
        Defect(12, "bidirectional control character"),
    ]
    assert len(read("\u2069".encode() * 9).warnings) == 5
    assert module.defects == []


def test_an_empty_file_is_a_module() -> None:
    """Nor do comments alone make a statement."""
    assert read(b"").body == []
    assert read(b"# nothing\n").body == []


def test_the_docstring_of_a_module_is_its_first_statement() -> None:
    """Comments may stand above."""
    assert read(b"#!/bin/x\n'''what\r\nfor'''\nx").docstring == "what\nfor"
    assert read(b"x\n'''no'''").docstring == ""
