"""How programs refuse a caller: by the status of an answer, or by an error that is named for it."""

from analyzers.facts import Event, Value
from analyzers.project.program import Function

STATUS_CODES = ("401", "403")
STATUS_NAMES = ("HTTP_401_UNAUTHORIZED", "HTTP_403_FORBIDDEN", "UNAUTHORIZED", "FORBIDDEN")
# Words in the names of errors that refuse a caller.
REFUSALS = ("authentication", "unauthorized", "unauthenticated", "forbidden", "accessdenied", "permissiondenied")


def is_denial(node: Value) -> bool:
    """Tell whether a value is the status of a refusal: `401`, `status.HTTP_401_UNAUTHORIZED`."""
    return (node.op == "number" and node.text in STATUS_CODES) or (node.op == "attr" and node.text in STATUS_NAMES)


def states_denial(function: Function, value: int) -> bool:
    """Tell whether an answer is made of the status of a refusal."""
    return any(is_denial(function.facts.values[part]) for part in function.made_of(value))


def raises_refusal(function: Function, event: Event) -> bool:
    """Tell whether an error that is raised is named for a refusal, which others make an answer of."""
    node = function.facts.values[event.value] if event.kind == "raise" and event.value >= 0 else None
    if node is None:
        return False
    name = function.facts.values[node.args[0]].text if node.op == "call" else node.text
    return any(word in name.rpartition("|")[2].lower() for word in REFUSALS)
