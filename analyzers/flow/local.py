"""From the syntax of one file to its local facts: values by definition and events with their dominators.

One pass in program order. The state at a point is the environment (name to value) and `at`, the last event that has
certainly completed on every path to here; events form a dominator tree, so joining two paths is finding their lowest
common ancestor. A path that has ended has the state `None`.
"""

import hashlib

from analyzers.facts import Event, FunctionFacts, Parameter, Value
from analyzers.flow.assigned import assigned_names
from analyzers.secrets import named_secret, secret_kind
from analyzers.syntax import (
    Argument,
    Assert,
    Assign,
    Attribute,
    Await,
    Binary,
    Boolean,
    Call,
    Case,
    Class,
    Compare,
    Comprehension,
    Conditional,
    Delete,
    Expression,
    ExpressionStatement,
    For,
    Function,
    If,
    Import,
    Jump,
    Lambda,
    Literal,
    Mapping,
    Match,
    Module,
    Name,
    NamedExpression,
    Raise,
    Return,
    Scope,
    Sequence,
    Slice,
    Spread,
    Statement,
    Subscript,
    Template,
    Try,
    Unary,
    Unknown,
    UnknownStatement,
    While,
    With,
    Yield,
)
from analyzers.syntax import Parameter as ParameterNode

MAX_TEXT = 400
ENTRY = -1
ENDED = -2

Environment = dict[str, int]


def local_facts(module: Module, qualname: str = "<module>") -> tuple[FunctionFacts, ...]:
    """Return the facts of every function of a module; index 0 is the module's own body."""
    builder = _File()
    root = _Body(builder, 0, "module", qualname, "", None)
    builder.slots.append(None)
    root.block(module.body)
    builder.slots[0] = root.finish(module.start, module.end, 0, 0, module.docstring, _Signature())
    builder.drain()
    return tuple(slot for slot in builder.slots if slot is not None)


class _Signature:
    """What the enclosing scope knows of a function: its parameters, decorators and bases as values there."""

    __slots__ = ("bases", "decorators", "is_async", "parameters")

    def __init__(
        self,
        parameters: tuple[Parameter, ...] = (),
        decorators: tuple[int, ...] = (),
        bases: tuple[tuple[str, int], ...] = (),
        is_async: bool = False,
    ) -> None:
        self.parameters = parameters
        self.decorators = decorators
        self.bases = bases
        self.is_async = is_async


class _File:
    """All functions of a file; bodies wait here until the scope around them is complete."""

    def __init__(self) -> None:
        self.slots: list[FunctionFacts | None] = []
        self.waiting: list[tuple[int, Function | Lambda, "_Body", _Signature]] = []

    def reserve(self) -> int:
        self.slots.append(None)
        return len(self.slots) - 1

    def drain(self) -> None:
        while self.waiting:
            index, node, parent, signature = self.waiting.pop()
            self.slots[index] = _lower_function(self, index, node, parent, signature)


def _lower_function(
    file: _File, index: int, node: Function | Lambda, parent: "_Body", signature: _Signature
) -> FunctionFacts:
    name = node.name if isinstance(node, Function) else "<lambda>"
    kind = "lambda" if isinstance(node, Lambda) else "method" if parent.kind == "class" else "function"
    body = _Body(file, index, kind, parent.inner(name), name, parent)
    for parameter in signature.parameters:
        body.bind(parameter.name, body.value("param", parameter.name, (), node.start, node.start))
    if isinstance(node, Lambda):
        body.emit("return", body.expression(node.body), node.body.start, node.body.end)
        body.at = ENDED
        return body.finish(node.start, node.end, node.start, node.start, "", signature)
    body.block(node.body)
    return body.finish(node.start, node.end, node.head_end, node.name_start, node.docstring, signature)


