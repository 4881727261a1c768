"""A check that was written and does not hold."""

import msgspec

from analyzers.facts import Event
from analyzers.finding import Location
from analyzers.flow.guards import Place
from analyzers.project.program import Function


class Weakness(msgspec.Struct, frozen=True):
    """A check that does not hold: `kind` is `open` or `void`, `reason` ends the sentence "the check ...".

    `shared` tells that it stands outside of the tool's own handler, and so concerns every tool that relies on it.
    `passed_on` tells that the check itself stands in a function whose answer is heeded there.
    """

    kind: str
    reason: str
    function: Function
    start: int
    end: int
    shared: bool = False
    passed_on: bool = False

    @property
    def location(self) -> Location:
        """Where the check stands."""
        return self.function.location(self.start, self.end)

    @property
    def place(self) -> Place:
        """The check's line and the function around it."""
        return Place(
            self.function.file.path, self.function.file.facts.lines.line(self.start), self.function.facts.qualname
        )


def weakness_at(function: Function, kind: str, reason: str, event: Event) -> Weakness:
    """Return a weakness of the check at an event."""
    return Weakness(kind, reason, function, event.start, event.end)
