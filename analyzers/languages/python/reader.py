"""Reads one Python file: from bytes to the language-neutral syntax."""

from analyzers.languages.python.functions import docstring
from analyzers.languages.python.grammar import MAX_INDENTATIONS, comments, faults, imports, is_parseable, parse
from analyzers.languages.python.lowering import SOUND, WARY
from analyzers.languages.python.reading import Reading, TreeNode
from analyzers.languages.python.source import MAX_REPORTED, SourceText, decode
from analyzers.syntax import Comment, Defect, Module


def read(data: bytes) -> Module:
    """Read a Python file; never raises, whatever the bytes are: what cannot be read is a defect of the module."""
    return _read(decode(data))


def skim(data: bytes) -> Module:
    """Read a Python file like `read`, but of its statements only those that import, wherever they stand."""
    source = decode(data)
    tree = parse(source.text) if source.readable and not source.defects and is_parseable(source.text) else None
    if tree is None or tree.root_node.has_error:
        return _read(source)
    module = _module(source, [])
    reading = Reading(source.text, damaged=False, handlers=SOUND)
    module.body = reading.block(imports(tree, source.text))
    module.comments = [_comment(reading, node) for node in comments(tree, source.text)]
    return module


def _read(source: SourceText) -> Module:
    if not source.readable:
        return _module(source, source.defects)
    if not is_parseable(source.text):
        return _module(source, [*source.defects, Defect(0, f"indented deeper than {MAX_INDENTATIONS} levels")])
    tree = parse(source.text)
    root = tree.root_node
    broken = faults(tree)
    reading = Reading(source.text, bool(broken), WARY if broken else SOUND)
    body = reading.block([root] if root.is_error else root.children)
    defects = [*source.defects, *_errors(broken), *reading.defects[:MAX_REPORTED]]
    module = _module(source, defects)
    module.body = body
    module.docstring = docstring(body)
    module.comments = [_comment(reading, node) for node in comments(tree, source.text)]
    return module


def _module(source: SourceText, defects: list[Defect]) -> Module:
    return Module(0, len(source.text), source.text, [], [], "", defects, source.warnings, source.lines)


def _comment(reading: Reading, node: TreeNode) -> Comment:
    start, end = node.byte_range
    text = reading.slice(start, end).rstrip("\r")
    return Comment(start, start + len(text.encode()), text)


def _errors(nodes: list[TreeNode]) -> list[Defect]:
    return [
        Defect(node.start_byte, f"syntax error: expected {node.type!r}" if node.is_missing else "syntax error")
        for node in nodes[:MAX_REPORTED]
    ]
