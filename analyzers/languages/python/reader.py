"""Reads one Python file: from bytes to the language-neutral syntax."""

import tree_sitter

from analyzers.languages.python.functions import docstring
from analyzers.languages.python.grammar import COMMENTS, FAULTS, TYPE_DEFAULTS, find, parse
from analyzers.languages.python.lowering import SOUND, WARY
from analyzers.languages.python.reading import Reading, TreeNode
from analyzers.languages.python.source import MAX_REPORTED, SourceText, decode
from analyzers.syntax import Comment, Defect, Module


def read(data: bytes) -> Module:
    """Read a Python file; never raises, whatever the bytes are: what cannot be read is a defect of the module."""
    source = decode(data)
    if not source.readable:
        return _module(source, source.defects)
    tree = parse(source.text)
    root = tree.root_node
    faults = _faults(tree)
    reading = Reading(source.text, bool(faults), WARY if faults else SOUND)
    body = reading.block([root] if root.is_error else root.children)
    defects = [*source.defects, *_outermost(faults), *reading.defects[:MAX_REPORTED]]
    module = _module(source, defects)
    module.body = body
    module.docstring = docstring(body)
    module.comments = [_comment(reading, node) for node in find(COMMENTS, tree)]
    return module


def _module(source: SourceText, defects: list[Defect]) -> Module:
    return Module(0, len(source.text), source.text, [], [], "", defects, source.warnings, source.lines)


def _comment(reading: Reading, node: TreeNode) -> Comment:
    start, end = node.byte_range
    text = reading.slice(start, end).rstrip("\r")
    return Comment(start, start + len(text.encode()), text)


def _faults(tree: tree_sitter.Tree) -> list[TreeNode]:
    if not tree.root_node.has_error:
        return []
    forgiven = {node.id for node in find(TYPE_DEFAULTS, tree)}
    return [node for node in find(FAULTS, tree) if node.id not in forgiven]


def _outermost(faults: list[TreeNode]) -> list[Defect]:
    defects: list[Defect] = []
    reached = -1
    for node in faults:
        if node.start_byte > reached and len(defects) < MAX_REPORTED:
            reason = f"syntax error: expected {node.type!r}" if node.is_missing else "syntax error"
            defects.append(Defect(node.start_byte, reason))
        reached = max(reached, node.end_byte)
    return defects
