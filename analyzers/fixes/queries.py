"""Patches that bind the values of a query as parameters, in the way of its driver."""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from analyzers.facts import Value
from analyzers.finding import Edit, Safety
from analyzers.fixes.expressions import Written, called, place, source_of
from analyzers.fixes.hosts import call_at
from analyzers.fixes.rewrite import MAX_BYTES, replace_value
from analyzers.project.program import Function
from analyzers.rule import Analysis, Draft, Proposal

Values = Sequence[tuple[str, str]]
# What no text holds.
NOTHING = "\0"


class _Driver(NamedTuple):
    """How a driver marks a parameter, what the text must not hold then, and how it is given the values."""

    mark: Callable[[int, str], str]
    forbidden: str
    given: Callable[[Values], str]
    methods: tuple[str, ...] = ("execute",)
    wrapper: str = ""


def _tuple(values: Values) -> str:
    return f"({', '.join(source for _, source in values)}{',' if len(values) == 1 else ''})"


def _list(values: Values) -> str:
    return f"[{', '.join(source for _, source in values)}]"


def _spread(values: Values) -> str:
    return ", ".join(source for _, source in values)


def _table(values: Values) -> str:
    return f"{{{', '.join(f'{chr(34)}{name}{chr(34)}: {source}' for name, source in dict(values).items())}}}"


QUESTION = _Driver(lambda _, __: "?", "?", _tuple, ("execute", "execute_fetchall"))
FORMAT = _Driver(lambda _, __: "%s", "%", _tuple)
NUMBERED = _Driver(lambda number, _: f"${number}", "$", _spread, ("execute", "fetch", "fetchrow", "fetchval"))
NAMED = _Driver(lambda _, name: f":{name}", ":", _table, ("execute", "scalar", "scalars"), "text")
DRIVERS = {
    **dict.fromkeys(("sqlite3", "aiosqlite", "libsql"), QUESTION),
    **dict.fromkeys(("psycopg", "psycopg2", "psycopg_pool"), FORMAT),
    **dict.fromkeys(("mysql", "pymysql", "MySQLdb", "aiomysql", "asyncmy"), FORMAT),
    **dict.fromkeys(("sqlalchemy", "sqlmodel"), NAMED),
    "asyncpg": NUMBERED,
    "duckdb": QUESTION._replace(given=_list, methods=("execute",)),
}


def bound_values(draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
    """Return the change that takes the values out of the text of a query, None where one may be a name."""
    path = draft.location.path
    text, site = texts.get(path), call_at(analysis.program, path, draft.start, draft.end)
    if text is None or site is None or len(text) > MAX_BYTES:
        return None
    function, call = site
    node, whole = function.facts.values[call], source_of(function, call, text)
    driver = _driver(analysis, function, node.args[0])
    if driver is None or whole is None or not isinstance(whole.node, ast.Call):
        return None
    if node.names != ("",) and not (driver is NAMED and node.names == ("", "") and _table_of(function, call)):
        return None
    edits = _edits(function, call, whole, driver, text)
    return Proposal("Bind the values as parameters (decide their types)", Safety.REVIEW, edits) if edits else None


def _driver(analysis: Analysis, function: Function, callee: int) -> _Driver | None:
    names = analysis.flow.resolver.externals(function, callee)
    found = {DRIVERS.get(name.partition(".")[0]) for name in names}
    driver = found.pop() if len(found) == 1 else None
    fits = driver is not None and all(name.rpartition(".")[2] in driver.methods for name in names)
    return driver if fits else None


def _edits(function: Function, call: int, whole: Written, driver: _Driver, text: bytes) -> tuple[Edit, ...]:
    values = function.facts.values
    node = values[call]
    statement, written = node.args[1], whole.node.args[0] if isinstance(whole.node, ast.Call) else whole.node
    end = node.start + place(whole, written)[1]
    if driver.wrapper:
        wrapper = values[statement]
        if wrapper.op != "call" or wrapper.names != ("",) or not isinstance(written, ast.Call):
            return ()
        if called(Written("", written)) != driver.wrapper:
            return ()
        statement, written = wrapper.args[1], written.args[0]
    template = values[statement]
    direct = node.start <= template.start and template.end <= node.end
    if template.op != "template" or (not direct and not _is_used_once(function, written, text)):
        return ()
    from analyzers.fixes import binding

    table = _table_of(function, call)
    forbidden = driver.forbidden if table is None else NOTHING
    found = binding.bound(text[template.start : template.end].decode(), driver.mark, forbidden)
    if found is None or (not direct and _is_rebound(function, [source for _, source in found.values])):
        return ()
    fresh = replace_value(function, statement, found.source)
    if table is not None:
        added = _added(function, table, found.values, text)
        return (fresh, added) if added is not None else ()
    span = function.location(end, end).span
    return (fresh, Edit(function.file.path, span.start, span.end, f", {driver.given(found.values)}"))


def _table_of(function: Function, call: int) -> Value | None:
    """Return the table of values that a call is given beside its text, where it is written there."""
    node = function.facts.values[call]
    table = function.facts.values[node.args[2]] if len(node.args) > 2 else None
    inside = table is not None and table.op == "map" and node.start <= table.start and table.end <= node.end
    return table if inside else None


def _added(function: Function, table: Value, values: Values, text: bytes) -> Edit | None:
    """Return the edit that adds values to a table, None where it holds one of their names for something else."""
    keys = {function.facts.values[key].text for key in table.args[::2] if key >= 0}
    if not keys.isdisjoint(name for name, _ in values) or -1 in table.args:
        return None
    inner = text[table.start : table.end - 1].rstrip()
    entries = ", ".join(f'"{name}": {source}' for name, source in dict(values).items())
    at = table.start + len(inner)
    span = function.location(at, at).span
    gap = "" if inner.endswith(b"{") else " " if inner.endswith(b",") else ", "
    return Edit(function.file.path, span.start, span.end, f"{gap}{entries}")


def _is_used_once(function: Function, written: ast.expr, text: bytes) -> bool:
    """Tell whether an expression is a name that is bound once and read once in its function."""
    if not isinstance(written, ast.Name) or len(function.facts.names.get(written.id, ())) != 1:
        return False
    try:
        tree = ast.parse(text[function.facts.start : function.facts.end])
    except (SyntaxError, ValueError):
        return False
    uses = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == written.id]
    return len(uses) == 2


def _is_rebound(function: Function, sources: Sequence[str]) -> bool:
    """Tell whether a name in some expressions is bound more than once, so that it may mean something else later."""
    names = {inner.id for source in sources for inner in ast.walk(ast.parse(source)) if isinstance(inner, ast.Name)}
    return any(len(function.facts.names.get(name, ())) > 1 for name in names)
