"""Edits for fixes, as small as they can be: formatting, comments and line ends stay.

Every function returns None when the edit cannot be made safely. Offsets are those of the facts; a file whose bytes are
not what the interpreter reads (a byte order mark, another encoding, lone carriage returns) is left alone.
"""

import ast
import tokenize
from collections.abc import Collection, Iterator, Mapping, Sequence

from analyzers.finding import Edit
from analyzers.languages.python.source import decode
from analyzers.lines import LineIndex
from analyzers.project.program import Function

MAX_BYTES = 256_000
MAX_NESTING = 100
UNIT = "    "
WIDTH = 120
# Expressions that are written where they are evaluated; of others only the definition is known.
COMPOSED = frozenset({"call", "template", "binary", "map", "list", "tuple", "select", "or", "and", "index", "await"})


def replace_value(function: Function, value: int, text: str) -> Edit:
    """Replace an expression."""
    node = function.facts.values[value]
    return _edit(function.file.path, function.file.facts.lines, node.start, node.end, text)


def set_argument(text: bytes, function: Function, call: int, name: str, expression: str) -> Edit | None:
    """Add a keyword argument to a call, or replace its value."""
    node = function.facts.values[call]
    if name in node.names and not _is_tractable(text[node.start : node.end]):
        return replace_value(function, node.args[node.names.index(name) + 1], expression)
    return set_arguments(text, function, call, {name: expression})


def set_arguments(
    text: bytes, function: Function, call: int, given: Mapping[str, str], *, parted: bool = False
) -> Edit | None:
    """Add keyword arguments to a call, or replace their values; if `parted`, one each line where they are too long."""
    node = function.facts.values[call]
    source = _snippet(text, node.start, node.end)
    if source is None:
        return None
    from analyzers.fixes import concrete

    changed: str | None = source
    for name, expression in given.items():
        changed = concrete.with_argument(changed, name, expression) if changed is not None else None
    if parted and changed is not None and _is_long(text, node.start, changed):
        outer = _indentation(text, node.start)
        changed = concrete.one_each_line(changed, outer, _unit(text, function)) or changed
    return _changed(function, node.start, source, changed)


def append_item(text: bytes, function: Function, value: int, item: str) -> Edit | None:
    """Add an item, or a `key: value`, at the end of a list, set or map, on a line of its own where the last has one."""
    node = function.facts.values[value]
    source = text[node.start : node.end]
    if not source.startswith((b"[", b"{")) or not _is_tractable(source) or not _is_readable(text):
        return None
    inner = source[:-1].rstrip()
    if b"#" in source or not inner:
        return None
    place = node.start + len(inner)
    comma = inner.endswith(b",")
    own_line = b"\n" in source[len(inner) :]
    separator = _newline(text) + _indentation(text, place) if own_line else " "
    if len(inner) == 1:
        added = item
    else:
        added = f"{'' if comma else ','}{separator}{item}{',' if comma and own_line else ''}"
    return _insertion(text, function, place, place, added)


def remove_argument(text: bytes, function: Function, call: int, name: str) -> Edit | None:
    """Remove a keyword argument from a call."""
    node = function.facts.values[call]
    source = _snippet(text, node.start, node.end)
    if source is None:
        return None
    from analyzers.fixes import concrete

    return _changed(function, node.start, source, concrete.without_argument(source, name))


def exchange_argument(text: bytes, function: Function, call: int, given: tuple[int, str], removed: str) -> Edit | None:
    """Replace an argument of a call, given as its value and the new source, and remove a keyword argument."""
    value, expression = given
    node, old = function.facts.values[call], function.facts.values[value]
    source = _snippet(text, node.start, node.end)
    if source is None:
        return None
    from analyzers.fixes import concrete

    changed = text[node.start : old.start].decode() + expression + text[old.end : node.end].decode()
    return _changed(function, node.start, source, concrete.without_argument(changed, removed))


