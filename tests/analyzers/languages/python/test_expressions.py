"""Every expression of Python, lowered."""

from collections.abc import Callable

import pytest

EXPRESSIONS = [
    ("x", "x"),
    ("1_000 + 0xFF - 2.5j", "(Binary - (Binary + number:1_000 number:0xFF) number:2.5j)"),
    ("True, False, None, ...", "(Sequence tuple [bool:True bool:False none:None ellipsis:...])"),
    ("a.b.c", "(Attribute (Attribute a b) c)"),
    ("f(x, *a, k=1, **d)", "(Call f [(Argument - x) (Argument * a) (Argument k number:1) (Argument ** d)])"),
    ("f(x for x in y)", "(Call f [(Argument - (Comprehension generator - x [(Generator x y [])]))])"),
    ("f( # why\n  x, # because\n)", "(Call f [(Argument - x)])"),
    ("f(k # why\n = 1)", "(Call f [(Argument k number:1)])"),
    ("a.b(1)[2].c", "(Attribute (Subscript (Call (Attribute a b) [(Argument - number:1)]) number:2) c)"),
    (
        "a[1:2, ::3]",
        "(Subscript a (Sequence tuple [(Slice [number:1 number:2 -]) (Slice [- - number:3])]))",
    ),
    ("a[b]", "(Subscript a b)"),
    ("a[b,]", "(Subscript a (Sequence tuple [b]))"),
    ("a[:]", "(Subscript a (Slice [- - -]))"),
    ("a[*b]", "(Subscript a (Sequence tuple [(Spread b)]))"),
    ("a[*b.c, d]", "(Subscript a (Sequence tuple [(Spread (Attribute b c)) d]))"),
    ("[*a.b(c), *d + e]", "(Sequence list [(Spread (Call (Attribute a b) [(Argument - c)])) (Spread (Binary + d e))])"),
    ("f(*a.b())", "(Call f [(Argument * (Call (Attribute a b) []))])"),
    ("(a)", "a"),
    ("((a, b))", "(Sequence tuple [a b])"),
    ("()", "(Sequence tuple [])"),
    ("(a,)", "(Sequence tuple [a])"),
    ("[1, *a]", "(Sequence list [number:1 (Spread a)])"),
    ("[ # why\n 1, \\\n 2]", "(Sequence list [number:1 number:2])"),
    ("{1, 2}", "(Sequence set [number:1 number:2])"),
    ("{}", "(Mapping [])"),
    ("{'a': 1, **d}", "(Mapping ['a':number:1 -:d])"),
    ("a - b - c", "(Binary - (Binary - a b) c)"),
    ("2 ** 3 ** 4", "(Binary ** number:2 (Binary ** number:3 number:4))"),
    ("a @ b << c", "(Binary << (Binary @ a b) c)"),
    ("a and b and c", "(Boolean and [a b c])"),
    ("(a and b) and c", "(Boolean and [(Boolean and [a b]) c])"),
    ("a and b or c and not d", "(Boolean or [(Boolean and [a b]) (Boolean and [c (Unary not d)])])"),
    ("-x ** ~y", "(Unary - (Binary ** x (Unary ~ y)))"),
    ("a < b <= c", "(Compare a [< <=] [b c])"),
    ("a is not b not in c", "(Compare a [is-not not-in] [b c])"),
    ("a if b else c if d else e", "(Conditional b a (Conditional d c e))"),
    ("lambda: 0", "(Lambda [] number:0)"),
    (
        "lambda a, /, b=1, *c, d, e=2, **f: a",
        (
            "(Lambda [(Parameter a positional - -) (Parameter b - - number:1) (Parameter c * - -)"
            " (Parameter d keyword - -) (Parameter e keyword - number:2) (Parameter f ** - -)] a)"
        ),
    ),
    ("lambda *, a: a", "(Lambda [(Parameter a keyword - -)] a)"),
    ("lambda: (yield)", "(Lambda [] (Yield - False))"),
    ("a if b else lambda: c", "(Conditional b a (Lambda [] c))"),
    ("await f()", "(Await (Call f []))"),
    ("(yield)", "(Yield - False)"),
    ("(yield a, b)", "(Yield (Sequence tuple [a b]) False)"),
    ("(yield from a)", "(Yield a True)"),
    ("(n := 10)", "(NamedExpression n number:10)"),
    ("f(n := 10)", "(Call f [(Argument - (NamedExpression n number:10))])"),
    ("[x for x in y if a if b]", "(Comprehension list - x [(Generator x y [a b])])"),
    ("{x async for x in y for z in x}", "(Comprehension set - x [(Generator x y []) (Generator z x [])])"),
    ("{k: v for k, v in d}", "(Comprehension dict k v [(Generator (Sequence tuple [k v]) d [])])"),
    ("(x for x in a)", "(Comprehension generator - x [(Generator x a [])])"),
    ("print(a, file=b)", "(Call print [(Argument - a) (Argument file b)])"),
    ("print, exec", "(Sequence tuple [print exec])"),
    ("type(x)", "(Call type [(Argument - x)])"),
    ("match(x)", "(Call match [(Argument - x)])"),
    ("ﬁle.ª", "(Attribute file a)"),
]


