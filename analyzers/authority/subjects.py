"""Records that say who called by a field of theirs: `user_subject=…`, `{"caller": …}`."""

from collections.abc import Iterator
from itertools import pairwise

from analyzers.facts import Value
from analyzers.flow.labels import owner_of
from analyzers.project.program import Function

WHO = frozenset(
    {
        *("subject", "sub", "user", "caller", "actor", "principal", "username", "identity", "requester", "who"),
        *("user_id", "user_name", "user_email", "user_sub"),
    }
)
CONSTANT = frozenset({"str", "bytes", "number", "bool", "none"})
MAX_PARTS = 200


def told_subjects(function: Function, call: Value) -> Iterator[int]:
    """Yield the values that a record holds under the name of a caller, constants left out."""
    values = function.facts.values
    for value in _named(function, call):
        if values[value].op not in CONSTANT:
            yield value


def _named(function: Function, call: Value) -> Iterator[int]:
    values = function.facts.values
    for name, value in zip(call.names, call.args[1:], strict=True):
        if _is_who(name):
            yield value
    yield from _placed(function, call)
    for part in function.made_of(*call.args[1:], most=MAX_PARTS):
        node = values[part]
        # A variable around the handler that is called after a caller is no argument of a call.
        if node.op == "free" and _is_who(node.text):
            yield part
        if node.op == "map":
            for key, value in zip(node.args[::2], node.args[1::2], strict=True):
                if key >= 0 and values[key].op == "str" and _is_who(values[key].text):
                    yield value


def _placed(function: Function, call: Value) -> Iterator[int]:
    """Yield what stands where a line says who: `"caller=%s tool=%s", caller, tool` and `f"caller={caller}"`."""
    values = function.facts.values
    line = values[call.args[1]] if len(call.args) > 1 else None
    if line is not None and line.op == "str":
        texts = line.text.split("%")[: len(call.args) - 2]
        yield from (value for text, value in zip(texts, call.args[2:], strict=False) if _asks_who(text))
    elif line is not None and line.op == "template":
        for text, value in pairwise(line.args):
            if values[text].op == "str" and _asks_who(values[text].text):
                yield value


def _asks_who(text: str) -> bool:
    """Tell whether a text ends with the name of a field for the caller: `tool %s, user_id=`."""
    words = text.rstrip().rstrip("=:").replace("=", " ").replace(",", " ").split()
    return text.rstrip().endswith(("=", ":")) and bool(words) and _is_who(words[-1].lower())


def _is_who(name: str) -> bool:
    """Tell whether a field is called after a caller, `user_subject` after the subject."""
    last = name.rpartition("_")[2]
    return name in WHO or last in ("subject", "caller", "actor", "principal") or name.endswith("_user_id")


def is_around(function: Function, label: str) -> bool:
    """Tell whether a label names a parameter of a function around another, which no call of a tool gives."""
    scope, owner = function.parent, owner_of(label)
    while scope is not None and scope.id != owner:
        scope = scope.parent
    return scope is not None
