"""What a measurement found, label by label."""

import msgspec

from analyzers.finding import Finding


class Judged(msgspec.Struct, frozen=True):
    """One weakness, and what found it loudly.

    `quiet` was found without being loud, `on_the_way` lies elsewhere and names the place in its evidence, `near` lies
    elsewhere in its file. `unread` says why its tree was not judged; such a weakness counts as missed.
    """

    id: str
    weakness: str
    difficulty: str
    note: str = ""
    covered: bool = True
    found: tuple[Finding, ...] = ()
    quiet: tuple[Finding, ...] = ()
    on_the_way: tuple[Finding, ...] = ()
    near: tuple[Finding, ...] = ()
    unread: str = ""


class Checked(msgspec.Struct, frozen=True):
    """One place that must be silent about a class, and the loud findings that are there all the same."""

    id: str
    weakness: str
    alarms: tuple[Finding, ...] = ()
    unread: str = ""


class Replayed(msgspec.Struct, frozen=True):
    """One pull request: what blocked it, and the weaknesses that it brings."""

    id: str
    kind: str
    subject: str
    blocking: tuple[Finding, ...] = ()
    expected: tuple[Judged, ...] = ()
    unread: str = ""

    @property
    def is_ordinary(self) -> bool:
        """Whether nothing may block it."""
        return not self.expected


class Skipped(msgspec.Struct, frozen=True):
    """A label that was not measured, and why."""

    id: str
    reason: str


class Measured(msgspec.Struct):
    """Everything measured, in the order of the labels."""

    pairs: list[Judged] = []
    spots: list[Judged] = []
    twins: list[Checked] = []
    clean: list[Checked] = []
    replayed: list[Replayed] = []
    skipped: list[Skipped] = []
    failures: list[str] = []
