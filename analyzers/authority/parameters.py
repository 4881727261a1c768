"""Parameters of entry points that callers fill with a credential, by name or by the fields of their model."""

from collections.abc import Iterator

import msgspec
import re2

from analyzers.authority.rows import Row
from analyzers.authority.typed_arguments import properties_of
from analyzers.finding import Location
from analyzers.flow.labels import ARGUMENTS, MARK, whole
from analyzers.flow.plain_types import is_safe
from analyzers.flow.secrets import is_constant_field, names_type
from analyzers.flow.summaries import Flow
from analyzers.frameworks import disclosure
from analyzers.project.program import Function
from analyzers.project.servers import EntryPoint
from analyzers.project.targets import Reference, argument_of
from analyzers.project.wrapping import dependencies

# Alone they name a currency or a piece of text as often; what the call does with them decides.
UNDECIDED = ("token", "secret", "credential", "credentials", "auth", "pat", "jwt")
# How a description says that a secret's identifier is meant: `{"SecretId": "<ARN>"}`, "the name of the secret".
REFERENCES = re2.compile(r"(?i)\bsecret[ _-]?(id|arn|name|reference)s?\b|\b(arn|id|name)s? of (the|a) secret\b")
MAX_MODELS = 24
MODELS = ("pydantic.BaseModel", "pydantic.main.BaseModel", "typing.TypedDict", "typing_extensions.TypedDict")


class SecretParameter(msgspec.Struct, frozen=True):
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
        if parameter.name in _hidden(flow, row.entry, handler) or is_safe(flow.resolver, handler, index):
            continue
        if handler is not row.entry.handler and _is_servers(flow, row.entry.handler, handler, index):
            continue
        certain = disclosure.names_secret(parameter.name)
        undecided = parameter.name in UNDECIDED and not _is_reference(flow, handler, index)
        if certain or (undecided and _authenticates(row, handler, index)):
            if not _is_switched(handler, index):
                yield SecretParameter(parameter.name, *_declaration(handler, index))
        else:
            yield from _fields(flow, handler, index)


def _is_servers(flow: Flow, dispatcher: Function | None, handler: Function, index: int) -> bool:
    """Tell whether a dispatcher gives a parameter of a tool's function nothing of what it was called with."""
    given = [argument for caller, argument in flow.resolver.arguments(handler, index) if caller is dispatcher]
    return (
        dispatcher is not None
        and bool(given)
        and not any(
            MARK in label or label.startswith(ARGUMENTS)
            for argument in given
            for label in flow.labeler.labels(dispatcher, argument)
        )
    )


def _is_reference(flow: Flow, handler: Function, index: int) -> bool:
    """Tell whether the description of a parameter says that it names secrets which lie elsewhere."""
    parent, annotation = handler.parent, handler.facts.parameters[index].annotation
    if parent is None or annotation < 0:
        return False
    parts = [annotation, *parent.facts.values[annotation].args]
    nested = [item for part in parts for item in parent.facts.values[part].args if part >= 0]
    for value in (*parts, *nested):
        node = parent.facts.values[value]
        described = argument_of(node, "description", -1) if node.op == "call" else -1
        text = flow.resolver.text(parent, described) if described >= 0 else None
        if text is not None and REFERENCES.search(text):
            return True
    return False


def _is_switched(handler: Function, index: int) -> bool:
    """Tell whether a parameter is a switch, a number, or given by the framework."""
    parent, annotation = handler.parent, handler.facts.parameters[index].annotation
    types = ("bool", "int", "float", "Depends")
    return parent is not None and annotation >= 0 and names_type(parent, annotation, types)


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
    return found | _bound(flow, entry, handler)


def _bound(flow: Flow, entry: EntryPoint, handler: Function) -> set[str]:
    """Return the parameters that are given where a tool is registered: `server.tool()(partial(list_orders, db))`."""
    declared = entry.declared
    found: set[str] = set()
    for caller, call in flow.program.call_sites("partial"):
        node = caller.facts.values[call]
        if caller is not declared.function or len(node.args) < 2 or not _registers(declared, call):
            continue
        if any(function is handler for function, _ in flow.resolver.functions(caller, node.args[1])):
            found.update(filter(None, node.names[1:]))
            given = sum(1 for name in node.names[1:] if not name)
            found.update(parameter.name for parameter in handler.facts.parameters[:given])
    return found


def _registers(declared: Reference, value: int) -> bool:
    """Tell whether a value is given to the call that registers an entry point, or to what that gives back."""
    function = declared.function
    nodes = (function.facts.values[event.value] for event in function.calls())
    calls = (node for node in nodes if node is declared.node or node.args[0] == declared.value)
    return any(value in function.made_of(*node.args[1:]) for node in calls)


def _authenticates(row: Row, handler: Function, index: int) -> bool:
    """Tell whether a parameter is used as the credential of one of the calls that an entry point makes."""
    own = f"{MARK}{handler.id}{MARK}{index}"
    return any(whole(label).endswith(own) for effect in row.effects for label in effect.credentials)


def _fields(flow: Flow, handler: Function, index: int) -> Iterator[SecretParameter]:
    """Yield the fields of the model that is a parameter's type, and of the models in it."""
    parent, annotation = handler.parent, handler.facts.parameters[index].annotation
    waiting = list(_models(flow, parent, annotation)) if parent is not None and annotation >= 0 else []
    seen: set[str] = set()
    while waiting and len(seen) < MAX_MODELS:
        owner = waiting.pop()
        if owner.id in seen:
            continue
        seen.add(owner.id)
        for bound, annotations in owner.facts.names.items():
            name = bound.removeprefix(": ")
            if bound == name:
                continue
            if disclosure.names_secret(name) and not is_constant_field(owner, name):
                node = owner.facts.values[annotations[0]]
                yield SecretParameter(name, owner, node.start, node.end)
            else:
                waiting.extend(_models(flow, owner, annotations[0]))


def _models(flow: Flow, scope: Function, annotation: int) -> Iterator[Function]:
    """Yield the models that an annotation names, with their bases."""
    node = scope.facts.values[annotation]
    for target in flow.resolver.resolve(scope, annotation) if node.op in ("name", "attr", "import", "class") else ():
        if target.kind == "class" and target.function is not None:
            owners, externals = flow.resolver.linearize(target.function)
            if set(externals) & set(MODELS):
                yield from owners
    for part in node.args if node.op in ("index", "binary", "tuple") else ():
        yield from _models(flow, scope, part)


def schema_parameters(
    analysis_calls: Iterator[tuple[Function, int, str]], flow: Flow
) -> Iterator[tuple[str, SecretParameter]]:
    """Yield the credentials among the properties of schemas that low-level servers list, with the tool's name."""
    for function, call, external in analysis_calls:
        if not external.startswith(("mcp.", "mcp_types.")):
            continue
        node = function.facts.values[call]
        name = flow.resolver.text(function, argument_of(node, "name", -1)) or ""
        for keyword in ("inputSchema", "input_schema"):
            for key, described in properties_of(flow, function, argument_of(node, keyword, -1)):
                text = flow.resolver.text(function, key) or ""
                if name and disclosure.names_secret(text) and not _is_switch(flow, function, described):
                    place = function.facts.values[key]
                    yield name, SecretParameter(text, function, place.start, place.end)


def _is_switch(flow: Flow, function: Function, described: int) -> bool:
    node = function.facts.values[described]
    return node.op == "map" and any(
        flow.resolver.text(function, item) in ("boolean", "integer", "number") for item in node.args[1::2]
    )
