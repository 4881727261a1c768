"""Tools that are left to everybody beside others that are checked: a few were forgotten, many are one decision."""

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from analyzers.finding import Severity
from analyzers.rule import Draft

MAX_FORGOTTEN = 3


def told_together(drafts: Sequence[Draft]) -> Iterator[Draft]:
    """Yield drafts, those of one server as a group where they are too many to have been forgotten.

    Whatever does great harm is told by itself.
    """
    alone = Counter(_server(draft) for draft in drafts if _may_be_many(draft))
    for draft in drafts:
        many = _may_be_many(draft) and alone[_server(draft)] > MAX_FORGOTTEN
        yield msgspec.structs.replace(draft, group=_server(draft)) if many else draft


def _may_be_many(draft: Draft) -> bool:
    return not draft.group and draft.severity <= Severity.MEDIUM


def _server(draft: Draft) -> str:
    return draft.key.rpartition(":")[0]