def redact_argument(
    text: bytes, function: Function, argument: tuple[int, int], parts: Sequence[int], kept: str = ""
) -> Edit | None:
    """Put a mark, or what is `kept`, in the place of a call's argument at a position, or of some parts of it."""
    call, position = argument
    node = function.facts.values[call]
    source = _snippet(text, node.start, node.end)
    if source is None:
        return None
    from analyzers.fixes import redaction

    return _changed(function, node.start, source, redaction.redacted(source, position, parts, kept))


def redact_parts(text: bytes, function: Function, value: int, parts: Sequence[int]) -> Edit | None:
    """Put a mark in the place of some entries of a table or holes of a template."""
    node = function.facts.values[value]
    source = _snippet(text, node.start, node.end)
    if source is None:
        return None
    from analyzers.fixes import redaction

    return _changed(function, node.start, source, redaction.redacted_parts(source, parts))


def show_presence(text: bytes, function: Function, value: int, parts: Sequence[int]) -> Edit | None:
    """Put whether it is set in the place of some entries of a table or holes of a template."""
    node = function.facts.values[value]
    source = _snippet(text, node.start, node.end)
    if source is None:
        return None
    from analyzers.fixes import redaction

    return _changed(function, node.start, source, redaction.presence(source, parts))


def tell_presence(text: bytes, function: Function, value: int) -> Edit | None:
    """Put in words whether it is set in the place of an expression of one line."""
    node = function.facts.values[value]
    source = _snippet(text, node.start, node.end)
    if source is None or "\n" in source:
        return None
    return _changed(function, node.start, source, f'("set" if {source} else "not set")')


def with_error_types(text: bytes, function: Function, value: int, names: Collection[str]) -> Edit | None:
    """Put the types of errors, known by some names, in the place of their texts in an expression."""
    node = function.facts.values[value]
    source = _snippet(text, node.start, node.end)
    if source is None or node.op not in COMPOSED:
        return None
    from analyzers.fixes import wording

    return _changed(function, node.start, source, wording.worded(source, names))


def without_parameters(text: bytes, function: Function, names: Sequence[str]) -> Edit | None:
    """Remove parameters from the head of a function."""
    source = _snippet(text, function.facts.start, function.facts.end)
    if source is None:
        return None
    from analyzers.fixes import concrete

    left: str | None = source
    for name in names:
        left = concrete.without_parameter(left, name) if left is not None else None
    return _changed(function, function.facts.start, source, left)


def argument_text(text: bytes, function: Function, call: int, names: Sequence[str], position: int) -> str | None:
    """Return the source of an argument, by its keyword or position; None when the call passes none."""
    node = function.facts.values[call]
    source = _snippet(text, node.start, node.end)
    if source is None:
        return None
    from analyzers.fixes import concrete

    return concrete.argument_source(source, names, position)


def insert_first_statement(text: bytes, function: Function, statements: str) -> Edit | None:
    """Insert statements at the start of a function, behind its docstring."""
    start = function.facts.start
    source = _snippet(text, start, function.facts.end)
    if source is None:
        return None
    from analyzers.fixes import concrete

    place = concrete.first_statement(source.encode())
    if place is None:
        return None
    if place.is_docstring and not place.inline:
        return _insert_after(text, function, start + place.start, start + place.end, statements)
    return _insert(text, function, start + place.start, statements, inline=place.inline)


def decorate(text: bytes, function: Function, expression: str) -> Edit | None:
    """Insert a decorator right above a function, below those that it has."""
    start = function.facts.start
    begin = text.rfind(b"\n", 0, start) + 1
    if text[begin:start].strip():
        return None
    return _insertion(text, function, begin, begin, f"{_indentation(text, start)}@{expression}{_newline(text)}")


def insert_before(text: bytes, function: Function, value: int, statements: str) -> Edit | None:
    """Insert statements before the statement that an expression belongs to."""
    start = function.facts.start
    source = _snippet(text, start, function.facts.end) if function.facts.kind in ("function", "method") else None
    if source is None:
        return None
    from analyzers.fixes import concrete

    place = concrete.statement_at(source.encode(), function.facts.values[value].start - start)
    return _insert(text, function, start + place.start, statements, inline=place.inline) if place is not None else None


