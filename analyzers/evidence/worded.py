"""What carries the text of an error, and the handler in which that was caught."""

from typing import NamedTuple

from analyzers.facts import Event
from analyzers.flow.secrets import Secret
from analyzers.project.program import Function


class Worded(NamedTuple):
    """A return or raise that carries the text of an error."""

    function: Function
    event: Event
    secret: Secret


def is_handler(function: Function, event: Event, secret: Secret) -> bool:
    """Tell whether an event is the start of the handler in which an error was caught."""
    if event.kind != "swallow" or function.file.path != secret.path:
        return False
    return function.file.facts.lines.line(event.start) == secret.line
