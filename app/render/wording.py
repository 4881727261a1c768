"""What is said in words, the same in every format: sentences in which names stand between backticks."""

from analyzers.finding import LOCAL, Authorization, Finding, Report, ToolRow
from app.render.view import View
from app.verdict import count

SHORT_COMMIT = 7
SHORT_FINGERPRINT = 8
MAX_NAMES = 8
QUIET = "Less grave or less certain than asked for"
IDLE = "Ignore comments without effect"

KINDS = {
    "uniform": "one check for all tools",
    "per_tool": "a check of this tool",
    "per_principal_registration": "registration per caller",
    "gateway": "a gateway",
    "downstream": "the service behind it, with the caller's own credential",
    "mode_gate": "a switch of the whole process, not the caller",
    "unresolved": "not resolved",
}


def authorized_by(authorization: Authorization, authentication: str = "") -> str:
    """Say what authorizes a call."""
    if authorization.kind == "none":
        if authentication == LOCAL:
            return "its own user alone reaches it"
        connected = authentication not in ("", "none")
        return f"nothing beyond the connection, {authentication}" if connected else "nothing"
    what = KINDS[authorization.kind]
    if authorization.claim and authorization.kind != "downstream":
        is_switch = authorization.kind == "mode_gate"
        what = f"{'the switch' if is_switch else 'claim'} {name(authorization.claim)}"
        what += " of the whole process" if is_switch else ""
    return f"{what} ({authorization.where})" if authorization.where else what


def row_words(row: ToolRow) -> dict[str, str]:
    """Return each column of an authority row in words."""
    return {
        "transport": row.reached,
        "authentication": row.authentication or "none",
        "authorization": authorized_by(row.authorization, row.authentication),
        "capabilities": ", ".join(row.capabilities) or "none found",
        "credentials": ", ".join(row.credentials) or "none",
        "network": ", ".join(row.network) or "none",
        "audit": row.audit or "nothing",
    }


def tool_names(view: View, keys: tuple[str, ...]) -> str:
    """List tools given as `server:name`, the first few of many."""
    return names(tuple(view.tool_name(key) for key in keys))


def names(items: tuple[str, ...]) -> str:
    """List names, the first few of many."""
    shown = ", ".join(name(item) for item in items[:MAX_NAMES])
    return f"{shown} and {len(items) - MAX_NAMES:,} more" if len(items) > MAX_NAMES else shown


def name(text: str) -> str:
    """Return a foreign name between backticks; those of its own become apostrophes."""
    return f"`{text.replace('`', chr(39))}`"


def concerned(view: View, finding: Finding) -> str:
    """Say which tools a finding is about when they are many, "" when its message names the one."""
    if len(finding.tools) < 2:
        return ""
    sentence = f"Concerns {count(len(finding.tools), 'tool')}: {tool_names(view, finding.tools)}."
    if finding.new_tools and set(finding.new_tools) != set(finding.tools):
        sentence += f" New here: {tool_names(view, finding.new_tools)}."
    return sentence


def grade(finding: Finding) -> str:
    """Say how grave a finding is and how sure."""
    return f"{finding.severity}, confidence {finding.confidence}"


def status(view: View, finding: Finding) -> str:
    """Say what a finding means for the verdict."""
    if finding.suppressed is not None:
        return "suppressed"
    if not finding.new:
        return "known before"
    if view.verdict.blocks(finding):
        return "blocking"
    return "not blocking" if view.report.authority_diff is None else "new"


def is_told(view: View, finding: Finding) -> bool:
    """Tell whether a finding is told in full: it is news, and as grave and sure as the policy asks."""
    return finding.is_loud(view.verdict.min_confidence)


def is_quiet(view: View, finding: Finding) -> bool:
    """Tell whether a finding is news, but below what the policy asks: named in one line, and not proven with a fix."""
    return finding.new and finding.suppressed is None and not is_told(view, finding)


def numbers(view: View) -> str:
    """Say what was compared, read and found, and how long it took."""
    report, coverage = view.report, view.report.coverage
    passed_over = f"{coverage.files_irrelevant:,} irrelevant, {coverage.files_excluded:,} excluded"
    parts = [
        _compared(view),
        f"{count(coverage.files_read, 'file')} read, {passed_over}, {len(coverage.not_analyzed):,} not analysed.",
        packages_judged(report),
        tools_resolved(report),
        _findings(report),
        f"Policy: {view.policy}.",
        f"{count(report.rules_run, 'rule')}, {view.elapsed_ms / 1000:.1f} s.",
    ]
    return " ".join(part for part in parts if part)


def tools_resolved(report: Report) -> str:
    """Say how many tools are understood."""
    coverage = report.coverage
    sentence = f"{coverage.tools_resolved:,} of {count(coverage.tools_total, 'tool')} resolved"
    return (
        f"{sentence}, {coverage.tools_dynamic:,} registered dynamically." if coverage.tools_dynamic else f"{sentence}."
    )


def packages_judged(report: Report) -> str:
    """Say how much of a large tree was judged, "" where it was all of it."""
    coverage = report.coverage
    if coverage.packages_judged == coverage.packages_total:
        return ""
    total = count(coverage.packages_total, "package")
    if not coverage.packages_judged:
        return f"The change concerns none of {total}, so none was judged."
    return f"The change concerns {coverage.packages_judged:,} of {total}; only these were judged."


def short(commit: str) -> str:
    """Return the first digits of a commit, as people write it."""
    return commit[:SHORT_COMMIT]


def _compared(view: View) -> str:
    target = view.target
    start = target.merge_base or target.base
    if start and target.commit:
        return f"Compared `{short(start)}`..`{short(target.commit)}`."
    return f"Audited `{short(target.commit)}`." if target.commit else ""


def _findings(report: Report) -> str:
    suppressed = sum(item.suppressed is not None for item in report.findings)
    new = sum(item.new and item.suppressed is None for item in report.findings)
    known = len(report.findings) - new - suppressed
    if report.authority_diff is None:
        return f"{count(new, 'finding')}, {suppressed:,} suppressed."
    return (
        f"{count(new, 'new finding')}, {len(report.fixed):,} fixed, {known:,} known before, {suppressed:,} suppressed."
    )
