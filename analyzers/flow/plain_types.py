"""What declared types leave a caller to write: numbers and enumerations no text, patterns one of known characters."""

from collections.abc import Iterable, Iterator

from analyzers.flow.alphabets import alphabet_of, is_matched_whole
from analyzers.flow.cleaning import PLAIN as PLAIN_CHARACTERS
from analyzers.flow.cleaning import SEPARATORS
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import argument_of

PLAIN = frozenset(
    {
        *("int", "float", "bool", "UUID", "date", "datetime", "Literal", "Decimal", "timedelta"),
        *("IPv4Address", "IPv6Address", "None"),
    }
)
LISTS = frozenset({"list", "List", "set", "Set", "tuple", "Tuple", "Sequence", "Iterable", "frozenset"})
# Classes that check what their fields are given whenever they are made.
CHECKING = frozenset({"pydantic.BaseModel", "pydantic.main.BaseModel"})
# What declares a pattern: as metadata, as a default, as a type of its own; the last keyword is pydantic 1's.
PATTERNED = ("Field", "StringConstraints", "constr", "Query", "Path")
KEYWORDS = ("pattern", "regex")
# What ends or changes a part of a query.
IN_QUERIES = frozenset("'\"`;\\()=<>\n\r\t")
# Aliases of aliases, and types in types.
MAX_DEPTH = 8
# The variants of labels for what is left, from the narrowest: plain characters, and those of a name in a query.
TEXT, NAME, NOTHING = "", "i", "w"


def of_admitted(characters: Iterable[str]) -> str:
    """Return the variant of a text that holds no special characters but some."""
    left = frozenset(characters)
    if left <= PLAIN_CHARACTERS:
        return NOTHING
    return TEXT if left & (IN_QUERIES | SEPARATORS) else NAME


def is_safe(resolver: Resolver, function: Function, index: int) -> bool:
    """Tell whether a parameter's type leaves a caller no text."""
    parent, annotation = function.parent, function.facts.parameters[index].annotation
    return parent is not None and annotation >= 0 and _left(resolver, parent, annotation, MAX_DEPTH) == NOTHING


def of_parameter(resolver: Resolver, function: Function, index: int) -> str:
    """Return the variant of what callers can write into a parameter, by its type and by its default, "" for any."""
    parent, parameter = function.parent, function.facts.parameters[index]
    if parent is None:
        return TEXT
    return _patterned(resolver, parent, parameter.default) or _left(resolver, parent, parameter.annotation, MAX_DEPTH)


def of_field(resolver: Resolver, function: Function, value: int, name: str) -> str:
    """Return the variant of a field of a model that checks what it is given, "" where it may be any text."""
    found = {_declared(resolver, model, name) for model in _models_of(resolver, function, value)} - {None}
    return _widest(variant or TEXT for variant in found)


def _declared(resolver: Resolver, model: Function, name: str) -> str | None:
    """Return what the declaration of a field leaves, None where a class has no such field."""
    owners, externals = resolver.linearize(model)
    for owner in owners:
        annotations = owner.facts.names.get(f": {name}", ())
        if annotations:
            defaults = [bound for bound in owner.facts.names.get(name, ()) if bound not in annotations]
            given = _widest(_patterned(resolver, owner, bound) for bound in defaults)
            return (given or _left(resolver, owner, annotations[0], MAX_DEPTH)) if CHECKING & set(externals) else TEXT
    return None


def _models_of(resolver: Resolver, function: Function, value: int) -> Iterator[Function]:
    """Yield the classes that an object may be of, by what it resolves to, or by the annotation of what it is in."""
    node = function.facts.values[value]
    if node.op == "element":
        given = function.facts.values[node.args[0]]
        if given.op == "param" and node.args[0] < len(function.facts.parameters) and function.parent is not None:
            yield from _named(resolver, function.parent, function.facts.parameters[node.args[0]].annotation, MAX_DEPTH)
        return
    for target in resolver.resolve(function, value):
        if target.kind == "instance" and target.function is not None:
            yield target.function


