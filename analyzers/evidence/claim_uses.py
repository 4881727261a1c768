"""What becomes of a token and its claims: whether anything is asked of it, or made of them but a log."""

from collections.abc import Container

from analyzers.facts import Value
from analyzers.frameworks import identity
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.rule import Analysis

TIMES = ("exp", "iat", "nbf")
# The claim that tells a token from all others.
NUMBER = "jti"
# Methods that find the key of a token, and verify nothing.
LOOKING_UP = frozenset({"get_signing_key_from_jwt", "get_unverified_header", "get_unverified_headers"})
# Calls by which a value stays for others to find.
KEEPING = frozenset({"contextvars.ContextVar().set", "builtins.setattr"})
# Claims by which the key is chosen that a token is then verified with.
ROUTING = ("iss", "kid", "alg", "typ")


def first_argument(function: Function, call: int) -> int:
    """Return the first argument of a call, -1 of one without."""
    return next(iter(function.facts.values[call].args[1:]), -1)


def is_used(analysis: Analysis, function: Function, value: int, depth: int) -> bool:
    """Tell whether something is made of a value but a line of a log: what is returned counts by what callers do."""
    token = first_argument(function, value)
    telling = (*TIMES, *ROUTING) if is_handed_on(function, token, value) else TIMES
    made = _made_of(function, value, telling)
    answers = ("return", "true", "false") if _only_tells(analysis, function) else ("return",)
    for event in function.facts.events:
        if event.value not in made or (event.kind in answers and not _is_answer_used(analysis, function, depth)):
            continue
        if event.kind in ("true", "false", "return", "store", "global", "yield"):
            return True
        if event.kind == "call" and event.value != value:
            if is_kept(analysis.flow.resolver, function, event.value, made):
                return True
            callees = analysis.flow.resolver.functions(function, function.facts.values[event.value].args[0])
            if not all(_only_tells(analysis, callee) for callee, _ in callees) and not any(
                event.value in node.args for node in function.facts.values
            ):
                return True
    return False


def is_kept(resolver: Resolver, function: Function, call: int, made: Container[int]) -> bool:
    """Tell whether a call keeps one of some values where others find it: in a context variable, in an attribute."""
    node = function.facts.values[call]
    return any(value in made for value in node.args[1:]) and not KEEPING.isdisjoint(
        resolver.externals(function, node.args[0])
    )


def _is_answer_used(analysis: Analysis, function: Function, depth: int) -> bool:
    """Tell whether a caller uses what a function returns; what only the framework calls counts as used."""
    answers = [event.value for event in function.facts.events if event.kind == "return"]
    if all(value < 0 or function.facts.values[value].op == "none" for value in answers):
        return False
    callers = _callers(analysis, function)
    if not callers or depth == 0 or function.facts.name in identity.VERIFYING_METHODS:
        return True
    return any(is_used(analysis, caller, call, depth - 1) for caller, call in callers)


def _callers(analysis: Analysis, function: Function) -> list[tuple[Function, int]]:
    return [
        (caller, call)
        for caller, call in analysis.program.call_sites(function.facts.name)
        if any(
            callee is function
            for callee, _ in analysis.flow.resolver.functions(caller, caller.facts.values[call].args[0])
        )
    ]


def only_names(analysis: Analysis, function: Function, call: int) -> bool:
    """Tell whether nothing is read of a token's claims but which token it is and its times, as what revokes it does."""
    if not any(event.kind == "return" and event.value == call for event in function.facts.events):
        return _reads_number(function, call)
    callers = _callers(analysis, function)
    return bool(callers) and all(_reads_number(*caller) for caller in callers)


def _reads_number(function: Function, claims: int) -> bool:
    values = function.facts.values
    made = _made_of(function, claims, (*TIMES, NUMBER))
    getters = {index for index in made if values[index].op == "attr" and values[index].text == "get"}
    asked = {index for index in made if values[index].op in ("compare", "and", "or", "not", "unary")}
    whole = {claims}
    for index in sorted(asked):
        if values[index].op in ("and", "or") and whole & set(values[index].args):
            whole.add(index)
    keeping = ("return", "store", "global", "yield")
    keeps = any(event.value in whole and event.kind in keeping for event in function.facts.events)
    is_read = any(_is_claim(function, node, (NUMBER,)) and made & _owner(node) for node in values)
    return is_read and not keeps and made <= {claims, *getters, *asked}


def _owner(node: Value) -> set[int]:
    """Return what a claim is read of."""
    return {node.args[0]} if node.op in ("index", "call") else set()


def _only_tells(analysis: Analysis, callee: Function) -> bool:
    """Tell whether a function does nothing with what it is given but log or count it."""
    keeps = any(event.kind in ("store", "global", "raise") for event in callee.facts.events)
    return not keeps and not any(effect.rank > 0 for effect in analysis.flow.summary(callee).effects)


def is_handed_on(function: Function, token: int, reading: int) -> bool:
    """Tell whether a token that was read is also given to a function, which may verify it; an object only keeps it."""
    values = function.facts.values
    for event in function.calls():
        node = values[event.value]
        name = values[node.args[0]].text.rpartition("|")[2].rpartition(".")[2]
        is_object = name[:1].isupper()
        if (
            event.value != reading
            and token >= 0
            and token in node.args[1:]
            and not is_object
            and name not in LOOKING_UP
        ):
            return True
    return False


def _made_of(function: Function, value: int, telling: tuple[str, ...]) -> set[int]:
    """Return a value and all that is computed from it; some claims of a token say nothing about who holds it."""
    made = {value}
    for index, node in enumerate(function.facts.values):
        if made & set(node.args) and not _is_claim(function, node, telling):
            made.add(index)
    return made


def _is_claim(function: Function, node: Value, names: tuple[str, ...]) -> bool:
    """Tell whether a value is a claim of some names, as `claims["exp"]` is a time, or asks whether there is one."""
    values = function.facts.values
    if node.op == "index":
        return values[node.args[1]].text in names
    if node.op == "compare":
        return values[node.args[0]].text in names
    callee = values[node.args[0]] if node.op == "call" else node
    return node.op == "call" and callee.text == "get" and len(node.args) > 1 and values[node.args[1]].text in names


def accepts_anything(function: Function, accepted: int) -> bool:
    """Tell whether a verifier gives out what it accepts without asking anything: no branch, and no other call."""
    events = function.facts.events
    is_verifier = function.facts.name in identity.VERIFYING_METHODS and function.owner is not None
    asks = any(event.kind in ("true", "false", "raise") for event in events)
    return is_verifier and not asks and all(event.value == accepted for event in function.calls())
