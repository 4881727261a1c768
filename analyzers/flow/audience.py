"""Verifications of tokens that accept one minted for another service."""

from collections.abc import Iterator

import msgspec

from analyzers.facts import Value
from analyzers.flow.label_calls import skips_signature
from analyzers.flow.summaries import Flow
from analyzers.frameworks import identity
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.servers import Server
from analyzers.project.targets import argument_of

# The last parts of the names of calls that `unbound` knows.
CALLS = ("JWTVerifier", "BearerAuthProvider", "decode", "decode_complete", "JWTClaimsRegistry", "AuthSettings")
FRAMEWORK_VERIFIERS = ("JWTVerifier", "BearerAuthProvider")
# Claims that say for whom a token was minted; some issuers put the client there instead of an audience.
AUDIENCE_CLAIMS = ("aud", "audience", "azp", "appid", "client_id", "resource", "issued_to")
# Calls by which a program asks an issuer about a token, and how functions that decide by the answer are named.
REQUESTS = ("get", "post", "request")
INFORMATION = "tokeninfo"
DECIDING = ("valid", "verif", "authenticat", "load_access_token", "introspect", "check")
# Libraries that know no issuer, and methods of texts and tables.
OWN_ROOTS = frozenset(
    {"builtins", "hmac", "secrets", "hashlib", "logging", "os", "time", "datetime", "pydantic", "mcp", "fastmcp"}
)
TEXT_METHODS = frozenset({"encode", "get", "startswith", "removeprefix", "strip", "split"})


class Unbound(msgspec.Struct, frozen=True):
    """A call that leaves the audience open, and how: it lacks an `argument`, an `option` is off, or `settings` are."""

    function: Function
    value: int
    kind: str
    keyword: str
    note: str


def unbound(flow: Flow, function: Function, value: int, name: str) -> Unbound | None:
    """Return what is wrong with a call of an external function by its dotted name, None when nothing is."""
    node = function.facts.values[value]
    last = name.removesuffix("()").rpartition(".")[2]
    if last in FRAMEWORK_VERIFIERS and name.startswith("fastmcp."):
        return _verifier(function, value, node)
    if name.startswith("authlib.") and last == "decode":
        return _claims_options(flow.resolver, function, value, node)
    if last == "JWTClaimsRegistry" and name.startswith("joserfc."):
        missing = "aud" not in node.names and "**" not in node.names
        note = "its claims are checked without `aud`"
        return _unless_compared(function, value, "argument", "aud", note) if missing else None
    if name in identity.VERIFIERS and not skips_signature(flow.resolver, function, node):
        return _options(flow.resolver, function, value, node)
    return None


def _verifier(function: Function, value: int, node: Value) -> Unbound | None:
    """`JWTVerifier(...)` compares the audience only when it is told one."""
    given = argument_of(node, "audience", -1)
    spread = "**" in node.names or "*" in node.names
    if spread or (given >= 0 and function.facts.values[given].op != "none"):
        return None
    return Unbound(function, value, "argument", "audience", "it is told no audience")


def unbound_answers(resolver: Resolver) -> Iterator[Unbound]:
    """Yield requests for information on a token in functions that verify one and never look for whom it is."""
    for name in REQUESTS:
        for function, value in resolver.program.call_sites(name):
            node = function.facts.values[value]
            if not any(
                INFORMATION in text for argument in node.args[1:] for text in _texts(resolver, function, argument)
            ):
                continue
            verifies = any(word in function.facts.name.lower() for word in DECIDING)
            if verifies and function.facts.parameters and not compares_audience(function):
                yield Unbound(
                    function, value, "answer", "", "the issuer's answer says for whom it is, and nobody looks"
                )


def _texts(resolver: Resolver, function: Function, value: int) -> Iterator[str]:
    """Yield the constant parts of a text."""
    node = function.facts.values[value]
    if node.op in ("str", "name"):
        yield resolver.text(function, value) or ""
    for part in node.args if node.op in ("template", "binary") else ():
        yield function.facts.values[part].text


def _options(resolver: Resolver, function: Function, value: int, node: Value) -> Unbound | None:
    """`options={"verify_aud": False}`; without the option a token that names an audience is refused."""
    options = argument_of(node, "options", -1)
    display = function.facts.values[options] if options >= 0 else None
    for key, setting in (
        zip(display.args[::2], display.args[1::2], strict=True) if display and display.op == "map" else ()
    ):
        off = function.facts.values[setting].op == "bool" and function.facts.values[setting].text == "False"
        if off and key >= 0 and resolver.text(function, key) == "verify_aud":
            return _unless_compared(function, value, "option", "verify_aud", "`verify_aud` is turned off")
    return None


