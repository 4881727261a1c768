"""Calls that `functools.partial` prepares, where they are made: as calls of what they come to."""

from analyzers.facts import Value
from analyzers.flow.lowering.body import Body
from analyzers.flow.prepared import PARTIAL, completed
from analyzers.syntax import Attribute, Call, Name

# What runs a function elsewhere, with what follows it: `to_thread(partial(read, path))` is `to_thread(read, path)`.
RUNNERS = ("to_thread", "run_sync", "run_in_threadpool", "run_in_executor")
LIBRARIES = frozenset({"asyncio", "anyio", "starlette", "fastapi"})


def made_call(body: Body, call: Value) -> Value:
    """Return a call of a prepared one as what it comes to, and likewise one that runs it elsewhere or prepares more."""
    callee = body.values[call.args[0]]
    if callee.op == "call":
        return completed(callee, call) if is_prepared(body, callee) else call
    if len(call.args) < 2 or not callee.text.endswith((PARTIAL, *RUNNERS)):
        return call
    position = 2 if callee.text.endswith("run_in_executor") else 1
    if len(call.args) <= position or any(call.names[:position]):
        return call
    handed = body.values[call.args[position]]
    is_run = is_prepared(body, handed) and _runs(body, callee)
    return _with_what_it_prepares(call, position, handed) if is_run else call


def applied(body: Body, decorator: int) -> int:
    """Return a decorator that a method is prepared to be as a call of that: `partial(mcp.tool, tags=…)`."""
    node = body.values[decorator]
    if not is_prepared(body, node) or body.values[node.args[1]].op != "attr":
        return decorator
    made = completed(node, Value("call", "", (decorator,), (), node.start, node.length))
    return body.value("call", "", made.args, node, made.names)


def is_prepared(body: Body, node: Value) -> bool:
    """Tell whether a value is a call that is prepared to be made later."""
    if node.op != "call" or len(node.args) < 2 or node.names[0]:
        return False
    return _is_partial(body, body.values[node.args[0]])


def prepares(body: Body, node: Call, name: str) -> bool:
    """Tell whether an expression prepares a call, by a function of `functools`."""
    if not node.arguments or node.arguments[0].name:
        return False
    match node.function:
        case Name(id=used):
            return _imported(body, _named(body, used)) == f"functools|{name}"
        case Attribute(value=Name(id=used), name=last):
            return last == name and _imported(body, _named(body, used)) == "functools|"
    return False


def _named(body: Body, name: str) -> Value:
    bound = body.environment.get(name)
    return body.values[bound] if bound is not None else Value("name", name)


def _is_partial(body: Body, callee: Value) -> bool:
    if callee.op == "attr":
        return callee.text == PARTIAL and _imported(body, body.values[callee.args[0]]) == "functools|"
    return _imported(body, callee) == f"functools|{PARTIAL}"


def _runs(body: Body, callee: Value) -> bool:
    """Tell whether a call runs what it is given with what follows that; so does one that prepares it further."""
    if callee.op == "attr":
        return (callee.text in RUNNERS and body.values[callee.args[0]].text != "self") or _is_partial(body, callee)
    module, _, name = _imported(body, callee).partition("|")
    return (name in RUNNERS and module.partition(".")[0] in LIBRARIES) or _is_partial(body, callee)


def _with_what_it_prepares(call: Value, position: int, prepared: Value) -> Value:
    rest = Value("call", "", call.args[position:], call.names[position:], call.start, call.length)
    made = completed(prepared, rest)
    operands, names = (*call.args[:position], *made.args), (*call.names[:position], *made.names)
    return Value("call", "", operands, names, call.start, call.length)


def _imported(body: Body, value: Value) -> str:
    """Return what is imported under the name that a value is, as in the facts, "" for anything else."""
    scope = body.parent if value.op in ("name", "free") else None
    while scope is not None:
        bound = scope.names.get(value.text)
        if bound:
            value = scope.values[bound[-1]]
            break
        scope = scope.parent
    return value.text if value.op == "import" else ""
