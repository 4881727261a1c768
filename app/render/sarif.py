"""A report as SARIF 2.1.0, in the part of it and within the limits that GitHub code scanning takes."""

from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from analyzers.finding import Confidence, Evidence, Failure, Finding, Fix, IdleIgnore, Position, Side
from app.render import catalog
from app.render.escape import line
from app.render.jsonformat import NAME
from app.render.sarif_rules import Json, level, rule_descriptor
from app.render.view import View
from app.verdict import gravest_first

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MAX_RESULTS = 25_000
MAX_STEPS = 1_000
MAX_TEXT = 1_000


def to_sarif(view: View) -> bytes:
    """Return the report as a SARIF log with one run."""
    return msgspec.json.format(msgspec.json.encode(_log(view, f"skillaudit/{view.target.kind}/")), indent=2) + b"\n"


def to_alerts(view: View) -> bytes:
    """Return the report's findings as GitHub code scanning is to show them: those in force, on lines that exist.

    What is suppressed, quiet or told on a deleted line is left out. All commits share one category, since
    alerts are compared only within theirs.
    """
    minimum = view.verdict.min_confidence
    shown = tuple(item for item in view.report.findings if _is_alert(item, minimum))
    report = msgspec.structs.replace(view.report, findings=shown, authority_diff=None)
    return msgspec.json.encode(_log(msgspec.structs.replace(view, report=report), "skillaudit/"))


def _is_alert(finding: Finding, minimum: Confidence) -> bool:
    return finding.location.side is Side.HEAD and msgspec.structs.replace(finding, new=True).is_loud(minimum)


def _log(view: View, category: str) -> Json:
    findings = sorted(view.report.findings, key=gravest_first)[:MAX_RESULTS]
    rules = sorted({finding.rule for finding in findings})
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(view, findings, rules, category)]}


def _run(view: View, findings: Sequence[Finding], rules: Sequence[str], category: str) -> Json:
    places = {rule: index for index, rule in enumerate(rules)}
    run: Json = {
        "tool": {"driver": _driver(view, rules)},
        "automationDetails": {"id": category},
        "columnKind": "utf16CodeUnits",
        "invocations": [_invocation(view)],
        "results": [_result(view, finding, places[finding.rule]) for finding in findings],
    }
    if view.links.repository and view.target.commit:
        source = {"repositoryUri": view.links.repository, "revisionId": view.target.commit}
        run["versionControlProvenance"] = [source]
    return run


def _driver(view: View, rules: Sequence[str]) -> Json:
    driver: Json = {"name": NAME, "rules": [rule_descriptor(rule, view.links.rule(rule)) for rule in rules]}
    if view.report.engine_version:
        driver["version"] = view.report.engine_version
    return driver


def _invocation(view: View) -> Json:
    missing = [_notification(item.path, item.reason) for item in view.report.coverage.not_analyzed if item.in_scope]
    failed = [_failure(item) for item in view.report.failures]
    invocation: Json = {
        "executionSuccessful": not view.report.incomplete,
        "toolExecutionNotifications": [*missing, *failed],
    }
    if view.report.idle_ignores:
        invocation["toolConfigurationNotifications"] = [_idle(item) for item in view.report.idle_ignores[:MAX_STEPS]]
    return invocation


def _idle(item: IdleIgnore) -> Json:
    place = {"artifactLocation": _artifact(item.path), "region": {"startLine": max(1, item.line)}}
    text = f"An ignore comment has no effect: {_text(item.text)}"
    return {"level": "warning", "message": {"text": text}, "locations": [{"physicalLocation": place}]}


def _failure(failure: Failure) -> Json:
    return _notification(failure.path, f"{failure.rule or failure.kind}: {failure.reason}")


def _notification(path: str, reason: str) -> Json:
    located = [{"physicalLocation": {"artifactLocation": _artifact(path)}}] if path else []
    return {"level": "error", "message": {"text": f"Not analysed: {_text(reason)}"}, "locations": located}


def _result(view: View, finding: Finding, index: int) -> Json:
    result: Json = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": {"text": _text(finding.message)},
        "locations": [_location(finding)],
        # The first is the one that GitHub knows an alert again by, as long as its file keeps its path.
        "partialFingerprints": {
            "primaryLocationLineHash": f"{finding.fingerprint}:1",
            "skillaudit/v1": finding.fingerprint,
        },
        "properties": _properties(finding),
    }
    if view.report.authority_diff is not None:
        result["baselineState"] = "new" if finding.new else "unchanged"
    # A log describes one tree: a step that the change deleted has no line in it.
    steps = [step for step in finding.evidence if step.side is Side.HEAD]
    if steps:
        result["codeFlows"] = [_code_flow(steps)]
    if finding.suppressed is not None:
        kind = "inSource" if finding.suppressed.by == "comment" else "external"
        reason = line(finding.suppressed.reason, MAX_TEXT)
        result["suppressions"] = [{"kind": kind, "status": "accepted", "justification": reason}]
    if finding.fix is not None:
        result["fixes"] = [_fix(finding.fix)]
    return result


def _properties(finding: Finding) -> Json:
    pattern = catalog.pattern(finding.pattern)
    return {
        "severity": str(finding.severity),
        "confidence": str(finding.confidence),
        "principle": finding.principle,
        "side": str(finding.location.side),
        "tools": list(finding.tools[:MAX_STEPS]),
        "newTools": list(finding.new_tools[:MAX_STEPS]),
        **({"pattern": pattern.title} if pattern else {}),
    }


def _location(finding: Finding) -> Json:
    span = finding.location.span
    return {
        "physicalLocation": {
            "artifactLocation": _artifact(finding.location.path),
            "region": _region(span.start, span.end),
        }
    }


def _region(start: Position, end: Position) -> Json:
    return {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}


def _code_flow(steps: Sequence[Evidence]) -> Json:
    return {"threadFlows": [{"locations": [{"location": _step(step)} for step in steps[:MAX_STEPS]]}]}


def _step(step: Evidence) -> Json:
    place = {"artifactLocation": _artifact(step.path), "region": {"startLine": max(1, step.line)}}
    return {"physicalLocation": place, "message": {"text": _text(step.note)}}


def _fix(fix: Fix) -> Json:
    paths = dict.fromkeys(edit.path for edit in fix.edits)
    changes = [
        {
            "artifactLocation": _artifact(path),
            "replacements": [
                {"deletedRegion": _region(edit.start, edit.end), "insertedContent": {"text": edit.text}}
                for edit in fix.edits
                if edit.path == path
            ],
        }
        for path in paths
    ]
    return {"description": {"text": _text(fix.title)}, "artifactChanges": changes}


def _artifact(path: str) -> Json:
    return {"uri": quote(path, errors="surrogateescape"), "uriBaseId": "%SRCROOT%"}


def _text(text: str) -> str:
    # A viewer turns `[text](address)` in a plain message into a link; section 3.11.6 names the escape.
    return line(text, MAX_TEXT).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
