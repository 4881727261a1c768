"""One finding in Markdown, part by part, in the order in which it is read."""

from analyzers.finding import Finding, Safety, Side
from app.render import catalog
from app.render.escape import code, fence, prose
from app.render.patch import fix_diff
from app.render.redact import is_about_secrets
from app.render.view import View
from app.render.wording import SHORT_FINGERPRINT, concerned, grade

MAX_EVIDENCE = 12
MAX_SENTENCE = 600
MAX_NOTE = 240


def place(view: View, path: str, line: int, side: Side = Side.HEAD) -> str:
    """Return a place as a link to its line, as code where there is nothing to link to."""
    label = code(f"{path}:{line}")
    address = view.link(path, line, side)
    return f"[{label}]({address})" if address else label


def located(view: View, finding: Finding) -> str:
    """Return where a finding is."""
    location = finding.location
    return place(view, location.path, location.line, location.side)


def headline(finding: Finding) -> str:
    """Say in bold what is wrong."""
    return f"**{prose(finding.message[:MAX_SENTENCE])}**"


def why(view: View, finding: Finding) -> str:
    """Say why it matters, and for which tools when they are many."""
    concerns = concerned(view, finding)
    return prose(finding.why[:MAX_SENTENCE]) + (f" {prose(concerns)}" if concerns else "")


def evidence(view: View, finding: Finding) -> str:
    """List the steps that prove it."""
    steps = [
        f"{number}. {place(view, step.path, step.line, step.side)} {prose(step.note[:MAX_NOTE])}"
        for number, step in enumerate(finding.evidence[:MAX_EVIDENCE], start=1)
    ]
    hidden = len(finding.evidence) - len(steps)
    return "\n".join([*steps, f"\n…{hidden:,} more steps"] if hidden > 0 else steps)


def patch(view: View, finding: Finding) -> str:
    """Show the fix as a diff, with what is left to decide; "" when there is none."""
    if finding.fix is None:
        return ""
    diff = fix_diff(finding.fix, view.texts, is_about_secrets(finding.rule))
    if not diff:
        return ""
    proven = finding.fix.safety is Safety.SAFE
    claim = (
        "Analysed again with this change: the finding is gone."
        if proven
        else "Decide what is marked before you apply it."
    )
    return f"{prose(finding.fix.title)}. {claim}\n\n{fence(diff, 'diff')}"


def folded_pattern(finding: Finding) -> str:
    """Return the architectural pattern behind a fold, "" when the finding names none."""
    pattern = catalog.pattern(finding.pattern)
    if pattern is None:
        return ""
    return f"<details><summary>Pattern: {pattern.title}</summary>\n\n{pattern.text.strip()}\n\n</details>"


def footer(view: View, finding: Finding) -> str:
    """Name the rule, what it is filed under, and the way to dismiss the finding."""
    address = view.links.rule(finding.rule)
    rule = f"[{finding.rule}]({address})" if address else code(finding.rule)
    references = [_reference(name) for name in catalog.references(finding.rule)]
    return " · ".join([rule, grade(finding), *references, dismissal(view, finding)])


def dismissal(view: View, finding: Finding) -> str:
    """Say how a finding that is no issue is dismissed."""
    fingerprint = finding.fingerprint[:SHORT_FINGERPRINT]
    if view.commands:
        return f"not an issue? `/skillaudit accept {fingerprint} reason`"
    return f"not an issue? list `{fingerprint}` with a reason under `suppressions` in `.github/skillaudit.yml`"


def _reference(name: str) -> str:
    kind, _, number = name.partition("-")
    return f"[{name}](https://cwe.mitre.org/data/definitions/{number}.html)" if kind == "CWE" else name
