"""A report as JSON, and the schema of that."""

from typing import TypeVar

import msgspec

from analyzers.finding import Confidence, Finding, Severity, ToolRow
from app.render import document as doc
from app.render.excerpt import last_line
from app.render.view import View

NAME = "SkillAudit"
SCHEMA_FILE = "report.schema.json"
T = TypeVar("T")


def to_json(view: View) -> bytes:
    """Return the report as indented JSON, the same for the same input but for `elapsed_ms`."""
    return _indented(to_document(view))


def tools_to_json(rows: tuple[ToolRow, ...]) -> bytes:
    """Return the authority table alone as indented JSON."""
    return _indented({"schema_version": 1, "tools": _plain(rows, tuple[doc.RowInfo, ...])})


def to_document(view: View) -> doc.Document:
    """Return the report as the values of the JSON form."""
    report, target, verdict = view.report, view.target, view.verdict
    changes = report.authority_diff
    gate = "never" if verdict.gate is None else str(verdict.gate)
    return doc.Document(
        schema_version=1,
        tool=doc.ToolInfo(NAME, report.engine_version),
        target=doc.TargetInfo(target.kind, target.commit or None, target.base or None, target.merge_base or None),
        verdict=_plain({"conclusion": verdict.conclusion, "gate": gate, "blocking": verdict.blocking}, doc.VerdictInfo),
        findings=tuple(_finding(item) for item in report.findings),
        fixed=_plain(report.fixed, tuple[doc.FixedInfo, ...]),
        tools=_plain(report.tools, tuple[doc.RowInfo, ...]),
        authority_diff=None if changes is None else _plain(changes, tuple[doc.ChangeInfo, ...]),
        coverage=_plain(report.coverage, doc.CoverageInfo),
        failures=_plain(report.failures, tuple[doc.FailureInfo, ...]),
        idle_ignores=_plain(report.idle_ignores, tuple[doc.IdleIgnoreInfo, ...]),
        elapsed_ms=view.elapsed_ms,
    )


def json_schema() -> bytes:
    """Return the JSON schema (draft 2020-12) of the JSON form."""
    heading: dict[str, object] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{NAME} report, version 1",
    }
    return _indented(heading | msgspec.json.schema(doc.Document))


def _finding(finding: Finding) -> doc.FindingInfo:
    location = finding.location
    fields = msgspec.structs.asdict(finding) | {
        "path": location.path,
        "start_line": location.line,
        "end_line": last_line(finding),
        "side": location.side,
    }
    return _plain(fields, doc.FindingInfo)


def _plain(value: object, kind: type[T]) -> T:
    """Convert values field by field; numbers that stand for words become the words."""
    words = msgspec.to_builtins(_worded(value))
    return msgspec.convert(words, kind)


def _worded(value: object) -> object:
    if isinstance(value, Severity | Confidence):
        return str(value)
    if isinstance(value, msgspec.Struct):
        return {name: _worded(item) for name, item in msgspec.structs.asdict(value).items()}
    if isinstance(value, dict):
        return {name: _worded(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_worded(item) for item in value]
    return value


def _indented(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
