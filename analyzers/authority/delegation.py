"""Where what a caller's request carries becomes a credential for what a tool does."""

from collections.abc import Iterator

from analyzers.authority.passage import passed_functions
from analyzers.authority.refused_fallbacks import refuses_fallback
from analyzers.authority.rows import Row
from analyzers.flow.carried import stored
from analyzers.flow.labels import AUTHORIZATION, BEARER, HEADERS, ID, Labels, is_identity
from analyzers.flow.summaries import Flow
from analyzers.frameworks.credentials import carries_credential, names_credential
from analyzers.project.program import Function

MAX_FUNCTIONS = 400
ENTRIES = ("index", "attr")
# Words in the addresses of endpoints that tell whose a token is.
TELLING = ("introspect", "userinfo", "tokeninfo")
# No credential of a caller is one of these.
CONSTANTS = ("str", "number", "bool", "bytes", "none", "ellipsis", "secret")


class Delegations:
    """Finds entry points that make a credential of their caller's; what a function does is found once."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._known: dict[str, bool] = {}

    def may_act_for_caller(self, row: Row) -> bool:
        """Tell whether a call passes a place that makes a credential of one that its request carries."""
        return any(self._delegates(function) for function in passed_functions(self.flow, row, MAX_FUNCTIONS))

    def refuses_to_stand_in(self, row: Row) -> bool:
        """Tell whether such a place refuses callers who bring none, unless a switch lets the server's own stand in."""
        functions = passed_functions(self.flow, row, MAX_FUNCTIONS)
        return any(self._delegates(function) and refuses_fallback(self.flow, function) for function in functions)

    def _delegates(self, function: Function) -> bool:
        known = self._known.get(function.id)
        if known is None:
            known = self._known[function.id] = any(
                self._is_callers(function, value) for value in _credentials(function)
            )
        return known

    def _is_callers(self, function: Function, value: int) -> bool:
        node = function.facts.values[value]
        if node.op in CONSTANTS:
            return False
        if node.op == "attr" and node.text == "token" and ID in self._labels(function, node.args[0]):
            return True
        labels = self._labels(function, value)
        # What is kept for whoever calls is looked up by who that is, and an entry of what was found.
        if node.op in ENTRIES and is_identity(labels):
            return True
        return any(
            label in (HEADERS, AUTHORIZATION, BEARER) or (label.startswith("header:") and names_credential(label[7:]))
            for label in labels
        )

    def _labels(self, function: Function, value: int) -> Labels:
        labeler = self.flow.labeler
        return labeler.resolved(labeler.labels(function, value))


def _credentials(function: Function) -> Iterator[int]:
    """Yield what a function gives to others, or keeps, under the name of a credential."""
    values = function.facts.values
    asked = _only_asked(function)
    for index, node in enumerate(values):
        tabled = node.op == "map" and index not in asked
        entries = zip(node.args[::2], node.args[1::2], strict=True) if tabled else ()
        for key, value in entries:
            if key >= 0 and values[key].op == "str" and carries_credential(values[key].text):
                yield value
    for event in function.facts.events:
        if event.kind == "store" and carries_credential(stored(function, event)[1]):
            yield event.value
        elif event.kind == "call":
            node = values[event.value]
            for keyword, value in zip(node.names, node.args[1:], strict=True):
                if keyword and carries_credential(keyword):
                    yield value


def _only_asked(function: Function) -> set[int]:
    """Return what is sent to an endpoint that tells whose a token is, and does nothing in its name."""
    values = function.facts.values
    found: set[int] = set()
    for event in function.calls():
        node = values[event.value]
        address = [values[part] for part in function.made_of(*node.args[1:2])]
        if any(part.op in ("str", "template") and word in part.text for part in address for word in TELLING):
            found.update(node.args[2:])
    return found
