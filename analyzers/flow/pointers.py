"""Values that say where a secret lies: the path of a file that is opened, the name under which one is looked up."""

from collections.abc import Iterator

from analyzers.facts import Value
from analyzers.frameworks import disclosure, files
from analyzers.frameworks.credentials import ENVIRONMENT_CALLS
from analyzers.frameworks.paths import canonical
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver

SAME_TEXT = frozenset({"strip", "rstrip", "lstrip", "expanduser"})
CHOICES = frozenset({"phi", "or", "and", "default", "select"})
OPENING = (*files.PATHS, "pathlib.Path", "pathlib.PurePath", "os.path.exists", "os.path.isfile", "os.path.expanduser")


def is_pointer(resolver: Resolver, function: Function, value: int) -> bool:
    """Tell whether a value is used to find something, wherever its function or, under its name, its file use it."""
    same = _same(function, {value})
    if any(_finds(resolver, function, call, same) for call in _calls(function)):
        return True
    if function.facts.kind != "module":
        return False
    names = {name for name, bound in function.facts.names.items() if same & set(bound)}
    return bool(names) and any(
        _finds(resolver, scope, call, used)
        for scope in function.file.functions
        if (used := _same(scope, {index for index, node in enumerate(scope.facts.values) if _is_name(node, names)}))
        for call in _calls(scope)
    )


def _is_name(node: Value, names: set[str]) -> bool:
    return node.op in ("name", "free") and node.text in names


def _calls(function: Function) -> Iterator[Value]:
    return (function.facts.values[event.value] for event in function.calls())


def _same(function: Function, found: set[int]) -> set[int]:
    """Return the values that are some values, or one of several of which those are some."""
    values = function.facts.values
    for index, node in enumerate(values) if found else ():
        if node.op in CHOICES and found & set(node.args):
            found.add(index)
        elif node.op == "call" and values[node.args[0]].op == "attr" and values[node.args[0]].text in SAME_TEXT:
            found |= {index} if values[node.args[0]].args[0] in found else set()
    return found


def _finds(resolver: Resolver, function: Function, call: Value, same: set[int]) -> bool:
    """Tell whether a call opens what one of some values names, or looks it up."""
    given = [(position, name) for position, name in enumerate(call.names) if call.args[position + 1] in same]
    if not given:
        return False
    if any(name.endswith(disclosure.PATH_KEYWORDS) for _, name in given if name):
        return True
    called = function.facts.values[call.args[0]].text.rpartition("|")[2].rpartition(".")[2]
    first = any(position == 0 and not name for position, name in given)
    if called in disclosure.LOOKUPS or (called == "load_cert_chain" and any(not name for _, name in given)):
        return True
    names = resolver.externals(function, call.args[0])
    return first and any(canonical(name) in OPENING or name in ENVIRONMENT_CALLS for name in names)