class _Body:
    """Lowers one function body, class body or module."""

    def __init__(
        self, file: _File, index: int, kind: str, qualname: str, name: str, parent: "_Body | None"
    ) -> None:
        self.file = file
        self.index = index
        self.kind = kind
        self.qualname = qualname
        self.name = name
        self.parent = parent
        self.values: list[Value] = []
        self.events: list[Event] = []
        self.environment: Environment = {}
        self.names: dict[str, list[int]] = {}
        self.globals: set[str] = set()
        self.at = ENTRY
        self.loops: list[tuple[list[tuple[int, Environment]], list[tuple[int, Environment]]]] = []
        self.loops_end: list[tuple[int, Environment]] = []
        self.is_generator = False
        self.call_events: dict[int, int] = {}

    def inner(self, name: str) -> str:
        """Return the qualified name of a definition in this body."""
        return name if self.kind == "module" else f"{self.qualname}.{name}"

    # Values

    def value(
        self, op: str, text: str, args: tuple[int, ...], start: int, end: int, names: tuple[str, ...] = ()
    ) -> int:
        self.values.append(Value(op, text, args, names, start, end))
        return len(self.values) - 1

    def emit(self, kind: str, value: int, start: int, end: int, text: str = "", target: int = -1) -> int:
        """Record an event; where the path has ended already it is still recorded, after itself."""
        self.events.append(Event(kind, value, self.at, text, target, start, end))
        index = len(self.events) - 1
        if self.at != ENDED:
            self.at = index
        return index

    def bind(self, name: str, value: int) -> None:
        if name in self.globals:
            self.emit("global", value, self.values[value].start, self.values[value].end, name)
            return
        self.environment[name] = value
        self.names.setdefault(name, []).append(value)

    def expression(self, node: Expression) -> int:
        return _EXPRESSIONS[type(node)](self, node)

    def optional(self, node: Expression | None) -> int:
        return -1 if node is None else self.expression(node)

    def block(self, statements: list[Statement]) -> None:
        for statement in statements:
            _STATEMENTS[type(statement)](self, statement)

    # Paths

    def join(self, paths: list[tuple[int, Environment]]) -> None:
        """Continue where several paths meet; paths that have ended do not."""
        open_paths = [path for path in paths if path[0] != ENDED]
        if not open_paths:
            self.at = ENDED
            return
        self.at, self.environment = open_paths[0][0], open_paths[0][1]
        for at, environment in open_paths[1:]:
            self.at = self.common(self.at, at)
            self.environment = self.merge(self.environment, environment)

    def common(self, first: int, second: int) -> int:
        while first != second:
            if first > second:
                first = self.events[first].dominator
            else:
                second = self.events[second].dominator
        return first

    def merge(self, first: Environment, second: Environment) -> Environment:
        if first is second or first == second:
            return first
        merged = dict(first)
        for name, value in second.items():
            other = merged.get(name, value)
            if other != value:
                position = self.values[value]
                merged[name] = self.value("phi", name, (other, value), position.start, position.end)
                self.names.setdefault(name, []).append(merged[name])
            else:
                merged[name] = value
        return merged

    def assume(self, condition: int, truth: bool, node: Expression) -> None:
        if self.at != ENDED:
            self.emit("true" if truth else "false", condition, node.start, node.end)

    # Results

    def finish(
        self, start: int, end: int, head_end: int, name_start: int, docstring: str, signature: _Signature
    ) -> FunctionFacts:
        return FunctionFacts(
            name=self.name,
            qualname=self.qualname,
            kind=self.kind,
            parent=self.parent.index if self.parent else -1,
            parameters=signature.parameters,
            decorators=signature.decorators,
            bases=signature.bases,
            values=tuple(self.values),
            events=tuple(self.events),
            names={name: tuple(values) for name, values in self.names.items()},
            is_async=signature.is_async,
            is_generator=self.is_generator,
            falls=self.at,
            start=start,
            end=end,
            head_end=head_end,
            name_start=name_start,
            digest=_digest(self.values, self.events),
            docstring=docstring[:MAX_TEXT],
        )

    def is_local_above(self, name: str) -> bool:
        """Tell whether an enclosing function (not the module, not a class) binds the name."""
        scope = self.parent
        while scope is not None and scope.kind != "module":
            if scope.kind != "class" and name in scope.names:
                return True
            scope = scope.parent
        return False


