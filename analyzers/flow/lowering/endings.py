"""Calls that never come back: of functions of the same file that always raise, and of those that end the process."""

from analyzers.syntax import (
    Assert,
    Assign,
    Attribute,
    Call,
    Expression,
    ExpressionStatement,
    Function,
    Import,
    Module,
    Name,
    Raise,
    Statement,
)

EXITS = frozenset({("sys", "exit"), ("os", "_exit"), ("os", "abort")})
# Annotations of functions that do not return.
NEVER = ("NoReturn", "Never")


def raising(module: Module) -> frozenset[str]:
    """Return the names of the module's functions that always raise; those with branches are taken to return."""
    found = [node for node in module.body if isinstance(node, Function) and not node.is_async]
    bound = [node.name for node in found]
    return frozenset(node.name for node in found if _always_raises(node) and bound.count(node.name) == 1)


def _always_raises(node: Function) -> bool:
    if node.decorators:
        return False
    return _is_never(node.returns) or (
        bool(node.body) and all(map(_is_plain, node.body)) and isinstance(node.body[-1], Raise)
    )


def _is_never(annotation: Expression | None) -> bool:
    named = annotation.id if isinstance(annotation, Name) else ""
    return (annotation.name if isinstance(annotation, Attribute) else named) in NEVER


def _is_plain(statement: Statement) -> bool:
    """Tell whether a statement is no branch, loop or return: what follows it is reached."""
    return isinstance(statement, (Assert, Assign, ExpressionStatement, Import, Raise))


def never_returns(call: Expression, raising_names: frozenset[str]) -> bool:
    """Tell whether an expression is a call that ends what runs it."""
    if not isinstance(call, Call):
        return False
    function = call.function
    if isinstance(function, Name):
        return function.id in raising_names
    owner = function.value if isinstance(function, Attribute) else None
    return isinstance(owner, Name) and isinstance(function, Attribute) and (owner.id, function.name) in EXITS