def _named(resolver: Resolver, scope: Function, annotation: int, depth: int) -> Iterator[Function]:
    """Yield the classes of the program in an annotation: `list[X]`, `Annotated[list[X | Y], ...]`."""
    if annotation < 0 or depth == 0:
        return
    node = scope.facts.values[annotation]
    if node.op in ("index", "binary", "tuple"):
        for part in node.args:
            yield from _named(resolver, scope, part, depth - 1)
        return
    for target in resolver.resolve(scope, annotation):
        if target.kind == "class" and target.function is not None:
            yield target.function


def _widest(variants: Iterable[str]) -> str:
    """Return what is left by all of some: any text where one leaves it, or where there are none."""
    return min(variants, key=(TEXT, NAME, NOTHING).index, default=TEXT)


def _patterned(resolver: Resolver, scope: Function, value: int) -> str:
    """Return what `Field(pattern=...)` leaves, which is searched for as in Rust's `regex`: `$` is the end."""
    node = scope.facts.values[value] if value >= 0 else None
    if node is None or node.op != "call" or _last(scope.facts.values[node.args[0]].text) not in PATTERNED:
        return TEXT
    for keyword in KEYWORDS:
        given = argument_of(node, keyword, -1)
        text = resolver.text(scope, given) if given >= 0 else None
        if text is not None and is_matched_whole(text, "", "search"):
            return of_admitted(alphabet_of(text).language.held)
    return TEXT


def _left(resolver: Resolver, scope: Function, annotation: int, depth: int) -> str:
    if depth == 0 or annotation < 0:
        return TEXT
    node = scope.facts.values[annotation]
    if node.op == "none" or _last(node.text) in PLAIN:
        return NOTHING
    if node.op == "call":
        return _patterned(resolver, scope, annotation)
    if node.op == "binary" and node.text == "|":
        return _widest(_left(resolver, scope, part, depth - 1) for part in node.args)
    if node.op == "index":
        return _left_by_generic(resolver, scope, annotation, depth)
    for target in resolver.resolve(scope, annotation):
        if target.kind == "class" and target.function is not None:
            is_enumeration = any(base.startswith("enum.") for base in resolver.linearize(target.function)[1])
            return NOTHING if is_enumeration else TEXT
    return _widest(
        _left(resolver, place, value, depth - 1) for place, value in _definitions(resolver, scope, annotation)
    )


def _left_by_generic(resolver: Resolver, scope: Function, annotation: int, depth: int) -> str:
    """Tell it of `Annotated[x, ...]`, `Optional[x]`, `Union[x, y]` and of collections; a literal is plain itself."""
    values = scope.facts.values
    node = values[annotation]
    outer = _last(values[node.args[0]].text)
    inner = values[node.args[1]]
    parts = list(inner.args) if inner.op == "tuple" else [node.args[1]]
    if outer == "Annotated":
        given = next(filter(None, (_patterned(resolver, scope, part) for part in parts[1:])), TEXT)
        return given or _left(resolver, scope, parts[0], depth - 1)
    if outer not in ("Optional", "Union") and outer not in LISTS:
        return NOTHING if outer in PLAIN else TEXT
    parts = [part for part in parts if values[part].op != "ellipsis"]
    return _widest(_left(resolver, scope, part, depth - 1) for part in parts)


def _definitions(resolver: Resolver, scope: Function, value: int) -> Iterator[tuple[Function, int]]:
    """Yield what a name is bound to where it is an alias: in the module, around the function, in another file."""
    node = scope.facts.values[value]
    home, name = scope.file.module, node.text
    if node.op == "import":
        module, _, name = node.text.partition("|")
        file = resolver.program.module(module, scope.file) if name else None
        if file is None:
            return
        home = file.module
    elif node.op == "free":
        outer = scope.parent
        while outer is not None and (outer.facts.kind == "class" or name not in outer.facts.names):
            outer = outer.parent
        home = outer or home
    elif node.op != "name":
        return
    yield from ((home, bound) for bound in home.facts.names.get(name, ()))


def _last(text: str) -> str:
    return text.rpartition("|")[2].rpartition(".")[2]
