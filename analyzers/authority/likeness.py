"""Entry points that one change renamed and edited: known again by what most of their handlers is made of."""

from collections import Counter
from collections.abc import Mapping, Sequence

from analyzers.authority.rows import Row

# What a handler uses and is given; how it is computed with differs more from edit to edit.
USED = ("name", "import", "free", "attr", "param")
LEAST, SHARE = 8, 0.7
# As many pairs are compared; a change that replaces more of its tools at once replaces them.
MOST = 2000

Uses = Counter[tuple[str, str]]


def alike(before: Sequence[Row], after: Sequence[Row], servers: Mapping[str, str]) -> dict[str, str]:
    """Return keys of `before` by those of `after`, where each is most like the other and like no third as much.

    `servers` holds the id in `after` of servers of `before` that changed theirs.
    """
    if len(before) * len(after) > MOST:
        return {}
    old, new = ({row.key: (row, _uses(row)) for row in rows} for rows in (before, after))
    shares = {
        (first, second): share
        for first, (one, uses) in old.items()
        for second, (other, others) in new.items()
        if _may_be_one(one, other, servers) and (share := _share(uses, others)) >= SHARE
    }
    return {second: first for (first, second), share in shares.items() if _is_best(shares, first, second, share)}


def _may_be_one(before: Row, after: Row, servers: Mapping[str, str]) -> bool:
    server = before.entry.server.id
    return before.entry.kind == after.entry.kind and servers.get(server, server) == after.entry.server.id


def _uses(row: Row) -> Uses:
    """Return what a handler of its own names; branches of one dispatcher share theirs."""
    handler = row.entry.handler
    if handler is None or row.entry.branch is not None:
        return Counter()
    return Counter((node.op, node.text) for node in handler.facts.values if node.op in USED)


def _share(first: Uses, second: Uses) -> float:
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if min(first.total(), second.total()) >= LEAST else 0.0


def _is_best(shares: Mapping[tuple[str, str], float], first: str, second: str, share: float) -> bool:
    rivals = (other for pair, other in shares.items() if (pair[0] == first) != (pair[1] == second))
    return all(other < share for other in rivals)
