"""Secrets as values, and which classes, fields and parameters show them."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from analyzers.frameworks import disclosure
from analyzers.project.elements import is_declared_table
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver

PARAMETER = "parameter"
# An entry of a table that a parameter may be.
ENTRY = "entry"
# The variable of the environment that a parameter names.
KEYED = "keyed"
# What calling a parameter gives, or an item of that: its name is `parameter:item`.
RUN = "run"
HOLES = frozenset({PARAMETER, ENTRY, KEYED, RUN})
VARIABLE = "variable"
SETTING = "setting"
HEADER = "header"
HEADERS_ALL = "headers"
ENVIRONMENT = "environment"
SETTINGS_ALL = "settings"
CALLERS_OWN = "bearer"
MINTED = "minted"
LITERAL = "literal"
ANSWER = "answer"
PAYLOAD = "payload"
NAMED = "named"
# A secret of a store of secrets, and an answer of one, which holds such a secret.
STORED = "stored"
STORE = "store"
# No secrets, but as little meant for callers: the text of an internal error, and where it came from.
ERROR = "error"
TRACE = "trace"
ERRORS = frozenset({ERROR, TRACE})
# Tables that hold secrets among other entries.
COLLECTIONS = frozenset({HEADERS_ALL, ENVIRONMENT, SETTINGS_ALL, ANSWER, PAYLOAD, STORE})


class Secret(NamedTuple):
    """A secret by its kind and name, and where it is read; a `parameter` (path and line: function and index) may be."""

    kind: str
    name: str
    path: str
    line: int


class Leak(msgspec.Struct, frozen=True):
    """A secret that reaches a value, at the expression that first holds it: in the function itself or in a caller."""

    function: Function
    value: int
    secret: Secret


Secrets = frozenset[Secret]
NONE: Secrets = frozenset()


def read_at(function: Function, kind: str, name: str, value: int) -> Secret:
    """Return a secret that is read at a value."""
    return Secret(kind, name, function.file.path, function.line_of(value))


def scope_of(function: Function, identity: str) -> Function | None:
    """Return the function of an identity, which is this one or one around it."""
    scope: Function | None = function
    while scope is not None and scope.id != identity:
        scope = scope.parent
    return scope


def without_collections(secrets: Secrets) -> Secrets:
    """Return single secrets only."""
    return frozenset(secret for secret in secrets if secret.kind not in COLLECTIONS)


def without_parameters(secrets: Secrets) -> Secrets:
    """Return what is a secret whatever a function is given."""
    return frozenset(secret for secret in secrets if secret.kind not in HOLES)


def entries_of(secrets: Secrets) -> Secrets:
    """Return what an unknown entry of something holds: of a table of many things, nothing that is sure."""
    return frozenset(
        secret._replace(kind=ENTRY) if secret.kind == PARAMETER else secret
        for secret in secrets
        if secret.kind not in COLLECTIONS
    )


def conceals(owners: Iterable[Function], name: str) -> bool:
    """Tell whether a field of a class is of a type that shows itself as asterisks."""
    return any(
        names_type(owner, annotation, disclosure.CONCEALING_TYPES)
        for owner in owners
        for annotation in owner.facts.names.get(f": {name}", ())
    )


def is_constant_field(cls: Function, name: str) -> bool:
    """Tell whether a field is a switch or a number."""
    return any(
        names_type(cls, annotation, ("bool", "int", "float", "list", "dict", "set"))
        for annotation in cls.facts.names.get(f": {name}", ())
    )


def is_concealed(function: Function, index: int) -> bool:
    """Tell whether the annotation of a parameter says that it is no secret's text."""
    parent, annotation = function.parent, function.facts.parameters[index].annotation
    types = (*disclosure.CONCEALING_TYPES, "bool", "int", "float", "Depends")
    return parent is not None and annotation >= 0 and names_type(parent, annotation, types)


def names_type(scope: Function, annotation: int, names: tuple[str, ...]) -> bool:
    """Tell whether an annotation names one of some types anywhere."""
    node = scope.facts.values[annotation]
    if node.text.rpartition("|")[2].rpartition(".")[2] in names:
        return True
    return any(part >= 0 and names_type(scope, part, names) for part in node.args)


def is_constant(function: Function, value: int) -> bool:
    """Tell whether a value is a constant."""
    return function.facts.values[value].op in ("str", "number", "bool", "none", "bytes")


def is_left_out(cls: Function, name: str) -> bool:
    """Tell whether a field is declared with `repr=False` or `exclude=True`."""
    for value in cls.facts.names.get(name, ()):
        node = cls.facts.values[value]
        for keyword, argument in zip(node.names, node.args[1:], strict=False):
            if (keyword, cls.facts.values[argument].text) in (("repr", "False"), ("exclude", "True")):
                return True
    return False


def bound_name(function: Function, value: int) -> str:
    """Return the name that promises a secret of a call's result, "" when it is bound to no such name."""
    values = function.facts.values
    for name, bound in function.facts.names.items():
        awaited = (values[item].args[0] for item in bound if values[item].op == "await")
        same = value in bound or value in awaited
        if same and not name.startswith(":") and disclosure.names_secret(name):
            return name
    return ""


def gives(function: Function, value: int, *methods: str) -> bool:
    """Tell whether a value is what one of some methods of a table gives, `table.items()`, in any order."""
    node = function.facts.values[value]
    if node.op != "call":
        return False
    callee = function.facts.values[node.args[0]]
    if callee.op == "attr" and callee.text in methods:
        return True
    ordered = callee.op == "name" and callee.text in ("sorted", "list", "tuple", "reversed", "iter")
    return ordered and len(node.args) > 1 and gives(function, node.args[1], *methods)


def is_table(resolver: Resolver, function: Function, value: int) -> bool:
    """Tell whether a value is a table in sight, or declared as one: going through it gives the keys."""
    targets = resolver.resolve(function, value)
    in_sight = bool(targets) and all(target.kind == "display" and target.name == "map" for target in targets)
    return in_sight or is_declared_table(resolver, function, value)
