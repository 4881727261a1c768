"""Patches that keep a path in its folder: resolved, and refused where it lies outside."""

import ast
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from analyzers.finding import Edit, Safety
from analyzers.fixes.definitions import Definition, imported, is_free_for
from analyzers.fixes.expressions import Written, called, is_computed_first, part, source_of, written
from analyzers.fixes.folders import operand_of, own_folder
from analyzers.fixes.hosts import refusal
from analyzers.fixes.rewrite import add_below_imports, insert_before, set_argument
from analyzers.flow.labels import MARK
from analyzers.frameworks import files
from analyzers.frameworks.paths import canonical
from analyzers.project.program import Function
from analyzers.project.targets import argument_of
from analyzers.rule import Analysis, Draft, Proposal

IMPORT = "from pathlib import Path"
ROOT = Definition('# Decide: the folder that these files lie in.\nFILES_ROOT = Path("/srv/files").resolve()', (IMPORT,))
PATHLIB = Definition("", (IMPORT,))
MAKERS = ("join", "Path", "joinpath")
RESOLVERS = ("resolve", "absolute", "realpath", "abspath", "normpath", "expanduser", "str")


class _Path(NamedTuple):
    """A path as it is written, and the name of the folder of the function's own that it begins with, "" for none."""

    written: Written
    folder: str


class _Checked(msgspec.Struct, frozen=True):
    """A path, as the source of its resolved form, and the source of the folder that it must lie in, "" if unknown."""

    resolved: str
    root: str


