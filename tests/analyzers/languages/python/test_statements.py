"""Every statement of Python, lowered."""

from collections.abc import Callable

import pytest

SIMPLE = [
    ("import a.b as c, d.e", "(Import a.b - c) (Import d.e - -)"),
    ("from ..a.b import c as d, e", "(Import ..a.b c d) (Import ..a.b e -)"),
    ("from . . a . b import c", "(Import ..a.b c -)"),
    ("from . import (a, # why\n b as c,)", "(Import . a -) (Import . b c)"),
    ("from .. import *", "(Import .. * -)"),
    ("from __future__ import annotations", "(Import __future__ annotations -)"),
    ("a = b = c", "(Assign [a b] - c -)"),
    ("a, *b = c", "(Assign [(Sequence tuple [a (Spread b)])] - c -)"),
    (
        "[a, (b.c, d[0])] = e",
        "(Assign [(Sequence list [a (Sequence tuple [(Attribute b c) (Subscript d number:0)])])] - e -)",
    ),
    (
        "match, type, case = 1, 2, 3",
        "(Assign [(Sequence tuple [match type case])] - (Sequence tuple [number:1 number:2 number:3]) -)",
    ),
    ("x = yield", "(Assign [x] - (Yield - False) -)"),
    ("x: int = 1", "(Assign [x] - number:1 int)"),
    ("x: list[str] | None", "(Assign [x] - - (Binary | (Subscript list str) none:None))"),
    ("x: tuple[int, ...]", "(Assign [x] - - (Subscript tuple (Sequence tuple [int ellipsis:...])))"),
    ("x: a.b[c].d", "(Assign [x] - - (Attribute (Subscript (Attribute a b) c) d))"),
    ("x: int | str | None", "(Assign [x] - - (Binary | (Binary | int str) none:None))"),
    ("x: list[a] | b | c", "(Assign [x] - - (Binary | (Binary | (Subscript list a) b) c))"),
    ("type X = int", "(Assign [X] - int -)"),
    ("type X[T: int, *Ts, **P] = list[T]", "(Assign [X] - (Subscript list T) -)"),
    ("type(a).b = c", "(Assign [(Attribute (Call type [(Argument - a)]) b)] - c -)"),
    (
        "type(a, b)[0].c: d = e",
        "(Assign [(Attribute (Subscript (Call type [(Argument - a) (Argument - b)]) number:0) c)] - e d)",
    ),
    ("type[a] = b", "(Assign [(Subscript type a)] - b -)"),
    ("type = a", "(Assign [type] - a -)"),
    ("x += 1", "(Assign [x] + number:1 -)"),
    ("x //= y", "(Assign [x] // y -)"),
    ("return", "(Return -)"),
    ("return a, b", "(Return (Sequence tuple [a b]))"),
    ("return *a, b", "(Return (Sequence tuple [(Spread a) b]))"),
    ("raise", "(Raise - -)"),
    ("raise A(b) from c", "(Raise (Call A [(Argument - b)]) c)"),
    ("assert a, b", "(Assert a b)"),
    ("assert (a, b)", "(Assert (Sequence tuple [a b]) -)"),
    ("del a, b[c]", "(Delete [a (Subscript b c)])"),
    ("del (a, b)", "(Delete [(Sequence tuple [a b])])"),
    ("global a, b", "(Scope global [a b])"),
    ("nonlocal a", "(Scope nonlocal [a])"),
    ("break", "(Jump break)"),
    ("x; y", "x y"),
    ("print", "print"),
    ("print >> f, 'a'", "(UnknownStatement [f 'a'] [])"),
    ("exec = 1", "(Assign [exec] - number:1 -)"),
]


@pytest.mark.parametrize(("code", "shown"), SIMPLE)
def test_a_simple_statement_is_lowered(lowered: Callable[[str], str], code: str, shown: str) -> None:
    """Compares the whole tree."""
    assert lowered(code) == shown


COMPOUND = [
    ("if a: b", "(If a [b] [])"),
    ("if a:\n  b\nelif c:\n  d\nelse:\n  e", "(If a [b] [(If c [d] [e])])"),
    ("if a:\n  b\n# why\nelif c: # why\n  # why\n  d\n# why\nelse: # why\n  e", "(If a [b] [(If c [d] [e])])"),
    (
        "for a, b in c, d:\n  continue\nelse:\n  pass",
        "(For (Sequence tuple [a b]) (Sequence tuple [c d]) [(Jump continue)] [(Jump pass)] False)",
    ),
    ("async for a in b: pass", "(For a b [(Jump pass)] [] True)"),
    ("for a in *b, c: d", "(For a (Sequence tuple [(Spread b) c]) [d] [] False)"),
    ("while a: b", "(While a [b] [])"),
    ("while a:\n  b\nelse:\n  c", "(While a [b] [c])"),
    ("with a as b, c: d", "(With [(WithItem a b) (WithItem c -)] [d] False)"),
    ("with (a as b, c as d[0],): e", "(With [(WithItem a b) (WithItem c (Subscript d number:0))] [e] False)"),
    ("with (a): b", "(With [(WithItem a -)] [b] False)"),
    ("with (a as b): c", "(With [(WithItem a b)] [c] False)"),
    ("with (a, b) as c: d", "(With [(WithItem (Sequence tuple [a b]) c)] [d] False)"),
    ("async with a as (b, c): d", "(With [(WithItem a (Sequence tuple [b c]))] [d] True)"),
    (
        "try:\n  a\nexcept A as e:\n  b\nexcept (B, C):\n  c\nexcept:\n  d\nelse:\n  e\nfinally:\n  f",
        "(Try [a] [(Handler A e [b]) (Handler (Sequence tuple [B C]) - [c]) (Handler - - [d])] [e] [f])",
    ),
    ("try:\n  a\nexcept* A as e:\n  b", "(Try [a] [(Handler A e [b])] [] [])"),
    ("try:\n  a\nexcept A, B:\n  b", "(Try [a] [(Handler (Sequence tuple [A B]) - [b])] [] [])"),
    ("try:\n  a\nfinally:\n  b", "(Try [a] [] [] [b])"),
]


