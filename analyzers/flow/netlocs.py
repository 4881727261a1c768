"""Hosts that are cut out of the network location of an address by hand, and addresses whose user name passes them."""

from analyzers.facts import Value
from analyzers.project.program import Function

FIRST, LAST = "first", "last"
MAX_STEPS = 8


def passed_by(function: Function, value: int) -> str:
    """Return how a host that is cut out of `netloc` is passed by, "" for one that is cut out well or is none.

    `user:password@host:port`: what stands before the first `:` may be a user name.
    """
    values = function.facts.values
    first_of: list[str] = []
    for _ in range(MAX_STEPS):
        node = values[value]
        if node.op == "attr" and node.text == "netloc":
            break
        cut = _cut(function, node)
        if cut is None:
            if node.op not in ("call", "attr") or not node.args:
                return ""
            value = node.args[0]
            continue
        call, separator, part = cut
        if (separator, part) == ("@", LAST):
            return ""
        if part == FIRST:
            first_of.append(separator)
        value = call.args[0]
    else:
        return ""
    if not first_of:
        return ""
    user = "" if first_of[-1] == "@" else ":x"
    return f"what stands before `{first_of[-1]}` may be a user name, as in https://allowed{user}@evil.example"


def netloc_of(function: Function, value: int) -> int:
    """Return the network location that a value is cut out of, -1 for none."""
    values = function.facts.values
    for _ in range(2 * MAX_STEPS):
        node = values[value]
        if node.op == "attr" and node.text == "netloc":
            return value
        if node.op not in ("call", "attr", "index", "item") or not node.args:
            return -1
        value = node.args[0]
    return -1


def _cut(function: Function, node: Value) -> tuple[Value, str, str] | None:
    """Return the call that an item is taken from which splits a text, by what, and whether it is the first or last."""
    values = function.facts.values
    if node.op not in ("index", "item"):
        return None
    call = values[node.args[0]]
    position = node.text if node.op == "item" else values[node.args[1]].text
    callee = values[call.args[0]] if call.op == "call" and len(call.args) > 1 else None
    if callee is None or callee.op != "attr" or callee.text not in ("split", "rsplit", "partition", "rpartition"):
        return None
    separator = values[call.args[1]]
    if separator.op != "str" or separator.text not in ("@", ":"):
        return None
    return call, separator.text, FIRST if position == "0" else LAST
