"""The names that a run of statements may bind in its own scope."""

from analyzers.syntax import (
    Assign,
    Class,
    Expression,
    For,
    Function,
    If,
    Import,
    Match,
    Name,
    Sequence,
    Spread,
    Statement,
    Try,
    UnknownStatement,
    While,
    With,
)


def assigned_names(statements: list[Statement]) -> list[str]:
    """Return the bound names in the order of their first binding; nested functions and classes are not entered."""
    names: dict[str, None] = {}
    waiting = list(reversed(statements))
    while waiting:
        statement = waiting.pop()
        for target in _targets(statement):
            _add(target, names)
        waiting.extend(reversed(_inner(statement)))
    return list(names)


def _targets(statement: Statement) -> list[Expression]:
    match statement:
        case Assign(targets=targets, value=value) if value is not None:
            return targets
        case For(target=target):
            return [target]
        case With(items=items):
            return [item.target for item in items if item.target is not None]
        case Match(cases=cases):
            return [binding for case in cases for binding in case.bindings]
        case Function() | Class():
            return [Name(statement.start, statement.start, statement.name)]
        case Import():
            bound = statement.alias or statement.name or statement.module.split(".")[0]
            return [Name(statement.start, statement.start, bound)]
        case Try(handlers=handlers):
            return [Name(handler.start, handler.start, handler.name) for handler in handlers if handler.name]
    return []


def _add(target: Expression, names: dict[str, None]) -> None:
    if isinstance(target, Name):
        names[target.id] = None
    elif isinstance(target, Sequence):
        for item in target.items:
            _add(item, names)
    elif isinstance(target, Spread):
        _add(target.value, names)


def _inner(statement: Statement) -> list[Statement]:
    match statement:
        case If(then=then, otherwise=otherwise):
            return [*then, *otherwise]
        case For(body=body, otherwise=otherwise) | While(body=body, otherwise=otherwise):
            return [*body, *otherwise]
        case With(body=body):
            return body
        case Try(body=body, handlers=handlers, otherwise=otherwise, final=final):
            return [*body, *(inner for handler in handlers for inner in handler.body), *otherwise, *final]
        case Match(cases=cases):
            return [inner for case in cases for inner in case.body]
        case UnknownStatement(statements=statements):
            return statements
    return []
