"""Whether code that verifies a token insists on its expiry."""

from collections.abc import Iterator

import msgspec

from analyzers.facts import Value
from analyzers.flow.claims import EXPIRY, literals
from analyzers.flow.label_calls import skips_signature
from analyzers.flow.summaries import Flow
from analyzers.frameworks.tokens import DECODERS, Library
from analyzers.project.program import Function
from analyzers.project.targets import argument_of, taking

ESSENTIAL = "essential"
REGISTRY = "JWTClaimsRegistry"


class Verification(msgspec.Struct, frozen=True):
    """A call that verifies a token's signature.

    `dated` tells that a token without `exp` is refused, `current` that one whose `exp` has passed is. `options` is
    the literal that decides, -1 where the call has none; `known` whether it could be read.
    """

    function: Function
    call: int
    library: Library
    dated: bool
    current: bool
    options: int = -1
    known: bool = True


def verification_of(flow: Flow, function: Function, call: int, name: str) -> Verification | None:
    """Return how a decoding call treats the expiry, None when it verifies nothing."""
    library = DECODERS.get(name)
    node = function.facts.values[call]
    if library is None or skips_signature(flow.resolver, function, node):
        return None
    if library == "joserfc":
        dated = _has_essential_registry(flow, function)
        return Verification(function, call, library, dated, dated or _validates(function, call, REGISTRY))
    if library == "authlib":
        options = argument_of(node, "claims_options", 3)
        found = setting_of(flow, function, options, EXPIRY) if options >= 0 else None
        dated = found is not None and _is_essential(flow, *found)
        known = options < 0 or bool(literals(flow.resolver, function, options))
        current = _validates(function, call)
        return Verification(function, call, library, dated and current, current, options, known)
    options = argument_of(node, "options", 3)
    known = "**" not in node.names and (options < 0 or bool(literals(flow.resolver, function, options)))
    dated = options >= 0 and _is_required(flow, function, options, library)
    current = options < 0 or not _is_set(flow, function, options, "verify_exp", "False")
    return Verification(function, call, library, dated and current, current, options, known)


def insists(flow: Flow, function: Function, call: int, hops: int = 2) -> bool:
    """Tell whether the program itself needs the `exp` of what a call gives, here or where that is returned to.

    `claims["exp"]` fails without one; `claims.get("exp")` counts where a condition that ends the function depends on
    it, and not where another value only takes its place.
    """
    made = _made_of(function, call)
    values = function.facts.values
    stored = {event.target for event in function.facts.events if event.kind == "store"}
    ends = (event for event in function.facts.events if event.kind in ("raise", "return"))
    before = (step for end in ends for step in function.chain(end.dominator))
    conditions = {step.value for step in before if step.kind in ("true", "false")}
    for value in made:
        node = values[value]
        if node.op == "index" and value not in stored and flow.resolver.text(function, node.args[1]) == EXPIRY:
            return True
        read = _reads(flow, function, node)
        if read and (node.op == "compare" or conditions & _made_of(function, value)):
            return True
    if hops and any(insists(flow, callee, index, hops - 1) for callee, index in _given_to(flow, function, made)):
        return True
    returned = any(event.kind == "return" and event.value in made for event in function.facts.events)
    return bool(hops and returned) and any(
        insists(flow, caller, site, hops - 1) for caller, site in _calls_of(flow, function)
    )


def _given_to(flow: Flow, function: Function, made: set[int]) -> Iterator[tuple[Function, int]]:
    """Yield the functions that are given the claims themselves, with the parameter that holds them."""
    for event in function.calls():
        node = function.facts.values[event.value]
        if made.isdisjoint(node.args[1:]):
            continue
        for callee, owner in flow.resolver.functions(function, node.args[0]):
            yield from ((callee, index) for index in taking(callee, node, made, has_receiver=owner is not None))


def _reads(flow: Flow, function: Function, node: Value) -> bool:
    """Tell whether a value is `claims.get("exp")` or `"exp" in claims`, also as one of several in a list."""
    if node.op == "compare":
        return node.text in ("in", "not-in") and EXPIRY in _texts(flow, function, node.args[0])
    if node.op != "call" or len(node.args) < 2:
        return False
    callee = function.facts.values[node.args[0]]
    return callee.op == "attr" and callee.text == "get" and flow.resolver.text(function, node.args[1]) == EXPIRY


