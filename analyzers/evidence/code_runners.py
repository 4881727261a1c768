"""Entry points that run whatever code their callers write, beside which other ways to files give nothing more."""

from collections.abc import Iterable, Iterator

from analyzers.authority.grants import Clauses
from analyzers.authority.rows import Row
from analyzers.authority.taint import Taint
from analyzers.authority.wholes import is_meant, is_whole, text_taints
from analyzers.finding import Evidence
from analyzers.flow.effects import Effect
from analyzers.flow.operands import CODE, LINE, SHELL
from analyzers.frameworks import notebooks

HERE = ("builtins.", "os.", "subprocess.", "asyncio.")
NOTE = "runs any code for the same callers"


class CodeRunners:
    """Finds for an entry point another one of its server that runs code, and asks the same of its callers."""

    def __init__(self, rows: Iterable[Row]) -> None:
        rows = [row for row in rows if row.entry.kind == "tool"]
        written = [taint for role in (CODE, SHELL) for taint in text_taints(rows, role)]
        whole = [taint for taint in written if is_whole(taint) and is_meant(taint) and _is_here(taint)]
        found = [*((taint.row, taint.effect) for taint in whole), *_notebooks(rows)]
        self._known: dict[tuple[str, str, Clauses], tuple[Row, Effect]] = {}
        for row, effect in found:
            self._known.setdefault(_asking(row), (row, effect))

    def beside(self, row: Row) -> Evidence | None:
        """Return where code is run for whoever may call an entry point, None where none is, or by itself alone."""
        found = self._known.get(_asking(row))
        if found is None:
            return None
        runner, effect = found
        return Evidence(effect.place.path, effect.place.line, f"{runner.title} {NOTE}")


def _notebooks(rows: list[Row]) -> Iterator[tuple[Row, Effect]]:
    """Yield what runs the cells of a notebook, where another tool for the same callers writes notebooks."""
    writing = [row for row in rows if any(effect.name == notebooks.WRITING for effect in row.effects)]
    for row in rows:
        if any(other is not row and _asking(other) == _asking(row) for other in writing):
            yield from ((row, effect) for effect in row.effects if effect.name in notebooks.RUNNING)


def _is_here(taint: Taint) -> bool:
    """Tell whether code runs on the machine itself: in no container, and not on another host."""
    started = [operand.shape[0].text for operand in taint.effect.operands if operand.role == LINE and operand.shape]
    return taint.effect.name.startswith(HERE) and all(text == taint.operand.reader for text in started)


def _asking(row: Row) -> tuple[str, str, Clauses]:
    return row.entry.server.id, row.authorization.kind, row.requires
