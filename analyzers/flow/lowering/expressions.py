"""Expressions to values; calls and short-circuits leave events."""

from analyzers.facts import Event, Value
from analyzers.flow.lowering.assignments import assign_target
from analyzers.flow.lowering.body import ENDED, ENTRY, MAX_TEXT, Body, LowerExpression
from analyzers.flow.lowering.counting import counted
from analyzers.flow.lowering.definitions import defer
from analyzers.flow.lowering.keeping import kept
from analyzers.flow.lowering.naming import (
    addressed_secret,
    called_secret,
    compared_secret,
    fallback_secret,
    joined_secret,
    named_expression,
    option_secret,
)
from analyzers.flow.lowering.preparing import made_call, said_to_be
from analyzers.secrets import named_secret, secret_kind
from analyzers.syntax import (
    Attribute,
    Await,
    Binary,
    Boolean,
    Call,
    Compare,
    Comprehension,
    Conditional,
    Expression,
    Lambda,
    Literal,
    Mapping,
    Name,
    NamedExpression,
    Sequence,
    Slice,
    Spread,
    Subscript,
    Template,
    Unary,
    Unknown,
    Yield,
)


def _name(body: Body, node: Name) -> int:
    found = body.environment.get(node.id)
    if found is not None:
        return found
    op = "free" if body.is_local_above(node.id) and node.id not in body.globals else "name"
    return body.value(op, node.id, (), node)


def _literal(body: Body, node: Literal) -> int:
    if node.kind not in ("str", "bytes"):
        return body.value(node.kind, node.value[:MAX_TEXT], (), node)
    secret = secret_kind(node.value)
    if secret is not None:
        return body.value("secret", secret, (), node)
    return body.value(node.kind, node.value[:MAX_TEXT], (), node)


def _template(body: Body, node: Template) -> int:
    value = body.value("template", "", tuple(body.expression(part) for part in node.parts), node)
    addressed_secret(body, node, value)
    return value


def _attribute(body: Body, node: Attribute) -> int:
    return body.value("attr", node.name, (body.expression(node.value),), node)


def _subscript(body: Body, node: Subscript) -> int:
    table, key = body.expression(node.value), body.expression(node.index)
    if body.values[key].op == "str" and _is_of_names(body, table):
        return body.value("name", body.values[key].text, (), node)
    return body.value("index", "", (table, key), node)


def _is_of_names(body: Body, table: int) -> bool:
    """Tell whether a table is that of the module's names, `globals()`."""
    node = body.values[table]
    callee = body.values[node.args[0]] if node.op == "call" and len(node.args) == 1 else node
    return callee.op == "name" and callee.text == "globals" and node.op == "call"


def _slice(body: Body, node: Slice) -> int:
    parts = tuple(body.expression(part) for part in node.parts if part is not None)
    return body.value("unknown", "slice", parts, node)


def _call(body: Body, node: Call) -> int:
    args = [body.expression(node.function)]
    callee = body.values[args[0]]
    # There is no other way to write an empty set, as `[]` is an empty list.
    if callee.op == "name" and callee.text == "set" and not node.arguments:
        return body.value("set", "", (), node)
    args.extend(
        [
            named_expression(body, argument.name, argument.value) if argument.name else body.expression(argument.value)
            for argument in node.arguments
        ]
    )
    _hide_default(body, node, args)
    option_secret(body, node, args)
    called_secret(body, node, args)
    names = tuple([argument.name for argument in node.arguments])
    made = counted(body, Value("call", "", tuple(args), names, node.start, node.end - node.start))
    said = said_to_be(body, made) if made.op == "call" else -1
    if said >= 0:
        return said
    made = made_call(body, made) if made.op == "call" else made
    value = body.value(made.op, made.text, made.args, node, made.names)
    if made.op == "call":
        body.call_events[value] = body.emit("call", value, node)
    return value


def _hide_default(body: Body, node: Call, args: list[int]) -> None:
    """`getenv("API_KEY", "value")`: the second constant is given to the name in the first."""
    arguments = node.arguments
    if len(arguments) < 2 or arguments[0].name or arguments[1].name:
        return
    first, second = arguments[0].value, arguments[1].value
    if isinstance(first, Literal) and isinstance(second, Literal) and first.kind == second.kind == "str":
        secret = named_secret(first.value, second.value)
        if secret is not None:
            body.values[args[2]] = Value("secret", secret, (), (), second.start, second.end - second.start)


def _items(body: Body, node: Sequence) -> int:
    return body.value(node.kind, "", tuple([body.expression(item) for item in node.items]), node)


def _mapping(body: Body, node: Mapping) -> int:
    args: list[int] = []
    for key, value in node.entries:
        args.append(body.optional(key))
        name = key.value if isinstance(key, Literal) and key.kind == "str" else ""
        args.append(kept(body, name, value))
    return body.value("map", "", tuple(args), node)


def _binary(body: Body, node: Binary) -> int:
    left = body.expression(node.left)
    value = body.value("binary", node.operator, (left, body.expression(node.right)), node)
    joined_secret(body, node, value)
    return value


