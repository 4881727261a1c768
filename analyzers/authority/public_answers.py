"""Servers that only answer what anybody can read without them."""

from collections.abc import Collection

from analyzers.authority.forms import is_on_the_internet
from analyzers.authority.idle_handlers import MAX_DEPTH, handlers, is_harmless, reads_kept
from analyzers.authority.rows import Row
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function

SETTING = "env:"


def is_public(flow: Flow, rows: Collection[Row]) -> bool:
    """Tell whether all entry points of a server are in sight, and give nothing that a caller could not have otherwise.

    They compute, or ask hosts of the internet without a credential; they change nothing, and show neither what the
    server keeps nor how it is set up.
    """
    return bool(rows) and all(_is_public(flow, row) for row in rows)


def _is_public(flow: Flow, row: Row) -> bool:
    if row.entry.handler is None or row.rank > 0 or not row.sure or row.unresolved or row.truncated:
        return False
    if any(effect.credentials or not is_on_the_internet(effect) for effect in row.effects):
        return False
    return (
        all(_is_in_sight(flow, handler, MAX_DEPTH) for handler in handlers(row.entry))
        and not reads_kept(flow, row.entry)
        and not _shows_settings(flow, row)
    )


def _is_in_sight(flow: Flow, function: Function, depth: int) -> bool:
    """Tell whether it is known what runs for a call; a decorator more than the one that registers may do anything."""
    if depth == 0 or len(function.facts.decorators) > 1:
        return False
    for event in function.calls():
        targets = flow.resolver.functions(function, function.facts.values[event.value].args[0])
        known = is_harmless(flow, function, event, depth) if not targets else True
        if not known or not all(_is_in_sight(flow, callee, depth - 1) for callee, _ in targets):
            return False
    return True


def _shows_settings(flow: Flow, row: Row) -> bool:
    """Tell whether an answer is made of what the server's environment holds."""
    return any(
        label.startswith(SETTING)
        for handler in handlers(row.entry)
        for event in handler.facts.events
        if event.kind in ("return", "yield") and event.value >= 0
        for label in flow.labeler.labels(handler, event.value)
    )
