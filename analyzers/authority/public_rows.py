"""Rows as reports show them, every column in words."""

from analyzers.authority.egress import BOUND, Verdict, chosen_by_caller, verdict_on
from analyzers.authority.row_texts import (
    ALLOWED_HOSTS,
    PUBLIC_HOSTS,
    authentication_text,
    credential_texts,
    destination_text,
)
from analyzers.authority.rows import Row
from analyzers.finding import ToolRow
from analyzers.flow.effects import Effect
from analyzers.frameworks import sinks


def public_row(row: Row) -> ToolRow:
    """Return a row as reports show it."""
    entry = row.entry
    handler = entry.handler
    place = (
        (handler.file.path, handler.line)
        if handler is not None and entry.branch is None
        else (entry.declared.function.file.path, entry.declared.function.line_of(entry.declared.value))
    )
    held = sorted({text for effect in row.effects for text in credential_texts(effect.credentials)})
    # What a tool posts to ask for something, as its name says, is no more than what it can do.
    kinds = {effect.kind for effect in row.effects if effect.rank <= row.rank} | {row.capability}
    capabilities = sorted(kinds, key=lambda kind: (-sinks.RANKS.get(kind, 0), kind))
    beside = entry.kind == "route" and bool(row.state.authentication) and not row.state.verifies(entry)
    return ToolRow(
        server=entry.server.id,
        name=entry.name,
        kind=entry.kind,
        path=place[0],
        line=place[1],
        transport=row.transport,
        authentication="none" if beside else authentication_text(row.state),
        authorization=row.authorization,
        capabilities=tuple(capabilities),
        credentials=tuple(held),
        network=tuple(sorted({_destination(row, effect) for effect in row.effects if effect.url} - {""})),
        audit=str(row.audit),
        confidence=row.confidence(),
        unresolved=row.unresolved,
        requires=row.requires,
        shared=row.shared,
        outranks=row.outranks,
        bind=row.state.bind,
        beside=beside,
    )


def _destination(row: Row, effect: Effect) -> str:
    """Return where a request goes; of hosts that the caller chooses, which of them are let through."""
    chosen = chosen_by_caller(row, effect)
    verdict = verdict_on(effect, chosen) if chosen else Verdict("")
    if verdict.state != BOUND:
        return destination_text(effect)
    return PUBLIC_HOSTS if verdict.bound in ("address", "tested") else ALLOWED_HOSTS
