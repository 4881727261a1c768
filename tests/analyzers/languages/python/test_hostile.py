"""Input that no interpreter accepts, and input made to break a reader."""

import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers import syntax
from analyzers.languages.python import read
from analyzers.syntax import Defect

Walk = Callable[[object], Iterator[syntax.Node]]

N = 10_000
TOO_DEEP = {
    "list": "[" * N + "]" * N,
    "call": "f(" * N + ")" * N,
    "minus": "-" * N + "1",
    "not": "not " * N + "1",
    "sum": "1" + "+1" * N,
    "power": "1" + "**1" * N,
    "attribute": "a" + ".b" * N,
    "calls": "a" + "()" * N,
    "subscripts": "a" + "[0]" * N,
    "conditional": "1 if x else " * N + "1",
    "elif": "if x:\n  pass\n" + "elif x:\n  pass\n" * N,
    "lambda": "lambda: " * N + "1",
    "default": "lambda x=" * N + "1" + ": 1" * N,
    "await": "await " * N + "1",
    "dictionary": "{1:" * N + "1" + "}" * N,
    "subscript": "a[1," * N + "1" + "]" * N,
    "yield": "(yield " * N + ")" * N,
    "union": "x: list[int]" + " | list[int]" * N,
    "generic": "x: " + "list[" * N + "int" + "]" * N,
    "walrus": "(a:=" * N + "1" + ")" * N,
    "comprehension": "[x for x in " * N + "y" + "]" * N,
    "function": "".join(" " * depth + "def f():\n" for depth in range(250)) + " " * 250 + "pass",
    "class": "".join(" " * depth + "class A:\n" for depth in range(250)) + " " * 250 + "pass",
    "try": "".join(" " * n + "try:\n" + " " * n + " a\n" + " " * n + "finally:\n" for n in range(250))
    + " " * 250
    + "a",
    "f-string": "f'{" * 100 + "1" + "}'" * 100,
}


@pytest.mark.parametrize("code", TOO_DEEP.values(), ids=TOO_DEEP.keys())
def test_nesting_too_deep_is_a_defect_of_the_file(code: str) -> None:
    """The rest is unknown, and the process lives."""
    module = read(code.encode())

    assert [defect.reason.split(" than ")[0] for defect in module.defects] == ["nested deeper"]
    assert len(module.body) == 1


TOO_INDENTED = {
    "spaces": "".join(" " * depth + "if x:\n" for depth in range(600)) + " " * 600 + "y = f'{(a\n b",
    "continued": "".join(" \\\n" * depth + "if x:\n" for depth in range(600)) + " \\\n" * 600 + "y = f'{(a\n b",
    "wide": (" " * 70_000 + "if x:\n") * 600 + "y = f'{(a\n b",
}


@pytest.mark.parametrize("code", TOO_INDENTED.values(), ids=TOO_INDENTED.keys())
def test_indentation_that_would_overflow_the_scanner_is_never_parsed(code: str) -> None:
    """The grammar writes behind its buffer, which ends the process."""
    module = read(code.encode())

    assert [defect.reason for defect in module.defects] == ["indented deeper than 300 levels"]
    assert module.body == []


LONG_OR_BROKEN = {
    "parentheses": "(" * N + "1" + ")" * N,
    "and": "a" + " and a" * N,
    "and or": "a" + " and a or a" * N,
    "targets": "a=" * N + "1",
    "strings": '"a" ' * N,
    "compare": "a" + "<a" * N,
    "statements": "a;" * N,
    "decorators": "@a\n" * N + "def f(): pass",
    "dots": "from " + "." * N + " import a",
    "module": "import a" + ".b" * N,
    "pattern": "match x:\n case " + "[" * N + "]" * N + ": pass",
    "group": "match x:\n case " + "(" * N + "a" + ")" * N + ": pass",
    "alternatives": "match x:\n case 1" + "|1" * N + ": pass",
    "classes": "match x:\n case " + "A(" * N + ")" * N + ": pass",
    "specifiers": "f'{a" + ":{a" * N + "}" * N + "}'",
    "open": "(" * N,
    "close": ")" * N,
    "open calls": "f(" * N,
    "open strings": "f'{" * N,
    "open subscripts": "a[" * N,
    "quotes": '"' * N,
    "stars": "*" * N + "a",
    "types": "type X = " * N,
    "with": "with a:" * N,
    "if": "if x:\n" * N,
    "broken list": "[" * 149 + "x = 1" + "]" * 149,
    "broken sum": "x = " + "1+" * N + "= 3",
    "broken attributes": "a" + ".b" * N + ". =",
    "broken blocks": "".join(" " * depth + "if x[1,:\n" for depth in range(99)) + " " * 99 + "x",
    "broken functions": "".join(" " * depth + "def f(=):\n" for depth in range(99)) + " " * 99 + "[" * 99 + "=",
    "carriage returns": "\r" * N,
    "one flat error": "x" + "(" * 20 * N,
    "backslashes": "\\" * N,
    "escapes": "'" + "\\N{" * N + "'",
}


