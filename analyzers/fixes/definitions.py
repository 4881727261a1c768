"""Definitions that a patch brings along: behind the imports of a file, with the imports that they need."""

import ast
from collections.abc import Sequence

import msgspec

from analyzers.finding import Edit
from analyzers.fixes.rewrite import add_below_imports, add_import
from analyzers.project.program import Function


class Definition(msgspec.Struct, frozen=True):
    """The source of functions and classes, and the imports that they need."""

    source: str
    imports: tuple[str, ...] = ()


def defined(function: Function, before: int, definition: Definition, text: bytes) -> tuple[Edit, ...]:
    """Return the edit that defines something for a place of a function; none where a name is taken."""
    path = function.file.path
    below = add_below_imports(text, path, definition.source)
    if below is None or not is_free_for(function, definition):
        return ()
    offset = function.file.facts.lines.offset(below.start)
    if function.facts.kind == "module" and offset > before:
        return ()
    newline = "\r\n" if b"\r\n" in text else "\n"
    following = text[offset:].decode("utf-8", "replace").split(newline)
    blank = next((count for count, line in enumerate(following) if line.strip()), 0)
    head = "".join(_missing(path, definition.imports, text))
    added = head + newline * 2 + below.text + newline * max(0, 2 - blank)
    return (Edit(path, below.start, below.end, added),)


def imported(path: str, statements: Sequence[str], text: bytes) -> tuple[Edit, ...]:
    """Return the one edit that adds the imports which a file lacks."""
    found = [item for statement in statements if (item := add_import(text, path, statement)) is not None]
    joined = "".join(item.text for item in found)
    return (Edit(path, found[0].start, found[0].end, joined),) if found else ()


def _missing(path: str, statements: Sequence[str], text: bytes) -> list[str]:
    return [item.text for statement in statements if (item := add_import(text, path, statement)) is not None]


def is_free_for(function: Function, definition: Definition) -> bool:
    """Tell whether a file binds none of a definition's names to something else, and a function none of them at all.

    A name that a function imports by itself is not known in front of that.
    """
    names = bound_names(definition)
    scope: Function | None = function
    while scope is not None and scope.facts.kind != "module":
        if not names.keys().isdisjoint(scope.facts.names):
            return False
        scope = scope.parent
    return not any(
        other.facts.values[value].op != "import" or other.facts.values[value].text != meant
        for other in function.file.functions
        for name, meant in names.items()
        for value in other.facts.names.get(name, ())
    )


def bound_names(definition: Definition) -> dict[str, str]:
    """Return the names that a definition binds, each with what is imported by it, "" for what it defines."""
    names: dict[str, str] = {}
    for statement in ast.parse("\n".join(definition.imports)).body:
        for alias in statement.names if isinstance(statement, ast.Import | ast.ImportFrom) else ():
            meant = f"{statement.module}|{alias.name}" if isinstance(statement, ast.ImportFrom) else f"{alias.name}|"
            names[alias.asname or alias.name] = meant
    for node in ast.parse(definition.source).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names[node.name] = ""
        elif isinstance(node, ast.Assign):
            names.update((target.id, "") for target in node.targets if isinstance(target, ast.Name))
    return names
