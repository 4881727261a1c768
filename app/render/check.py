"""The check run's summary and text in Markdown."""

from collections.abc import Collection, Sequence

from analyzers.finding import Finding, Side, Suppression
from app.render import blocks
from app.render.authority import authority_table
from app.render.escape import code, prose
from app.render.view import View
from app.render.wording import IDLE, QUIET, grade, is_quiet, is_told, numbers, status
from app.verdict import gravest_first

MAX_LISTED = 50


def summary(view: View) -> str:
    """Return the authority diff, the findings in one line each, what was not analysed, and the numbers."""
    sections = [
        *(prose(note) for note in view.notes),
        authority_table(view),
        _lines(view, [item for item in sorted(view.report.findings, key=gravest_first) if is_told(view, item)]),
        _requested(view),
        not_analyzed(view),
        prose(numbers(view)),
    ]
    return "\n\n".join(section for section in sections if section)


def text(view: View, elsewhere: Collection[str] = ()) -> str:
    """Return the findings in full that are not told `elsewhere`, then the fixed, quiet, known and suppressed ones."""
    ordered = sorted(view.report.findings, key=gravest_first)
    full = [details(view, item) for item in ordered if is_told(view, item) and item.fingerprint not in elsewhere]
    listed = [_fixed(view), _quiet(view, ordered), _known(view, ordered), _suppressed(view, ordered), _idle(view)]
    sections = [*full, *listed]
    return "\n\n".join(section for section in sections if section)


def details(view: View, finding: Finding) -> str:
    """Return everything about one finding."""
    parts = [
        f"### {prose(finding.rule)}",
        f"{status(view, finding).capitalize()} · {grade(finding)} · {blocks.located(view, finding)}",
        blocks.headline(finding),
        blocks.why(view, finding),
        blocks.evidence(view, finding),
        blocks.patch(view, finding),
        blocks.folded_pattern(finding),
        blocks.footer(view, finding),
    ]
    return "\n\n".join(part for part in parts if part)


def not_analyzed(view: View) -> str:
    """Name what a verdict lacks; "" when everything in scope was analysed."""
    report = view.report
    items = [
        *(f"- {code(item.path)}: {prose(item.reason)}" for item in report.coverage.not_analyzed if item.in_scope),
        *(f"- {code(item.rule or item.kind)} on {code(item.path)}: {prose(item.reason)}" for item in report.failures),
    ]
    return _bounded("**Not analysed**, and needed for a verdict", items)


def _lines(view: View, findings: Sequence[Finding]) -> str:
    items = [
        f"- **{status(view, item).capitalize()}** · {code(item.rule)} · {grade(item)} · "
        f"{blocks.located(view, item)}  \n  {prose(item.message[: blocks.MAX_SENTENCE])}"
        for item in findings
    ]
    return _bounded("", items)


def _fixed(view: View) -> str:
    items = [f"- {code(item.rule)} in {code(item.path)}" for item in view.report.fixed]
    return _bounded("### Fixed here", items)


def _quiet(view: View, findings: Sequence[Finding]) -> str:
    return _bounded(f"### {QUIET}", [_one_line(view, item) for item in findings if is_quiet(view, item)])


def _known(view: View, findings: Sequence[Finding]) -> str:
    items = [_one_line(view, item) for item in findings if not item.new and item.suppressed is None]
    return _bounded("### Known before this change", items)


def _suppressed(view: View, findings: Sequence[Finding]) -> str:
    items = [
        f"{_one_line(view, item)}: {_dismissed(item.suppressed)}" for item in findings if item.suppressed is not None
    ]
    return _bounded("### Suppressed", items)


def _requested(view: View) -> str:
    """Show what a change asks to have suppressed: that counts once it is on the base branch."""
    items = [
        f"{_one_line(view, item)}: {_dismissed(item.requested)}"
        for item in view.report.findings
        if item.requested is not None and item.suppressed is None
    ]
    return _bounded("**Suppressions that this change brings along**, and that do not count for it", items)


def _idle(view: View) -> str:
    items = [
        f"- {blocks.place(view, item.path, item.line, Side.HEAD)}: {prose(item.text)}"
        for item in view.report.idle_ignores
    ]
    return _bounded(f"### {IDLE}", items)


def _dismissed(suppression: Suppression) -> str:
    return f"by {suppression.by} at {code(suppression.where)}, {prose(suppression.reason)}"


def _one_line(view: View, finding: Finding) -> str:
    return f"- {code(finding.rule)} · {grade(finding)} · {blocks.located(view, finding)}"


def _bounded(heading: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    more = [f"- …{len(items) - MAX_LISTED:,} more"] if len(items) > MAX_LISTED else []
    listed = "\n".join([*items[:MAX_LISTED], *more])
    return f"{heading}\n\n{listed}" if heading else listed
