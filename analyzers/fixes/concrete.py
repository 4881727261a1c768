"""Changes Python snippets with their formatting kept. Only `analyzers.fixes.rewrite` imports it, when a fix is wanted.

Snippets are one call or one function, never a whole file. What the grammar refuses gives None; the parser's own
messages quote the source and are not formatted.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

Whitespace = cst.BaseParenthesizableWhitespace
NOTHING = cst.SimpleWhitespace("")
# So few arguments stay on one line.
FEW = 2


class Place(NamedTuple):
    """A statement of a function's own text, in bytes from its start; `inline` when it shares the line of a colon."""

    start: int
    end: int
    is_docstring: bool
    inline: bool


# Calls


def with_argument(source: str, name: str, expression: str) -> str | None:
    """Return a call with a keyword argument added or replaced, None when it may be passed already by `**`."""
    call = _call(source)
    value = _expression(expression)
    if call is None or value is None:
        return None
    for position, argument in enumerate(call.args):
        if argument.keyword is not None and argument.keyword.value == name:
            return _code(source, call, _replaced(call.args, position, argument.with_changes(value=value)))
    if any(argument.star == "**" or _is_bare_generator(argument) for argument in call.args):
        return None
    equal = cst.AssignEqual(NOTHING, NOTHING)
    return _code(source, call, _appended(call, cst.Arg(value=value, keyword=cst.Name(name), equal=equal)))


def without_argument(source: str, name: str) -> str | None:
    """Return a call without a keyword argument, None when it has none of that name."""
    call = _call(source)
    for position, argument in enumerate(call.args if call is not None else ()):
        if call is not None and argument.keyword is not None and argument.keyword.value == name:
            return _code(source, call, _removed(call.args, position))
    return None


def one_each_line(source: str, outer: str, unit: str) -> str | None:
    """Return a call that is one line with each argument on its own, None where there is nothing to part."""
    call = _call(source)
    if call is None or len(call.args) < FEW or "\n" in source:
        return None
    code = cst.Module(()).code_for_node
    plain = [argument.with_changes(comma=cst.MaybeSentinel.DEFAULT) for argument in call.args]
    lines = "".join(f"{outer}{unit}{code(argument).rstrip()},\n" for argument in plain)
    return f"{code(call.func)}(\n{lines}{outer})"


def argument_source(source: str, names: Sequence[str], position: int) -> str | None:
    """Return the source of a call's argument, by one of several keywords or by position."""
    call = _call(source)
    for index, argument in enumerate(call.args if call is not None else ()):
        keyword = argument.keyword.value if argument.keyword is not None else ""
        if keyword in names or (index == position and not keyword and not argument.star):
            return cst.Module(()).code_for_node(argument.value)
    return None


def _call(source: str) -> cst.Call | None:
    expression = _expression(f"({source})")
    return expression if isinstance(expression, cst.Call) else None


def _expression(source: str) -> cst.BaseExpression | None:
    try:
        return cst.parse_expression(source, cst.PartialParserConfig(default_newline=_newline(source)))
    except (cst.ParserSyntaxError, cst.CSTValidationError):
        return None


def _newline(source: str) -> str:
    return "\r\n" if "\r\n" in source else "\n"


def _code(source: str, call: cst.Call, arguments: Sequence[cst.Arg]) -> str:
    changed = call.with_changes(args=arguments)
    if not arguments:
        changed = changed.with_changes(whitespace_before_args=NOTHING)
    return cst.Module((), default_newline=_newline(source)).code_for_node(changed)[1:-1]


def _replaced(arguments: Sequence[cst.Arg], position: int, argument: cst.Arg) -> list[cst.Arg]:
    return [*arguments[:position], argument, *arguments[position + 1 :]]


def _is_bare_generator(argument: cst.Arg) -> bool:
    return isinstance(argument.value, cst.GeneratorExp) and not argument.value.lpar


def _appended(call: cst.Call, argument: cst.Arg) -> list[cst.Arg]:
    if not call.args:
        return [argument]
    *before, last = call.args
    separator = _separator(call)
    if isinstance(last.comma, cst.Comma):
        after = last.comma.whitespace_after
        kept = last.comma.with_changes(whitespace_after=_commented(separator, after))
        argument = argument.with_changes(comma=last.comma.with_changes(whitespace_after=_uncommented(after)))
        return [*before, last.with_changes(comma=kept), argument]
    argument = argument.with_changes(whitespace_after_arg=last.whitespace_after_arg)
    comma = cst.Comma(whitespace_after=separator)
    return [*before, last.with_changes(comma=comma, whitespace_after_arg=NOTHING), argument]


