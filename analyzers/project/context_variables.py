"""What the program sets context variables to."""

from collections.abc import Iterator

from analyzers.facts import Value
from analyzers.project.program import File, Function, Program

MADE = "contextvars.ContextVar()"
MAX_IMPORTS = 4


def set_to(program: Program, function: Function, variable: int) -> Iterator[tuple[Function, int]]:
    """Yield what the program sets a context variable to, as (function, value)."""
    home, name = _home(program, function, variable)
    for caller, call in program.call_sites("set"):
        values = caller.facts.values
        site = values[call]
        callee = values[site.args[0]]
        named = len(site.args) > 1 and callee.args and values[callee.args[0]].text.rpartition("|")[2] == name
        # Servers of one repository call theirs alike.
        if named and _is_same(home, _home(program, caller, callee.args[0])[0]):
            yield caller, site.args[1]


def _home(program: Program, function: Function, variable: int) -> tuple[str, str]:
    """Return the file that defines a variable, "" where it is not in sight, and the name that it has there."""
    node, file = function.facts.values[variable], function.file
    name = node.text.rpartition("|")[2]
    if node.op in ("name", "free"):
        node = _enclosing(function, name) or _bound(file, name) or node
    elif node.op != "import":
        return "", name
    for _ in range(MAX_IMPORTS):
        if node.op != "import":
            return file.path, name
        module, _, name = node.text.partition("|")
        found = program.module(module, file)
        bound = _bound(found, name) if found is not None else None
        if found is None or bound is None:
            break
        file, node = found, bound
    return "", name


def _enclosing(function: Function, name: str) -> Value | None:
    """Return what a function around binds to a name last, as by an import of its own."""
    scope = function.parent
    while scope is not None:
        bound = scope.facts.names.get(name, ())
        if bound and scope.facts.kind != "class":
            return scope.facts.values[bound[-1]]
        scope = scope.parent
    return None


def _bound(file: File, name: str) -> Value | None:
    """Return what a module binds to a name last."""
    bound = file.module.facts.names.get(name, ())
    return file.module.facts.values[bound[-1]] if bound else None


def _is_same(home: str, other: str) -> bool:
    return home == other or not home or not other