def _claims_options(resolver: Resolver, function: Function, value: int, node: Value) -> Unbound | None:
    """Authlib checks an audience only when `claims_options` says so."""
    options = argument_of(node, "claims_options", 3)
    display = function.facts.values[options] if options >= 0 else None
    known = display is None or display.op in ("map", "none")
    keys = (
        [resolver.text(function, key) for key in display.args[::2]]
        if display is not None and display.op == "map"
        else []
    )
    if not known or "aud" in keys or None in keys:
        return None
    return _unless_compared(function, value, "argument", "claims_options", "`claims_options` names no audience")


def _unless_compared(function: Function, value: int, kind: str, keyword: str, note: str) -> Unbound | None:
    family = [function]
    if function.owner is not None:
        family = [method for method in function.file.functions if method.parent is function.owner]
    # An audience that is handed to the call itself is not compared where the option is off.
    compared = any(compares_audience(member, function.facts.values[value]) for member in family)
    return None if compared else Unbound(function, value, kind, keyword, note)


def compares_audience(function: Function, but: Value | None = None) -> bool:
    """Tell whether a function looks at the claim that says for whom a token is, or hands one on, `but` in one call."""
    values = function.facts.values
    for node in values:
        if node.op == "index" and values[node.args[1]].text in AUDIENCE_CLAIMS and not _is_only_kept(function, node):
            return True
        if node.op == "attr" and node.text in ("aud", "audience", "resource") and not _is_only_kept(function, node):
            return True
        if node.op != "call" or node is but:
            continue
        callee = values[node.args[0]]
        if callee.text == "get" and len(node.args) > 1 and values[node.args[1]].text in AUDIENCE_CLAIMS:
            return True
        if ("audience" in node.names or "resource" in node.names) and callee.text.rpartition("|")[
            2
        ] != identity.ACCEPTED_CLASS:
            return True
    return False


def _is_only_kept(function: Function, claim: Value) -> bool:
    """Tell whether all that is done with a claim is to keep it in the object that stands for the token."""
    values = function.facts.values
    users = [node for node in values if any(part >= 0 and values[part] is claim for part in node.args)]
    kept = (
        values[node.args[0]].text.rpartition("|")[2] == identity.ACCEPTED_CLASS for node in users if node.op == "call"
    )
    return bool(users) and all(node.op == "call" for node in users) and all(kept)


def open_settings(flow: Flow, server: Server) -> Iterator[Unbound]:
    """Yield `AuthSettings` of a server that compare no resource, where the verifier of the program does not either."""
    function = server.site.function
    settings, verifier = server.keywords.get("auth", -1), server.keywords.get("token_verifier", -1)
    if settings < 0 or verifier < 0:
        return
    node = function.facts.values[settings]
    if node.op != "call" or not flow.resolver.external(function, node.args[0]).endswith("AuthSettings"):
        return
    resource, checked = argument_of(node, "resource_server_url", -1), argument_of(node, "validate_token_resource", -1)
    if resource < 0 or function.facts.values[resource].op == "none" or "**" in node.names:
        return
    if checked >= 0 and function.facts.values[checked].text != "False":
        return
    classes = [
        target.function
        for target in flow.resolver.resolve(function, verifier)
        if target.kind == "instance" and target.function is not None
    ]
    methods = [flow.resolver.method(cls, name) for cls in classes for name in identity.VERIFYING_METHODS]
    bodies = [method for method in methods if method is not None]
    reached = [*bodies, *(callee for body in bodies for callee in flow.callees(body))]
    if not bodies or all(_knows_own_alone(flow.resolver, body) for body in reached):
        return
    if not any(compares_audience(body) for body in reached):
        note = "neither these settings nor the verifier compare the token's resource"
        yield Unbound(function, settings, "settings", "validate_token_resource", note)


def _knows_own_alone(resolver: Resolver, function: Function) -> bool:
    """Tell whether what a function calls knows no tokens but the program's own: it compares, and asks no issuer."""
    for event in function.calls():
        node = function.facts.values[event.value]
        callee = function.facts.values[node.args[0]]
        targets = resolver.resolve(function, node.args[0])
        names = [target.name for target in targets if target.kind == "external"]
        is_asking = any(name.partition(".")[0] not in OWN_ROOTS for name in names)
        is_unknown = not targets and len(node.args) > 1 and callee.text not in TEXT_METHODS
        if is_asking or is_unknown:
            return False
    return True
