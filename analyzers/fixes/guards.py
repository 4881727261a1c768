"""Patches that authorize a tool: the guard that its siblings share, or a new check in the project's framework."""

from collections.abc import Mapping

import msgspec

from analyzers.authority.rows import Row
from analyzers.authority.weak_functions import is_used
from analyzers.finding import Edit, Safety
from analyzers.fixes.callers import ScopeCheck, scope_check
from analyzers.fixes.hooks import HOOKED, with_allowed_tools
from analyzers.fixes.rewrite import add_import, decorate, insert_first_statement, replace_value, set_argument
from analyzers.frameworks.mcp import COMPONENT_AUTH, Framework
from analyzers.project.program import Function
from analyzers.project.versions import allowed
from analyzers.project.wrapping import decorations
from analyzers.rule import Analysis, Proposal

Texts = Mapping[str, bytes]


class _Guard(msgspec.Struct, frozen=True):
    """A guard's call with what it asks for cut out: what stands before and behind it, whether that is the tool's name.

    `place` is `called` for a statement, `awaited` for an awaited one, `decorator` where it decorates the tool.
    """

    before: bytes
    behind: bytes
    place: str
    names_tool: bool


class _Asked(msgspec.Struct, frozen=True):
    """What a guarded tool asks for, a name or a scope, by which guard."""

    tool: str
    need: str
    guard: _Guard


def copied_guard(row: Row, analysis: Analysis, texts: Texts) -> Proposal | None:
    """Return the guard that all siblings share, with this tool's name, or with a scope that the author decides.

    At least two siblings must share it, or all that are guarded; it must be known in the tool's own file. None where
    they share none.
    """
    handler = row.entry.handler
    if handler is None or row.entry.branch is not None:
        return None
    siblings = [
        other
        for other in analysis.rows
        if other.entry.server is row.entry.server and other.authorization.kind == "per_tool" and other is not row
    ]
    asked = [found for other in siblings if (found := _asked_by(other, analysis, texts, handler)) is not None]
    if len({found.guard for found in asked}) != 1 or (len(asked) == 1 < len(siblings)):
        return None
    guard = asked[0].guard
    need = row.name if guard.names_tool else _alike(scope_for(row), asked[0])
    edit = _with_guard(texts[handler.file.path], handler, guard, need)
    if edit is None:
        return None
    if guard.names_tool:
        return Proposal("Check the grant as the other tools do", Safety.SAFE, (edit,))
    title = f"Check a scope as the other tools do (decide its name; proposed: {need})"
    return Proposal(title, Safety.REVIEW, (edit,))


def _with_guard(text: bytes, handler: Function, guard: _Guard, need: str) -> Edit | None:
    call = (guard.before + need.encode() + guard.behind).decode()
    if guard.place == "decorator":
        return decorate(text, handler, call)
    if guard.place == "awaited" and not handler.facts.is_async:
        return None
    return insert_first_statement(text, handler, f"{'await ' if guard.place == 'awaited' else ''}{call}\n")


def _asked_by(row: Row, analysis: Analysis, texts: Texts, target: Function) -> _Asked | None:
    handler = row.entry.handler
    if handler is None or handler.file is not target.file or row.entry.branch is not None:
        return None
    text = texts.get(handler.file.path)
    if text is None:
        return None
    for event in handler.calls():
        if any(guard.kind == "check" for guard in analysis.flow.guards.returned(handler, event)):
            place = "awaited" if event.text == "await" else "called"
            return None if is_used(handler, event.value) else _asked_in(row, text, handler, event.value, place)
    for wrapper in decorations(analysis.flow.resolver, handler):
        if wrapper.call >= 0 and _checks(analysis, wrapper.body):
            return _asked_in(row, text, wrapper.applied.function, wrapper.call, "decorator")
    return None


def _checks(analysis: Analysis, wrapper: Function) -> bool:
    """Tell whether what runs around a tool checks its caller."""
    conditions = analysis.flow.guards
    return any(
        guard.kind == "check" for event in wrapper.facts.events for guard in conditions.established(wrapper, event)
    )


def _asked_in(row: Row, text: bytes, function: Function, call: int, place: str) -> _Asked | None:
    """Return what a guard's call asks for: the tool's name, or the one text that it is given."""
    values = function.facts.values
    node = values[call]
    stated = [values[item] for item in node.args[1:] if values[item].op == "str"]
    named = [part for part in stated if part.text == row.name]
    if len(named or stated) != 1 or values[node.args[0]].op not in ("name", "import", "attr", "function"):
        return None
    (need,) = named or stated
    start = text.find(need.text.encode(), need.start, need.end)
    if start < 0:
        return None
    behind = text[start + len(need.text.encode()) : node.end]
    return _Asked(row.name, need.text, _Guard(text[node.start : start], behind, place, bool(named)))


