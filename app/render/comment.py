"""The text of an inline comment, and what becomes of it later."""

import re2

from analyzers.finding import Finding, Side
from app.evidence import proof
from app.render import blocks
from app.render.suggestion import Suggestion, suggestion
from app.render.view import DiffLines, View
from app.render.wording import short
from github.markers import format_marker

MAX_BYTES = 8_000
MAX_SUGGESTION_BYTES = 3_000
SEE_CHECK = "The rest is too long for a comment; it is in the check run."


def body(view: View, finding: Finding, proposal: Suggestion | None) -> str:
    """Return a comment's Markdown with its marker, in at most 8,000 bytes: what is longest gives way first."""
    return _written(view, finding, proposal)[0]


def is_whole(view: View, finding: Finding) -> bool:
    """Tell whether a comment on a finding says all that matters, or leaves some to the check run."""
    return _written(view, finding, proposed(view, finding))[1]


def _written(view: View, finding: Finding, proposal: Suggestion | None) -> tuple[str, bool]:
    offer = _suggested(proposal) if proposal else blocks.patch(view, finding)
    opening = [blocks.headline(finding), blocks.why(view, finding), blocks.evidence(view, finding)]
    marker = format_marker(view.job, finding.fingerprint, proof(view.report, finding))
    closing = [blocks.footer(view, finding), marker]
    pattern = blocks.folded_pattern(finding)
    whole = [[*opening, offer, pattern], [*opening, offer]]
    shorter = [[*opening, SEE_CHECK, pattern], [*opening, SEE_CHECK], [*opening[:2], SEE_CHECK]]
    for parts in (*whole, *shorter):
        text = "\n\n".join(part for part in [*parts, *closing] if part)
        if len(text.encode()) <= MAX_BYTES:
            return text, parts in whole
    return "\n\n".join([opening[0], SEE_CHECK, *closing]), False


def proposed(view: View, finding: Finding) -> Suggestion | None:
    """Return the suggestion that a comment on this finding can carry."""
    hunks = view.diff.get(finding.location.path, DiffLines()).right
    proposal = suggestion(finding, view.texts.get(finding.location.path), hunks)
    if proposal is None or len("\n".join(proposal.lines).encode()) > MAX_SUGGESTION_BYTES:
        return None
    return proposal


def anchor_line(view: View, finding: Finding) -> int | None:
    """Return the first line of a finding that stands in a hunk of the diff, None when none does."""
    lines = view.diff.get(finding.location.path, DiffLines())
    span = finding.location.span
    candidates = [
        max(hunk.start, span.start.line)
        for hunk in (lines.left if finding.location.side is Side.BASE else lines.right)
        if hunk.start <= span.end.line and span.start.line < hunk.stop
    ]
    return min(candidates, default=None)


def fixed(text: str, commit: str) -> str:
    """Strike out the first line of a comment of ours and say where it was fixed; again changes nothing."""
    first, _, rest = text.partition("\n")
    if first.startswith("~~"):
        return text
    return f"~~{first}~~\n\nFixed in `{short(commit)}`.\n{rest}"


def _suggested(proposal: Suggestion) -> str:
    content = "".join(f"{line}\n" for line in proposal.lines)
    longest = max((len(run) for run in re2.findall(r"`+", content)), default=0)
    marks = "`" * max(3, longest + 1)
    return f"{marks}suggestion\n{content}{marks}"
