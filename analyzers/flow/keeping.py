"""What was found of a program still holds of one in which some files differ: in what does not use those."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set

import msgspec

from analyzers.facts import Event, FileFacts, FunctionFacts
from analyzers.flow.summaries import Flow, Solved
from analyzers.project.program import File, Program
from analyzers.walks import reached

# Tables under these are others' as well.
SHARED = frozenset({"name", "attr", "free", "import", "param"})


class Kept(msgspec.Struct, frozen=True):
    """Files that are as they were, and what was found of functions of theirs."""

    files: Mapping[str, File]
    solved: Solved


NOTHING = Kept({}, Solved())


def kept_of(flow: Flow, facts: Mapping[str, FileFacts]) -> Kept:
    """Return what still holds of a program's functions when its files have these facts.

    What calls a function of a file that differs is not among it, directly or not; nor is what imports a file of which
    more differs than what its functions do. Nobody asks what such a file hands to functions that are kept: this is for
    the edits of a fix, whose reach is known, not for any change.
    """
    program = flow.program
    changed = {path for path, file in program.files.items() if facts.get(path) is not file.facts}
    if program.files.keys() != facts.keys():
        return NOTHING
    telling = {path for path in changed if _tells_more(program.files[path], facts[path])}
    solved = flow.solved
    affected = _callers(solved, _functions(program, changed | _importers(program, telling)))
    ids = [identity for identity in solved.summaries if identity not in affected]
    files = {path: file for path, file in program.files.items() if path not in changed}
    summaries, callees, ranks = solved
    left = Solved(
        {key: summaries[key] for key in ids}, {key: callees[key] for key in ids}, {key: ranks[key] for key in ids}
    )
    return Kept(files, left)


def _importers(program: Program, paths: Set[str]) -> set[str]:
    """Return the paths of some files and of all that import them, directly or not."""
    importers = program.importers() if paths else {}
    return set(reached(paths, lambda path: importers.get(path, ())))


def _functions(program: Program, paths: Iterable[str]) -> Iterator[str]:
    return (function.id for path in paths for function in program.files[path].functions)


def _callers(solved: Solved, functions: Iterable[str]) -> set[str]:
    """Return some functions, by their ids, and all that call them, directly or not."""
    callers: dict[str, list[str]] = defaultdict(list)
    for identity, callees in solved.callees.items():
        for callee in callees:
            callers[callee.id].append(identity)
    return set(reached(functions, lambda identity: callers.get(identity, ())))


def _tells_more(file: File, facts: FileFacts) -> bool:
    """Tell whether others may read of a file what they did not: a name or a member of it, or what a function keeps."""
    now = _told(facts)
    return any(now.get(key) != shape for key, shape in _told(file.facts).items())


def _told(facts: FileFacts) -> dict[tuple[str, str], tuple[int, ...]]:
    """Return what the names of modules and classes are bound to, and functions that keep something, as shapes."""
    found: dict[tuple[str, str], tuple[int, ...]] = {}
    for function in facts.functions:
        if function.kind in ("module", "class"):
            shapes = _shapes(facts, function)
            found |= {
                (function.qualname, name): tuple(shapes[value] for value in bound)
                for name, bound in function.names.items()
            }
        elif any(_keeps(function, event) for event in function.events):
            found[function.qualname, ""] = _shapes(facts, function)
    return found


def _keeps(function: FunctionFacts, event: Event) -> bool:
    """Tell whether an event keeps something where other functions may read it."""
    if event.kind == "store" and event.text == "[]":
        table = function.values[function.values[event.target].args[0]]
        return table.op in SHARED
    return event.kind in ("store", "global")


def _shapes(facts: FileFacts, function: FunctionFacts) -> tuple[int, ...]:
    """Return a hash for each value of a function of what it is made of, wherever that stands."""
    shapes: list[int] = []
    for node in function.values:
        is_own = node.op in ("function", "class")
        text = facts.functions[int(node.text)].qualname if is_own else node.text
        shapes.append(hash((node.op, text, *(shapes[part] for part in node.args if 0 <= part < len(shapes)))))
    return tuple(shapes)
