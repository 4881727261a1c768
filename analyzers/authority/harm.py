"""What a caller can do with a tool, in words and as the last step of the evidence."""

from collections.abc import Collection, Iterable, Iterator

from analyzers.authority.idle_handlers import changes_nothing, reads_kept
from analyzers.authority.row_texts import credential_texts, destination_text, is_callers_own
from analyzers.authority.rows import Row
from analyzers.authority.wholes import is_meant, is_whole, text_taints
from analyzers.finding import Evidence, Severity
from analyzers.flow.effects import Effect
from analyzers.flow.operands import QUERY
from analyzers.flow.reading_settings import READING
from analyzers.flow.summaries import Flow
from analyzers.frameworks import sinks
from analyzers.frameworks.models import asks_model, runs_agent
from analyzers.project.servers import in_sentence
from analyzers.roles import Role, role_of

AUTHENTICATED_SEVERITIES = {4: Severity.HIGH, 3: Severity.HIGH, 2: Severity.MEDIUM, 1: Severity.LOW, 0: Severity.LOW}
EXPOSED_SEVERITIES = {4: Severity.CRITICAL, 3: Severity.CRITICAL, 2: Severity.HIGH, 1: Severity.HIGH, 0: Severity.LOW}
ASKING = ("uniform", "per_tool", "per_principal_registration")
DOES = {
    "exec": "run commands or arbitrary statements",
    "money": "move money",
    "identity": "change accounts and permissions",
    "destroy": "delete data",
    "write": "change data",
    "egress": "connect to a destination of their choice",
    "read-private": "read private data",
}


def harm_text(row: Row) -> str:
    """Return what a caller can do with a tool, as the end of "a caller can"."""
    if only_asks(row):
        return "ask a model at the expense of the server"
    return "use it" if is_presumed(row) else DOES.get(row.capability, "use it")


def only_asks(row: Row) -> bool:
    """Tell whether the worst that a tool does is to ask a model."""
    worst = [effect for effect in row.effects if 0 < effect.rank == row.rank]
    return bool(worst) and row.rank == 1 and all(asks_model(each.name) or runs_agent(each.name) for each in worst)


def may_be_the_callers(row: Row) -> bool:
    """Tell whether the worst that a tool does may run with a credential of the caller, in place of the server's own."""
    worst = [effect for effect in row.effects if 0 < effect.rank == row.rank]
    return bool(worst) and all(any(map(is_callers_own, effect.credentials)) for effect in worst)


def only_reads_unless_told(row: Row) -> bool:
    """Tell whether the worst that a tool does is done with a setting by which the database only reads."""
    worst = [effect for effect in row.effects if 0 < effect.rank == row.rank]
    return bool(worst) and all(any(operand.role == READING for operand in effect.operands) for effect in worst)


def is_seen_bare(row: Row) -> bool:
    """Tell whether the worst that a tool does is not seen to run with any credential."""
    worst = [effect for effect in row.effects if 0 < effect.rank == row.rank]
    return bool(worst) and not any(effect.credentials for effect in worst)


def is_presumed(row: Row) -> bool:
    """Tell whether only names say that what a tool reads is private, and no credential is seen to open it.

    What runs whatever its caller writes reads what there is, and may do more. To ask a model costs, and opens nothing.
    """
    if only_asks(row):
        return True
    read = [effect for effect in row.effects if effect.rank > 0]
    if row.rank != 1 or row.sure or any(effect.sure or effect.credentials for effect in read):
        return False
    return not runs_any(row)


def runs_any(row: Row) -> bool:
    """Tell whether a tool runs whatever statement its caller writes."""
    return any(is_whole(taint) and is_meant(taint) for taint in text_taints((row,), QUERY))


def only_reads(row: Row) -> bool:
    """Tell whether a tool only reads, and not whatever its caller writes; one that is not in sight may do more."""
    return row.entry.handler is not None and row.rank <= 1 and not runs_any(row)


def all_ask(rows: Iterable[Row]) -> bool:
    """Tell whether each tool by itself asks for a caller, whom a web page cannot name."""
    asked = [row.authorization.kind in ASKING for row in rows if row.entry.kind == "tool"]
    return bool(asked) and all(asked)


def is_shown(flow: Flow, path: str, rows: Collection[Row]) -> bool:
    """Tell whether there is nothing to protect: in an example whose tools are harmless, or where all only compute."""
    if not rows or any(row.entry.handler is None or row.rank > 0 for row in rows):
        return False
    return role_of(path) is Role.EXAMPLE or all(only_computes(flow, row) for row in rows)


def only_computes(flow: Flow, row: Row) -> bool:
    """Tell whether a tool makes its answer of its arguments and of nothing else, and has no effect."""
    harmless = row.entry.handler is not None and row.rank == 0 and not any(each.credentials for each in row.effects)
    return harmless and changes_nothing(flow, row.entry) and not reads_kept(flow, row.entry)


def names_harm(row: Row) -> bool:
    """Tell whether the name of a tool speaks for what it does: of one that runs statements, that it does something."""
    said = max((sinks.RANKS.get(sinks.vocabulary(word), 0) for word in sinks.snake(row.name).split("_")), default=0)
    return said >= min(row.rank, sinks.RANKS["destroy"] if row.capability == "destroy" else sinks.RANKS["write"])


def telling(row: Row) -> tuple[int, bool, int]:
    """Return how well a row shows what callers can do: its rank, what its name says, how near the effect is."""
    effect = row.first_effect()
    return row.rank, names_harm(row), -len(effect.via) if effect is not None else 0


def effect_evidence(row: Row, shown: Effect | None = None) -> Iterator[Evidence]:
    """Yield the step that names what a row does, its most harmful effect by default, none where none was found."""
    effect = shown or row.first_effect()
    if effect is None or effect.ready:
        return
    target = destination_text(effect) if effect.url else effect.name
    held = credential_texts(effect.credentials)
    note = f"first effect: {effect.method or effect.kind} {target}{' with ' + ', '.join(held) if held else ''}"
    yield Evidence(effect.place.path, effect.place.line, note.strip())


def listed(names: list[str]) -> str:
    """Return at most three names in code marks, and how many more there are."""
    shown = ", ".join(map(in_sentence, names[:3]))
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
