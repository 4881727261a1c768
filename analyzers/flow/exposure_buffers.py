"""What a buffer holds that a text is put together in: `json.dump(settings, out)`, then `out.getvalue()`."""

from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.buffers import READ, SAVING
from analyzers.flow.secrets import NONE, Secrets
from analyzers.project.program import Function

if TYPE_CHECKING:
    from analyzers.flow.exposure import ExposureReader

PRINT = ("print", "file")


def of_buffer(reader: "ExposureReader", function: Function, node: Value, name: str) -> Secrets:
    """Return what was written into a buffer that is read as a whole, nothing for any other call."""
    callee = function.facts.values[node.args[0]]
    if name not in READ or callee.op != "attr":
        return NONE
    buffer = callee.args[0]
    calls = [function.facts.values[event.value] for event in function.calls()]
    return NONE.union(*[reader.held(function, part) for call in calls for part in _written(function, call, buffer)])


def _written(function: Function, call: Value, buffer: int) -> list[int]:
    """Return the arguments of a call that writes them into a buffer."""
    method = function.facts.values[call.args[0]]
    if method.op == "attr" and method.args[0] == buffer:
        return list(call.args[1:]) if method.text in SAVING else []
    saves = method.text.rpartition("|")[2] in SAVING or (
        method.text == PRINT[0] and (PRINT[1], buffer) in zip(call.names, call.args[1:], strict=True)
    )
    return [part for part in call.args[1:] if part != buffer] if saves and buffer in call.args[1:] else []
