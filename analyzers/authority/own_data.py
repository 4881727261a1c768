"""Tools that only touch what belongs to whoever calls: rows that a statement picks by the verified caller."""

from collections.abc import Iterator

import re2

from analyzers.authority.rows import Row
from analyzers.flow.effects import Effect
from analyzers.flow.labels import is_identity
from analyzers.flow.operands import QUERY
from analyzers.flow.summaries import Flow

# A column that says whose a row is, compared behind `WHERE`: who changed a row last picks none.
_OWNED = re2.compile(
    r"(?is)\bwhere\b.*\b(user|owner|tenant|account|customer|member|org|organization|subject|sub|author|created_by)"
    r"(_?id|_?name|_?sub|_?uuid|_?email)?\s*=\s*[$%:?]"
)
# Of what runs anything nobody knows what it touches.
MOST = 3


def is_of_caller(flow: Flow, row: Row) -> bool:
    """Tell whether the worst that a tool does is done to what belongs to the caller."""
    worst = [effect for effect in row.effects if 0 < effect.rank == row.rank]
    return 0 < row.rank <= MOST and bool(worst) and all(_is_own(flow, effect) for effect in worst)


def _is_own(flow: Flow, effect: Effect) -> bool:
    if any(is_identity(piece.labels) for piece in effect.url[1:]):
        return True
    return is_identity(effect.arguments) and any(_OWNED.search(text) for text in _statements(flow, effect))


def _statements(flow: Flow, effect: Effect) -> Iterator[str]:
    """Yield the texts that a query is made of, those that callers of a helper pass among them."""
    for operand in effect.operands:
        if operand.role == QUERY:
            yield "".join(piece.text for piece in operand.shape)
    path, start, end = effect.origin
    file = flow.program.files.get(path)
    for function in file.functions if file is not None else ():
        values = function.facts.values
        calls = [node for node in values if node.op == "call" and (node.start, node.end) == (start, end)]
        for part in function.made_of(*(given for call in calls for given in call.args[1:])):
            if values[part].op in ("str", "template"):
                yield flow.resolver.text(function, part) or ""
