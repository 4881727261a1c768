"""Findings as annotations of a check run, which GitHub shows as plain text."""

from analyzers.finding import Finding, Side
from app.render.escape import line, visible
from app.render.excerpt import last_line
from app.render.patch import fix_diff
from app.render.redact import is_about_secrets
from app.render.view import View
from app.render.wording import concerned
from github import budgets
from github.checks import Annotation

MAX_ANNOTATIONS = 200
TITLE_BYTES = 120
MESSAGE_BYTES = 4_000
DETAILS_BYTES = 16_000
MAX_LINES = 10


def annotation(view: View, finding: Finding) -> Annotation | None:
    """Render a finding as an annotation, None when it lies in the base tree, whose lines the head does not have."""
    location = finding.location
    if location.side is Side.BASE:
        return None
    return Annotation(
        path=location.path,
        start_line=location.line,
        end_line=min(last_line(finding), location.line + MAX_LINES - 1),
        annotation_level=_level(view, finding),
        message=_clipped(_message(view, finding), MESSAGE_BYTES),
        title=budgets.clip(f"{finding.rule} ({finding.severity})", TITLE_BYTES),
        raw_details=_clipped(_details(view, finding), DETAILS_BYTES),
    )


def _level(view: View, finding: Finding) -> str:
    return "failure" if view.verdict.blocks(finding) else "warning"


def _message(view: View, finding: Finding) -> str:
    steps = [
        f"{number}. {line(f'{step.path}:{step.line}')} {line(step.note, 240)}"
        for number, step in enumerate(finding.evidence[:12], start=1)
    ]
    concerns = concerned(view, finding)
    parts = [line(finding.message, 600), line(f"{finding.why} {concerns}".strip(), 900), "\n".join(steps)]
    return "\n\n".join(part for part in parts if part)


def _details(view: View, finding: Finding) -> str:
    if finding.fix is None:
        return ""
    return visible(fix_diff(finding.fix, view.texts, is_about_secrets(finding.rule)), keep="\n\t")


def _clipped(text: str, limit: int) -> str:
    """Cut plain text at a line; a character is at most four bytes, so the last line is cut by characters."""
    if len(text.encode()) <= limit:
        return text
    kept: list[str] = []
    room = limit - len("…".encode())
    for row in text.split("\n"):
        room -= len(row.encode()) + 1
        if room < 0:
            break
        kept.append(row)
    return "\n".join([*kept, "…"]) if kept else budgets.clip(text, limit)
