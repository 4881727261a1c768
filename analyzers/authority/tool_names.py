"""Which values of a wrapper are the name of the tool that it wraps, and where it hands that name on."""

from analyzers.facts import Value
from analyzers.project.program import Function
from analyzers.project.targets import argument_of


def names_in(wrapper: Function) -> frozenset[int]:
    """Return the values of a wrapper that are the name of the function that it wraps."""
    return frozenset(value for value in range(len(wrapper.facts.values)) if names_function(wrapper, value, 0))


def handed_names(call: Value, callee: Function, values: frozenset[int], *, first: int) -> frozenset[int]:
    """Return the parameters of a callee, as values of it, that a call gives one of some values."""
    return frozenset(
        index
        for index, parameter in enumerate(callee.facts.parameters if values else ())
        if index >= first and argument_of(call, parameter.name, index - first) in values
    )


def holds(function: Function, value: int, wanted: frozenset[int], depth: int = 5) -> bool:
    """Tell whether one of some values is part of a value."""
    if value in wanted:
        return True
    parts = function.facts.values[value].args if wanted and depth > 0 and value >= 0 else ()
    return any(holds(function, part, wanted, depth - 1) for part in parts)


def names_function(function: Function, value: int, depth: int = 5) -> bool:
    """Tell whether the name of a function is part of a value."""
    node = function.facts.values[value]
    if node.op == "attr" and node.text in ("__name__", "__qualname__"):
        return True
    # What the decorator was made with, `logged("refund")`, or took from the function that it wraps.
    if (node.op == "free" or _is_bound(function, value)) and node.text.rpartition("_")[2] in ("name", "tool"):
        return True
    return depth > 0 and any(part >= 0 and names_function(function, part, depth - 1) for part in node.args)


def _is_bound(function: Function, value: int) -> bool:
    """Tell whether a value is a parameter of a wrapper that its definition gives, as a loop does: `__name=name`."""
    parameters = function.facts.parameters
    return value < len(parameters) and parameters[value].default >= 0 and parameters[value].name.startswith("_")
