"""A mark, or whether it is set, in the place of a secret: in an argument, an f-string or an entry of a table."""

from collections.abc import Sequence

import libcst as cst

MARK = "[redacted]"


def redacted(source: str, position: int, parts: Sequence[int], kept: str = "") -> str | None:
    """Return a call with a mark for its argument at a position, or for some parts of that, counted from 0.

    `kept` is an expression to stand there instead of a mark.
    """
    try:
        call = cst.parse_expression(f"({source})")
    except (cst.ParserSyntaxError, cst.CSTValidationError):
        return None
    if not isinstance(call, cst.Call) or position >= len(call.args) or call.args[position].star:
        return None
    value = call.args[position].value
    changed = _marked(value, parts, kept) if parts else _mark(kept)
    if changed is None:
        return None
    arguments = [*call.args]
    arguments[position] = call.args[position].with_changes(value=changed)
    return cst.Module(()).code_for_node(call.with_changes(args=arguments))[1:-1]


def redacted_parts(source: str, parts: Sequence[int]) -> str | None:
    """Return a table or an f-string with a mark for some parts, counted from 0."""
    try:
        value = cst.parse_expression(f"({source})")
    except (cst.ParserSyntaxError, cst.CSTValidationError):
        return None
    changed = _marked(value, parts, "") if parts else None
    return cst.Module(()).code_for_node(changed)[1:-1] if changed is not None else None


def presence(source: str, parts: Sequence[int]) -> str | None:
    """Return a table or an f-string that says of some parts, counted from 0, only whether they are set."""
    try:
        value = cst.parse_expression(f"({source})")
    except (cst.ParserSyntaxError, cst.CSTValidationError):
        return None
    changed: cst.BaseExpression | None = None
    if isinstance(value, cst.Dict):
        changed = _told(value, parts)
    elif isinstance(value, cst.FormattedString):
        changed = _told_in(value, parts)
    return cst.Module(()).code_for_node(changed)[1:-1] if changed is not None else None


def _told(value: cst.Dict, parts: Sequence[int]) -> cst.Dict | None:
    entries = list(value.elements)
    for part in parts:
        entry = entries[part] if part < len(entries) else None
        if not isinstance(entry, cst.DictElement):
            return None
        entries[part] = entry.with_changes(value=_is_set(entry.value))
    return value.with_changes(elements=entries)


def _told_in(value: cst.FormattedString, parts: Sequence[int]) -> cst.FormattedString | None:
    content = list(value.parts)
    holes = [index for index, part in enumerate(content) if isinstance(part, cst.FormattedStringExpression)]
    if max(parts) >= len(holes) or any(has_inner(content[index]) for index in holes):
        return None
    for index in (holes[part] for part in parts):
        hole = content[index]
        if not isinstance(hole, cst.FormattedStringExpression) or hole.equal is not None:
            return None
        content[index] = hole.with_changes(expression=_is_set(hole.expression))
    return value.with_changes(parts=content)


def _is_set(value: cst.BaseExpression) -> cst.Call:
    return cst.Call(cst.Name("bool"), [cst.Arg(value)])


def _mark(kept: str) -> cst.BaseExpression:
    return cst.parse_expression(kept) if kept else cst.SimpleString(f'"{MARK}"')


def _mark_within(kept: str) -> cst.BaseFormattedStringContent:
    return cst.FormattedStringExpression(_mark(kept)) if kept else cst.FormattedStringText(MARK)


def _marked(value: cst.BaseExpression, parts: Sequence[int], kept: str) -> cst.BaseExpression | None:
    if isinstance(value, cst.Dict):
        entries = list(value.elements)
        for part in parts:
            if part >= len(entries) or not isinstance(entries[part], cst.DictElement):
                return None
            entries[part] = entries[part].with_changes(value=_mark(kept))
        return value.with_changes(elements=entries)
    if isinstance(value, cst.ConcatenatedString):
        return _marked_pieces(value, parts, kept)
    if isinstance(value, cst.FormattedString):
        holes = _holes(value)
        if max(parts) >= len(holes) or any(has_inner(value.parts[index]) for index in holes):
            return None
        marked = {holes[part] for part in parts}
        texts = [_mark_within(kept) if index in marked else part for index, part in enumerate(value.parts)]
        return plain(value.with_changes(parts=texts))
    return None


def _holes(value: cst.FormattedString) -> list[int]:
    return [index for index, part in enumerate(value.parts) if isinstance(part, cst.FormattedStringExpression)]


def _marked_pieces(value: cst.ConcatenatedString, parts: Sequence[int], kept: str) -> cst.BaseExpression | None:
    """Mark parts of strings that are written one behind the other, and counted through."""
    before = len(_holes(value.left)) if isinstance(value.left, cst.FormattedString) else 0
    left = [part for part in parts if part < before]
    right = [part - before for part in parts if part >= before]
    first = _marked(value.left, left, kept) if left else value.left
    second = _marked(value.right, right, kept) if right else value.right
    return None if first is None or second is None else value.with_changes(left=first, right=second)


def plain(value: cst.FormattedString) -> cst.FormattedString | cst.SimpleString:
    """Return an f-string in which nothing is left to be filled in as a string."""
    texts = [part.value for part in value.parts if isinstance(part, cst.FormattedStringText)]
    if len(texts) < len(value.parts):
        return value
    prefix = value.start.replace("f", "").replace("F", "")
    text = prefix + "".join(texts).replace("{{", "{").replace("}}", "}") + value.end
    return cst.SimpleString(text, lpar=value.lpar, rpar=value.rpar)


def has_inner(part: cst.BaseFormattedStringContent) -> bool:
    """Tell whether the format of a part holds values of its own, which count as parts, too."""
    spec = part.format_spec if isinstance(part, cst.FormattedStringExpression) else None
    return any(isinstance(item, cst.FormattedStringExpression) for item in spec or ())
