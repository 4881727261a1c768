"""Patches of checks that are written and do not hold."""

import ast
from collections.abc import Mapping, Sequence

from analyzers.authority.rows import Row
from analyzers.authority.weakness import Weakness
from analyzers.facts import Value
from analyzers.finding import Edit, Safety
from analyzers.fixes.guards import scope_for
from analyzers.fixes.rewrite import add_import
from analyzers.project.program import Function
from analyzers.project.wrapping import registration_index
from analyzers.rule import Draft, Proposal

REFUSAL = 'raise PermissionError("forbidden")'
PRESENCE = "is not None"


def mended(draft: Draft, weak: Sequence[tuple[Row, Weakness]], texts: Mapping[str, bytes]) -> Proposal | None:
    """Return the change that makes the check of a draft hold, None where it takes more than its own lines."""
    for row, weakness in weak:
        text = texts.get(weakness.location.path)
        if weakness.location != draft.location or text is None:
            continue
        return (
            _turned_round(weakness, text)
            or _awaited(weakness)
            or _below_registration(row, weakness, text)
            or _naming_scope(row, weakness, text)
            or _refusing(weakness, text)
        )
    return None


def _turned_round(weakness: Weakness, text: bytes) -> Proposal | None:
    """`if token and need not in token.scopes` refuses: `if token is None or need not in token.scopes`."""
    function = weakness.function
    for value, node in enumerate(function.facts.values):
        inner = [function.facts.values[part] for part in node.args]
        whole = node.op == "and" and len(inner) == 2 and _refuses(function, value)
        checks = whole and inner[1].op == "compare" and inner[1].text in ("not-in", "!=")
        if not checks or not (node.start <= weakness.start and weakness.end <= node.end):
            continue
        head = text[node.start : inner[1].start].decode().rstrip()
        present = head.removesuffix("and").rstrip()
        if not head.endswith("and") or inner[0].op in ("and", "or", "not") or "(" in present or "\n" in present:
            return None
        if inner[0].op == "compare" and not present.endswith(PRESENCE):
            return None
        subject = present.removesuffix(PRESENCE).rstrip()
        edit = _replaced(function, node.start, inner[1].start, f"{subject} is None or ")
        return Proposal("Refuse when there is no token either", Safety.SAFE, (edit,))
    return None


def _refuses(function: Function, value: int) -> bool:
    """Tell whether a condition that is true leads to a refusal at once."""
    events = function.facts.events
    taken = [index for index, event in enumerate(events) if event.kind == "true" and event.value == value]
    return any(
        event.kind == "raise" and any(step is events[index] for step in function.chain(event.dominator))
        for index in taken
        for event in events
    )


def _awaited(weakness: Weakness) -> Proposal | None:
    function = weakness.function
    if "never awaited" not in weakness.reason or not function.facts.is_async:
        return None
    edit = _replaced(function, weakness.start, weakness.start, "await ")
    return Proposal("Await the check", Safety.SAFE, (edit,))


def _below_registration(row: Row, weakness: Weakness, text: bytes) -> Proposal | None:
    """Put a guard's decorator below the one that registers the tool."""
    handler = row.entry.handler
    index = registration_index(handler) if handler is not None else -1
    if handler is None or index < 0 or "stands above" not in weakness.reason:
        return None
    parent = weakness.function
    registration = parent.facts.values[handler.facts.decorators[index]]
    guard = _decorator_lines(text, weakness.start, weakness.end)
    below = _decorator_lines(text, registration.start, registration.end)
    if guard is None or below is None or below[0] < guard[1]:
        return None
    moved = text[guard[0] : guard[1]].decode()
    edits = (_replaced(parent, *guard, ""), _replaced(parent, below[1], below[1], moved))
    return Proposal("Put the guard below the registration", Safety.SAFE, edits)


def _decorator_lines(text: bytes, start: int, end: int) -> tuple[int, int] | None:
    """Return the whole lines of a decorator, None where something else stands on them."""
    begin = text.rfind(b"\n", 0, start) + 1
    newline = text.find(b"\n", end)
    behind = text[end:newline].strip()
    if text[begin:start].strip() != b"@" or newline < 0 or (behind and not behind.startswith(b"#")):
        return None
    return begin, newline + 1


