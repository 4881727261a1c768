"""Names of modules that another module gives a new meaning: `auth.current_token = wrapped`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.project.program import File, Function

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver


class Replacements:
    """Finds what stands in for names of modules; all are found once."""

    def __init__(self, resolver: "Resolver") -> None:
        self._resolver = resolver
        self._known: dict[tuple[str, str], list[tuple[Function, int]]] | None = None

    def of(self, file: File, name: str) -> list[tuple[Function, int]]:
        """Return what was assigned to a name of a module from outside, as (function, value)."""
        if self._known is None:
            self._known = {}
            for function, module, text, value in self._found():
                self._known.setdefault((module.path, text), []).append((function, value))
        return self._known.get((file.path, name), [])

    def _found(self) -> Iterator[tuple[Function, File, str, int]]:
        for function, event in self._resolver.program.every_store():
            if event.text != "[]" and event.target >= 0:
                for file in self._modules(function, function.facts.values[event.target]):
                    yield function, file, event.text, event.value

    def _modules(self, function: Function, node: Value) -> Iterator[File]:
        """Yield the files of the program that an imported name stands for."""
        module = function.file.module.facts
        bound = [module.values[value] for value in module.names.get(node.text, ())] if node.op == "name" else [node]
        for imported in bound:
            if imported.op == "import":
                name, _, member = imported.text.partition("|")
                for target in self._resolver.imported(name, member, function.file):
                    if target.kind == "module" and target.file is not None:
                        yield target.file
