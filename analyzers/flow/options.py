"""What options of a command line are where nobody gives them: `add_argument("--host", default="127.0.0.1")`."""

from collections.abc import Iterator

from analyzers.facts import Value
from analyzers.frameworks.credentials import ENVIRONMENT_CALLS
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import argument_of

DECLARING = ("add_argument", "option")
FIELDS = (
    *("typer.Option", "typer.Argument", "pydantic.Field", "pydantic.fields.Field"),
    *("dataclasses.field", "attr.ib", "attr.field", "attrs.field"),
)
FACTORIES = ("default_factory", "factory")


def option_default(resolver: Resolver, function: Function, value: int) -> str | None:
    """Return the default of an option that a value is read from, None for any other value."""
    node = function.facts.values[value]
    if node.op == "attr":
        texts = {_default(resolver, *declared) for declared in _declared(resolver, function, node.text)}
        return texts.pop() if len(texts) == 1 else None
    if node.op == "param":
        return next(_decorated(resolver, function, node.text), None)
    if node.op != "call":
        return None
    name = resolver.external(function, node.args[0])
    if name == "builtins.getattr" and len(node.args) == 4:
        return resolver.text(function, node.args[3])
    return None


def field_default(resolver: Resolver, function: Function, field: Value) -> tuple[Function, int]:
    """Return what a field is where nobody gives it: its default, or what its factory answers, in its scope."""
    default = argument_of(field, "default", 0)
    makers = [argument_of(field, name, -1) for name in FACTORIES]
    for maker in makers if default < 0 else ():
        for callee, _ in resolver.functions(function, maker) if maker >= 0 else ():
            answers = [event.value for event in callee.facts.events if event.kind == "return"]
            if len(answers) == 1:
                return callee, answers[0]
    return function, default


def is_left_out(resolver: Resolver, function: Function, value: int) -> bool:
    """Tell whether a value is an option of a command line that is nothing, or off, where nobody gives it."""
    node = function.facts.values[value]
    if node.op == "attr":
        declared = list(_declared(resolver, function, node.text))
    elif node.op == "param":
        declared = list(_decorators(resolver, function, node.text))
    else:
        return False
    return bool(declared) and all(_is_nothing(resolver, *site) for site in declared)


def _is_nothing(resolver: Resolver, scope: Function, node: Value) -> bool:
    required, value = argument_of(node, "required", -1), argument_of(node, "default", -1)
    if required >= 0 and scope.facts.values[required].text != "False":
        return False
    default = scope.facts.values[value] if value >= 0 else None
    if default is None or default.op == "none":
        return "action" not in node.names or resolver.text(scope, argument_of(node, "action", -1)) == "store_true"
    read = default.op == "call" and resolver.external(scope, default.args[0]) in ENVIRONMENT_CALLS
    return (read and len(default.args) == 2) or (default.op == "bool" and default.text == "False")


def _declared(resolver: Resolver, function: Function, name: str) -> Iterator[tuple[Function, Value]]:
    """Yield the calls in a file that declare an option under a name."""
    for scope, call in resolver.program.call_sites(DECLARING[0]):
        node = scope.facts.values[call]
        if scope.file is function.file and _names(resolver, scope, node, name):
            yield scope, node


def _decorated(resolver: Resolver, function: Function, name: str) -> Iterator[str]:
    """Yield the default that a decorator declares for a parameter, `@click.option("--host", default="127.0.0.1")`."""
    for scope, node in _decorators(resolver, function, name):
        default = _default(resolver, scope, node)
        if default:
            yield default


def _decorators(resolver: Resolver, function: Function, name: str) -> Iterator[tuple[Function, Value]]:
    """Yield the decorators that declare a parameter as an option."""
    parent = function.parent
    for decorator in function.facts.decorators if parent is not None else ():
        node = parent.facts.values[decorator] if parent is not None else None
        if parent is None or node is None or node.op != "call":
            continue
        callee = parent.facts.values[node.args[0]]
        if callee.text.rpartition("|")[2] in DECLARING and _names(resolver, parent, node, name):
            yield parent, node


def _names(resolver: Resolver, scope: Function, node: Value, name: str) -> bool:
    texts = [resolver.text(scope, item) for item, key in zip(node.args[1:], node.names, strict=True) if not key]
    return any(text and text.startswith("--") and text.strip("-").replace("-", "_") == name for text in texts)


def _default(resolver: Resolver, scope: Function, node: Value) -> str | None:
    value = argument_of(node, "default", -1)
    default = scope.facts.values[value] if value >= 0 else node
    read = default.op == "call" and resolver.external(scope, default.args[0]) in ENVIRONMENT_CALLS
    return resolver.text(scope, argument_of(default, "default", 1) if read else value)
