"""Patches that keep a table or a variable of the module under the verified subject of whoever calls."""

import ast
from collections.abc import Iterator, Mapping

import msgspec

from analyzers.authority.rows import Row
from analyzers.finding import Edit, Safety
from analyzers.fixes.callers import HTTP_REQUEST, is_called
from analyzers.fixes.definitions import Definition, defined
from analyzers.fixes.rewrite import MAX_BYTES
from analyzers.frameworks.mcp import Framework
from analyzers.project.program import File, Program
from analyzers.rule import Analysis, Proposal

IDENTITY = "from fastmcp.server.dependencies import get_access_token"
CALLER = Definition(
    """def caller() -> str:
    token = get_access_token()
    if token is None:
        raise PermissionError("no verified caller")
    return str(token.claims["sub"])""",
    (IDENTITY,),
)
CALLER_OR_LOCAL = Definition(
    """def caller() -> str:
    try:
        get_http_request()
    except RuntimeError:
        return "local"  # Over stdio whoever started the server calls.
    token = get_access_token()
    if token is None:
        raise PermissionError("no verified caller")
    return str(token.claims["sub"])""",
    (IDENTITY, HTTP_REQUEST),
)
READING = ("get", "pop", "setdefault")


class _Key(msgspec.Struct, frozen=True):
    """The expression of a key in a function that starts on some line, or the type of the keys, on line 0."""

    node: ast.expr
    line: int
    is_type: bool = False


class _Slot(msgspec.Struct, frozen=True):
    """A use of a variable in a function that starts on some line, on line 0 in the module; `text` takes its place."""

    node: ast.AST
    line: int
    text: str


def keyed_by_subject(name: str, path: str, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
    """Return the change of all uses of a module's table or variable, None where one is not seen through.

    So it is where another file uses it, or a function that runs for who is not a caller.
    """
    file, text = analysis.program.files[path], texts.get(path)
    if text is None or len(text) > MAX_BYTES or _is_imported_elsewhere(analysis.program, file, name):
        return None
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    rows = _served(analysis, file)
    served = set(rows)
    edits = _of_table(tree, name, file, text, served) or _of_variable(tree, name, file, text, served)
    only_http = all(row.transport == "http" for row in rows.values())
    added = defined(file.module, len(text), CALLER if only_http else CALLER_OR_LOCAL, text) if edits else ()
    title = "Keep it under the caller's verified subject (decide which claim, and when an entry ends)"
    return Proposal(title, Safety.REVIEW, (*added, *edits)) if added else None


def _of_table(tree: ast.Module, name: str, file: File, text: bytes, served: set[int]) -> list[Edit]:
    keys = list(_keys(tree, name))
    sure = bool(keys) and all(key is not None and (key.is_type or key.line in served) for key in keys)
    return [_keyed(file, text, key) for key in keys if key is not None] if sure else []


def _of_variable(tree: ast.Module, name: str, file: File, text: bytes, served: set[int]) -> list[Edit]:
    """A variable that begins with a constant becomes a table with an entry for each caller."""
    table = f"{name}_BY_CALLER" if name.isupper() else f"{name}_by_caller"
    slots = list(_slots(tree, name, table)) if table not in file.module.facts.names else []
    sure = any(slot and not slot.line for slot in slots) and any(slot and slot.line for slot in slots)
    if not sure or not all(slot is not None and (not slot.line or slot.line in served) for slot in slots):
        return []
    edits = [_replaced(file, text, slot, name) for slot in slots if slot is not None]
    return [edit for edit in edits if edit is not None] if None not in edits else []


def _slots(tree: ast.Module, name: str, table: str) -> Iterator[_Slot | None]:
    """Yield the uses of a variable of the module with what takes their place; None for one of another kind."""
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    made = next((node for node in tree.body if _sets(node, name)), None)
    if not isinstance(made, ast.Assign | ast.AnnAssign) or not isinstance(made.value, ast.Constant):
        yield None
        return
    kind = ast.unparse(made.annotation) if isinstance(made, ast.AnnAssign) else "object"
    yield _Slot(made, 0, f"{table}: dict[str, {kind}] = {{}}")
    for node in ast.walk(tree):
        line = _line_of_function(node, parents)
        if isinstance(node, ast.Global | ast.Nonlocal) and name in node.names:
            yield _Slot(node, line, "") if node.names == [name] else None
        elif isinstance(node, ast.Name) and node.id == name and parents[node] is not made:
            parent = parents[node]
            if isinstance(node.ctx, ast.Load):
                yield _Slot(node, line or -1, f"{table}.get(caller(), {ast.unparse(made.value)})")
            else:
                whole = isinstance(parent, ast.Assign) and parent.targets == [node]
                yield _Slot(node, line or -1, f"{table}[caller()]") if whole else None


def _sets(statement: ast.stmt, name: str) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return len(targets) == 1 and isinstance(targets[0], ast.Name) and targets[0].id == name


def _replaced(file: File, text: bytes, slot: _Slot, name: str) -> Edit | None:
    """Return the edit of a use; a declaration goes with its line. None where a use lies elsewhere than it seems."""
    node, starts = slot.node, file.facts.lines.starts
    if not isinstance(node, ast.stmt | ast.expr):
        return None
    start = starts[node.lineno - 1] + node.col_offset
    end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
    if isinstance(node, ast.Name) and text[start:end].decode("utf-8", "replace") != name:
        return None
    if not slot.text:
        start, end = starts[node.lineno - 1], starts[node.lineno]
        if text[start:end].strip() != f"global {name}".encode():
            return None
    span = file.location(start, end).span
    return Edit(file.path, span.start, span.end, slot.text)


def _is_imported_elsewhere(program: Program, file: File, name: str) -> bool:
    stem = file.path.rpartition("/")[2].removesuffix(".py")
    return any(
        statement.endswith((f"|{name}", "|*", f"{stem}|", f"|{stem}"))
        for other in program.files.values()
        if other is not file
        for statement in other.facts.imports
    )


def _served(analysis: Analysis, file: File) -> dict[int, Row]:
    """Return the entry points of a file, by the line of their handlers, that others only call with a verified token."""
    found: dict[int, Row] = {}
    for row in analysis.rows:
        handler = row.entry.handler
        if handler is None or handler.file is not file or row.entry.kind == "route":
            continue
        verified = row.state.authentication and row.state.keeps_tokens and not row.state.possibly
        is_fastmcp = row.entry.server.framework is Framework.FASTMCP
        if is_fastmcp and verified and not is_called(analysis, handler):
            found[handler.line] = row
    return found


def _keys(tree: ast.Module, name: str) -> Iterator[_Key | None]:
    """Yield the keys that a table of the module is used with; None for a use of another kind."""
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Name) or node.id != name:
            if isinstance(node, ast.Global | ast.Nonlocal) and name in node.names:
                yield None
            continue
        parent = parents[node]
        if isinstance(parent, ast.Assign | ast.AnnAssign) and parents[parent] is tree and _is_empty(parent.value):
            yield from _types(parent)
            continue
        key = _key(parent, node, parents)
        line = _line_of_function(node, parents)
        yield _Key(key, line) if key is not None else None