def _boolean(body: Body, node: Boolean) -> int:
    """Operands after the first run only when those before it did not decide; what they establish ends here."""
    args = [body.expression(node.values[0])]
    after_first = body.at
    for operand in node.values[1:]:
        body.assume(args[-1], node.operator == "and", operand)
        args.append(body.expression(operand))
    body.at = after_first
    fallback_secret(body, node, args)
    return body.value(node.operator, "", tuple(args), node)


def _unary(body: Body, node: Unary) -> int:
    value = body.expression(node.value)
    if node.operator == "not":
        return body.value("not", "", (value,), node)
    return body.value("unary", node.operator, (value,), node)


def _compare(body: Body, node: Compare) -> int:
    pairs = _pairs(node)
    if pairs:
        return _compare_items(body, node, pairs)
    left = body.expression(node.left)
    left_node = node.left
    parts: list[int] = []
    for operator, right_node in zip(node.operators, node.rights, strict=True):
        right = body.expression(right_node)
        if operator in ("==", "!="):
            compared_secret(body, (left_node, left), (right_node, right))
        parts.append(body.value("compare", operator, (left, right), node))
        left, left_node = right, right_node
    return parts[0] if len(parts) == 1 else body.value("and", "", tuple(parts), node)


def _pairs(node: Compare) -> list[tuple[Expression, Expression]]:
    """Return what `(a, b) == (c, d)` compares with each other, nothing for another comparison."""
    left, right = node.left, node.rights[0]
    if node.operators not in (["=="], ["!="]) or not isinstance(left, Sequence) or not isinstance(right, Sequence):
        return []
    items = (*left.items, *right.items)
    is_plain = left.kind == right.kind == "tuple" and not any(isinstance(item, Spread) for item in items)
    return list(zip(left.items, right.items, strict=True)) if is_plain and len(left.items) * 2 == len(items) else []


def _compare_items(body: Body, node: Compare, pairs: list[tuple[Expression, Expression]]) -> int:
    operator = node.operators[0]
    sides = [(body.expression(left), body.expression(right)) for left, right in pairs]
    parts = tuple([body.value("compare", operator, side, node) for side in sides])
    return parts[0] if len(parts) == 1 else body.value("and" if operator == "==" else "or", "", parts, node)


def _conditional(body: Body, node: Conditional) -> int:
    test = body.expression(node.test)
    before = body.at
    body.assume(test, True, node.then)
    then = body.expression(node.then)
    then_at, body.at = body.at, before
    body.assume(test, False, node.otherwise)
    otherwise = body.expression(node.otherwise)
    body.at = body.common(then_at, body.at) if before != ENDED else ENDED
    return body.value("select", "", (test, then, otherwise), node)


def _lambda(body: Body, node: Lambda) -> int:
    return body.value("function", str(defer(body, node, ())), (), node)


def _await(body: Body, node: Await) -> int:
    value = body.expression(node.value)
    event = body.call_events.get(value)
    if event is not None:
        body.events[event] = _awaited(body.events[event])
    return body.value("await", "", (value,), node)


def _awaited(event: Event) -> Event:
    return Event(event.kind, event.value, event.dominator, "await", event.target, event.start, event.length)


def _yield(body: Body, node: Yield) -> int:
    body.is_generator = True
    value = body.optional(node.value)
    body.emit("yield", value, node, "from" if node.delegate else "")
    return body.value("yield", "", () if value < 0 else (value,), node)


def _spread(body: Body, node: Spread) -> int:
    return body.value("spread", "", (body.expression(node.value),), node)


def _comprehension(body: Body, node: Comprehension) -> int:
    """The element runs any number of times: nothing it does is certain afterwards. Its names stay inside."""
    outer, before = body.environment, ENTRY
    body.environment = dict(outer)
    sources: list[int] = []
    for position, generator in enumerate(node.generators):
        source = body.expression(generator.source)
        if position == 0:
            before = body.at
        sources.append(source)
        assign_target(body, generator.target, body.value("element", "", (source,), generator))
        for condition in generator.conditions:
            body.assume(body.expression(condition), True, condition)
    element = [body.expression(node.element)]
    if node.key is not None:
        element.insert(0, body.expression(node.key))
    body.environment, body.at = outer, before
    return body.value("comprehension", node.kind, (*element, *sources), node)


def _named(body: Body, node: NamedExpression) -> int:
    value = body.expression(node.value)
    body.bind(node.target.id, value)
    return value


def _unknown(body: Body, node: Unknown) -> int:
    children = tuple([body.expression(child) for child in node.children])
    return body.value("unknown", "", children, node)


EXPRESSIONS: dict[type, LowerExpression] = {
    Name: _name,
    Literal: _literal,
    Template: _template,
    Attribute: _attribute,
    Subscript: _subscript,
    Slice: _slice,
    Call: _call,
    Sequence: _items,
    Mapping: _mapping,
    Binary: _binary,
    Boolean: _boolean,
    Unary: _unary,
    Compare: _compare,
    Conditional: _conditional,
    Lambda: _lambda,
    Await: _await,
    Yield: _yield,
    Spread: _spread,
    Comprehension: _comprehension,
    NamedExpression: _named,
    Unknown: _unknown,
}