@pytest.mark.parametrize(("code", "shown"), COMPOUND)
def test_a_compound_statement_is_lowered(lowered: Callable[[str], str], code: str, shown: str) -> None:
    """Compares the whole tree."""
    assert lowered(code) == shown


DEFINITIONS = [
    ("def f(): pass", "(Function f [] [] - [(Jump pass)] False -)"),
    (
        "def f(a, /, b: int, *c: str, d=1, e: int = 2, **g: x) -> y: pass",
        (
            "(Function f [(Parameter a positional - -) (Parameter b - int -) (Parameter c * str -)"
            " (Parameter d keyword - number:1) (Parameter e keyword int number:2) (Parameter g ** x -)]"
            " [] y [(Jump pass)] False -)"
        ),
    ),
    (
        "def f(\n  a, # why\n  b,\n): pass",
        "(Function f [(Parameter a - - -) (Parameter b - - -)] [] - [(Jump pass)] False -)",
    ),
    ("def f(*, a): pass", "(Function f [(Parameter a keyword - -)] [] - [(Jump pass)] False -)"),
    ("def f(*a: *Ts): pass", "(Function f [(Parameter a * (Spread Ts) -)] [] - [(Jump pass)] False -)"),
    ("def f[T: int](x: T) -> T: pass", "(Function f [(Parameter x - T -)] [] T [(Jump pass)] False -)"),
    ("def f[T = int](x: T): pass", "(Function f [(Parameter x - T -)] [] - [(Jump pass)] False -)"),
    ("async def f():\n  'doc'\n  return 1", "(Function f [] [] - ['doc' (Return number:1)] True doc)"),
    ("def f():\n  f'no doc'", "(Function f [] [] - [(Template ['no doc'])] False -)"),
    ("def f():\n  b'no doc'", "(Function f [] [] - [bytes:no doc] False -)"),
    ("def f():\n  # why\n  'do' 'c'", "(Function f [] [] - ['doc'] False doc)"),
    (
        "@a\n@b.c(d)[e]\n@(lambda f: f)\ndef f(): pass",
        (
            "(Function f [] [(Decorator a) (Decorator (Subscript (Call (Attribute b c) [(Argument - d)]) e))"
            " (Decorator (Lambda [(Parameter f - - -)] f))] - [(Jump pass)] False -)"
        ),
    ),
    ("class A: pass", "(Class A [] [] [(Jump pass)] -)"),
    (
        "class A[T](B, *C, metaclass=M, **k):\n  'doc'\n  x = 1",
        (
            "(Class A [(Argument - B) (Argument * C) (Argument metaclass M) (Argument ** k)]"
            " [] ['doc' (Assign [x] - number:1 -)] doc)"
        ),
    ),
    ("@a # why\n# why\nclass B: pass", "(Class B [] [(Decorator a)] [(Jump pass)] -)"),
]


@pytest.mark.parametrize(("code", "shown"), DEFINITIONS)
def test_a_definition_is_lowered(lowered: Callable[[str], str], code: str, shown: str) -> None:
    """Compares the whole tree."""
    assert lowered(code) == shown


CASES = [
    ("1: a\n  case _: b", "(Case [number:1] [] False - [a]) (Case [] [] True - [b])"),
    ("(1, z): a", "(Case [] [z] False - [a])"),
    ("'a' | \"b\" 'c' | None: d", "(Case ['a' 'bc' none:None] [] False - [d])"),
    ("-1 | 1 + 2j | A.B.c: d", "(Case [number:-1 number:1+2j (Attribute (Attribute A B) c)] [] False - [d])"),
    ("(1 | 2) as y if z: a", "(Case [number:1 number:2] [y] False z [a])"),
    ("y: a", "(Case [] [y] True - [a])"),
    ("y if z: a", "(Case [] [y] False z [a])"),
    ("A(b, c=d): e", "(Case [] [b d] False - [e])"),
    ("{'a': b, **c}: d", "(Case [] [b c] False - [d])"),
    ("[a, *b, _]: c", "(Case [] [a b] False - [c])"),
    ("1 | y: a", "(Case [] [y] True - [a])"),
    ("1 | [2]: a", "(Case [] [] False - [a])"),
    ("(y): a", "(Case [] [y] True - [a])"),
    ("(1,): a", "(Case [] [] False - [a])"),
    ("1, *_: a", "(Case [] [] False - [a])"),
]


@pytest.mark.parametrize(("code", "shown"), CASES)
def test_a_case_tells_what_it_compares_with_and_binds(lowered: Callable[[str], str], code: str, shown: str) -> None:
    """Shows the cases of one match on `x`."""
    assert lowered(f"match x:\n  case {code}") == f"(Match x [{shown}])"


def test_a_match_on_several_subjects_is_one_on_their_tuple(lowered: Callable[[str], str]) -> None:
    """The grammar lists the subjects one by one."""
    assert lowered("match x, y:\n  case _: a") == "(Match (Sequence tuple [x y]) [(Case [] [] True - [a])])"
