"""Classes whose objects hold in each field what they were made with: dataclasses, models, named tuples."""

from analyzers.frameworks.credentials import SETTINGS_BASES
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import is_record

RECORDS = ("dataclass", "NamedTuple", "TypedDict", "define", "frozen", "mutable")
MODELS = frozenset({"pydantic.BaseModel", "pydantic.main.BaseModel", "sqlmodel.SQLModel", "sqlmodel.main.SQLModel"})
# What may give a field another value than the one that it was made with.
HOOKS = frozenset({"__new__", "__getattr__", "__getattribute__"})
VALIDATORS = frozenset({"model_validator", "root_validator"})


def fields_of(resolver: Resolver, cls: Function) -> tuple[str, ...]:
    """Return the names of the fields of a record, in the order of its constructor; none of any other class."""
    if not is_record_class(resolver, cls):
        return ()
    classes, externals = resolver.linearize(cls)
    if any(base in SETTINGS_BASES for base in externals) or any(map(_changes_fields, classes)):
        return ()
    return tuple(dict.fromkeys(name for owner in reversed(classes) for name in _fields(owner)))


def is_record_class(resolver: Resolver, cls: Function) -> bool:
    """Tell whether a class is a record, whatever else may give its fields their values."""
    classes, externals = resolver.linearize(cls)
    return not MODELS.isdisjoint(externals) or any(is_record(owner, RECORDS) for owner in classes)


def _fields(cls: Function) -> list[str]:
    return [bound.removeprefix(": ") for bound in cls.facts.names if bound.startswith(": ") and bound[2] != "."]


def _changes_fields(cls: Function) -> bool:
    return not HOOKS.isdisjoint(cls.facts.names) or any(
        _is_validator(function) for function in cls.file.functions if function.facts.parent == cls.index
    )


def _is_validator(function: Function) -> bool:
    parent = function.parent
    if parent is None:
        return False
    nodes = (parent.facts.values[value] for value in function.facts.decorators)
    called = (parent.facts.values[node.args[0]] if node.op == "call" else node for node in nodes)
    return any(node.text.rpartition("|")[2] in VALIDATORS for node in called)
