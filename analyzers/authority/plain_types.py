"""Types of parameters that leave a caller no text to write: numbers, booleans, enumerations, literals."""

from collections.abc import Iterator

from analyzers.flow.summaries import Flow
from analyzers.project.program import Function

PLAIN = frozenset(
    {
        *("int", "float", "bool", "UUID", "date", "datetime", "Literal", "Decimal", "timedelta"),
        *("IPv4Address", "IPv6Address", "None"),
    }
)
LISTS = frozenset({"list", "List", "set", "Set", "tuple", "Tuple", "Sequence", "Iterable", "frozenset"})
# Aliases of aliases, and types in types.
MAX_DEPTH = 8


def is_safe(flow: Flow, function: Function, index: int) -> bool:
    """Tell whether a parameter's type leaves a caller no text."""
    parent, annotation = function.parent, function.facts.parameters[index].annotation
    return parent is not None and annotation >= 0 and _is_plain(flow, parent, annotation, MAX_DEPTH)


def _is_plain(flow: Flow, scope: Function, annotation: int, depth: int) -> bool:
    if depth == 0 or annotation < 0:
        return False
    node = scope.facts.values[annotation]
    if node.op == "none" or _last(node.text) in PLAIN:
        return True
    if node.op == "binary" and node.text == "|":
        return all(_is_plain(flow, scope, part, depth - 1) for part in node.args)
    if node.op == "index":
        return _is_plain_generic(flow, scope, annotation, depth)
    for target in flow.resolver.resolve(scope, annotation):
        if target.kind == "class" and target.function is not None:
            return any(base.startswith("enum.") for base in flow.resolver.linearize(target.function)[1])
    defined = list(_definitions(flow, scope, annotation))
    return bool(defined) and all(_is_plain(flow, place, value, depth - 1) for place, value in defined)


def _is_plain_generic(flow: Flow, scope: Function, annotation: int, depth: int) -> bool:
    """Tell it of `Annotated[x, ...]`, `Optional[x]`, `Union[x, y]` and of collections; a literal is plain itself."""
    values = scope.facts.values
    node = values[annotation]
    outer = _last(values[node.args[0]].text)
    inner = values[node.args[1]]
    parts = list(inner.args) if inner.op == "tuple" else [node.args[1]]
    if outer == "Annotated":
        parts = parts[:1]
    elif outer not in ("Optional", "Union") and outer not in LISTS:
        return outer in PLAIN
    parts = [part for part in parts if values[part].op != "ellipsis"]
    return bool(parts) and all(_is_plain(flow, scope, part, depth - 1) for part in parts)


def _definitions(flow: Flow, scope: Function, value: int) -> Iterator[tuple[Function, int]]:
    """Yield what a name is bound to where it is an alias: in the module, around the function, in another file."""
    node = scope.facts.values[value]
    home, name = scope.file.module, node.text
    if node.op == "import":
        module, _, name = node.text.partition("|")
        file = flow.resolver.program.module(module, scope.file) if name else None
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
