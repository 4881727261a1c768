"""What a local name is said to be, where what it is set to leads nowhere: `client: Client = context.get_state("c")`."""

from typing import TYPE_CHECKING

from analyzers.project.annotations import annotated
from analyzers.project.program import Function
from analyzers.project.targets import Found, Site

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver

# Before the name under which annotations are kept.
SAID = ": "
SETTING = frozenset({"call", "await", "attr", "index", "item"})


class Stated:
    """Resolves what annotated names of functions are set to."""

    def __init__(self, resolver: "Resolver") -> None:
        self._resolver = resolver
        self._annotations: dict[str, dict[int, int]] = {}

    def of(self, site: Site, found: Found) -> Found:
        """Return the objects of the program that an annotation promises, where nothing of the program was found."""
        annotations = self._annotations.get(site.function.id)
        if annotations is None:
            annotations = self._annotations[site.function.id] = _annotations_of(site.function)
        annotation = annotations.get(site.value, -1)
        if annotation < 0:
            return found
        targets = tuple(found)
        if any(target.function is not None for target in targets):
            return targets
        promised = annotated(self._resolver, site.function, annotation)
        return tuple(target for target in promised if target.function is not None) or targets


def _annotations_of(function: Function) -> dict[int, int]:
    """Return the annotations of the values that a function's annotated names are set to."""
    names, values = function.facts.names, function.facts.values
    said = [name for name in names if name.startswith(SAID)] if function.facts.kind != "class" else []
    return {
        value: names[name][0]
        for name in said
        for value in names.get(name.removeprefix(SAID), ())
        if values[value].op in SETTING
    }
