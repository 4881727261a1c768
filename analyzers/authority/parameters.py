"""Parameters of entry points that callers fill with a credential, by name or by the fields of their model."""

from collections.abc import Iterator
from typing import NamedTuple

from analyzers.authority.rows import Row, is_safe
from analyzers.finding import Location
from analyzers.flow.labels import MARK
from analyzers.flow.secrets import conceals, is_concealed, is_constant_field
from analyzers.flow.summaries import Flow
from analyzers.frameworks import disclosure
from analyzers.project.program import Function
from analyzers.project.servers import EntryPoint
from analyzers.project.wrapping import dependencies

# Alone they name a currency or a piece of text as often; what the call does with them decides.
UNDECIDED = ("token", "secret", "credential", "credentials", "auth", "pat", "jwt")
MODELS = ("pydantic.BaseModel", "pydantic.main.BaseModel", "typing.TypedDict", "typing_extensions.TypedDict")


class SecretParameter(NamedTuple):
    """A parameter or field that callers fill with a credential, and where it is declared."""

    name: str
    function: Function
    start: int
    end: int

    @property
    def location(self) -> Location:
        """Where it is declared."""
        return self.function.location(self.start, self.end)


def secret_parameters(flow: Flow, row: Row) -> Iterator[SecretParameter]:
    """Yield the parameters of an entry point's handler that hold a credential."""
    handler = row.entry.handler if row.entry.branch is None else row.entry.inner
    if handler is None or handler.parent is None:
        return
    for index, parameter in enumerate(handler.facts.parameters):
        if parameter.name in _hidden(flow, row.entry, handler) or is_safe(flow, handler, index):
            continue
        certain = disclosure.names_secret(parameter.name)
        if certain or (parameter.name in UNDECIDED and _authenticates(row, handler, index)):
            if not is_concealed(handler, index):
                yield SecretParameter(parameter.name, *_declaration(handler, index))
        else:
            yield from _fields(flow, handler, index)


def _declaration(handler: Function, index: int) -> tuple[Function, int, int]:
    """Return where a parameter is written: its annotation, else the head of its function."""
    parent, annotation = handler.parent, handler.facts.parameters[index].annotation
    if parent is None or annotation < 0 or parent.facts.values[annotation].start < handler.facts.name_start:
        return handler, handler.facts.name_start, handler.facts.head_end
    node = parent.facts.values[annotation]
    return handler, node.start, node.end


def _hidden(flow: Flow, entry: EntryPoint, handler: Function) -> set[str]:
    """Return the parameters that the framework fills, which no caller sees."""
    found: set[str] = set()
    excluded = entry.keywords.get("exclude_args", -1)
    declared = entry.declared.function
    if excluded >= 0:
        items = declared.facts.values[excluded].args
        found.update(text for item in items if (text := flow.resolver.text(declared, item)))
    injected = {(reference.function.id, reference.value) for reference, _ in dependencies(flow.resolver, handler)}
    parent = handler.parent
    for parameter in handler.facts.parameters if parent is not None else ():
        if parent is not None and parameter.default >= 0:
            given = parent.facts.values[parameter.default].args[1:]
            if any((parent.id, value) in injected for value in given):
                found.add(parameter.name)
            name = flow.resolver.external(parent, parameter.default)
            if name.endswith("()") and name.startswith(("fastmcp.", "mcp.")):
                found.add(parameter.name)
    return found


def _authenticates(row: Row, handler: Function, index: int) -> bool:
    """Tell whether a parameter is used as the credential of one of the calls that an entry point makes."""
    own = f"{MARK}{handler.id}{MARK}{index}"
    return any(label.endswith(own) for effect in row.effects for label in effect.credentials)


def _fields(flow: Flow, handler: Function, index: int) -> Iterator[SecretParameter]:
    """Yield the fields of a model that is a parameter's type."""
    parent, annotation = handler.parent, handler.facts.parameters[index].annotation
    if parent is None or annotation < 0:
        return
    for target in flow.resolver.resolve(parent, annotation):
        if target.kind != "class" or target.function is None:
            continue
        owners, externals = flow.resolver.linearize(target.function)
        if not set(externals) & set(MODELS):
            continue
        for owner in owners:
            for bound, annotations in owner.facts.names.items():
                name = bound.removeprefix(": ")
                if bound == name or not disclosure.names_secret(name) or is_constant_field(owner, name):
                    continue
                if not conceals((owner,), name):
                    node = owner.facts.values[annotations[0]]
                    yield SecretParameter(name, owner, node.start, node.end)
