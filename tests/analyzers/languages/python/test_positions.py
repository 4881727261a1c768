"""Where nodes lie in the text."""

import ast
import sysconfig
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analyzers import syntax
from analyzers.languages.python import read

Walk = Callable[[object], Iterator[syntax.Node]]

LIBRARY = Path(sysconfig.get_paths()["stdlib"])
FILES = [
    "argparse.py",
    "ast.py",
    "asyncio/tasks.py",
    "base64.py",
    "collections/__init__.py",
    "concurrent/futures/process.py",
    "configparser.py",
    "contextlib.py",
    "csv.py",
    "dataclasses.py",
    "email/message.py",
    "enum.py",
    "functools.py",
    "http/client.py",
    "inspect.py",
    "json/decoder.py",
    "logging/config.py",
    "os.py",
    "pathlib.py",
    "pickle.py",
    "re/_parser.py",
    "socket.py",
    "ssl.py",
    "statistics.py",
    "subprocess.py",
    "test/test_coroutines.py",
    "test/test_fstring.py",
    "test/test_generators.py",
    "test/test_patma.py",
    "test/test_unpack_ex.py",
    "tkinter/__init__.py",
    "typing.py",
    "uuid.py",
]

PEERS: dict[type[ast.AST], type[syntax.Node]] = {
    ast.Attribute: syntax.Attribute,
    ast.Await: syntax.Await,
    ast.BinOp: syntax.Binary,
    ast.BoolOp: syntax.Boolean,
    ast.Call: syntax.Call,
    ast.Compare: syntax.Compare,
    ast.Dict: syntax.Mapping,
    ast.IfExp: syntax.Conditional,
    ast.Lambda: syntax.Lambda,
    ast.List: syntax.Sequence,
    ast.Name: syntax.Name,
    ast.NamedExpr: syntax.NamedExpression,
    ast.Subscript: syntax.Subscript,
    ast.UnaryOp: syntax.Unary,
    ast.Yield: syntax.Yield,
    ast.YieldFrom: syntax.Yield,
    ast.Assert: syntax.Assert,
    ast.Assign: syntax.Assign,
    ast.AnnAssign: syntax.Assign,
    ast.AugAssign: syntax.Assign,
    ast.Raise: syntax.Raise,
    ast.Return: syntax.Return,
}
# The positions that CPython 3.11 gives within f-strings are wrong, and patterns are no expressions of ours.
PASSED_OVER = (ast.JoinedStr, ast.pattern)


def of_cpython(tree: ast.AST, starts: list[int]) -> Iterator[tuple[str, int, int]]:
    """Yield kind, start and end of the nodes that CPython's parser finds."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, PASSED_OVER):
            continue
        waiting.extend(ast.iter_child_nodes(node))
        peer = PEERS.get(type(node))
        if peer is not None and isinstance(node, (ast.expr, ast.stmt)):
            start = starts[node.lineno - 1] + node.col_offset
            yield peer.__name__, start, starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)


def of_reader(module: syntax.Module, nodes: Walk) -> Iterator[tuple[str, int, int]]:
    """Yield kind, start and end of the same nodes of a module."""
    passed_over = {
        id(inner)
        for node in nodes(module.body)
        for outer in ([node] if isinstance(node, syntax.Template) else case_heads(node))
        for inner in nodes(outer)
    }
    for node in nodes(module.body):
        if type(node) not in PEERS.values() or id(node) in passed_over:
            continue
        if not isinstance(node, syntax.Sequence) or node.kind == "list":
            yield type(node).__name__, node.start, node.end


def case_heads(node: syntax.Node) -> list[object]:
    """Return what a case compares with and binds."""
    return [node.literals, node.bindings] if isinstance(node, syntax.Case) else []


@pytest.mark.parametrize("file", FILES)
def test_expressions_lie_where_the_interpreter_has_them(file: str, nodes: Walk) -> None:
    """Compares kinds and spans with CPython's own parser."""
    data = (LIBRARY / file).read_bytes()
    module = read(data)
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    expected = Counter(of_cpython(ast.parse(data), starts))
    found = Counter(of_reader(module, nodes))

    assert module.defects == []
    assert found - expected == Counter()
    assert expected - found == Counter()


