"""One finding on the terminal: what is wrong, where, the proof, the fix and the pattern."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.rule import Rule
from rich.text import Text

from analyzers.finding import Finding, Safety
from app.render import catalog
from app.render.escape import line, visible
from app.render.excerpt import excerpt
from app.render.patch import fix_diff
from app.render.redact import is_about_secrets
from app.render.terminal import COLOURS, block, pairs, sentence
from app.render.view import View
from app.render.wording import SHORT_FINGERPRINT, concerned, status

MAX_EVIDENCE = 20
DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def finding_parts(view: View, finding: Finding, with_pattern: bool) -> Iterator[RenderableType]:
    """Yield a finding from its heading to its references; the pattern in full, or by its title alone."""
    yield _heading(finding)
    yield block(Text(f"{status(view, finding)}, confidence {finding.confidence}", style="dim"))
    yield Text()
    yield block(sentence(finding.message, style=COLOURS[finding.severity]))
    yield block(sentence(f"{finding.why} {concerned(view, finding)}".strip()))
    yield from _excerpt(view, finding)
    yield from _evidence(finding)
    yield from _fix(view, finding)
    yield from _pattern(finding, with_pattern)
    yield Text()
    yield block(Text(_references(view, finding), style="dim"))
    yield Text()


def _heading(finding: Finding) -> Rule:
    place = line(f"{finding.location.path}:{finding.location.line}")
    title = Text.assemble(
        (f"{str(finding.severity).upper()} ", COLOURS[finding.severity]), (finding.rule, "bold"), (f"  {place}", "")
    )
    return Rule(title, align="left", characters="─", style="dim")


def _excerpt(view: View, finding: Finding) -> Iterator[RenderableType]:
    data = view.text_at(finding.location)
    if data is None:
        return
    shown = excerpt(finding, data)
    width = len(str(shown[-1].number)) if shown else 0
    yield Text()
    for row in shown:
        number = f"{'▸' if row.marked else ' '} {row.number:>{width}} │ "
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(number, style="red" if row.marked else "dim").append(row.text, style="bold" if row.marked else "")
        yield block(text)


def _evidence(finding: Finding) -> Iterator[RenderableType]:
    if not finding.evidence:
        return
    steps = finding.evidence[:MAX_EVIDENCE]
    yield Text()
    yield block(
        pairs(
            (Text(f"{number}. {line(f'{step.path}:{step.line}', 40)}", style="cyan"), sentence(step.note))
            for number, step in enumerate(steps, start=1)
        )
    )
    if len(finding.evidence) > len(steps):
        yield block(Text(f"…{len(finding.evidence) - len(steps):,} more steps", style="dim"))


def _fix(view: View, finding: Finding) -> Iterator[RenderableType]:
    diff = fix_diff(finding.fix, view.texts, is_about_secrets(finding.rule)) if finding.fix else ""
    if finding.fix is None or not diff:
        return
    claim = "proven" if finding.fix.safety is Safety.SAFE else "decide what is marked"
    yield Text()
    yield block(sentence(f"Fix ({claim}): {finding.fix.title}"))
    rows = diff.rstrip().split("\n")
    only_file = len({edit.path for edit in finding.fix.edits}) == 1
    for row in rows[2:] if only_file else rows:
        yield block(_diff_line(row), indent=4)


def _diff_line(row: str) -> Text:
    # What changes is shown whole; what stands around it may be cut.
    changes = row.startswith(("+", "-"))
    shown = visible(row.expandtabs(4))
    return Text(shown, DIFF_STYLES.get(row[:1], ""), no_wrap=not changes, overflow="fold" if changes else "ellipsis")


def _pattern(finding: Finding, with_pattern: bool) -> Iterator[RenderableType]:
    pattern = catalog.pattern(finding.pattern)
    if pattern is None:
        return
    yield Text()
    yield block(Text(f"Pattern: {pattern.title}", style="bold"))
    if with_pattern:
        yield block(sentence(pattern.text), indent=4)


def _references(view: View, finding: Finding) -> str:
    known = [*catalog.references(finding.rule), finding.fingerprint[:SHORT_FINGERPRINT], view.links.rule(finding.rule)]
    return " · ".join(reference for reference in known if reference)
