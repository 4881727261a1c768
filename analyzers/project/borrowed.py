"""Functions of tests and samples that the product has by importing something else from the same file."""

from collections.abc import Iterable, Iterator, Set

from analyzers.project.program import Function, Program
from analyzers.roles import Role, role_of

MENTIONS = ("name", "attr", "free", "str")


def idle_functions(program: Program, product: Set[str]) -> frozenset[str]:
    """Return the ids of functions in files of tests and samples that nothing of the product names.

    What such a file does when it is imported counts, and so does all that its functions in use name in turn.
    """
    borrowed = [
        file for file in program.sources if file.path in product and role_of(file.path) in (Role.TEST, Role.EXAMPLE)
    ]
    if not borrowed:
        return frozenset()
    paths = {file.path for file in borrowed}
    own = (function for file in program.sources if file.path in product - paths for function in file.functions)
    known = {name for function in own for name in (*_mentioned(function), *_imported(function))}
    waiting = {function.id: function for file in borrowed for function in file.functions}
    while True:
        used = [function for function in waiting.values() if _is_used(function, known)]
        if not used:
            return frozenset(waiting)
        for function in used:
            del waiting[function.id]
            known.update(_named_when_imported(function) if function.facts.kind == "module" else _mentioned(function))
            known.update(_imported(function, used_only=True))


def _is_used(function: Function, known: Set[str]) -> bool:
    """Tell whether what is in use names a function; the body of a class is, and what a name with `__` stands for."""
    facts = function.facts
    if facts.kind == "module" or facts.kind == "class":
        return True
    return facts.name in known or facts.name.startswith("__") or not facts.name.isidentifier() or bool(facts.decorators)


def _mentioned(function: Function) -> Iterator[str]:
    return (node.text for node in function.facts.values if node.op in MENTIONS)


def _named_when_imported(module: Function) -> Iterator[str]:
    """Yield what a module names but in its `__all__` and where it is run as a program."""
    values = module.facts.values
    asked = (node.start for node in values if node.op == "compare" and values[node.args[0]].text == "__name__")
    end = min(asked, default=None)
    early = [node for node in values if end is None or node.start < end]
    yield from (node.text for node in early if node.op in MENTIONS[:-1])
    taken = (values[argument] for node in early for argument in node.args if argument >= 0)
    yield from (module.file.functions[int(node.text)].facts.name for node in taken if node.op == "function")


def _imported(function: Function, *, used_only: bool = False) -> Iterator[str]:
    """Yield what a function imports, or only what it then does something with."""
    values = function.facts.values
    taken = set(_taken(function)) if used_only else range(len(values))
    return (values[index].text.rpartition("|")[2] for index in taken if values[index].op == "import")


def _taken(function: Function) -> Iterable[int]:
    for node in function.facts.values:
        yield from (argument for argument in node.args if argument >= 0)
    yield from (event.value for event in function.facts.events if event.value >= 0)