def _naming_scope(row: Row, weakness: Weakness, text: bytes) -> Proposal | None:
    if not weakness.reason.startswith("`require_scopes()`") or weakness.shared:
        return None
    scope = scope_for(row)
    callee = text[weakness.start : weakness.end].partition(b"(")[0].decode()
    edit = _replaced(weakness.function, weakness.start, weakness.end, f'{callee}("{scope}")')
    return Proposal(f"Name the scope of this tool (decide it; proposed: {scope})", Safety.REVIEW, (edit,))


def _refusing(weakness: Weakness, text: bytes) -> Proposal | None:
    """Make a condition that nobody acts on refuse: an assertion, or an answer that is thrown away."""
    written = text[weakness.start : weakness.end].decode()
    asserted = weakness.reason.startswith("is an `assert`")
    if not asserted and not weakness.reason.startswith("has its answer"):
        return None
    begin = text.rfind(b"\n", 0, weakness.start) + 1
    newline = text.find(b"\n", weakness.end)
    ahead = text[begin : weakness.start]
    if ahead.strip() or text[weakness.end : newline if newline >= 0 else len(text)].strip():
        return None
    negated = f"not ({written.removeprefix('assert').strip()})" if asserted else f"not {written}"
    if asserted and not _is_bare_assertion(written):
        return None
    indentation = ahead.decode()
    refusal = f"if {negated}:\n{indentation}    {REFUSAL}"
    edit = _replaced(weakness.function, weakness.start, weakness.end, refusal)
    return Proposal("Refuse where the check fails (decide what is raised)", Safety.REVIEW, (edit,))


def _is_bare_assertion(statement: str) -> bool:
    """Tell whether a statement asserts on one line, without a message."""
    try:
        parsed = ast.parse(statement).body
    except SyntaxError:
        return False
    return len(parsed) == 1 and isinstance(parsed[0], ast.Assert) and parsed[0].msg is None


def refusing_hook(listing: Function, text: bytes) -> Proposal | None:
    """Return a call hook that refuses what a list hook of the same class hides, by the same condition."""
    names = [parameter.name for parameter in listing.facts.parameters]
    returns = [event for event in listing.facts.events if event.kind == "return"]
    granted = {found for node in listing.facts.values if (found := _granted(listing, node, text))}
    if len(names) != 3 or len(returns) != 1 or len(granted) != 1 or not listing.facts.is_async:
        return None
    first, _, before = text[listing.facts.head_end : returns[0].start].decode().partition("\n")
    if first.strip(" :\r\t") or names[2] in before or text[listing.facts.end : listing.facts.end + 1].strip():
        return None
    outer = _indentation(text, listing.facts.start)
    inner = _indentation(text, returns[0].start)
    unit = inner.removeprefix(outer)
    lines = (
        "",
        "",
        f"{outer}async def on_call_tool({', '.join(names)}):",
        f"{before.rstrip()}".replace("\r\n", "\n"),
        f"{inner}if {names[1]}.message.name not in {granted.pop()}:",
        f'{inner}{unit}raise ToolError("forbidden")',
        f"{inner}return await {names[2]}({names[1]})",
    )
    method = "\n".join(line for index, line in enumerate(lines) if line.strip() or index < 2)
    path = listing.file.path
    imported = add_import(text, path, "from fastmcp.exceptions import ToolError")
    edit = _replaced(listing, listing.facts.end, listing.facts.end, method)
    title = "Refuse the calls that the list hides (decide whether each tool is to be granted like this)"
    return Proposal(title, Safety.REVIEW, (imported, edit) if imported is not None else (edit,))


def _granted(listing: Function, node: Value, text: bytes) -> str:
    """Return what the names of tools are looked up in, "" for another value."""
    if node.op != "compare" or node.text != "in" or listing.facts.values[node.args[0]].text != "name":
        return ""
    left, found, right = text[node.start : node.end].decode().partition(" in ")
    return right if found and left.endswith(".name") and "\n" not in right else ""


def _indentation(text: bytes, offset: int) -> str:
    line = text[text.rfind(b"\n", 0, offset) + 1 : offset].decode()
    return line[: len(line) - len(line.lstrip())]


def _replaced(function: Function, start: int, end: int, text: str) -> Edit:
    span = function.location(start, end).span
    return Edit(function.file.path, span.start, span.end, text)
