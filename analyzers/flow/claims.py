"""The claims that a token is made of, and what is read of the claims of one."""

from collections.abc import Iterator

from analyzers.facts import Value
from analyzers.frameworks.sinks import snake
from analyzers.frameworks.tokens import HEADER_FIRST
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import argument_of

EXPIRY = "exp"
PROOF = frozenset({"htm", "htu"})
# Words of claims that say for whom a token is, or what it allows.
NAMING = frozenset(
    {
        *(
            "sub",
            "subject",
            "user",
            "uid",
            "username",
            "email",
            "account",
            "client",
            "role",
            "roles",
            "scope",
            "scopes",
        ),
        *("scp", "permission", "permissions", "iss", "aud", "azp", "jti", "name", "id", "tenant", "org", "session"),
        *("sid", "type", "token", "key", "device", "admin", "member", "owner", "login", "phone", "team", "group"),
        *("groups", "customer", "agent", "tool", "tools", "grant", "grants", "purpose", "access", "iat", "nbf"),
    }
)


def claims_of(call: Value, name: str) -> int:
    """Return the claims that an encoding call signs, -1 when it has none."""
    if name.startswith(HEADER_FIRST):
        return argument_of(call, "claims" if name.startswith("joserfc.") else "payload", 1)
    return argument_of(call, "claims" if name.startswith("jose.") else "payload", 0)


def literals(resolver: Resolver, function: Function, claims: int) -> list[tuple[Function, int]]:
    """Return the literals that claims may be, as (function, value)."""
    return [
        (target.function, target.value)
        for target in resolver.resolve(function, claims)
        if target.kind == "display" and target.name == "map" and target.function is not None
    ]


def given(resolver: Resolver, function: Function, claims: int, claim: str) -> Iterator[tuple[Function, int]]:
    """Yield what a claim is given, in the literal or later, as (function, value)."""
    yield from _later(resolver, function, claims, claim)
    for scope, literal in literals(resolver, function, claims):
        yield from _entries(resolver, scope, scope.facts.values[literal], claim)
        if (scope, literal) != (function, claims):
            yield from _later(resolver, scope, literal, claim)
    node = function.facts.values[claims]
    if node.op == "call" and claim in node.names:
        yield function, node.args[node.names.index(claim) + 1]


def is_about_proofs(function: Function) -> bool:
    """Tell whether a function is about proofs that a key is held, for one request each: they have no end, and no aim.

    Their claims are the method and the address of the request, `htm` and `htu` (RFC 9449).
    """
    return {node.text for node in function.facts.values if node.op == "str"} >= PROOF


def is_no_token(resolver: Resolver, function: Function, claims: int) -> bool:
    """Tell whether what is signed is kept so, or proves something of one request, and is no token of a caller."""
    return name_nobody(resolver, function, claims) or is_about_proofs(function)


def name_nobody(resolver: Resolver, function: Function, claims: int) -> bool:
    """Tell whether claims, all of them in sight, say nothing of a caller: what is signed is kept, and is no token."""
    found = literals(resolver, function, claims)
    keys = [
        resolver.text(scope, key) if key >= 0 else None
        for scope, literal in found
        for key in scope.facts.values[literal].args[::2]
    ]
    if any(event.kind == "store" and event.text == "[]" for scope, _ in found for event in scope.facts.events):
        return False
    return bool(keys) and not any(key is None or NAMING.intersection(snake(key).split("_")) for key in keys)


def texts(resolver: Resolver, function: Function, claims: int) -> tuple[str, ...]:
    """Return the constant texts of claims: their type, their purpose, what they grant."""
    return tuple(
        text
        for scope, literal in literals(resolver, function, claims)
        for value in scope.facts.values[literal].args[1::2]
        if (text := resolver.text(scope, value))
    )


def _entries(resolver: Resolver, scope: Function, node: Value, claim: str) -> Iterator[tuple[Function, int]]:
    for key, value in zip(node.args[::2], node.args[1::2], strict=False):
        if key >= 0 and resolver.text(scope, key) == claim:
            yield scope, value


def _later(resolver: Resolver, scope: Function, claims: int, claim: str) -> Iterator[tuple[Function, int]]:
    """Yield what `claims[claim] = x` and `claims.update(...)` give."""
    values = scope.facts.values
    for event in scope.facts.events:
        if event.kind == "store" and event.text == "[]":
            place = values[event.target]
            if place.args[0] == claims and resolver.text(scope, place.args[1]) == claim:
                yield scope, event.value
        elif event.kind == "call":
            node = values[event.value]
            callee = values[node.args[0]]
            if callee.op != "attr" or callee.args[0] != claims or callee.text not in ("update", "setdefault"):
                continue
            if claim in node.names:
                yield scope, node.args[node.names.index(claim) + 1]
            for argument in node.args[1:]:
                if values[argument].op == "map":
                    yield from _entries(resolver, scope, values[argument], claim)
