"""How callers get past what was meant to refuse those without a credential, by what is certain where they are let in.

A refusal that is made and not given, one that comes after the call, a path of the server itself that is left out, and
a header or a parameter by which a caller asks to be left out.
"""

from collections.abc import Iterator

from analyzers.authority.admitting import CREDENTIAL_SOURCES, OWN_PATHS
from analyzers.facts import Event, Value
from analyzers.flow.logs import is_logged
from analyzers.flow.passing import passes_on
from analyzers.flow.summaries import Flow
from analyzers.frameworks.credentials import names_credential
from analyzers.project.program import Function

BRANCHES = ("true", "false")
REFUSED = ("401", "403")
ANSWERS = ("Response", "JSONResponse", "PlainTextResponse", "ORJSONResponse", "HTMLResponse", "HTTPException")
BEGINNING = "startswith"
SAID = ("headers", "query_params", "cookies")
WRITTEN = frozenset({"str", "bytes", "none", "number", "bool"})
# What makes a text or a number of a credential, and no more of it.
PLAIN = ("str", "len", "bool", "bytes", "print", "dict")
ABSENT = "passes on whoever brings no credential"


def passed_by(flow: Flow, method: Function) -> str:
    """Return how callers get past what refuses callers, as the end of a sentence about it, "" where they do not."""
    passing = [(index, event) for index, event in enumerate(method.facts.events) if _passes(method, event)]
    if any(_is_for_own_path(flow, method, event) for _, event in passing):
        return "passes on all requests for the path of the server"
    if any(_is_asked_for(flow, method, event) for _, event in passing):
        return "passes on whoever asks for it in a header or a parameter"
    refusals = list(_refusals(method))
    if refusals and not any(_is_given(method, value) for value in refusals):
        return "makes a refusal and does not answer with it"
    if refusals and passing and _takes_any(flow, method):
        return "asks for a credential, and looks at none"
    if refusals and passing and all(_comes_first(method, passing, value) for value in refusals):
        return "refuses only after it has passed a request on"
    return ""


def _passes(method: Function, event: Event) -> bool:
    return event.kind == "call" and passes_on(method, event.value)


def _branches(method: Function, event: Event) -> list[Event]:
    return [step for step in method.chain(event.dominator) if step.kind in BRANCHES]


def _is_for_own_path(flow: Flow, method: Function, event: Event) -> bool:
    """Tell whether a request is passed on for nothing but that it is for the path that servers have."""
    steps = _branches(method, event)
    if len(steps) != 1 or steps[0].kind != "true":
        return False
    node = method.facts.values[steps[0].value]
    callee = method.facts.values[node.args[0]] if node.op == "call" else node
    begins = node.op == "call" and callee.op == "attr" and callee.text == BEGINNING
    named = node.args[1:] if begins else node.args if node.op == "compare" and node.text == "==" else ()
    return any((flow.resolver.text(method, part) or "").rstrip("/") in OWN_PATHS for part in named)


def _is_asked_for(flow: Flow, method: Function, event: Event) -> bool:
    """Tell whether a request is passed on for nothing but what its caller wrote into it, which is no credential."""
    steps = _branches(method, event)
    if len(steps) != 1 or steps[0].kind != "true":
        return False
    condition = method.facts.values[steps[0].value]
    if condition.op not in ("call", "index", "compare") or (condition.op == "compare" and condition.text != "=="):
        return False
    sides = condition.args if condition.op == "compare" else (steps[0].value,)
    said = [side for side in sides if _names(flow, method, side)]
    others = [method.facts.values[side].op for side in sides if side not in said]
    return bool(said) and all(op == "str" for op in others)


def _names(flow: Flow, method: Function, value: int) -> bool:
    """Tell whether a value is a header or a parameter that carries no credential: `request.headers.get("x-debug")`."""
    values = method.facts.values
    node = values[value]
    callee = values[node.args[0]] if node.op == "call" else node
    if node.op == "call" and (callee.op != "attr" or callee.text != "get" or len(node.args) < 2):
        return False
    table = values[callee.args[0]] if node.op == "call" else values[node.args[0]] if node.op == "index" else node
    key = flow.resolver.text(method, node.args[1]) if node.op in ("call", "index") else None
    return table.op == "attr" and table.text in SAID and bool(key) and not names_credential(key or "")


def _refusals(method: Function) -> Iterator[int]:
    """Yield the answers that a function makes with the status of a refusal."""
    values = method.facts.values
    for event in method.calls():
        node = values[event.value]
        if _name(method, node) in ANSWERS and any(
            values[part].op == "number" and values[part].text in REFUSED for part in node.args
        ):
            yield event.value


def _is_given(method: Function, value: int) -> bool:
    """Tell whether a function answers with a value, raises it, or hands it on."""
    used = any(value in node.args for node in method.facts.values)
    return used or any(event.value == value for event in method.facts.events if event.kind != "call")


def _comes_first(method: Function, passing: list[tuple[int, Event]], value: int) -> bool:
    """Tell whether a request was certainly passed on before a refusal is made."""
    made = method.facts.events[method.event_of(value)]
    chain = set(map(id, method.chain(made.dominator)))
    return any(id(event) in chain for _, event in passing)


def _takes_any(flow: Flow, method: Function) -> bool:
    """Tell whether a function only asks whether there is a credential, and gives it to nothing that may look at it."""
    values = method.facts.values
    asks = False
    for event in method.facts.events:
        node = values[event.value] if event.value >= 0 else None
        if event.kind in BRANCHES and _reads(method, event.value):
            asks = True
            if any(_compares(method, values[part]) for part in method.made_of(event.value)):
                return False
        elif node is not None and _goes_on(flow, method, event, node):
            return False
    return asks


def _goes_on(flow: Flow, method: Function, event: Event, node: Value) -> bool:
    """Tell whether a credential is kept or answered at an event, or given to what may look at it."""
    if event.kind == "call":
        return _looks(flow, method, event.value, node)
    # A refusal names the scheme: `JSONResponse(status_code=401, headers={"WWW-Authenticate": "Bearer"})`.
    if event.kind == "return" and node.op == "call" and _name(method, node) in ANSWERS:
        return False
    return event.kind in ("store", "global", "return", "yield") and _reads(method, event.value)


def _name(method: Function, call: Value) -> str:
    return method.facts.values[call.args[0]].text.rpartition("|")[2]


def _reads(method: Function, value: int) -> bool:
    """Tell whether a value is made of a credential of the request."""
    parts = (method.facts.values[part] for part in method.made_of(value))
    return any(part.op in ("str", "bytes") and part.text.lower() in CREDENTIAL_SOURCES for part in parts)


def _compares(method: Function, node: Value) -> bool:
    """Tell whether a value compares a credential with something that is not written there."""
    if node.op != "compare":
        return False
    sides = [side for side in node.args if method.facts.values[side].op not in WRITTEN]
    tables = [side for side in sides if method.facts.values[side].text in SAID]
    return len(sides) > 1 and not tables and any(_reads(method, side) for side in sides)


def _looks(flow: Flow, method: Function, call: int, node: Value) -> bool:
    """Tell whether a call may look at a credential: it is given one, or the whole request, and makes no text of it."""
    values = method.facts.values
    callee = values[node.args[0]]
    if callee.op == "attr" and (_reads(method, callee.args[0]) or values[callee.args[0]].text in SAID):
        return False
    if (
        passes_on(method, call)
        or _name(method, node) in (*PLAIN, *ANSWERS)
        or is_logged(flow.resolver, method, node.args[0])
    ):
        return False
    return any(values[part].op == "param" or _reads(method, part) for part in node.args[1:])
