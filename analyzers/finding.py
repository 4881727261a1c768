"""What an analysis says: findings, the authority of tools, coverage and failures, as plain frozen values.

Every value compares by content and serialises with msgspec. Lines and columns are 1-based, columns count UTF-16
units as SARIF does, ends are exclusive.
"""

import enum
from typing import Literal

import msgspec

LOCAL = "local, the user's own authority"


class Severity(enum.IntEnum):
    """Harm if the finding is true."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    def __str__(self) -> str:
        return self.name.lower()

    def lowered(self, steps: int) -> "Severity":
        """Return the severity this many steps down, never below info."""
        return Severity(max(0, self - steps))


class Confidence(enum.IntEnum):
    """How sure the analysis is."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2

    def __str__(self) -> str:
        return self.name.lower()

    def lowered(self, steps: int) -> "Confidence":
        """Return the confidence this many steps down, never below low."""
        return Confidence(max(0, self - steps))


class Safety(enum.StrEnum):
    """Whether a fix may be offered as a one-click suggestion."""

    SAFE = "safe"
    REVIEW = "review"


class Side(enum.StrEnum):
    """The tree a location lies in."""

    HEAD = "head"
    BASE = "base"


class Position(msgspec.Struct, frozen=True, order=True):
    """A place between two characters; both numbers are 1-based, the column in UTF-16 units."""

    line: int
    column: int


class Span(msgspec.Struct, frozen=True, order=True):
    """A range of text; the end is exclusive."""

    start: Position
    end: Position


class Location(msgspec.Struct, frozen=True, order=True):
    """A span of one file of one tree."""

    path: str
    span: Span
    side: Side = Side.HEAD

    @property
    def line(self) -> int:
        """The first line of the span."""
        return self.span.start.line


class Edit(msgspec.Struct, frozen=True):
    """Replace a span of one file by a text."""

    path: str
    start: Position
    end: Position
    text: str


class Fix(msgspec.Struct, frozen=True):
    """A change that removes a finding.

    A `safe` fix was applied and analysed again: the finding was gone and nothing new appeared. A `review` fix is a
    concrete patch with a decision left to the author.
    """

    title: str
    safety: Safety
    edits: tuple[Edit, ...]


class Evidence(msgspec.Struct, frozen=True):
    """One step from entry to effect, or from source to sink; of the base tree where the change deleted it."""

    path: str
    line: int
    note: str
    side: Side = Side.HEAD


class Suppression(msgspec.Struct, frozen=True):
    """Who dismissed a finding, why, and where that is written."""

    by: Literal["comment", "policy", "command"]
    reason: str
    where: str


class Finding(msgspec.Struct, frozen=True):
    """One root cause at one place, with the tools it concerns.

    `requested` is a suppression that came with the change itself, which does not count there.
    """

    rule: str
    principle: str
    severity: Severity
    confidence: Confidence
    location: Location
    message: str
    why: str
    fingerprint: str
    new: bool = True
    suppressed: Suppression | None = None
    tools: tuple[str, ...] = ()
    new_tools: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    fix: Fix | None = None
    pattern: str = ""
    requested: Suppression | None = None

    def is_loud(self, minimum: Confidence = Confidence.MEDIUM) -> bool:
        """Tell whether the finding becomes an inline comment."""
        return self.new and self.suppressed is None and self.confidence >= minimum and self.severity >= Severity.LOW

    def is_blocking(self, gate: Severity | None, minimum: Confidence = Confidence.MEDIUM) -> bool:
        """Tell whether the finding fails the check; a gate of None blocks nothing."""
        return gate is not None and self.is_loud(minimum) and self.severity >= gate


class FixedFinding(msgspec.Struct, frozen=True):
    """A finding of the base tree that the head tree no longer has."""

    fingerprint: str
    rule: str
    path: str