def insert_above(text: bytes, function: Function, value: int, statements: str) -> Edit | None:
    """Insert statements above the line that an expression begins, None where it begins none."""
    return _insert(text, function, function.facts.values[value].start, statements, inline=False)


def add_import(text: bytes, path: str, statement: str) -> Edit | None:
    """Add an import behind the last one at the top of a file; None when it is there already."""
    wanted = ast.parse(statement).body[0]
    if any(_gives(node, wanted) for _, _, node in _head(text) if node is not None):
        return None
    return add_below_imports(text, path, statement)


def add_below_imports(text: bytes, path: str, statements: str) -> Edit | None:
    """Add lines behind the imports at the top of a file, behind its docstring where it imports nothing."""
    position: int | None = None
    for number, end, node in _head(text):
        if isinstance(node, (ast.Import, ast.ImportFrom)) or (isinstance(node, ast.Expr) and number == 1):
            position = end
    if not _is_readable(text):
        return None
    lines = LineIndex.build(text)
    offset = lines.starts[position] if position is not None and position < len(lines.starts) else _after(text, position)
    newline = _newline(text)
    before = newline if offset and not text[:offset].endswith(b"\n") else ""
    return _edit(path, lines, offset, offset, before + statements.strip("\n").replace("\n", newline) + newline)


# Where imports go


def _after(text: bytes, position: int | None) -> int:
    """Return the offset behind a last line without end, or behind the comments at the top of a file."""
    if position is not None:
        return len(text)
    offset = 0
    for line in text.splitlines(keepends=True):
        if not line.startswith(b"#"):
            break
        offset += len(line)
    return offset


def _head(text: bytes) -> Iterator[tuple[int, int, ast.stmt | None]]:
    """Yield the simple statements at the top level of a file as (number, last line, statement), up to a definition."""
    line: list[tokenize.TokenInfo] = []
    number = depth = 0
    for token in _tokens(text):
        if token.type in (tokenize.INDENT, tokenize.DEDENT):
            depth += 1 if token.type == tokenize.INDENT else -1
        elif token.type == tokenize.NEWLINE and line:
            number += 1
            if line[0].string in ("def", "class", "async", "@"):
                return
            if depth == 0:
                yield number, token.end[0], _statement(line)
            line = []
        elif token.type not in (tokenize.NL, tokenize.COMMENT):
            line.append(token)


def _tokens(text: bytes) -> Iterator[tokenize.TokenInfo]:
    lines = iter(text.decode("utf-8", "replace").split("\n"))
    try:
        yield from tokenize.generate_tokens(lambda: f"{line}\n" if (line := next(lines, None)) is not None else "")
    except (tokenize.TokenError, SyntaxError):
        return


def _statement(tokens: list[tokenize.TokenInfo]) -> ast.stmt | None:
    if tokens[0].type == tokenize.STRING:
        return ast.Expr(ast.Constant(""))
    if tokens[0].string not in ("import", "from"):
        return None
    try:
        return ast.parse(" ".join(token.string for token in tokens)).body[0]
    except SyntaxError:
        return None


def _gives(present: ast.stmt, wanted: ast.stmt) -> bool:
    """Tell whether an import binds everything that another does."""
    if isinstance(present, ast.ImportFrom) and isinstance(wanted, ast.ImportFrom):
        if (present.module, present.level) != (wanted.module, wanted.level):
            return False
    elif not (isinstance(present, ast.Import) and isinstance(wanted, ast.Import)):
        return False
    names = {(alias.name, alias.asname) for alias in present.names}
    return {(alias.name, alias.asname) for alias in wanted.names} <= names


# Statements as text


def _insert(text: bytes, function: Function, start: int, statements: str, *, inline: bool) -> Edit | None:
    """Insert statements before the one that starts at an offset, and before the comments right above it."""
    newline = _newline(text)
    if inline:
        inner = _indentation(text, start) + UNIT
        begin = len(text[:start].rstrip(b" \t"))
        lines = _indented(statements, inner, UNIT, newline)
        return _insertion(text, function, begin, start, f"{newline}{lines}{inner}")
    inner = _indentation(text, start)
    begin = text.rfind(b"\n", 0, start) + 1
    if text[begin:start].strip():
        return None
    begin = _above_comments(text, begin)
    return _insertion(text, function, begin, begin, _indented(statements, inner, _unit(text, function), newline))


