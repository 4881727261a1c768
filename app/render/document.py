"""The values of the JSON form: what other programs may rely on, version 1.

Lines and columns are 1-based, columns count UTF-16 units, ends are exclusive (`end_line` is the last line touched).
"""

from typing import Literal

import msgspec

from app.verdict import Conclusion

SeverityName = Literal["info", "low", "medium", "high", "critical"]
ConfidenceName = Literal["low", "medium", "high"]


class ToolInfo(msgspec.Struct, frozen=True):
    """The program that made the document."""

    name: str
    version: str


class TargetInfo(msgspec.Struct, frozen=True):
    """What was analysed; commits are full object ids, null where there is none."""

    kind: str
    commit: str | None
    base: str | None
    merge_base: str | None


class VerdictInfo(msgspec.Struct, frozen=True):
    """How the check ends; `gate` is the severity that blocks, `blocking` the number of findings that do."""

    conclusion: Conclusion
    gate: SeverityName | Literal["never"]
    blocking: int


class SuppressionInfo(msgspec.Struct, frozen=True):
    """Who dismissed a finding, why, and where that is written."""

    by: Literal["comment", "policy", "command"]
    reason: str
    where: str


class EvidenceInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step from entry to effect, or from source to sink; of the base where it was deleted."""

    path: str
    line: int
    note: str
    side: Literal["head", "base"] = "head"


class PlaceInfo(msgspec.Struct, frozen=True):
    """A place between two characters."""

    line: int
    column: int


class EditInfo(msgspec.Struct, frozen=True):
    """Replace a range of one file by a text."""

    path: str
    start: PlaceInfo
    end: PlaceInfo
    text: str


class FixInfo(msgspec.Struct, frozen=True):
    """A change that removes the finding; `safe` when that was proven."""

    title: str
    safety: Literal["safe", "review"]
    edits: tuple[EditInfo, ...]


class FindingInfo(msgspec.Struct, frozen=True):
    """One root cause at one place."""

    rule: str
    principle: str
    severity: SeverityName
    confidence: ConfidenceName
    path: str
    start_line: int
    end_line: int
    side: Literal["head", "base"]
    message: str
    fingerprint: str
    new: bool
    suppressed: SuppressionInfo | None
    tools: tuple[str, ...]
    new_tools: tuple[str, ...]
    evidence: tuple[EvidenceInfo, ...]
    fix: FixInfo | None
    pattern: str


class FixedInfo(msgspec.Struct, frozen=True):
    """A finding of the base that the head no longer has."""

    fingerprint: str
    rule: str
    path: str


class AuthorizationInfo(msgspec.Struct, frozen=True):
    """Where and on what a call is authorized."""

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
    where: str
    claim: str


class RowInfo(msgspec.Struct, frozen=True):
    """The authority of one entry point."""

    server: str
    name: str
    kind: Literal["tool", "resource", "prompt", "completion", "route"]
    path: str
    line: int
    transport: Literal["stdio", "http", "both", "unknown"]
    authentication: str
    authorization: AuthorizationInfo
    capabilities: tuple[str, ...]
    credentials: tuple[str, ...]
    network: tuple[str, ...]
    audit: str
    confidence: ConfidenceName
    unresolved: tuple[str, ...]
    bind: Literal["", "loopback", "network"] = ""


class CauseInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """The changed line behind a difference; of the base where it was deleted."""

    path: str
    line: int
    side: Literal["head", "base"] = "head"


class ChangeInfo(msgspec.Struct, frozen=True):
    """One column of one entry point that differs between base and head."""

    tool: str
    column: str
    before: str | None
    after: str | None
    direction: Literal["worse", "better", "changed"]
    cause: CauseInfo | None


class NotAnalyzedInfo(msgspec.Struct, frozen=True):
    """A file that was not read, and whether the verdict depends on it."""

    path: str
    reason: str
    in_scope: bool


class CoverageInfo(msgspec.Struct, frozen=True):
    """What was looked at."""

    files_total: int
    files_read: int
    files_irrelevant: int
    files_excluded: int
    tools_resolved: int
    tools_total: int
    tools_dynamic: int
    packages_judged: int
    packages_total: int
    not_analyzed: tuple[NotAnalyzedInfo, ...]


class FailureInfo(msgspec.Struct, frozen=True):
    """A rule or reader that raised."""

    kind: str
    path: str
    rule: str
    reason: str


class IdleIgnoreInfo(msgspec.Struct, frozen=True):
    """A comment that was meant to dismiss a finding and dismisses nothing."""

    path: str
    line: int
    kind: Literal["unknown_rule", "no_rule", "no_reason", "unused"]
    text: str


class Document(msgspec.Struct, frozen=True):
    """One report."""

    schema_version: Literal[1]
    tool: ToolInfo
    target: TargetInfo
    verdict: VerdictInfo
    findings: tuple[FindingInfo, ...]
    fixed: tuple[FixedInfo, ...]
    tools: tuple[RowInfo, ...]
    authority_diff: tuple[ChangeInfo, ...] | None
    coverage: CoverageInfo
    failures: tuple[FailureInfo, ...]
    idle_ignores: tuple[IdleIgnoreInfo, ...]
    elapsed_ms: int
