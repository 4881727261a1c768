"""Patches that verify a token where its claims are only read."""

from collections.abc import Iterator

from analyzers.finding import Edit, Safety
from analyzers.fixes.definitions import Definition, defined, imported
from analyzers.fixes.rewrite import argument_text, replace_value, set_arguments
from analyzers.frameworks.tokens import DECODERS, SHARED
from analyzers.project.program import Function
from analyzers.project.targets import argument_of
from analyzers.rule import Proposal

TITLE = "Verify the token (decide issuer, keys, audience and the algorithm)"
KEYS = Definition(
    """\
@cache
def issuer_keys() -> PyJWKClient:
    return PyJWKClient(os.environ["MCP_AUTH_JWKS_URI"])""",
    ("import os", "from functools import cache", "from jwt import PyJWKClient"),
)
EXPECTED = {"algorithms": '["RS256"]', "audience": 'os.environ["MCP_AUTH_AUDIENCE"]'}
ISSUER = {"issuer": 'os.environ["MCP_AUTH_ISSUER"]'}
PYJWT = {**EXPECTED, **ISSUER, "options": '{"require": ["exp", "aud", "iss", "sub"]}'}
JOSE = {"key": 'os.environ["MCP_AUTH_PUBLIC_KEY"]', **EXPECTED, **ISSUER, "options": '{"require_exp": True}'}
UNVERIFIED = b".get_unverified_claims"


def verified(function: Function, call: int, name: str, text: bytes) -> Proposal | None:
    """Return the call with the issuer's key, its audience and the claims that it must have; None for other readings."""
    node = function.facts.values[call]
    callee = text[node.start : node.end].partition(b"(")[0]
    if node.names.count("") > 1 or "key" in node.names:
        edits = tuple(_turned_on(function, call, text)) if "algorithms" in node.names else ()
        if "audience" not in node.names:
            return Proposal("Verify the signature (decide the audience)", Safety.REVIEW, edits) if edits else None
        return Proposal("Verify the signature", Safety.SAFE, edits) if edits else None
    if node.names.count("") != 1 or {"*", "**"} & set(node.names):
        return None
    edits = _jose(function, call, callee, text) if callee.endswith(UNVERIFIED) else _pyjwt(function, call, name, text)
    return Proposal(TITLE, Safety.REVIEW, edits) if edits else None


def pinned(function: Function, call: int, text: bytes) -> Proposal | None:
    """Return the call with algorithms of one kind of key only: those that it lists, else one that the author names."""
    values = function.facts.values
    algorithms = argument_of(values[call], "algorithms", 2)
    if algorithms < 0 or not text:
        return None
    listed = values[algorithms].args if values[algorithms].op in ("list", "tuple") else ()
    kept = [item for item in listed if values[item].op == "str" and not values[item].text.startswith(SHARED)]
    sources = ", ".join(text[values[item].start : values[item].end].decode() for item in kept) or '"RS256"'
    title = "Take one kind of key only (decide which algorithm your issuer signs with)"
    return Proposal(title, Safety.REVIEW, (replace_value(function, algorithms, f"[{sources}]"),))


def refused(function: Function, call: int) -> Proposal | None:
    """Return the answer of a verifier as a refusal, where it is what a handler of its errors returns."""
    returned = [event for event in function.facts.events if event.kind == "return" and event.value == call]
    if not any(step.kind == "swallow" for event in returned for step in function.chain(event.dominator)):
        return None
    return Proposal("Refuse what was not verified", Safety.SAFE, (replace_value(function, call, "None"),))


def _turned_on(function: Function, call: int, text: bytes) -> Iterator[Edit]:
    """Yield the edits that let a call use the key that it is given: no option against it, and no algorithm without."""
    values = function.facts.values
    node = values[call]
    given = dict(zip(node.names, node.args[1:], strict=True))
    options, algorithms = values[given.get("options", node.args[0])], values[given["algorithms"]]
    settings = dict(zip(options.args[::2], options.args[1::2], strict=True)) if options.op == "map" else {}
    names = {values[key].text for key in settings if key >= 0}
    for key, setting in settings.items():
        if key >= 0 and values[key].text == "verify_signature" and values[setting].text == "False":
            # A token without an expiry is good for ever.
            yield replace_value(function, setting, "True" if "require" in names else 'True, "require": ["exp"]')
    kept = [item for item in algorithms.args if values[item].text.lower() != "none"]
    if algorithms.op in ("list", "tuple") and 0 < len(kept) < len(algorithms.args):
        sources = ", ".join(text[values[item].start : values[item].end].decode() for item in kept)
        yield replace_value(function, given["algorithms"], f"[{sources}]")


def _pyjwt(function: Function, call: int, name: str, text: bytes) -> tuple[Edit, ...]:
    """Return the edits of a call of PyJWT, whose keys are fetched from where the issuer publishes them."""
    token = argument_text(text, function, call, ("jwt",), 0)
    below = defined(function, function.facts.values[call].start, KEYS, text)
    if token is None or not below or DECODERS.get(name) != "pyjwt":
        return ()
    key = f"issuer_keys().get_signing_key_from_jwt({token}).key"
    edit = set_arguments(text, function, call, {"key": key, **PYJWT}, parted=True)
    return (*below, edit) if edit is not None else ()


def _jose(function: Function, call: int, callee: bytes, text: bytes) -> tuple[Edit, ...]:
    end = function.facts.values[call].start + len(callee)
    span = function.location(end - len(UNVERIFIED), end).span
    edit = set_arguments(text, function, call, JOSE)
    renamed = Edit(function.file.path, span.start, span.end, ".decode")
    return (*imported(function.file.path, ("import os",), text), renamed, edit) if edit is not None else ()
