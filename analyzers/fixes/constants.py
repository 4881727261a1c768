"""Where a constant stands that is to be read from the environment instead, and under which name."""

from analyzers.facts import Value
from analyzers.flow.labeling import Labeler
from analyzers.frameworks.credentials import ENVIRONMENT_CALLS, names_credential
from analyzers.project.program import Function
from analyzers.rule import Analysis, Draft


def constant_at(analysis: Analysis, draft: Draft) -> tuple[Function, int, str] | None:
    """Return the expression to replace and the variable's name: the constant, or the `getenv` whose default it is."""
    for function in analysis.program.files[draft.path].functions:
        for index, node in enumerate(function.facts.values):
            if node.op != "secret" or node.start != draft.start:
                continue
            for other, call in enumerate(function.facts.values):
                if call.op == "call" and index in call.args[1:]:
                    variable = _variable(analysis.flow.labeler, function, call)
                    if variable:
                        return function, other, variable
            return function, index, _name_for(function, index)
    return None


def _variable(labeler: Labeler, function: Function, call: Value) -> str:
    """Return the variable that a call reads from the environment, "" for another call."""
    names = labeler.resolver.externals(function, call.args[0])
    if not any(name in ENVIRONMENT_CALLS for name in names):
        return ""
    return labeler.resolver.text(function, call.args[1]) or ""


def _name_for(function: Function, index: int) -> str:
    """Return a variable's name from what the constant is given to: a name, an attribute, a keyword or a key."""
    values = function.facts.values
    given = [name for name, bound in function.facts.names.items() if index in bound]
    stores = [event for event in function.facts.events if event.kind in ("store", "global")]
    given.extend(event.text for event in stores if event.value == index)
    for node in values:
        if index in node.args and node.op == "call":
            given.extend(name for name, argument in zip(node.names, node.args[1:], strict=True) if argument == index)
        elif index in node.args and node.op == "map":
            key = node.args[node.args.index(index) - 1]
            given.append(values[key].text if key >= 0 else "")
    name = next((name for name in given if name.replace("-", "_").isidentifier() and name.isascii()), "")
    return name.replace("-", "_").upper() if names_credential(name) else ""
