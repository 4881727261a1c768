"""What calls return."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.frameworks.fastapi import ROUTED
from analyzers.frameworks.mcp import is_generated, is_made_tool, server_framework
from analyzers.frameworks.threads import handed_position
from analyzers.project.annotations import returned
from analyzers.project.context_variables import MADE, set_to
from analyzers.project.hierarchy import SUPER, above
from analyzers.project.members import attribute, of_attribute
from analyzers.project.program import Function
from analyzers.project.tables import looked_up
from analyzers.project.targets import Found, Site, Target, argument_of, generic

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver

TRANSPARENT_CALLS = frozenset(
    {
        *(
            "typing.cast",
            "copy.copy",
            "copy.deepcopy",
            "asgiref.sync.sync_to_async",
            "asgiref.sync.async_to_sync",
            "functools.partial",
            "asyncio.shield",
            "asyncio.wait_for",
        ),
        *("dataclasses.replace", "copy.replace", "attrs.evolve", "attr.evolve"),
        *(
            "asyncio.create_task",
            "asyncio.ensure_future",
            "contextlib.nullcontext",
            "contextlib.closing",
            "contextlib.aclosing",
            "functools.wraps",
        ),
        *(
            "asyncio.run",
            "anyio.run",
            "builtins.next",
            "builtins.anext",
            "builtins.iter",
            "builtins.list",
            "builtins.tuple",
        ),
        *("contextlib.AsyncExitStack().enter_async_context", "contextlib.ExitStack().enter_context"),
        *("builtins.staticmethod", "builtins.classmethod", "functools.lru_cache()", "functools.cache"),
        *(
            "inspect.unwrap",
            "builtins.set",
            "builtins.frozenset",
            "types.MappingProxyType",
            "builtins.sorted",
            "builtins.reversed",
            "builtins.enumerate",
        ),
    }
)
LOADER = "importlib.import_module"
GETTER = f"{MADE}.get"
# Methods that give what they are called on, with some fields changed.
CHANGING_METHODS = (".model_copy", "._replace")
# Of the calls, the ones that make a list of their own, which may be filled further.
COPIES = ("builtins.list", "builtins.set", "builtins.sorted", "copy.copy", "copy.deepcopy")


def of_call(resolver: "Resolver", site: Site) -> Found:
    """Resolve what a call returns."""
    function, value, node = site
    for target in _callees(resolver, function, node):
        if target.kind == "external" and target.name == SUPER:
            yield from above(resolver, function)
        elif target.kind == "external":
            yield from _external_call(resolver, function, value, node, target.name)
        elif target.kind == "class" and target.function is not None:
            yield _constructed(resolver, function, value, target.function)
        elif target.kind in ("function", "bound") and target.function is not None:
            passed = _passed_through(target, node)
            if passed is None:
                yield from returned(resolver, target.function)
                continue
            for argument in passed:
                yield from resolver.resolve(function, argument)
        elif target.kind == "instance" and target.function is not None:
            method = resolver.method(target.function, "__call__")
            if method is not None:
                yield from returned(resolver, method)


def _passed_through(target: Target, call: Value) -> list[int] | None:
    """Return what a call gives a function that answers with it, None where that answers with anything else."""
    callee = target.function
    if callee is None or callee.facts.is_generator:
        return None
    answers = [event.value for event in callee.facts.events if event.kind == "return" and event.value >= 0]
    first = 1 if target.kind == "bound" else 0
    parameters = callee.facts.parameters
    given = []
    for value in answers:
        node = callee.facts.values[value]
        if node.op != "param" or not first <= value < len(parameters):
            return None
        given.append(argument_of(call, parameters[value].name, value - first))
    return given if given and min(given) >= 0 else None


def _callees(resolver: "Resolver", function: Function, node: Value) -> Iterator[Target]:
    """Yield what is called; a subscripted class, `Server[Context](...)`, is that class."""
    plain = generic(function, node.args[0])
    if plain != node.args[0]:
        classes = [target for target in resolver.resolve(function, plain) if _is_class(target)]
        if classes:
            yield from classes
            return
    yield from resolver.resolve(function, node.args[0])


def _is_class(target: Target) -> bool:
    last = target.name.rpartition(".")[2]
    return target.kind == "class" or (target.kind == "external" and last[:1].isupper() and not last.endswith(")"))


def _constructed(resolver: "Resolver", function: Function, value: int, cls: Function) -> Target:
    """An instance; one of a class of servers remembers where it was made."""
    if any(server_framework(base) for base in resolver.linearize(cls)[1]):
        return Target("instance", "", cls, function, None, value)
    return Target("instance", function=cls)


def _ran(resolver: "Resolver", function: Function, run: int) -> Found:
    """What a function gives back that a thread runs; what that is of another library is not the thread's."""
    for target in resolver.resolve(function, run):
        if target.kind == "external":
            yield Target("external", f"{target.name}()")
        elif target.kind == "class" and target.function is not None:
            yield Target("instance", function=target.function)
        elif target.kind in ("function", "bound") and target.function is not None:
            yield from returned(resolver, target.function)


def _got(resolver: "Resolver", function: Function, node: Value) -> Found:
    """What `getattr(client, "session")` returns."""
    name = resolver.text(function, node.args[2])
    return of_attribute(resolver, Site(function, -1, attribute(node.args[1], name))) if name is not None else ()


def _loaded(resolver: "Resolver", function: Function, node: Value) -> Found:
    """The modules that `importlib.import_module(name)` may load, as far as their names are written in the program."""
    named = [target.name for target in resolver.resolve(function, node.args[1]) if target.kind == "text"]
    for name in named:
        yield from resolver.imported(name, "", function.file)


def _set_before(resolver: "Resolver", function: Function, node: Value) -> Found:
    """What a context variable was set to."""
    callee = function.facts.values[node.args[0]]
    for caller, kept in set_to(resolver.program, function, callee.args[0]) if callee.op == "attr" else ():
        yield from resolver.resolve(caller, kept)


def _external_call(resolver: "Resolver", function: Function, value: int, node: Value, name: str) -> Found:
    """What an external call returns; a server remembers where it was made, and so do a tool and what has routes."""
    if server_framework(name) or is_generated(name) or is_made_tool(name) or name in ROUTED:
        yield Target("external", f"{name}()", function, None, None, value)
    elif name in TRANSPARENT_CALLS and len(node.args) > 1:
        position = 2 if name == "typing.cast" and len(node.args) > 2 else 1
        yield from resolver.resolve(function, node.args[position])
        if name in COPIES and resolver.registries.of(function, value):
            yield Target("composed", function=function, value=value)
    elif (position := handed_position(name)) and len(node.args) > position:
        yield from _ran(resolver, function, node.args[position])
    elif name == "builtins.getattr" and len(node.args) > 2:
        yield from _got(resolver, function, node)
    elif name == LOADER and len(node.args) > 1:
        yield from _loaded(resolver, function, node)
    elif name == GETTER and (kept := list(_set_before(resolver, function, node))):
        yield from kept
    elif name.endswith(CHANGING_METHODS):
        yield from resolver.resolve(function, function.facts.values[node.args[0]].args[0])
    elif name.startswith("builtins.map().get") and resolver.resolve(function, node.args[0]):
        yield from looked_up(resolver, function, node)
    else:
        yield Target("external", f"{name}()")
