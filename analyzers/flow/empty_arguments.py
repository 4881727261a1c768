"""Arguments that are empty where a call is made: `else: make(name=config.name)` behind `if config.name`."""

from analyzers.facts import Event, Value
from analyzers.project.program import Function

NAMED = ("param", "attr")
SHARED = ("name", "free", "import")


def without_empty(function: Function, event: Event, call: Value) -> Value:
    """Return a call without what a condition before it found to be empty, for which its callee has a default then.

    What stands before another argument by its position is left where it is.
    """
    values = function.facts.values
    given = [value for value in call.args[1:] if value >= 0 and values[value].op in NAMED]
    empty = [value for value in given if _is_empty(function, event, value)] if given else []
    if not empty:
        return call
    positions = [
        position
        for position, value in enumerate(call.args[1:])
        if value not in empty or not (call.names[position] or _is_last(call, position))
    ]
    args = (call.args[0], *(call.args[1 + position] for position in positions))
    return Value("call", call.text, args, tuple(call.names[at] for at in positions), call.start, call.length)


def _is_last(call: Value, position: int) -> bool:
    """Tell whether an argument is the last of those that are given by their position."""
    return all(call.names[position + 1 :])


def _is_empty(function: Function, event: Event, value: int) -> bool:
    """Tell whether a value was found to be empty, and nothing since may have changed it."""
    events, values = function.facts.events, function.facts.values
    wanted, step = _spelled(function, value), event.dominator
    while step >= 0:
        branch = events[step]
        if branch.kind in ("true", "false"):
            asked, truth = branch.value, branch.kind == "true"
            while values[asked].op == "not":
                asked, truth = values[asked].args[0], not truth
            if not truth and values[asked].op in NAMED and _spelled(function, asked) == wanted:
                return values[value].op != "attr" or not _may_change(function, step, event, value)
        step = branch.dominator
    return False


def _may_change(function: Function, since: int, until: Event, attribute: int) -> bool:
    """Tell whether an attribute is set between two events, or its object is known to something that may set it."""
    values = function.facts.values
    owner = _spelled(function, values[attribute].args[0])
    is_shared = any(values[part].op in SHARED for part in function.made_of(attribute))
    for event in function.facts.events[since:]:
        if event is until:
            return False
        if event.kind == "store" and event.text == values[attribute].text:
            return True
        given = _given(function, event.value) if event.kind == "call" else ()
        if event.kind == "call" and (is_shared or any(_spelled(function, value) == owner for value in given)):
            return True
    return True


def _given(function: Function, call: int) -> tuple[int, ...]:
    """Return what a call is given, and the object whose method it calls."""
    values = function.facts.values
    callee = values[values[call].args[0]]
    receiver = callee.args[:1] if callee.op == "attr" else ()
    return (*receiver, *(value for value in values[call].args[1:] if value >= 0))


def _spelled(function: Function, value: int) -> tuple[object, ...]:
    """Return what tells a name or an attribute of one from others."""
    node = function.facts.values[value]
    if node.op == "attr":
        return (node.text, *_spelled(function, node.args[0]))
    return (node.op, node.text) if node.op in (*NAMED, *SHARED) else (value,)