class Authorization(msgspec.Struct, frozen=True):
    """Where and on what a call of one tool is authorized."""

    kind: Literal[
        "none",
        "uniform",
        "per_tool",
        "per_principal_registration",
        "gateway",
        "downstream",
        "mode_gate",
        "unresolved",
    ]
    where: str = ""
    claim: str = ""


class ToolRow(msgspec.Struct, frozen=True):
    """The authority of one entry point: what it can do, as whom, and who may call it.

    `requires` is what its authorization asks of a caller: every clause, of each clause one grant; `shared` that other
    tools of the server ask for the same, `outranks` that all those do less. `bind` tells who reaches the server unless
    it is told otherwise: this machine alone, others too, "" for what is not known. `beside` tells of a route that its
    server's authentication does not stand in front of.
    """

    server: str
    name: str
    kind: Literal["tool", "resource", "prompt", "completion", "route"]
    path: str
    line: int
    transport: Literal["stdio", "http", "both", "unknown"]
    authentication: str
    authorization: Authorization
    capabilities: tuple[str, ...]
    credentials: tuple[str, ...]
    network: tuple[str, ...]
    audit: str
    confidence: Confidence
    unresolved: tuple[str, ...] = ()
    requires: tuple[tuple[str, ...], ...] = ()
    shared: bool = False
    outranks: bool = False
    bind: Literal["", "loopback", "network"] = ""
    beside: bool = False

    @property
    def key(self) -> str:
        """The `server:name` that findings refer to."""
        return f"{self.server}:{self.name}"

    @property
    def reached(self) -> str:
        """The transport, and whether this machine alone reaches it."""
        return f"{self.transport} on loopback" if self.bind == "loopback" else self.transport


class Cause(msgspec.Struct, frozen=True):
    """The changed line behind a difference; of the base tree where it was deleted."""

    path: str
    line: int
    side: Side = Side.HEAD


class AuthorityChange(msgspec.Struct, frozen=True):
    """One column of one entry point's row that differs between base and head."""

    tool: str
    column: str
    before: str | None
    after: str | None
    direction: Literal["worse", "better", "changed"]
    cause: Cause | None = None


class NotAnalyzed(msgspec.Struct, frozen=True):
    """A file that was not read, and whether a verdict depends on it."""

    path: str
    reason: str
    in_scope: bool


class Coverage(msgspec.Struct, frozen=True):
    """What was looked at. Of a large tree a review judges only the packages that the change concerns."""

    files_total: int = 0
    files_read: int = 0
    files_irrelevant: int = 0
    files_excluded: int = 0
    tools_resolved: int = 0
    tools_total: int = 0
    tools_dynamic: int = 0
    packages_judged: int = 0
    packages_total: int = 0
    not_analyzed: tuple[NotAnalyzed, ...] = ()


class Failure(msgspec.Struct, frozen=True):
    """A rule or reader that raised: what it cost, without any text of the source."""

    kind: str
    path: str
    rule: str
    reason: str


class IdleIgnore(msgspec.Struct, frozen=True):
    """A comment `skillaudit: ignore[...]` that dismisses nothing, at the line that it stands for, and why in `text`."""

    path: str
    line: int
    kind: Literal["unknown_rule", "no_rule", "no_reason", "unused"]
    text: str


class Report(msgspec.Struct, frozen=True):
    """Everything one analysis found. The only thing that is rendered, in whatever format."""

    findings: tuple[Finding, ...] = ()
    fixed: tuple[FixedFinding, ...] = ()
    tools: tuple[ToolRow, ...] = ()
    authority_diff: tuple[AuthorityChange, ...] | None = None
    coverage: Coverage = Coverage()
    failures: tuple[Failure, ...] = ()
    surface_changed: bool = True
    engine_version: str = ""
    rules_run: int = 0
    idle_ignores: tuple[IdleIgnore, ...] = ()

    @property
    def incomplete(self) -> bool:
        """Whether something in scope was not analysed, so that no verdict can be clean."""
        return bool(self.failures) or any(item.in_scope for item in self.coverage.not_analyzed)
