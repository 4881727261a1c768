"""Agents that a tool runs: whether they were given tools of their own, and what they do then."""

from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.frameworks import models
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver

if TYPE_CHECKING:
    from analyzers.flow.clients import ClientReader

# What an agent does that has tools, and one that only answers.
ACTS, ANSWERS = "write", "read-private"


def agent_kind(resolver: Resolver, clients: "ClientReader", function: Function, node: Value) -> str:
    """Return what the agent can do that a call runs; one that is not seen made may have tools."""
    callee = function.facts.values[node.args[0]]
    if callee.op != "attr" or not models.EQUIPMENT.isdisjoint(node.names):
        return ACTS
    found = clients.constructions(function, callee.args[0])
    made = [place for one in found for place in _imported(resolver, *one)]
    return ANSWERS if made and not any(_is_equipped(*place) for place in made) else ACTS


def _imported(resolver: Resolver, function: Function, value: int) -> list[tuple[Function, int]]:
    """Return what an imported name is bound to in its module, another value itself."""
    node = function.facts.values[value]
    module, _, name = node.text.partition("|")
    file = resolver.program.module(module, function.file) if node.op == "import" and name else None
    if file is None:
        return [(function, value)]
    return [(file.module, bound) for bound in file.module.facts.names.get(name, ())]


def _is_equipped(function: Function, value: int) -> bool:
    node = function.facts.values[value]
    return node.op != "call" or not models.EQUIPMENT.isdisjoint(node.names) or _is_decorated(function, value)


def _is_decorated(function: Function, agent: int) -> bool:
    """Tell whether the scope of an agent makes functions its tools, or what gives it more: `@agent.tool`."""
    values = function.facts.values
    for inner in function.file.functions:
        for value in inner.facts.decorators if inner.parent is function else ():
            node = values[value]
            maker = values[node.args[0]] if node.op == "call" else node
            if maker.op == "attr" and maker.text in models.EQUIPPING and _is_of(function, maker.args[0], agent):
                return True
    return False


def _is_of(function: Function, owner: int, agent: int) -> bool:
    node = function.facts.values[owner]
    return owner == agent or (node.op == "name" and agent in function.facts.names.get(node.text, ()))