def _texts(flow: Flow, function: Function, value: int) -> Iterator[str | None]:
    """Yield the text of a value; where it is an item of lists, the texts of all of theirs."""
    node = function.facts.values[value]
    if node.op != "element":
        yield flow.resolver.text(function, value)
        return
    for target in flow.resolver.resolve(function, node.args[0]):
        if target.kind == "display" and target.function is not None:
            for item in target.function.facts.values[target.value].args:
                yield flow.resolver.text(target.function, item)


def _calls_of(flow: Flow, function: Function) -> Iterator[tuple[Function, int]]:
    """Yield the calls of a function, or of the method that it overrides."""
    own = flow.resolver.linearize(function.owner)[0] if function.owner is not None else ()
    for caller, call in flow.program.call_sites(function.facts.name):
        callee = caller.facts.values[call].args[0]
        if any(target is function or target.owner in own for target, _ in flow.resolver.functions(caller, callee)):
            yield caller, call


def _made_of(function: Function, value: int) -> set[int]:
    made = {value}
    for index, node in enumerate(function.facts.values):
        if not made.isdisjoint(node.args):
            made.add(index)
    return made


# Options


def setting_of(flow: Flow, function: Function, options: int, key: str) -> tuple[Function, int] | None:
    """Return what a literal of options sets a key to, as (function, value)."""
    for scope, literal in literals(flow.resolver, function, options):
        node = scope.facts.values[literal]
        for name, value in zip(node.args[::2], node.args[1::2], strict=True):
            if name >= 0 and flow.resolver.text(scope, name) == key:
                return scope, value
    return None


def _is_required(flow: Flow, function: Function, options: int, library: Library) -> bool:
    if library == "python-jose":
        return _is_set(flow, function, options, "require_exp", "True")
    found = setting_of(flow, function, options, "require")
    if found is None:
        return False
    scope, value = found
    items = [
        (target.function, item)
        for target in flow.resolver.resolve(scope, value)
        if target.kind == "display" and target.function is not None
        for item in target.function.facts.values[target.value].args
    ]
    # What is no literal list may hold it.
    return not items or any(flow.resolver.text(holder, item) == EXPIRY for holder, item in items)


def _is_set(flow: Flow, function: Function, options: int, key: str, text: str) -> bool:
    found = setting_of(flow, function, options, key)
    return found is not None and found[0].facts.values[found[1]].text == text


def _is_essential(flow: Flow, scope: Function, value: int) -> bool:
    return _is_set(flow, scope, value, ESSENTIAL, "True")


def _validates(function: Function, call: int, registry: str = "") -> bool:
    """Tell whether `validate` is called on the claims that a call gives, or on them by a registry, or may be later."""
    values = function.facts.values
    made = _made_of(function, call)
    whole = {index for index in made if index == call or (values[index].op == "attr" and values[index].args == (call,))}
    if any(event.kind in ("return", "store") and event.value in whole for event in function.facts.events):
        return True
    for event in function.calls():
        callee = values[values[event.value].args[0]]
        if callee.op == "attr" and callee.text == "validate" and (registry or callee.args[0] in made):
            return True
    return False


def registry_calls(flow: Flow, function: Function) -> Iterator[tuple[Function, int]]:
    """Yield the calls in a function's file that make a registry of claims to validate."""
    for scope in function.file.functions:
        for event in scope.calls():
            node = scope.facts.values[event.value]
            if flow.resolver.external(scope, node.args[0]).endswith(REGISTRY):
                yield scope, event.value


def _has_essential_registry(flow: Flow, function: Function) -> bool:
    for scope, call in registry_calls(flow, function):
        node = scope.facts.values[call]
        expiry = argument_of(node, EXPIRY, -1)
        if "**" in node.names or (expiry >= 0 and _is_essential(flow, scope, expiry)):
            return True
    return False