def contained(draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
    """Return the check in front of where a path is opened or made, None where it cannot be written twice."""
    text, file = texts.get(draft.location.path), analysis.program.files[draft.location.path]
    places = [
        (function, value)
        for function in file.functions
        for value, node in enumerate(function.facts.values)
        if (node.start, node.end) == (draft.start, draft.end)
    ]
    for function, value in places if text is not None else ():
        filtered = _filtered(analysis, function, value, text or b"")
        if filtered is not None:
            return filtered
        paths = list(_paths(analysis, function, value, text or b""))
        if text is not None and paths and None not in paths:
            return _refused(function, value, [path for path in paths if path is not None], text)
    return None


def _filtered(analysis: Analysis, function: Function, value: int, text: bytes) -> Proposal | None:
    """Return the unpacking of an archive that refuses members which lead out of a folder, which callers do not name."""
    node = function.facts.values[value]
    name = canonical(analysis.flow.resolver.external(function, node.args[0])) if node.op == "call" else ""
    folder = argument_of(node, "path", files.UNPACKERS[name]) if name in files.UNPACKERS else -1
    chosen = any(MARK in label for label in analysis.flow.labeler.labels(function, folder))
    edit = (
        set_argument(text, function, value, files.FILTER, '"data"') if name in files.UNPACKERS and not chosen else None
    )
    return Proposal("Unpack only what stays in the folder", Safety.SAFE, (edit,)) if edit is not None else None


def _paths(analysis: Analysis, function: Function, value: int, text: bytes) -> Iterator[_Path | None]:
    """Yield the paths that a call opens, or the one that an expression makes; None for one that is not seen."""
    whole, node = source_of(function, value, text), function.facts.values[value]
    if whole is None:
        return
    name = analysis.flow.resolver.external(function, node.args[0]) if node.op == "call" else ""
    plain = canonical(name)
    wanted = [
        place for place in files.PATHS.get(plain, ()) if plain not in files.UNPACKERS or place[0] != files.RECEIVER
    ]
    if wanted and isinstance(whole.node, ast.Call):
        for position, keyword in wanted:
            found = _argument(whole.node, position, keyword)
            if found is not None and not isinstance(found, ast.Constant):
                inner, operand = part(whole, found), operand_of(function, node, position, keyword)
                yield _Path(inner, own_folder(analysis, function, operand)) if inner is not None else None
    elif isinstance(whole.node, ast.BinOp | ast.JoinedStr) or called(whole) in MAKERS:
        yield _Path(whole, own_folder(analysis, function, value))


def _argument(call: ast.Call, position: int, keyword: str) -> ast.expr | None:
    if position == files.RECEIVER:
        return call.func.value if isinstance(call.func, ast.Attribute) else None
    given = {item.arg: item.value for item in call.keywords}
    plain = not any(isinstance(item, ast.Starred) for item in call.args)
    return call.args[position] if plain and position < len(call.args) else given.get(keyword)


def _refused(function: Function, value: int, paths: list[_Path], text: bytes) -> Proposal | None:
    path = function.file.path
    known = function.file.module.facts.names
    names = {name for item in paths for name in item.written.names}
    repeatable = all(item.written.is_repeatable for item in paths) and names
    if not repeatable or not is_computed_first(function, value, names, text):
        return None
    checks = [_checked(function, item, text) for item in paths]
    unknown = any(not check.root for check in checks)
    definition = ROOT if unknown else PATHLIB
    if not is_free_for(function, definition) or (unknown and "FILES_ROOT" in known):
        return None
    lines = [
        f'if not {check.resolved}.is_relative_to({check.root or "FILES_ROOT"}):\n    raise {refusal(known)}("outside")'
        for check in checks
    ]
    edit = insert_before(text, function, value, "\n".join(lines))
    added = _top(path, text, unknown)
    if edit is None or added is None:
        return None
    title = "Refuse paths that lead out of the folder" + (" (decide which folder)" if unknown else "")
    return Proposal(title, Safety.REVIEW, (*added, edit))


def _top(path: str, text: bytes, unknown: bool) -> tuple[Edit, ...] | None:
    imports = imported(path, (IMPORT,), text)
    if not unknown:
        return imports
    below = add_below_imports(text, path, f"\n{ROOT.source}\n")
    if below is None:
        return None
    head = "".join(edit.text for edit in imports)
    return (Edit(path, below.start, below.end, f"{head}\n{below.text}"),)


def _checked(function: Function, given: _Path, text: bytes) -> _Checked:
    path, folder = given
    made = _made(function, path, text)
    is_joined = isinstance(made.node, ast.BinOp) and isinstance(made.node.op, ast.Div)
    source = f"({path.source})" if isinstance(path.node, ast.BinOp) else path.source
    is_path = is_joined or called(path) == "Path"
    root = _root(function, made) or (f"Path({folder}).resolve()" if folder else "")
    return _Checked(f"{source}.resolve()" if is_path else f"Path({path.source}).resolve()", root)


def _made(function: Function, path: Written, text: bytes) -> Written:
    """Return how a path was made, where it is a name that is bound once."""
    while True:
        if isinstance(path.node, ast.Name):
            bound = function.facts.names.get(path.node.id, ())
            node = function.facts.values[bound[0]] if len(bound) == 1 else None
            found = source_of(function, bound[0], text) if node is not None and node.op in ("binary", "call") else None
        elif called(path) in RESOLVERS and isinstance(path.node, ast.Call):
            inner = path.node.args[0] if path.node.args else getattr(path.node.func, "value", None)
            found = part(path, inner) if isinstance(inner, ast.expr) else None
        else:
            return path
        if found is None or found.source == path.source:
            return path
        path = written(found.source) or found


def _root(function: Function, made: Written) -> str:
    """Return the source of the resolved folder that a path begins with, "" where it is none of the server's own."""
    node = made.node
    if isinstance(node, ast.JoinedStr):
        return _formatted_root(function, node)
    joined = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        node = node.left
    if joined and _is_own(function, node):
        return f"{ast.unparse(node)}.resolve()"
    if not isinstance(node, ast.Call) or called(made) not in MAKERS:
        return ""
    first = node.args[0] if node.args else node
    if called(made) == "joinpath" and isinstance(node.func, ast.Attribute):
        return f"{ast.unparse(node.func.value)}.resolve()" if _is_own(function, node.func.value) else ""
    return f"Path({ast.unparse(first)}).resolve()" if len(node.args) > 1 and _is_own(function, first) else ""


def _formatted_root(function: Function, template: ast.JoinedStr) -> str:
    """Of `f"{ROOT}/{name}"`, the root."""
    match template.values:
        case [ast.FormattedValue(value=root), ast.Constant(value=str(text)), *_] if text.startswith("/"):
            return f"Path({ast.unparse(root)}).resolve()" if _is_own(function, root) else ""
    return ""


def _is_own(function: Function, node: ast.expr) -> bool:
    """Tell whether an expression is a name of the module, or an attribute of the object."""
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
    known = function.file.module.facts.names
    return isinstance(node, ast.Name) and node.id in known and node.id not in function.facts.names
