"""A report on the terminal: the authority diff, the findings, what was not analysed, the verdict."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from analyzers.finding import Finding, Report
from app.render.escape import line
from app.render.terminal import COLOURS, block, printed, sentence
from app.render.terminal_authority import diff_parts, table_parts
from app.render.terminal_finding import finding_parts
from app.render.view import View
from app.render.wording import IDLE, QUIET, grade, is_quiet, is_told, numbers, tools_resolved
from app.verdict import gravest_first

MIN_WIDTH = 60
MAX_WIDTH = 120
CONCLUSIONS = {"success": ("✓", "green"), "failure": ("✗", "red"), "neutral": ("!", "yellow")}


def to_text(view: View, width: int = 80, color: bool = False) -> str:
    """Return the report for a terminal of this width."""
    return printed(_parts(view), min(max(width, MIN_WIDTH), MAX_WIDTH), color)


def tools_to_text(report: Report, width: int = 80, color: bool = False) -> str:
    """Return the authority table for a terminal of this width."""
    closing = tools_resolved(report) if report.tools else "No MCP tools were found."
    parts = [*table_parts(report.tools), *_listed("Not analysed", _gaps(report)), Text(closing, style="bold")]
    return printed(parts, min(max(width, MIN_WIDTH), MAX_WIDTH), color)


def _parts(view: View) -> Iterator[RenderableType]:
    for note in view.notes:
        yield sentence(note, style="yellow")
        yield Text()
    yield from diff_parts(view)
    ordered = sorted(view.report.findings, key=gravest_first)
    yield from _in_full(view, [item for item in ordered if is_told(view, item)])
    yield from _listed(QUIET, [_one_line(item) for item in ordered if is_quiet(view, item)])
    yield from _listed("Known before this change", [_one_line(item) for item in ordered if _is_known(item)])
    yield from _listed("Suppressed", [_dismissed(item) for item in ordered if item.suppressed is not None])
    yield from _listed("Fixed here", [Text(line(f"{item.rule}  {item.path}")) for item in view.report.fixed])
    yield from _listed(IDLE, [Text(line(f"{item.path}:{item.line}: {item.text}")) for item in view.report.idle_ignores])
    yield from _listed("Not analysed", _gaps(view.report))
    yield sentence(numbers(view), style="dim")
    mark, style = CONCLUSIONS.get(view.verdict.conclusion, ("!", "yellow"))
    yield sentence(f"{mark} {view.verdict.title}", style=f"bold {style}")


def _in_full(view: View, findings: Sequence[Finding]) -> Iterator[RenderableType]:
    told: set[str] = set()
    for finding in findings:
        yield from finding_parts(view, finding, finding.pattern not in told)
        told.add(finding.pattern)


def _is_known(finding: Finding) -> bool:
    return not finding.new and finding.suppressed is None


def _one_line(finding: Finding) -> Text:
    place = line(f"{finding.location.path}:{finding.location.line}")
    return Text.assemble((finding.rule, COLOURS[finding.severity]), f"  {place}  ", (grade(finding), "dim"))


def _dismissed(finding: Finding) -> Text:
    text = _one_line(finding)
    if finding.suppressed is not None:
        text.append(f", by {finding.suppressed.by}: {line(finding.suppressed.reason)}", style="dim")
    return text


def _gaps(report: Report) -> list[Text]:
    files = [
        Text(line(f"{item.path}: {item.reason}"), style="red" if item.in_scope else "dim")
        for item in report.coverage.not_analyzed
    ]
    return files + [
        Text(line(f"{item.rule or item.kind} on {item.path}: {item.reason}"), style="red") for item in report.failures
    ]


def _listed(heading: str, lines: Sequence[Text]) -> Iterator[RenderableType]:
    if not lines:
        return
    yield Text(heading, style="bold")
    for text in lines:
        yield block(text)
    yield Text()