def _types(made: ast.Assign | ast.AnnAssign) -> Iterator[_Key]:
    """Yield the type of the keys, of `dict[str, int]`."""
    match made:
        case ast.AnnAssign(annotation=ast.Subscript(slice=ast.Tuple(elts=[keys, _]))):
            yield _Key(keys, 0, is_type=True)


def _is_empty(value: ast.expr | None) -> bool:
    return (isinstance(value, ast.Dict) and not value.keys) or (
        isinstance(value, ast.Call) and ast.unparse(value) == "dict()"
    )


def _key(parent: ast.AST, node: ast.Name, parents: Mapping[ast.AST, ast.AST]) -> ast.expr | None:
    if isinstance(parent, ast.Subscript) and parent.value is node and not isinstance(parent.slice, ast.Slice):
        return parent.slice
    if isinstance(parent, ast.Compare) and parent.comparators == [node]:
        return parent.left if isinstance(parent.ops[0], ast.In | ast.NotIn) else None
    call = parents[parent] if isinstance(parent, ast.Attribute) and parent.attr in READING else None
    if isinstance(call, ast.Call) and call.func is parent and call.args and not isinstance(call.args[0], ast.Starred):
        return call.args[0]
    return None


def _line_of_function(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> int:
    """Return the line of the one function around a node, 0 where it is in none or in several."""
    around = []
    above: ast.AST | None = parents.get(node)
    while above is not None:
        if isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            around.append(above)
        above = parents.get(above)
    return around[0].lineno if len(around) == 1 and not isinstance(around[0], ast.ClassDef) else 0


def _keyed(file: File, text: bytes, key: _Key) -> Edit:
    node, starts = key.node, file.facts.lines.starts
    start = starts[node.lineno - 1] + node.col_offset
    end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
    span, written = file.location(start, end).span, text[start:end].decode()
    return Edit(file.path, span.start, span.end, f"tuple[str, {written}]" if key.is_type else f"(caller(), {written})")
