"""Signatures that stand for a message of a service, and not for whoever calls."""

from analyzers.project.program import Function

MESSAGE = "webhook"


def is_of_message(function: Function, call: int) -> bool:
    """Tell whether a call only finds a signature to be right, of what the function is called after: a webhook."""
    is_read = any(call in node.args for node in function.facts.values)
    is_given = any(event.value == call and event.kind != "call" for event in function.facts.events)
    return MESSAGE in function.facts.qualname.lower() and not is_read and not is_given
