"""Calls that `functools.partial` and `operator` prepare, where they are made: as what they come to."""

from analyzers.facts import Value
from analyzers.flow.lowering.body import Body
from analyzers.flow.prepared import PARTIAL, completed
from analyzers.syntax import Attribute, Call, Name

# What runs a function elsewhere, with what follows it: `to_thread(partial(read, path))` is `to_thread(read, path)`.
RUNNERS = ("to_thread", "run_sync", "run_in_threadpool", "run_in_executor")
LIBRARIES = frozenset({"asyncio", "anyio", "starlette", "fastapi"})
OPERATOR = "operator."


def made_call(body: Body, call: Value) -> Value:
    """Return a call of a prepared one as what it comes to, and likewise one that runs it elsewhere or prepares more."""
    callee = body.values[call.args[0]]
    if callee.op == "call":
        return completed(callee, call) if is_prepared(body, callee) else _operated(body, callee, call)
    if len(call.args) < 2 or not callee.text.endswith((PARTIAL, *RUNNERS)):
        return call
    position = 2 if callee.text.endswith("run_in_executor") else 1
    if len(call.args) <= position or any(call.names[:position]):
        return call
    handed = body.values[call.args[position]]
    is_run = is_prepared(body, handed) and _runs(body, callee)
    return _with_what_it_prepares(call, position, handed) if is_run else call


def _operated(body: Body, callee: Value, call: Value) -> Value:
    """Return what a call of `operator` comes to: of `methodcaller("delete", id)(client)` that of the method."""
    asks = _called(body, body.values[callee.args[0]])
    is_method = asks == f"{OPERATOR}methodcaller"
    if not asks.startswith(OPERATOR) or len(callee.args) < 2 or call.names != ("",):
        return call
    if not is_method and len(callee.args) > 2:
        return call
    owner, asked = call.args[1], body.values[callee.args[1]]
    if asks == f"{OPERATOR}itemgetter":
        return Value("index", "", (owner, callee.args[1]), (), call.start, call.length)
    if asked.op != "str":
        return call
    *steps, last = asked.text.split(".")
    for step in steps:
        owner = body.value("attr", step, (owner,), asked)
    method = Value("attr", last, (owner,), (), call.start, call.length)
    if not is_method:
        return method
    body.values.append(method)
    operands = (len(body.values) - 1, *callee.args[2:])
    return Value("call", "", operands, callee.names[1:], call.start, call.length)


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
    return _called(body, body.values[node.args[0]]) == f"functools.{PARTIAL}"


def said_to_be(body: Body, call: Value) -> int:
    """Return the value that a call only says the type of, `cast(Client, found)`, -1 for another call."""
    is_cast = call.names == ("", "") and _called(body, body.values[call.args[0]]) == "typing.cast"
    return call.args[2] if is_cast else -1


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


def _called(body: Body, callee: Value) -> str:
    """Return the dotted name of a function that a module imports, `functools.partial`, "" for any other."""
    if callee.op == "attr":
        module, _, name = _imported(body, body.values[callee.args[0]]).partition("|")
        return f"{module}.{callee.text}" if module and not name else ""
    return _imported(body, callee).replace("|", ".")


def _runs(body: Body, callee: Value) -> bool:
    """Tell whether a call runs what it is given with what follows that; so does one that prepares it further."""
    called = _called(body, callee)
    library, _, name = called.partition(".")
    if called == f"functools.{PARTIAL}" or (library in LIBRARIES and name.rpartition(".")[2] in RUNNERS):
        return True
    return callee.op == "attr" and callee.text in RUNNERS and body.values[callee.args[0]].text != "self"


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