@pytest.mark.parametrize("code", LONG_OR_BROKEN.values(), ids=LONG_OR_BROKEN.keys())
def test_long_and_broken_input_is_read(code: str) -> None:
    """At most five defects of a kind are named."""
    module = read(code.encode())

    assert module.text
    assert len(module.defects) <= 10


def test_what_surrounds_a_syntax_error_is_read(nodes: Walk) -> None:
    """Each place is named once."""
    code = b"def a():\n    x = = f(1)\n\ndef b():\n    return g(2)\n\nclass C(:\n    def m(self): h()\n\nd()\n"
    module = read(code)
    called = {
        node.function.id
        for node in nodes(module.body)
        if isinstance(node, syntax.Call) and isinstance(node.function, syntax.Name)
    }
    named = {node.name for node in nodes(module.body) if isinstance(node, syntax.Function)}

    assert [module.lines.line(defect.start) for defect in module.defects] == [2, 7]
    assert {defect.reason for defect in module.defects} == {"syntax error"}
    assert called == {"f", "g", "h", "d"}
    assert named == {"a", "b", "m"}


def test_at_most_five_syntax_errors_are_named() -> None:
    """A file of another language has one on every line."""
    assert len(read(b"x = = 1\n\n" * 50).defects) == 5


OUTDATED = [
    ("print 'a', b", "Python 2 print statement"),
    ("exec 'a' in b", "Python 2 exec statement"),
    ("raise E, 'a'", "Python 2 raise statement"),
    ("a <> b", "Python 2 operator"),
    ("10L", "Python 2 number"),
    ("ur'a'", "Python 2 string"),
    ("`a`", "Python 2 string"),
    ("b`a`", "Python 2 string"),
    ("bu'a'", "syntax error: no such string prefix"),
    ("def f(a, (b, c)): pass", "Python 2 tuple parameter"),
]


@pytest.mark.parametrize(("code", "reason"), OUTDATED)
def test_python_2_is_a_defect(code: str, reason: str) -> None:
    """The grammar still knows it; the interpreter does not."""
    assert read(code.encode()).defects == [Defect(code.find("(b") if "(b" in code else 0, reason)]


INCOMPLETE = ["if a:\n\nb", "def f():", "class A:\n  # nothing\n", "match x:\n", "try:\n  a\nb", "while a:\nelse: b"]


@pytest.mark.parametrize("code", INCOMPLETE)
def test_a_missing_block_is_a_defect(code: str) -> None:
    """The grammar lets it pass."""
    reasons = [defect.reason for defect in read(code.encode()).defects]

    assert any(reason.startswith("syntax error") for reason in reasons)


@given(st.binary(max_size=300))
def test_any_bytes_are_read(data: bytes) -> None:
    """Nothing raises."""
    module = read(data)

    assert module.end == len(module.text)


FRAGMENTS = [
    "def ", "class ", "if ", "elif ", "else", ":", "\n", "    ", "\t", "(", ")", "[", "]", "{", "}", "f'", "'",
    '"""', "\\", "lambda ", "*", "**", "=", ":=", "==", "a", "b.c", "1", "match ", "case ", "_", "|", ",", "@",
    "import ", "from ", ".", "as ", "with ", "async ", "await ", "yield ", "try:", "except ", "finally:",
    "type ", "print ", "in ", "not ", "is ", "# c", "return ", "raise ", "del ", "global ", "é", "\r", "\x00",
    "->", "<>", "`", "...", ";", "and ", "for ",
]  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40))
def test_any_tokens_are_read(tokens: list[str]) -> None:
    """Nothing raises, and every node lies within the text."""
    module = read("".join(tokens).encode())

    assert all(defect.start <= len(module.text) for defect in module.defects)


REAL = [(Path(sysconfig.get_paths()["stdlib"]) / name).read_bytes() for name in ("csv.py", "contextlib.py", "queue.py")]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(REAL), st.data())
def test_a_mutated_file_is_read(data: bytes, draw: st.DataObject) -> None:
    """A slice is cut out and something else put in."""
    start = draw.draw(st.integers(0, len(data)))
    length = draw.draw(st.integers(0, 200))
    piece = draw.draw(st.one_of(st.binary(max_size=20), st.sampled_from(FRAGMENTS).map(str.encode)))
    module = read(data[:start] + piece + data[start + length :])

    assert module.body
