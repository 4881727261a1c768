"""Where a tool refuses by what its own parameters say of the caller: `if not is_admin: raise PermissionError`."""

from collections.abc import Callable, Iterator

from analyzers.authority.supports import refusals
from analyzers.facts import Event
from analyzers.flow.labels import MARK, is_identity, whole
from analyzers.flow.summaries import Flow
from analyzers.frameworks import identity
from analyzers.project.program import Function

MAX_TEXTS = 12


def decided_by_parameter(
    flow: Flow, handler: Function, is_decisive: Callable[[Event], bool]
) -> tuple[int, Event] | None:
    """Return the parameter that says who calls or what the caller may, and the branch that refuses by it.

    Parameters are values like others, so that a check of one is only a matter of standing where what refuses says so.
    """
    standing = {
        f"{handler.id}{MARK}{index}": index
        for index, parameter in enumerate(handler.facts.parameters)
        if parameter.name in identity.STANDING_PARAMETERS
    }
    for event in handler.facts.events if standing else ():
        if event.kind not in ("true", "false"):
            continue
        labels = flow.labeler.labels(handler, event.value)
        asked = [standing[whole(label)[2:]] for label in labels if MARK in label and whole(label)[2:] in standing]
        if asked and not is_identity(labels) and _refuses(flow, handler, event) and is_decisive(event):
            return min(asked), event
    return None


def _refuses(flow: Flow, function: Function, event: Event) -> bool:
    return any(
        any(word in text.lower() for word in identity.REFUSING_WORDS)
        for end in refusals(function, event)
        for text in _texts(flow, function, end.value)
    )


def _texts(flow: Flow, function: Function, value: int) -> Iterator[str]:
    """Yield the names and constant texts of what is raised or answered."""
    for part in function.made_of(value, most=MAX_TEXTS):
        node = function.facts.values[part]
        if node.op == "str":
            yield node.text
        elif node.op in ("name", "import", "attr"):
            yield from flow.resolver.externals(function, part)
