"""What a request carries from a middleware to those that handle it: attributes of its state."""

from typing import TYPE_CHECKING

from analyzers.facts import Event
from analyzers.flow.held_claims import holds_claims, without_claims
from analyzers.flow.labels import AUTHORIZATION, BEARER, HEADERS, MARK, Labels
from analyzers.project.program import Function
from analyzers.project.targets import argument_of

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler

STATE = "state"


class CarriedStates:
    """Finds what is kept of requests under a name, as in `request.state.user = ...` and `scope["state"]["user"] = ...`.

    The places are found once, when the first is asked for.
    """

    def __init__(self, labeler: "Labeler") -> None:
        self._labeler = labeler
        self._stores: dict[str, list[tuple[Function, int]]] | None = None

    def labels(self, name: str) -> Labels:
        """Return the labels of all that is kept under a name, empty where nothing is."""
        if self._stores is None:
            self._stores = self._found()
        found: set[str] = set()
        for function, value in self._stores.get(name, ()):
            labels = self._labeler.labels(function, value)
            if holds_claims(self._labeler.resolver, function, value, labels):
                labels = without_claims(labels)
            found.update(label for label in labels if MARK not in label)
            found.update(carried(self._labeler.resolved(labels)))
        return frozenset(found) - {HEADERS}

    def _found(self) -> dict[str, list[tuple[Function, int]]]:
        found: dict[str, list[tuple[Function, int]]] = {}
        resolver = self._labeler.resolver
        for function, event in resolver.program.every_store():
            state, name = stored(function, event)
            if name and is_state(function, state):
                found.setdefault(name, []).append((function, event.value))
        for function, call in resolver.program.call_sites("setattr"):
            node = function.facts.values[call]
            key = resolver.text(function, argument_of(node, "name", 1))
            if key and len(node.args) == 4 and is_state(function, node.args[1]):
                found.setdefault(key, []).append((function, node.args[3]))
        return found


def carried(labels: Labels) -> Labels:
    """Return which of labels name a header or a token; all that a request brings says too little of one value."""
    return frozenset(
        label for label in labels if label in (AUTHORIZATION, BEARER) or label.startswith(("header:", "held:header:"))
    )


def stored(function: Function, event: Event) -> tuple[int, str]:
    """Return what an assignment to an attribute or an entry changes, and the name of that, "" where it is none."""
    if event.text != "[]":
        return event.target, event.text
    table, key = function.facts.values[event.target].args
    node = function.facts.values[key]
    return table, node.text if node.op == "str" else ""


def is_state(function: Function, value: int) -> bool:
    """Tell whether a value is the state of a request: `request.state`, or `scope["state"]`."""
    if value < 0:
        return False
    node = function.facts.values[value]
    if node.op == "index":
        key = function.facts.values[node.args[1]]
        return key.op == "str" and key.text == STATE
    return node.op == "attr" and node.text == STATE and function.facts.values[node.args[0]].text != "self"