def _alike(scope: str, asked: _Asked) -> str:
    """Return a scope `noun:verb` in the form of one that another tool asks for."""
    noun, _, verb = scope.partition(":")
    between = next((mark for mark in (":", ".", "/", "-", "_") if mark in asked.need), ":")
    begins = asked.need.partition(between)[0] == asked.tool.partition("_")[0]
    return between.join((verb, noun) if begins else (noun, verb))


def new_guard(row: Row, analysis: Analysis, texts: Texts) -> Proposal | None:
    """Return a check in the way of the project's framework; what it asks for is the author's decision.

    None where another than the framework authenticates connections, which knows no token then.
    """
    framework = row.entry.server.framework
    if not row.state.keeps_tokens:
        return None
    if framework is Framework.LOW_LEVEL:
        return _before_dispatch(row, analysis, texts)
    if framework is Framework.FASTMCP:
        required = allowed(analysis.program, row.entry.declared.function.file.path, "fastmcp")
        scoped = required is not None and required.is_from(COMPONENT_AUTH) and row.entry.decorated
        # What the framework refuses by a tool's scope comes to no record that is made once a call is back.
        if scoped and not (row.state.audit.tool and not row.state.audit.denied):
            return _required_scope(row, texts)
        if required is not None and required.is_before(HOOKED):
            return None
        return with_allowed_tools(row.state, texts.get(row.entry.server.site.function.file.path))
    return _in_handler(row, analysis, texts)


def scope_for(row: Row) -> str:
    """Return a scope for an entry point: for a resource, which has an address for a name, to read what answers it."""
    handler = row.entry.handler
    if row.entry.kind != "resource" or handler is None:
        return scope_of(row.name)
    return f"{handler.facts.name.partition('_')[2] or handler.facts.name}:read"


def scope_of(name: str) -> str:
    """Return a scope for a tool by its name, noun before verb: `delete_customer` gives `customer:delete`."""
    verb, _, noun = name.partition("_")
    return f"{noun}:{verb}" if noun else f"{name}:call"


def _required_scope(row: Row, texts: Texts) -> Proposal | None:
    declared = row.entry.declared
    function, path = declared.function, declared.function.file.path
    text = texts.get(path)
    if text is None:
        return None
    scope = scope_for(row)
    check = f'require_scopes("{scope}")'
    if declared.node.op == "call":
        edit = set_argument(text, function, declared.value, "auth", check)
    else:
        written = text[declared.node.start : declared.node.end].decode()
        edit = replace_value(function, declared.value, f"{written}(auth={check})")
    title = f"Require a scope for this tool (decide its name; proposed: {scope})"
    return _reviewed(title, edit, add_import(text, path, "from fastmcp.server.auth import require_scopes"))


def _in_handler(row: Row, analysis: Analysis, texts: Texts) -> Proposal | None:
    handler = row.entry.handler
    text = texts.get(handler.file.path) if handler is not None else None
    if handler is None or text is None:
        return None
    scope = scope_for(row)
    check = scope_check(row, handler, f'"{scope}"', analysis)
    local = "" if row.state.transport == "http" else ", and what runs over stdio"
    return _checked(check, handler, text, f"Check a scope first (decide its name, proposed: {scope}{local})")


def _before_dispatch(row: Row, analysis: Analysis, texts: Texts) -> Proposal | None:
    """A check on the called name, first thing in the function that tells the names apart."""
    branch = row.entry.branch
    function = branch.function if branch is not None and not branch.via else row.entry.handler
    text = texts.get(function.file.path) if function is not None else None
    if function is None or text is None:
        return None
    names = [parameter.name for parameter in function.facts.parameters]
    need = "params.name" if "params" in names else "name" if "name" in names else ""
    check = scope_check(row, function, need, analysis) if need else None
    local = "" if row.state.transport == "http" else ", and what runs over stdio"
    title = f"Check the called name before it is dispatched on (decide which scopes name tools{local})"
    return _checked(check, function, text, title)


def _checked(check: ScopeCheck | None, function: Function, text: bytes, title: str) -> Proposal | None:
    if check is None:
        return None
    edit = insert_first_statement(text, function, check.statements)
    return _reviewed(title, edit, *(add_import(text, function.file.path, item) for item in check.imports))


def _reviewed(title: str, edit: Edit | None, *imports: Edit | None) -> Proposal | None:
    if edit is None:
        return None
    added = [item for item in imports if item is not None]
    places = dict.fromkeys((item.path, item.start, item.end) for item in added)
    joined = [
        Edit(path, start, end, "".join(item.text for item in added if (item.path, item.start) == (path, start)))
        for path, start, end in places
    ]
    return Proposal(title, Safety.REVIEW, (*joined, edit))