def _digest(values: list[Value], events: list[Event]) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for value in values:
        text = "" if value.op in ("str", "secret", "bytes") else value.text
        digest.update(f"{value.op} {text} {value.args} {value.names}\n".encode("utf-8", "surrogatepass"))
    for event in events:
        digest.update(f"{event.kind} {event.value} {event.dominator} {event.text}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


# Expressions


def _name(body: _Body, node: Name) -> int:
    found = body.environment.get(node.id)
    if found is not None:
        return found
    op = "free" if body.is_local_above(node.id) and node.id not in body.globals else "name"
    return body.value(op, node.id, (), node.start, node.end)


def _literal(body: _Body, node: Literal) -> int:
    if node.kind != "str":
        return body.value(node.kind, node.value[:MAX_TEXT], (), node.start, node.end)
    secret = secret_kind(node.value)
    if secret is not None:
        return body.value("secret", secret, (), node.start, node.end)
    return body.value("str", node.value[:MAX_TEXT], (), node.start, node.end)


def _named_expression(body: _Body, name: str, node: Expression) -> int:
    """Lower a value given to a name; a string constant given to a name that holds credentials is not kept."""
    if isinstance(node, Literal) and node.kind == "str":
        secret = secret_kind(node.value) or named_secret(name, node.value)
        if secret is not None:
            return body.value("secret", secret, (), node.start, node.end)
    return body.expression(node)


def _template(body: _Body, node: Template) -> int:
    return body.value("template", "", tuple(body.expression(part) for part in node.parts), node.start, node.end)


def _attribute(body: _Body, node: Attribute) -> int:
    return body.value("attr", node.name, (body.expression(node.value),), node.start, node.end)


def _subscript(body: _Body, node: Subscript) -> int:
    value = body.expression(node.value)
    return body.value("index", "", (value, body.expression(node.index)), node.start, node.end)


def _slice(body: _Body, node: Slice) -> int:
    parts = tuple(body.expression(part) for part in node.parts if part is not None)
    return body.value("unknown", "slice", parts, node.start, node.end)


def _call(body: _Body, node: Call) -> int:
    args = [body.expression(node.function)]
    args.extend(
        [
            _named_expression(body, argument.name, argument.value) if argument.name else body.expression(argument.value)
            for argument in node.arguments
        ]
    )
    _hide_default(body, node, args)
    names = tuple([argument.name for argument in node.arguments])
    value = body.value("call", "", tuple(args), node.start, node.end, names)
    body.call_events[value] = body.emit("call", value, node.start, node.end)
    return value


def _hide_default(body: _Body, node: Call, args: list[int]) -> None:
    """`getenv("API_KEY", "value")`: the second constant is given to the name in the first."""
    arguments = node.arguments
    if len(arguments) < 2 or arguments[0].name or arguments[1].name:
        return
    first, second = arguments[0].value, arguments[1].value
    if isinstance(first, Literal) and isinstance(second, Literal) and first.kind == second.kind == "str":
        secret = named_secret(first.value, second.value)
        if secret is not None:
            args[2] = body.value("secret", secret, (), second.start, second.end)


def _items(body: _Body, node: Sequence) -> int:
    return body.value(node.kind, "", tuple([body.expression(item) for item in node.items]), node.start, node.end)


def _mapping(body: _Body, node: Mapping) -> int:
    args: list[int] = []
    for key, value in node.entries:
        args.append(body.optional(key))
        name = key.value if isinstance(key, Literal) and key.kind == "str" else ""
        args.append(_named_expression(body, name, value))
    return body.value("map", "", tuple(args), node.start, node.end)


def _binary(body: _Body, node: Binary) -> int:
    left = body.expression(node.left)
    return body.value("binary", node.operator, (left, body.expression(node.right)), node.start, node.end)


def _boolean(body: _Body, node: Boolean) -> int:
    """Operands after the first run only when those before it did not decide; what they establish ends here."""
    args = [body.expression(node.values[0])]
    after_first = body.at
    for operand in node.values[1:]:
        body.assume(args[-1], node.operator == "and", operand)
        args.append(body.expression(operand))
    body.at = after_first
    return body.value(node.operator, "", tuple(args), node.start, node.end)


def _unary(body: _Body, node: Unary) -> int:
    value = body.expression(node.value)
    if node.operator == "not":
        return body.value("not", "", (value,), node.start, node.end)
    return body.value("unary", node.operator, (value,), node.start, node.end)


def _compare(body: _Body, node: Compare) -> int:
    left = body.expression(node.left)
    parts: list[int] = []
    for operator, right_node in zip(node.operators, node.rights, strict=True):
        right = body.expression(right_node)
        parts.append(body.value("compare", operator, (left, right), node.start, node.end))
        left = right
    return parts[0] if len(parts) == 1 else body.value("and", "", tuple(parts), node.start, node.end)


def _conditional(body: _Body, node: Conditional) -> int:
    test = body.expression(node.test)
    before = body.at
    body.assume(test, True, node.then)
    then = body.expression(node.then)
    then_at, body.at = body.at, before
    body.assume(test, False, node.otherwise)
    otherwise = body.expression(node.otherwise)
    body.at = body.common(then_at, body.at) if before != ENDED else ENDED
    return body.value("select", "", (test, then, otherwise), node.start, node.end)


def _lambda(body: _Body, node: Lambda) -> int:
    return body.value("function", str(_defer(body, node, ())), (), node.start, node.end)


def _await(body: _Body, node: Await) -> int:
    value = body.expression(node.value)
    event = body.call_events.get(value)
    if event is not None:
        body.events[event] = _awaited(body.events[event])
    return body.value("await", "", (value,), node.start, node.end)


def _awaited(event: Event) -> Event:
    return Event(event.kind, event.value, event.dominator, "await", event.target, event.start, event.end)


def _yield(body: _Body, node: Yield) -> int:
    body.is_generator = True
    value = body.optional(node.value)
    body.emit("yield", value, node.start, node.end)
    return body.value("yield", "", () if value < 0 else (value,), node.start, node.end)


def _spread(body: _Body, node: Spread) -> int:
    return body.value("spread", "", (body.expression(node.value),), node.start, node.end)


def _comprehension(body: _Body, node: Comprehension) -> int:
    """The element runs any number of times: nothing it does is certain afterwards. Its names stay inside."""
    outer, before = body.environment, ENTRY
    body.environment = dict(outer)
    sources: list[int] = []
    for position, generator in enumerate(node.generators):
        source = body.expression(generator.source)
        if position == 0:
            before = body.at
        sources.append(source)
        _assign_target(
            body, generator.target, body.value("element", "", (source,), generator.start, generator.end)
        )
        for condition in generator.conditions:
            body.assume(body.expression(condition), True, condition)
    element = [body.expression(node.element)]
    if node.key is not None:
        element.insert(0, body.expression(node.key))
    body.environment, body.at = outer, before
    return body.value("comprehension", node.kind, (*element, *sources), node.start, node.end)


def _named(body: _Body, node: NamedExpression) -> int:
    value = body.expression(node.value)
    body.bind(node.target.id, value)
    return value


def _unknown(body: _Body, node: Unknown) -> int:
    children = tuple([body.expression(child) for child in node.children])
    return body.value("unknown", "", children, node.start, node.end)


_EXPRESSIONS = {
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


# Definitions


def _parameters(body: _Body, nodes: list[ParameterNode]) -> tuple[Parameter, ...]:
    return tuple(
        [
            Parameter(
                node.name,
                node.kind,
                body.optional(node.annotation),
                -1 if node.default is None else _named_expression(body, node.name, node.default),
            )
            for node in nodes
        ]
    )


def _defer(body: _Body, node: Function | Lambda, decorators: tuple[int, ...]) -> int:
    """Reserve a place for a function; its body is lowered when the scope around it is complete."""
    signature = _Signature(
        _parameters(body, node.parameters),
        decorators,
        (),
        isinstance(node, Function) and node.is_async,
    )
    index = body.file.reserve()
    body.file.waiting.append((index, node, body, signature))
    return index


def _function(body: _Body, node: Function) -> None:
    if node.returns is not None:
        body.expression(node.returns)
    decorators = tuple([body.expression(decorator.value) for decorator in node.decorators])
    index = _defer(body, node, decorators)
    body.bind(node.name, body.value("function", str(index), (), node.name_start, node.head_end))


def _class(body: _Body, node: Class) -> None:
    decorators = tuple([body.expression(decorator.value) for decorator in node.decorators])
    bases = tuple([(base.name, body.expression(base.value)) for base in node.bases])
    index = body.file.reserve()
    inner = _Body(body.file, index, "class", body.inner(node.name), node.name, body)
    inner.environment = dict(body.environment) if body.kind != "module" else {}
    inner.block(node.body)
    body.file.slots[index] = inner.finish(
        node.start, node.end, node.start, node.name_start, node.docstring, _Signature((), decorators, bases)
    )
    body.bind(node.name, body.value("class", str(index), (), node.name_start, node.start))


# Statements


def _import(body: _Body, node: Import) -> None:
    bound = node.alias or node.name or node.module.split(".")[0]
    module = node.module if node.name or node.alias else bound
    name = bound if node.name != "*" else f"*{node.module}"
    body.bind(name, body.value("import", f"{module}|{node.name}", (), node.start, node.end))
    if not node.name and not node.alias and "." in node.module:
        body.names.setdefault(f"import {node.module}", []).append(body.environment[name])


def _assign(body: _Body, node: Assign) -> None:
    if node.annotation is not None:
        annotation = body.expression(node.annotation)
        if isinstance(node.targets[0], Name):
            body.names.setdefault(f": {node.targets[0].id}", []).append(annotation)
        elif isinstance(node.targets[0], Attribute):
            body.names.setdefault(f": .{node.targets[0].name}", []).append(annotation)
    if node.value is None:
        return
    value = _named_expression(body, _target_name(node.targets[0]), node.value)
    for target in node.targets:
        if node.operator:
            current = body.expression(target)
            value = body.value("binary", node.operator, (current, value), node.start, node.end)
        _assign_target(body, target, value)


def _target_name(target: Expression) -> str:
    match target:
        case Name(id=name) | Attribute(name=name):
            return name
        case Subscript(index=Literal(kind="str", value=name)):
            return name
    return ""


def _assign_target(body: _Body, target: Expression, value: int) -> None:
    if isinstance(target, Name):
        body.bind(target.id, value)
    elif isinstance(target, Attribute):
        owner = body.expression(target.value)
        body.emit("store", value, target.start, target.end, target.name, owner)
    elif isinstance(target, Subscript):
        owner = body.expression(target.value)
        index = body.expression(target.index)
        place = body.value("index", "", (owner, index), target.start, target.end)
        body.emit("store", value, target.start, target.end, "[]", place)
    elif isinstance(target, Sequence):
        _unpack(body, target, value)
    elif isinstance(target, Spread):
        _assign_target(body, target.value, value)


def _unpack(body: _Body, target: Sequence, value: int) -> None:
    source = body.values[value]
    literal = source.op in ("tuple", "list") and len(source.args) == len(target.items)
    for position, item in enumerate(target.items):
        part = (
            source.args[position]
            if literal and not isinstance(item, Spread)
            else body.value("item", str(position), (value,), item.start, item.end)
        )
        _assign_target(body, item, part)


def _expression_statement(body: _Body, node: ExpressionStatement) -> None:
    body.expression(node.value)


def _if(body: _Body, node: If) -> None:
    """A chain of `elif` is followed in a loop, as long as it may be."""
    exits: list[tuple[int, Environment]] = []
    while True:
        test = body.expression(node.test)
        at, environment = body.at, body.environment
        body.environment = dict(environment)
        body.assume(test, True, node.test)
        body.block(node.then)
        exits.append((body.at, body.environment))
        body.at, body.environment = at, dict(environment)
        body.assume(test, False, node.test)
        if len(node.otherwise) != 1 or not isinstance(node.otherwise[0], If):
            break
        node = node.otherwise[0]
    body.block(node.otherwise)
    exits.append((body.at, body.environment))
    body.join(exits)


def _enter_loop(body: _Body, statements: list[Statement]) -> dict[str, int]:
    """Give each name that the loop assigns a phi of what it was; the caller completes it with `_close_loop`."""
    placeholders: dict[str, int] = {}
    for name in assigned_names(statements):
        current = body.environment.get(name)
        if current is not None:
            position = body.values[current]
            placeholders[name] = body.value("phi", name, (current,), position.start, position.end)
            body.environment[name] = placeholders[name]
    return placeholders


def _close_loop(body: _Body, placeholders: dict[str, int], paths: list[tuple[int, Environment]]) -> None:
    for name, placeholder in placeholders.items():
        value = body.values[placeholder]
        later = {env[name] for at, env in paths if at != ENDED and name in env} - {placeholder}
        args = (*value.args, *sorted(later))
        body.values[placeholder] = Value("phi", name, args, (), value.start, value.end)


def _loop_body(body: _Body, statements: list[Statement]) -> list[tuple[int, Environment]]:
    """Lower a loop's body once; return the paths that leave it by `break`."""
    body.loops.append(([], []))
    body.block(statements)
    breaks, continues = body.loops.pop()
    body.loops_end = [(body.at, body.environment), *continues]
    return breaks


def _for(body: _Body, node: For) -> None:
    source = body.expression(node.source)
    body.environment = dict(body.environment)
    placeholders = _enter_loop(body, node.body)
    at, environment = body.at, dict(body.environment)
    element = body.value("element", "", (source,), node.target.start, node.target.end)
    _assign_target(body, node.target, element)
    breaks = _loop_body(body, node.body)
    ends = [path for path in body.loops_end if path[0] != ENDED]
    _close_loop(body, placeholders, ends)
    _leave_loop(body, at, environment, ends)
    _each(body, at, ends, node)
    body.block(node.otherwise)
    body.join([(body.at, body.environment), *breaks])


def _each(body: _Body, at: int, ends: list[tuple[int, Environment]], node: For) -> None:
    """Record that the loop came to its end: what certainly completes in one round did so for every item."""
    if not ends or at == ENDED:
        return
    last = ends[0][0]
    for end, _ in ends[1:]:
        last = body.common(last, end)
    if last > at:
        body.emit("each", -1, node.start, node.start, "", last)


def _leave_loop(body: _Body, at: int, environment: Environment, ends: list[tuple[int, Environment]]) -> None:
    """After the loop nothing its body did is certain, but the names it bound may be seen."""
    body.at = at
    body.environment = environment
    for _, end in ends:
        for name, value in end.items():
            body.environment.setdefault(name, value)


def _while(body: _Body, node: While) -> None:
    body.environment = dict(body.environment)
    placeholders = _enter_loop(body, node.body)
    test = body.expression(node.test)
    at, environment = body.at, dict(body.environment)
    endless = isinstance(node.test, Literal) and node.test.value in ("True", "1")
    body.assume(test, True, node.test)
    breaks = _loop_body(body, node.body)
    ends = [path for path in body.loops_end if path[0] != ENDED]
    _close_loop(body, placeholders, ends)
    _leave_loop(body, at, environment, ends)
    if endless:
        body.at = ENDED
    else:
        body.assume(test, False, node.test)
    body.block(node.otherwise)
    body.join([(body.at, body.environment), *breaks])


def _with(body: _Body, node: With) -> None:
    suppresses = False
    at = body.at
    for item in node.items:
        value = body.expression(item.value)
        suppresses = suppresses or _is_suppress(item.value)
        if item.target is not None:
            _assign_target(body, item.target, body.value("enter", "", (value,), item.start, item.end))
    environment = body.environment
    body.environment = dict(environment)
    body.block(node.body)
    if suppresses:
        body.join([(body.at, body.environment), (at, environment)])


def _is_suppress(node: Expression) -> bool:
    """Tell whether a context manager is `contextlib.suppress(...)`, which continues behind the block on an error."""
    if not isinstance(node, Call):
        return False
    function = node.function
    return (isinstance(function, Name) and function.id == "suppress") or (
        isinstance(function, Attribute) and function.name == "suppress"
    )


def _try(body: _Body, node: Try) -> None:
    entry_at, entry = body.at, dict(body.environment)
    body.environment = dict(entry)
    body.block(node.body)
    interrupted = _interrupted(body, node.body, entry)
    body.block(node.otherwise)
    exits = [(body.at, body.environment)]
    for handler in node.handlers:
        body.at, body.environment = entry_at, dict(interrupted)
        types = body.optional(handler.types)
        body.emit("swallow", types, handler.start, handler.start)
        if handler.name:
            body.bind(handler.name, body.value("exception", "", (), handler.start, handler.start))
        body.block(handler.body)
        exits.append((body.at, body.environment))
    body.join(exits)
    if node.final:
        _finally(body, node.final, (entry_at, interrupted))


def _interrupted(body: _Body, statements: list[Statement], entry: Environment) -> Environment:
    """Return what names may hold when a statement in the middle raised: their value before, or any given there."""
    environment = dict(entry)
    for name in assigned_names(statements):
        end = body.environment.get(name)
        if end is not None and environment.get(name, end) != end:
            position = body.values[end]
            environment[name] = body.value("phi", name, (environment[name], end), position.start, position.end)
        elif end is not None:
            environment[name] = end
    return environment


def _finally(body: _Body, statements: list[Statement], entry: tuple[int, Environment]) -> None:
    """The block also runs on errors, so only what held before the `try` is certain in it."""
    normal_at, normal = body.at, body.environment
    body.at, body.environment = entry[0], dict(normal if normal_at != ENDED else entry[1])
    body.block(statements)
    if body.at == ENDED or normal_at == ENDED:
        body.at = ENDED
        return
    body.at = normal_at


def _match(body: _Body, node: Match) -> None:
    subject = body.expression(node.subject)
    exits: list[tuple[int, Environment]] = []
    exhaustive = False
    for case in node.cases:
        at, environment = body.at, body.environment
        body.environment = dict(environment)
        condition = _case_condition(body, case, subject)
        if condition >= 0:
            body.assume(condition, True, node.subject)
        for binding in case.bindings:
            body.bind(binding.id, subject)
        if case.guard is not None:
            body.assume(body.expression(case.guard), True, case.guard)
        body.block(case.body)
        exits.append((body.at, body.environment))
        body.at, body.environment = at, environment
        if case.catch_all:
            exhaustive = True
            break
        if condition >= 0 and case.guard is None:
            body.assume(condition, False, node.subject)
    if not exhaustive:
        exits.append((body.at, body.environment))
    body.join(exits)


def _case_condition(body: _Body, case: Case, subject: int) -> int:
    """Return the comparison a case makes with its subject, -1 for a catch-all."""
    if case.catch_all:
        return -1
    literals = [body.expression(literal) for literal in case.literals]
    if not literals:
        return body.value("unknown", "pattern", (subject,), case.start, case.start)
    if len(literals) == 1:
        return body.value("compare", "==", (subject, literals[0]), case.start, case.start)
    options = body.value("tuple", "", tuple(literals), case.start, case.start)
    return body.value("compare", "in", (subject, options), case.start, case.start)


def _return(body: _Body, node: Return) -> None:
    body.emit("return", body.optional(node.value), node.start, node.end)
    body.at = ENDED


def _raise(body: _Body, node: Raise) -> None:
    value = body.optional(node.value)
    body.optional(node.cause)
    body.emit("raise", value, node.start, node.end)
    body.at = ENDED


def _assert(body: _Body, node: Assert) -> None:
    """`assert` is no guard: it is gone under `-O`. It is recorded, and establishes nothing."""
    value = body.expression(node.test)
    before = body.at
    body.emit("assert", value, node.start, node.end)
    body.optional(node.message)
    body.at = before


def _delete(body: _Body, node: Delete) -> None:
    for target in node.targets:
        if isinstance(target, Name):
            body.environment.pop(target.id, None)
        else:
            body.expression(target)


def _scope(body: _Body, node: Scope) -> None:
    body.globals.update(node.names)


def _jump(body: _Body, node: Jump) -> None:
    if node.kind == "pass":
        return
    if body.loops:
        breaks, continues = body.loops[-1]
        (breaks if node.kind == "break" else continues).append((body.at, body.environment))
    body.at = ENDED


def _unknown_statement(body: _Body, node: UnknownStatement) -> None:
    """Whatever it does is seen, but nothing it does is certain."""
    before, environment = body.at, body.environment
    body.environment = dict(environment)
    for expression in node.expressions:
        body.expression(expression)
    body.block(node.statements)
    body.at = before if body.at == ENDED else body.common(before, body.at)
    body.environment = body.merge(environment, body.environment)


_STATEMENTS = {
    Function: _function,
    Class: _class,
    Import: _import,
    Assign: _assign,
    ExpressionStatement: _expression_statement,
    If: _if,
    For: _for,
    While: _while,
    With: _with,
    Try: _try,
    Match: _match,
    Return: _return,
    Raise: _raise,
    Assert: _assert,
    Delete: _delete,
    Scope: _scope,
    Jump: _jump,
    UnknownStatement: _unknown_statement,
}
