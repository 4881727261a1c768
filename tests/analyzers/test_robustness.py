"""Whatever becomes of a program, no rule raises, and neither the order of files nor a second run changes a report."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers import Report, analyze
from analyzers.rules import RULES
from tests.analyzers.programs import tree_of

PROGRAMS = [
    dict(example.files)
    for rule in RULES
    for example in rule.examples
    if all(path.endswith(".py") for path in example.files)
]
# What stands where an expression stood: forms that rules may not expect there.
ODD = (
    *("None", "...", "()", "{**a}", "[*a]", "lambda: x", "lambda *a, **k: a", "(yield)", "x if y else z", "not x"),
    *("f'{x!r:>{y}}'", "a[b:c, ...]", "super().__init__", "(x := y)", "a < b < c", "x.y.z()()", "-x ** -y", "b''"),
    *("[a for a in b if c]", "{a: b for a, b in c}", "mcp", "self", "print", "__name__", "x @ y", "a and b or c"),
)
STATEMENTS = (
    *("pass", "return", "raise", "del x", "global mcp", "nonlocal x", "break", "continue", "import *", "x: int"),
    *("try: pass\nexcept* E: pass", "with a as (b, c): pass", "match x:\n case {'a': 1, **r}: pass", "type X = int"),
    *("class A(B, metaclass=C): pass", "async def f(): yield", "@a.b(c)\ndef g(): ...", "for x, *y in z: break"),
)


class Piece:
    """A statement or an expression of a program, as a byte range."""

    def __init__(self, start: int, end: int, is_statement: bool) -> None:
        self.start, self.end, self.is_statement = start, end, is_statement


def pieces(text: bytes) -> list[Piece]:
    """Return the statements and expressions of a text, none where it does not parse."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return []
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return list(_pieces(tree, starts))


def _pieces(tree: ast.AST, starts: list[int]) -> Iterator[Piece]:
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.expr) and node.end_lineno is not None and node.end_col_offset is not None:
            start = starts[node.lineno - 1] + node.col_offset
            yield Piece(start, starts[node.end_lineno - 1] + node.end_col_offset, isinstance(node, ast.stmt))


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, str]:
    """Draw a program with some of its statements and expressions exchanged."""
    files = dict(draw(st.sampled_from(PROGRAMS)))
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(sorted(files)))
        text = files[path].encode()
        found = pieces(text)
        if not found:
            break
        piece = draw(st.sampled_from(found))
        other = draw(st.sampled_from([item for item in found if item.is_statement == piece.is_statement]))
        old = text[piece.start : piece.end].decode()
        new = draw(
            st.sampled_from(
                [
                    text[other.start : other.end].decode(),
                    draw(st.sampled_from(STATEMENTS if piece.is_statement else ODD)),
                    f"{old}\n{old}" if piece.is_statement else f"(await {old})",
                    old[: len(old) // 2],
                ]
            )
        )
        files[path] = (text[: piece.start] + new.encode() + text[piece.end :]).decode()
    return files


def report_on(files: dict[str, str]) -> Report:
    """Analyse files in the order in which they are given."""
    return analyze(tree_of(files))


@settings(max_examples=80, deadline=None)
@given(mutated())
def test_a_changed_program_is_judged_without_failures_and_in_any_order(files: dict[str, str]) -> None:
    report = report_on(files)

    assert report.failures == ()
    assert report_on(dict(reversed(files.items()))) == report


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_programs_side_by_side_are_judged_alike_in_any_order(data: st.DataObject) -> None:
    programs = data.draw(st.lists(st.sampled_from(PROGRAMS), min_size=2, max_size=4))
    files = {f"p{number}/{path}": text for number, program in enumerate(programs) for path, text in program.items()}
    shuffled = data.draw(st.permutations(list(files.items())))

    assert report_on(dict(shuffled)) == report_on(files)


REPORTS = """
import msgspec
from analyzers import analyze
from tests.analyzers.programs import tree_of
from tests.analyzers.test_robustness import PROGRAMS

for files in PROGRAMS:
    print(msgspec.json.encode(analyze(tree_of(files))).decode())
"""


def test_reports_do_not_depend_on_the_order_of_hashes() -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", REPORTS],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        for seed in ("1", "2")
    ]
    one, other = (process.communicate()[0].splitlines() for process in processes)

    assert len(one) == len(PROGRAMS)
    assert one == other


PIPED = """
import subprocess
from fastmcp import FastMCP

mcp = FastMCP("shop")

@mcp.tool
def run(name: str) -> str:
    child = subprocess.Popen(["bash"], stdin=subprocess.PIPE)
    pipe = child.stdin

    def feed() -> None:
        pipe.write(name)

    feed()
    return ""

mcp.run(transport="http")
"""


def test_a_pipe_that_a_function_around_holds_is_written_to() -> None:
    report = analyze(tree_of({"server.py": PIPED}))

    assert not report.failures
    assert "unauthenticated-network-server" in {finding.rule for finding in report.findings}
