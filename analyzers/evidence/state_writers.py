"""Drafts of state that several calls set, told once for all of them."""

from collections.abc import Sequence

import msgspec

from analyzers.authority.rows import Row
from analyzers.rule import Draft


def with_others(draft: Draft, name: str, rows: Sequence[Row]) -> Draft:
    """Return a draft for all calls that set the state that it tells of."""
    keys = tuple(dict.fromkeys(row.key for row in rows))
    more = f"`{name}` and {len(keys) - 1} more keep"
    message = draft.message.replace(f"`{name}` keeps", more, 1) if len(keys) > 1 else draft.message
    return msgspec.structs.replace(draft, rows=keys or draft.rows, message=message)