def _insert_after(text: bytes, function: Function, start: int, end: int, statements: str) -> Edit | None:
    inner = _indentation(text, start)
    newline = _newline(text)
    line_end = text.find(b"\n", end)
    begin = line_end + 1 if line_end >= 0 else len(text)
    before = "" if line_end >= 0 else newline
    lines = _indented(statements, inner, _unit(text, function), newline)
    return _insertion(text, function, begin, begin, before + lines)


def _is_long(text: bytes, start: int, changed: str) -> bool:
    """Tell whether a line is wider than most files have it with something changed that begins on it."""
    return len(text[text.rfind(b"\n", 0, start) + 1 : start].decode("utf-8", "replace") + changed) > WIDTH


def _insertion(text: bytes, function: Function, start: int, end: int, inserted: str) -> Edit | None:
    return _edit(function.file.path, function.file.facts.lines, start, end, inserted) if _is_readable(text) else None


def _indentation(text: bytes, offset: int) -> str:
    line = text[text.rfind(b"\n", 0, offset) + 1 : offset]
    return line[: len(line) - len(line.lstrip(b" \t"))].decode()


def _unit(text: bytes, function: Function) -> str:
    """Return what the function's body is indented by, seen at the first line of it that is not blank."""
    outer = _indentation(text, function.facts.start)
    for line in text[function.facts.head_end : function.facts.end].split(b"\n")[1:]:
        if line.strip() and not line.lstrip().startswith(b"#"):
            inner = line[: len(line) - len(line.lstrip(b" \t"))].decode()
            return inner.removeprefix(outer) if inner.startswith(outer) and inner != outer else UNIT
    return UNIT


def _indented(statements: str, inner: str, unit: str, newline: str) -> str:
    """Return statements, written with four spaces a level, at an indentation and with the unit of the function."""
    lines: list[str] = []
    for line in statements.strip("\n").split("\n"):
        stripped = line.lstrip(" ")
        levels = (len(line) - len(stripped)) // len(UNIT)
        lines.append(f"{inner}{unit * levels}{stripped}{newline}" if stripped else newline)
    return "".join(lines)


def _above_comments(text: bytes, begin: int) -> int:
    while begin > 0:
        above = text.rfind(b"\n", 0, begin - 1) + 1
        if not text[above:begin].lstrip().startswith(b"#"):
            return begin
        begin = above
    return begin


def _newline(text: bytes) -> str:
    return "\r\n" if b"\r\n" in text else "\n"


# Snippets


def _is_readable(text: bytes) -> bool:
    return decode(text).text == text


def _is_tractable(snippet: bytes) -> bool:
    """Tell whether a snippet is small and flat enough for a full parse."""
    depth = deepest = 0
    for byte in snippet if len(snippet) <= MAX_BYTES else b"":
        depth += 1 if byte in b"([{" else -1 if byte in b")]}" else 0
        deepest = max(deepest, depth)
    return len(snippet) <= MAX_BYTES and deepest <= MAX_NESTING


def _snippet(text: bytes, start: int, end: int) -> str | None:
    snippet = text[start:end]
    if not _is_tractable(snippet) or not _is_readable(text):
        return None
    return snippet.decode()


def _changed(function: Function, start: int, source: str, changed: str | None) -> Edit | None:
    """Return the smallest edit that turns one text into another."""
    if changed is None or changed == source:
        return None
    shorter = min(len(source), len(changed))
    head = tail = 0
    while head < shorter and source[head] == changed[head]:
        head += 1
    while tail < shorter - head and source[-1 - tail] == changed[-1 - tail]:
        tail += 1
    begin = start + len(source[:head].encode())
    end = start + len(source[: len(source) - tail].encode())
    return _edit(function.file.path, function.file.facts.lines, begin, end, changed[head : len(changed) - tail])


def _edit(path: str, lines: LineIndex, start: int, end: int, text: str) -> Edit:
    span = lines.span(start, end)
    return Edit(path, span.start, span.end, text)
