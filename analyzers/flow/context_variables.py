"""What context variables hold: whatever the program sets the same variable to."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.carried import carried
from analyzers.flow.labels import MARK, NONE, Labels, of_request
from analyzers.flow.passing import passes_on
from analyzers.flow.token_records import entry_labels, is_credential
from analyzers.project.program import File, Function

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler

MAX_IMPORTS = 4


def context_variable(labeler: "Labeler", function: Function, variable: int) -> Labels:
    """Return the labels of everything the program sets a context variable to."""
    return kept_labels(labeler, set_to(labeler, function, variable))


def kept_labels(labeler: "Labeler", kept: Iterable[tuple[Function, int]]) -> Labels:
    """Return the labels of values that others find where functions keep them for the length of a request."""
    found: set[str] = set()
    for caller, value in kept:
        labels = labeler.labels(caller, value)
        entry = entry_of(labeler, caller, value)
        if entry:
            found |= entry
            continue
        found.update(label for label in labels if MARK not in label)
        found.update(carried(labeler.resolved(labels)))
        found.update(of_request(labels, caller) if _lets_on(caller) else ())
    return frozenset(found)


def set_to(labeler: "Labeler", function: Function, variable: int) -> Iterator[tuple[Function, int]]:
    """Yield what the program sets a context variable to, as (function, value)."""
    home, name = _home(labeler, function, variable)
    for caller, call in labeler.resolver.program.call_sites("set"):
        values = caller.facts.values
        site = values[call]
        callee = values[site.args[0]]
        named = len(site.args) > 1 and callee.args and values[callee.args[0]].text.rpartition("|")[2] == name
        # Servers of one repository call theirs alike.
        if named and _is_same(home, _home(labeler, caller, callee.args[0])[0]):
            yield caller, site.args[1]


def _home(labeler: "Labeler", function: Function, variable: int) -> tuple[str, str]:
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
        found = labeler.resolver.program.module(module, file)
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


def _lets_on(function: Function) -> bool:
    """Tell whether a function runs what it is given, as a hook does with the rest of a request."""
    values = function.facts.values
    return any(values[values[event.value].args[0]].op == "param" for event in function.calls())


def entry_of(labeler: "Labeler", function: Function, value: int, name: str = "") -> Labels:
    """Return the labels of what a middleware keeps of the entry that it looked up by the credential of a request."""
    if not any(map(is_credential, labeler.labels(function, value))):
        return NONE
    if not any(passes_on(function, event.value) for event in function.calls()):
        return NONE
    return entry_labels(labeler, function, value, name)
