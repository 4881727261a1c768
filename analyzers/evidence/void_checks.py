"""The drafts of the rules about checks that do not hold: one for each tool, joined where they share the check."""

from collections.abc import Callable, Iterator

from analyzers.authority.harm import AUTHENTICATED_SEVERITIES, effect_evidence, harm_text
from analyzers.authority.mode_gaps import Gap
from analyzers.authority.rows import Row
from analyzers.authority.weakness import Weakness
from analyzers.finding import Confidence, Evidence, Severity
from analyzers.project.servers import UNRESOLVED
from analyzers.rule import Analysis, Draft


def is_open_to_callers(row: Row) -> bool:
    """Tell whether a tool of an authenticated network server matters, and nothing authorizes its calls one by one."""
    return (
        row.entry.kind == "tool"
        and row.is_remote
        and bool(row.state.authentication)
        and row.rank >= 1
        and row.authorization.kind in ("none", "mode_gate", "uniform")
    )


def title_of(row: Row) -> str:
    """Return what an author knows a tool by: its name, else the function that runs it."""
    handler = row.entry.handler
    return row.name if row.name != UNRESOLVED or handler is None else handler.facts.name


def weak_rows(analysis: Analysis, kind: str) -> Iterator[tuple[Row, Weakness]]:
    """Yield the tools whose check has a weakness of a kind."""
    for row in analysis.rows:
        if is_open_to_callers(row):
            weakness = analysis.weaknesses.of(row)
            if weakness is not None and weakness.kind == kind:
                yield row, weakness


def drafts_of(
    weak: list[tuple[Row, Weakness]], message: Callable[[Row, Weakness], str], why: str, group_message: str
) -> Iterator[Draft]:
    """Yield the drafts; those of one shared check get the severity of its most harmful tool. `why` ends in a harm."""
    by_place: dict[tuple[str, int], list[Row]] = {}
    for row, weakness in weak:
        by_place.setdefault((weakness.function.id, weakness.start), []).append(row)
    for row, weakness in weak:
        alike = by_place[weakness.function.id, weakness.start]
        worst = max(alike, key=lambda other: other.rank)
        is_shared = weakness.shared or len(alike) > 1
        cause = f"{weakness.place.path}|{weakness.place.symbol}|{weakness.reason}" if is_shared else ""
        yield Draft(
            key=row.key,
            path=row.entry.declared.function.file.path,
            location=weakness.location,
            message=message(row, weakness),
            why=f"{why} can {harm_text(worst)}.",
            severity=AUTHENTICATED_SEVERITIES[worst.rank],
            confidence=max(other.confidence() for other in alike),
            evidence=(
                Evidence(weakness.place.path, weakness.place.line, f"the check of `{title_of(row)}` {weakness.reason}"),
                *effect_evidence(row),
            ),
            rows=(row.key,),
            group=cause,
            group_message=group_message,
            start=weakness.start,
            end=weakness.end,
            standing=cause,
        )


def left_out(gap: Gap) -> Iterator[Draft]:
    """Yield the draft of a tool that changes things without asking the switch that the others ask."""
    handler, effect = gap.row.entry.inner or gap.row.entry.handler, gap.effect
    if handler is None:
        return
    # In a function that tells names apart it is the part for this one.
    branch = gap.row.entry.branch if gap.row.entry.inner is None else None
    first = branch.first() if branch is not None and branch.handler is None else None
    if branch is not None and first is not None:
        handler = branch.function
    start, end = (first.start, first.end) if first is not None else (handler.facts.start, handler.facts.head_end)
    location = handler.location(start, end)
    yield Draft(
        key=f"{gap.row.key}|{gap.switch}",
        path=handler.file.path,
        location=location,
        message=f"`{gap.row.name}` changes things whatever the switch `{gap.switch}` says.",
        why=(
            f"{gap.asking} tools of the server ask `{gap.switch}` before they change anything, and this one does not: "
            f"an operator who runs the server read-only lets it {harm_text(gap.row)} all the same."
        ),
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        evidence=(
            Evidence(gap.place.path, gap.place.line, f"the others ask `{gap.switch}`"),
            Evidence(handler.file.path, location.line, f"`{gap.row.name}` runs without asking it"),
            Evidence(effect.place.path, effect.place.line, f"`{effect.name}` runs all the same"),
        ),
        rows=(gap.row.key,),
        group=f"{gap.row.entry.server.id}|{gap.switch}",
        group_message="tools change things whatever the server's switch against it says.",
        start=start,
        end=end,
    )