@pytest.mark.parametrize(("code", "shown"), EXPRESSIONS)
def test_an_expression_is_lowered(lowered: Callable[[str], str], code: str, shown: str) -> None:
    """Compares the whole tree."""
    assert lowered(code) == shown


BITS = {
    "a ^ b & c": "(Binary ^ a (Binary & b c))",
    "a & b ^ c": "(Binary ^ (Binary & a b) c)",
    "a ^ b & c ^ d": "(Binary ^ (Binary ^ a (Binary & b c)) d)",
    "a & b ^ c & d": "(Binary ^ (Binary & a b) (Binary & c d))",
    "a ^ b & c & d": "(Binary ^ a (Binary & (Binary & b c) d))",
    "(a ^ b) & c": "(Binary & (Binary ^ a b) c)",
    "a & (b ^ c)": "(Binary & a (Binary ^ b c))",
    "a ^ (b ^ c) & d": "(Binary ^ a (Binary & (Binary ^ b c) d))",
    "a & (b ^ c) ^ d": "(Binary ^ (Binary & a (Binary ^ b c)) d)",
    "a | b ^ c & d": "(Binary | a (Binary ^ b (Binary & c d)))",
}


@pytest.mark.parametrize(("code", "shown"), BITS.items())
def test_and_binds_tighter_than_exclusive_or(lowered: Callable[[str], str], code: str, shown: str) -> None:
    """Whatever the grammar makes of it; parentheses bind tightest."""
    assert lowered(code) == shown


STRINGS = [
    ("'a' \"b\" '''c'''", "'abc'"),
    ("('a' # why\n 'b')", "'ab'"),
    ("''", "''"),
    ("''''''", "''"),
    ("''' ' '' '''", "\" ' '' \""),
    (r"'\x41\101\u00e9\U0001F600\N{BULLET}\a\'\q\\n'", repr("AAé😀•\a'\\q\\n")),
    ("'a\\\nb'", "'ab'"),
    ("'''a\r\nb'''", r"'a\nb'"),
    (r"r'\d' R'\''", repr("\\d\\'")),
    (r"u'\ud83d'", "'\ufffd'"),
    (r"'\U00110000\N{no such character}'", repr("\\U00110000\\N{no such character}")),
    (r"b'\xff\u1234' Rb'\x00'", "bytes:ÿ\\u1234\\x00"),
    ("'a' f'{b}' 'c'", "(Template ['a' b 'c'])"),
    ("f'{x!r:>{w}.{p}} {{}} {y=}'", "(Template [x w p ' {} ' 'y=' y])"),
    ("f'{x:{a:{b}}}{c}'", "(Template [x a b c])"),
    ("f'{f\"{x}\"}'", "(Template [(Template [x])])"),
    ("f'{'a'['b']}'", "(Template [(Subscript 'a' 'b')])"),
    ("f'{x:%Y-%m-%d}'", "(Template [x])"),
    ("f'{ # why\n x}'", "(Template [x])"),
    (r"rf'\d{x}' f'\x41{y}'", r"(Template ['\\d' x 'A' y])"),
    ("f'{*a, b}'", "(Template [(Sequence tuple [(Spread a) b])])"),
    ("f'{{plain}}' 'too'", "(Template ['{plain}' 'too'])"),
    ("f'{\"\"}'", "(Template [''])"),
    ("t'{x}'", "(Template [x])"),
]


@pytest.mark.parametrize(("code", "shown"), STRINGS)
def test_a_string_has_the_value_it_has_when_run(lowered: Callable[[str], str], code: str, shown: str) -> None:
    """Prefixes, escapes, f-strings, neighbours."""
    assert lowered(code) == shown
