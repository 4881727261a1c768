"""Credentials that a program gives to a whole library, `stripe.api_key = key`: every call of it uses them."""

from typing import TYPE_CHECKING

from analyzers.flow.labels import NONE, Labels, as_credential
from analyzers.frameworks.credentials import carries_credential

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler


class ModuleKeys:
    """Finds what attributes of imported modules are set to, by the name of the module; answers are kept."""

    def __init__(self, labeler: "Labeler") -> None:
        self._labeler = labeler
        self._known: dict[str, Labels] | None = None

    def of(self, name: str) -> Labels:
        """Return the labels of the credentials of the library that a dotted name belongs to."""
        if self._known is None:
            self._known = self._found()
        return self._known.get(name.partition(".")[0], NONE) if self._known else NONE

    def _found(self) -> dict[str, Labels]:
        found: dict[str, Labels] = {}
        resolver = self._labeler.resolver
        for function, event in resolver.program.every_store():
            if event.target < 0 or not carries_credential(event.text):
                continue
            module = resolver.external(function, event.target)
            if module and "." not in module:
                labels = as_credential(self._labeler.labels(function, event.value))
                found[module] = found.get(module, NONE) | labels
        return found
