"""Where the verified token of a caller becomes a credential for what a tool does."""

from analyzers.authority.passage import passed_functions
from analyzers.authority.rows import Row
from analyzers.flow.labels import ID
from analyzers.flow.summaries import Flow
from analyzers.frameworks.credentials import carries_credential
from analyzers.project.program import Function

MAX_FUNCTIONS = 400


class Delegations:
    """Finds entry points that make a credential of their caller's token; what a function does is found once."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._known: dict[str, bool] = {}

    def may_act_for_caller(self, row: Row) -> bool:
        """Tell whether a call passes a place that makes a credential of the token that was verified for it."""
        return any(self._delegates(function) for function in passed_functions(self.flow, row, MAX_FUNCTIONS))

    def _delegates(self, function: Function) -> bool:
        known = self._known.get(function.id)
        if known is None:
            known = self._known[function.id] = any(
                carries_credential(keyword) and self._is_callers_token(function, value)
                for event in function.calls()
                for node in [function.facts.values[event.value]]
                for keyword, value in zip(node.names, node.args[1:], strict=True)
            )
        return known

    def _is_callers_token(self, function: Function, value: int) -> bool:
        node = function.facts.values[value]
        if node.op != "attr" or node.text != "token":
            return False
        labeler = self.flow.labeler
        return ID in labeler.resolved(labeler.labels(function, node.args[0]))
