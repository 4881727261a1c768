"""Settings of the program's own that nothing sets: a parameter with a default that no call of it passes."""

import msgspec

from analyzers.facts import Value
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function
from analyzers.project.targets import argument_of, parameter_of
from analyzers.roles import Role, role_of

NAMING = ("name", "free", "import", "attr")
SPREAD = ("*", "**")
DEFINED = ("function", "method")


class Unpassed(msgspec.Struct, frozen=True):
    """A parameter, by its function and position, that keeps its default wherever the program calls what it is of."""

    function: Function
    index: int

    @property
    def path(self) -> str:
        """The file of the default."""
        return self.function.file.path

    @property
    def line(self) -> int:
        """The line of the default."""
        around = self.function.parent
        return around.line_of(self.function.facts.parameters[self.index].default) if around else self.function.line

    @property
    def said(self) -> str:
        """What is to be said of a switch that stays off so."""
        return f"nothing passes `{self.function.facts.parameters[self.index].name}`, which is off by default"

    @property
    def note(self) -> str:
        """The same where the default stands."""
        name = self.function.facts.parameters[self.index].name
        return f"`{name}` is off by default, and no call of `{_called(self.function).facts.name}` passes it"


def unpassed(flow: Flow, function: Function, value: int) -> Unpassed | None:
    """Return the parameter that a value is, or that an attribute was set to, where every call leaves it out.

    None where a call passes it or spreads what may hold it, where no call is seen, and where the function or class is
    handed on, extended or decorated, so that others may pass it.
    """
    node = function.facts.values[value]
    place = parameter_of(function, value)
    if node.op == "attr":
        stated = flow.defaults.definitions(function, value)
        # What else is assigned to an attribute of the name may be assigned to this one.
        if len(stated) == 1 and len(flow.program.stores(node.text)) == 1 and not _sets_by_name(flow, stated[0][0]):
            place = parameter_of(*stated[0])
    if place is None or place[0].facts.parameters[place[1]].default < 0:
        return None
    return Unpassed(*place) if _never_passes(flow, *place) else None


def _called(function: Function) -> Function:
    return function.owner if function.owner is not None and function.facts.name == "__init__" else function


def _sets_by_name(flow: Flow, function: Function) -> bool:
    """Tell whether methods of a class set attributes whose names are not seen."""
    return any(caller.owner is function.owner for caller, _ in flow.program.call_sites("setattr"))


def _never_passes(flow: Flow, function: Function, index: int) -> bool:
    called = _called(function)
    plain = function.facts.kind in DEFINED and not function.facts.decorators and not called.facts.decorators
    if not plain or (called is function and function.owner is not None):
        return False
    sites = [site for name in (called.facts.name, "cls") for site in flow.program.call_sites(name)]
    runs = [(caller, call) for caller, call in sites if _is_product(caller) and _may_run(flow, caller, call, called)]
    first = 1 if called is not function else 0
    name = function.facts.parameters[index].name
    return (
        bool(runs)
        and not any(_passes(caller.facts.values[call], name, index - first) for caller, call in runs)
        and not _is_handed_on(flow, called)
    )


def _may_run(flow: Flow, caller: Function, call: int, called: Function) -> bool:
    """Tell whether a call runs a function or makes a class, or may since nothing says what it calls."""
    targets = flow.resolver.resolve(caller, caller.facts.values[call].args[0])
    return not targets or any(target.function is called for target in targets)


def _passes(call: Value, name: str, position: int) -> bool:
    return not set(SPREAD).isdisjoint(call.names) or argument_of(call, name, position) >= 0


def _is_handed_on(flow: Flow, called: Function) -> bool:
    """Tell whether something of a name is used otherwise than by calling it: extended, listed, given to others."""
    name = called.facts.name
    return any(
        _hands_on(scope, name)
        for file in flow.program.sources
        if role_of(file.path) is not Role.TEST and file.may_name((name,))
        for scope in file.functions
    )


def _hands_on(scope: Function, name: str) -> bool:
    """Tell whether a scope uses something of a name otherwise than by calling it, or is a class that extends it."""
    values = scope.facts.values
    around = scope.parent.facts.values if scope.parent is not None else ()
    if any(_is_named(around[base], name) for _, base in scope.facts.bases):
        return True
    named = {index for index, node in enumerate(values) if _is_named(node, name)}
    if not named:
        return False
    used = (argument for node in values for argument in node.args[1 if node.op == "call" else 0 :])
    done = (event.value for event in scope.facts.events if event.kind != "call")
    return not named.isdisjoint((*used, *done))


def _is_named(node: Value, name: str) -> bool:
    return node.op in NAMING and node.text.rpartition("|")[2] == name


def _is_product(function: Function) -> bool:
    return role_of(function.file.path) is not Role.TEST