def _separator(call: cst.Call) -> Whitespace:
    """Return what stands between the arguments of a call, or would."""
    comma = call.args[-2].comma if len(call.args) > 1 else None
    if isinstance(comma, cst.Comma):
        return _uncommented(comma.whitespace_after)
    if isinstance(call.whitespace_before_args, cst.ParenthesizedWhitespace):
        return _uncommented(call.whitespace_before_args)
    return cst.SimpleWhitespace(" ")


def _uncommented(whitespace: Whitespace) -> Whitespace:
    if isinstance(whitespace, cst.ParenthesizedWhitespace):
        return whitespace.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=())
    return whitespace


def _commented(whitespace: Whitespace, source: Whitespace) -> Whitespace:
    """Return whitespace that ends like the first and keeps the comments of the second."""
    if isinstance(whitespace, cst.ParenthesizedWhitespace) and isinstance(source, cst.ParenthesizedWhitespace):
        return whitespace.with_changes(first_line=source.first_line, empty_lines=source.empty_lines)
    return whitespace


def _removed(arguments: Sequence[cst.Arg], position: int) -> list[cst.Arg]:
    """Drop an argument with its comma; where it was the last, the one before it now ends the list as it did."""
    left = [*arguments[:position], *arguments[position + 1 :]]
    gone = arguments[position]
    if left and position == len(left):
        last = left[-1]
        comma = gone.comma
        if isinstance(comma, cst.Comma) and isinstance(last.comma, cst.Comma):
            ending = _commented(comma.whitespace_after, last.comma.whitespace_after)
            comma = comma.with_changes(whitespace_after=ending)
        left[-1] = last.with_changes(comma=comma, whitespace_after_arg=gone.whitespace_after_arg)
    return left


# Parameters


def without_parameter(source: str, name: str) -> str | None:
    """Return a function without one of its plain parameters, None when it has none of that name."""
    try:
        module = cst.parse_module(source)
    except (cst.ParserSyntaxError, cst.CSTValidationError):
        return None
    function = module.body[0] if len(module.body) == 1 else None
    if not isinstance(function, cst.FunctionDef):
        return None
    parameters = function.params.params
    position = next((index for index, item in enumerate(parameters) if item.name.value == name), -1)
    if position < 0 or (len(parameters) == 1 and function.params.posonly_params):
        return None
    left = [*parameters[:position], *parameters[position + 1 :]]
    last = position == len(parameters) - 1 and not (function.params.kwonly_params or function.params.star_kwarg)
    if left and last and function.params.star_arg is cst.MaybeSentinel.DEFAULT:
        gone = parameters[position]
        left[-1] = left[-1].with_changes(comma=gone.comma, whitespace_after_param=gone.whitespace_after_param)
    changed = function.with_changes(params=function.params.with_changes(params=left))
    return module.with_changes(body=[changed]).code


# Statements


def first_statement(source: bytes) -> Place | None:
    """Return the first statement of a function behind its docstring; the docstring itself where nothing follows."""
    function, wrapper = _function(source)
    if function is None or wrapper is None:
        return None
    places = list(_places(function.body, wrapper))
    return next((place for place in places if not place.is_docstring), places[0] if places else None)


def statement_at(source: bytes, offset: int) -> Place | None:
    """Return the innermost statement of a function that a byte offset lies in."""
    function, wrapper = _function(source)
    if function is None or wrapper is None:
        return None
    blocks = _Blocks()
    wrapper.module.visit(blocks)
    places = [place for block in blocks.found for place in _places(block, wrapper) if place.start <= offset < place.end]
    return max(places, key=lambda place: place.start, default=None)


class _Blocks(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[cst.BaseSuite] = []

    def visit_IndentedBlock(self, node: cst.IndentedBlock) -> None:  # noqa: N802
        self.found.append(node)

    def visit_SimpleStatementSuite(self, node: cst.SimpleStatementSuite) -> None:  # noqa: N802
        self.found.append(node)


def _function(source: bytes) -> tuple[cst.FunctionDef | None, MetadataWrapper | None]:
    try:
        wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    except (cst.ParserSyntaxError, cst.CSTValidationError):
        return None, None
    body = wrapper.module.body
    first = body[0] if len(body) == 1 else None
    return (first, wrapper) if isinstance(first, cst.FunctionDef) else (None, None)


def _places(block: cst.BaseSuite, wrapper: MetadataWrapper) -> Iterator[Place]:
    spans = wrapper.resolve(ByteSpanPositionProvider)
    inline = isinstance(block, cst.SimpleStatementSuite)
    for position, statement in enumerate(block.body):
        span = spans[statement]
        yield Place(span.start, span.start + span.length, position == 0 and _is_docstring(statement), inline)


def _is_docstring(statement: cst.CSTNode) -> bool:
    inner = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else statement
    return isinstance(inner, cst.Expr) and isinstance(inner.value, (cst.SimpleString, cst.ConcatenatedString))
