"""Verifications of tokens that a caller's own choice, or an error of the verification itself, gets past."""

from collections.abc import Iterable, Iterator, Set
from typing import NamedTuple

from analyzers.evidence.claim_uses import LOOKING_UP, accepts_anything
from analyzers.facts import Event
from analyzers.finding import Severity
from analyzers.flow.label_calls import skips_signature
from analyzers.frameworks import identity, tokens
from analyzers.project.program import Function
from analyzers.project.targets import argument_of
from analyzers.rule import Analysis

# Parts of a token's header that hold its key, or say where its key is.
KEYS = frozenset({"jku", "x5u", "jwk", "x5c"})
KEY_SETS = ("PyJWKClient", "PyJWK", "JWTVerifier")
ALGORITHM = frozenset({"alg"})
UNVERIFIED_HEADERS = ("get_unverified_header", "get_unverified_headers")
MAX_PARTS = 60
MIXED = (
    "Whoever may choose between a secret and a published key signs with what everyone can read, where the library does "
    "not refuse it. The algorithm belongs to the key, and is named where the key is."
)


class Unsound(NamedTuple):
    """A call that takes a token for verified, how it can be got past, and what is `told` where a key is checked."""

    function: Function
    call: int
    reading: str
    severity: Severity
    told: str = ""
    why: str = ""


def unsound_verifications(analysis: Analysis) -> Iterator[Unsound]:
    """Yield the calls that accept what was not verified, each once."""
    for function, call, _ in analysis.calls(identity.ACCEPTED_CLASS):
        if accepts_anything(function, call):
            # Whoever the token is handed on to may verify it.
            yield Unsound(function, call, "any text is accepted", Severity.HIGH)
        elif function.facts.name in identity.VERIFYING_METHODS and _follows_failure(analysis, function, call):
            yield Unsound(function, call, "one that the verification refuses is accepted as well", Severity.CRITICAL)
    for function, call, _ in analysis.calls(*KEY_SETS):
        if _is_named_by_token(analysis, function, call, function.facts.values[call].args[1:], KEYS):
            yield Unsound(function, call, "its key is the one that it names itself", Severity.CRITICAL)
    for function, call, name in analysis.calls("decode", "decode_complete"):
        node = function.facts.values[call]
        if name not in identity.VERIFIERS or skips_signature(analysis.flow.resolver, function, node):
            continue
        algorithms = argument_of(node, "algorithms", 2)
        if algorithms >= 0 and _is_named_by_token(analysis, function, call, (algorithms,), ALGORITHM):
            # PyJWT refuses `none` with a key, and a published key as a secret.
            severity = Severity.LOW if name.startswith("jwt.") else Severity.MEDIUM
            reading, told = "the algorithm is the one that it names itself", "lets a token choose how it is verified"
            yield Unsound(function, call, reading, severity, told, MIXED)
        elif _mixes(analysis, function, algorithms):
            reading = "an algorithm whose key is secret is taken beside those whose key is published"
            # Libraries refuse the text of a published key as a secret, and not each form of it.
            yield Unsound(function, call, reading, Severity.MEDIUM, "verifies tokens with keys of two kinds", MIXED)


def _mixes(analysis: Analysis, function: Function, algorithms: int) -> bool:
    """Tell whether a list has algorithms of both kinds: the published key of one then signs as the secret of others."""
    if algorithms < 0:
        return False
    texts = [
        analysis.flow.resolver.text(target.function, item) or ""
        for target in analysis.flow.resolver.resolve(function, algorithms)
        if target.kind == "display" and target.function is not None
        for item in target.function.facts.values[target.value].args
    ]
    return any(text.startswith(tokens.SHARED) for text in texts) and any(
        text.startswith(tokens.PUBLIC) for text in texts
    )


def _reads_header(analysis: Analysis, function: Function, value: int) -> bool:
    node = function.facts.values[value]
    names = analysis.flow.resolver.externals(function, node.args[0]) if node.op == "call" else ()
    return any(name.endswith(UNVERIFIED_HEADERS) for name in names)


def _is_named_by_token(
    analysis: Analysis, function: Function, call: int, given: Iterable[int], names: Set[str]
) -> bool:
    """Tell whether what a call is given is read, under some names, of a header that nobody verified or compared."""
    parts = list(function.made_of(*given, most=MAX_PARTS))
    named = any(function.facts.values[part].op == "str" and function.facts.values[part].text in names for part in parts)
    read = {part for part in parts if _reads_header(analysis, function, part)} if named else set[int]()
    return bool(read) and not _is_asked(function, function.facts.events[function.event_of(call)], read)


def _is_asked(function: Function, event: Event, values: set[int]) -> bool:
    """Tell whether a condition before an event is about one of some values."""
    return any(
        step.kind in ("true", "false") and not values.isdisjoint(function.made_of(step.value))
        for step in function.chain(event.dominator)
    )


def _follows_failure(analysis: Analysis, function: Function, accepted: int) -> bool:
    """Tell whether a verifier gives a token out though its verification raised: in the handler, or behind it."""
    events = function.facts.events
    position = function.event_of(accepted)
    if position < 0:
        return False
    chain = list(function.chain(events[position].dominator))
    certain = set(map(id, chain))
    handlers = [
        (index, event) for index, event in enumerate(events[:position]) if event.kind == "swallow" and event.target >= 0
    ]
    for index, handler in handlers:
        tried = events[handler.target : index]
        checks = [event for event in tried if event.kind == "call" and _verifies(analysis, function, event)]
        if not checks or any(id(check) in certain for check in checks):
            continue
        goes_on = id(handler) in certain or not _ends(function, handler)
        later = [step for step in chain if step.start >= handler.start and step is not handler]
        if goes_on and not any(_asks(function, step) for step in later):
            return True
    return False


def _verifies(analysis: Analysis, function: Function, event: Event) -> bool:
    """Tell whether a call verifies the signature of a token, here or in a function of the program."""
    node = function.facts.values[event.value]
    resolver = analysis.flow.resolver
    if not set(identity.VERIFIERS).isdisjoint(resolver.externals(function, node.args[0])):
        return not skips_signature(resolver, function, node)
    return any(
        _verifies(analysis, callee, inner)
        for callee, _ in resolver.functions(function, node.args[0])
        if callee is not function
        for inner in callee.calls()
        if not resolver.functions(callee, callee.facts.values[inner.value].args[0])
    )


def _ends(function: Function, handler: Event) -> bool:
    """Tell whether a handler surely leaves the function."""
    for end in function.facts.events:
        if end.kind not in ("raise", "return"):
            continue
        for step in function.chain(end.dominator):
            if step is handler:
                return True
            if step.kind in ("true", "false", "each", "swallow"):
                break
    return False


def _asks(function: Function, step: Event) -> bool:
    """Tell whether an event is a condition, or hands the token on to what may verify it."""
    if step.kind != "call":
        return step.kind in ("true", "false")
    node = function.facts.values[step.value]
    given = (function.facts.values[argument] for argument in node.args[1:])
    name = function.facts.values[node.args[0]].text
    return name not in LOOKING_UP and any(item.op == "param" and item.text != "self" for item in given)