@pytest.mark.parametrize("file", FILES)
def test_definitions_and_imports_are_those_the_interpreter_has(file: str, nodes: Walk) -> None:
    """Compares names, lines, parameters, docstrings and imported names."""
    data = (LIBRARY / file).read_bytes()
    module = read(data)
    expected: list[object] = []
    for node in ast.walk(ast.parse(data)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            arguments = node.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
            parameters = sorted(argument.arg for argument in every if argument)
            expected.append((node.name, node.lineno, parameters, ast.get_docstring(node, clean=False) or ""))
        elif isinstance(node, ast.ClassDef):
            expected.append((node.name, node.lineno, ast.get_docstring(node, clean=False) or ""))
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            origin = "." * node.level + (node.module or "") if isinstance(node, ast.ImportFrom) else ""
            expected.extend((origin, alias.name, alias.asname or "") for alias in node.names)
    found: list[object] = []
    for item in nodes(module.body):
        if isinstance(item, syntax.Function):
            names = sorted(parameter.name for parameter in item.parameters)
            found.append((item.name, module.lines.line(item.start), names, item.docstring))
        elif isinstance(item, syntax.Class):
            found.append((item.name, module.lines.line(item.start), item.docstring))
        elif isinstance(item, syntax.Import):
            found.append((item.module, item.name, item.alias) if item.name else ("", item.module, item.alias))

    assert sorted(map(repr, found)) == sorted(map(repr, expected))


CODE = """@tool(
    "né"
)  # why
async def wähle(a, *, b=1) -> int:
    # wer
    return self.näme[a](b=b)
class Ä(B): x = f"{y!r}"
from ..a import (b as c,
    d)
"""


def test_the_text_of_a_span_is_the_source_of_its_node(nodes: Walk) -> None:
    """Non-ASCII names move bytes against characters."""
    module = read(CODE.encode())
    shown = [
        (type(node).__name__, module.text[node.start : node.end].decode())
        for node in sorted(nodes(module.body), key=lambda node: (node.start, -node.end))
    ]

    body = "async def wähle(a, *, b=1) -> int:\n    # wer\n    return self.näme[a](b=b)"
    assert shown == [
        ("Decorator", '@tool(\n    "né"\n)'),
        ("Call", 'tool(\n    "né"\n)'),
        ("Name", "tool"),
        ("Argument", '"né"'),
        ("Literal", '"né"'),
        ("Function", body),
        ("Parameter", "a"),
        ("Parameter", "b=1"),
        ("Literal", "1"),
        ("Name", "int"),
        ("Return", "return self.näme[a](b=b)"),
        ("Call", "self.näme[a](b=b)"),
        ("Subscript", "self.näme[a]"),
        ("Attribute", "self.näme"),
        ("Name", "self"),
        ("Name", "a"),
        ("Argument", "b=b"),
        ("Name", "b"),
        ("Class", 'class Ä(B): x = f"{y!r}"'),
        ("Argument", "B"),
        ("Name", "B"),
        ("Assign", 'x = f"{y!r}"'),
        ("Name", "x"),
        ("Template", 'f"{y!r}"'),
        ("Name", "y"),
        ("Import", "b as c"),
        ("Import", "d"),
    ]


def test_names_and_heads_are_marked_in_the_text(nodes: Walk) -> None:
    """The offsets of names of functions, classes and attributes, and the end of a signature."""
    module = read(CODE.encode())
    function, class_ = (node for node in module.body if isinstance(node, (syntax.Function, syntax.Class)))
    attribute = next(node for node in nodes(module.body) if isinstance(node, syntax.Attribute))

    assert isinstance(function, syntax.Function)
    assert module.text[function.name_start :].startswith("wähle(".encode())
    assert module.text[class_.name_start :].startswith("Ä(B)".encode())
    assert module.text[attribute.name_start :].startswith("näme[".encode())
    assert module.text[: function.head_end].endswith(b"-> int:")


def test_comments_are_collected_wherever_they_stand() -> None:
    """Their text holds the marker."""
    data = b"#!/bin/x\r\nf(  # one\n  # two \xc3\xa9\n)\nx = '# none'\ndef f(): # three\n  pass\n# four"
    module = read(data)

    assert [(comment.text, data[comment.start : comment.end].decode()) for comment in module.comments] == [
        (text, text) for text in ("#!/bin/x", "# one", "# two é", "# three", "# four")
    ]
