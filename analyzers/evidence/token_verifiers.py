"""Code that verifies tokens and does not insist on their expiry."""

from collections.abc import Iterator

from analyzers.evidence.own_issuers import all_issued_dated, is_of_own_pair
from analyzers.evidence.presented_tokens import is_received
from analyzers.flow.claims import is_about_proofs
from analyzers.flow.expiry import Verification, insists, verification_of
from analyzers.frameworks import tokens
from analyzers.project.program import Function
from analyzers.project.targets import argument_of
from analyzers.rule import Analysis

# Under these names the answer of an issuer holds the token that a client asked for.
OWN = ("access_token", "id_token")
# Libraries whose decoding refuses what has expired by itself.
CHECKING = ("pyjwt", "python-jose")


def verifications(analysis: Analysis) -> Iterator[Verification]:
    """Yield the verifications that take a token without an expiry, or with one that has passed."""
    for function, call, name in analysis.calls("decode", "decode_complete"):
        found = verification_of(analysis.flow, function, call, name)
        if found is None or not found.known or found.dated or insists(analysis.flow, function, call):
            continue
        token = next(iter(function.facts.values[call].args[1:]), -1)
        if not is_about_proofs(function) and not is_received(analysis.flow.resolver, function, token, OWN):
            yield found


def framework_verifiers(analysis: Analysis) -> Iterator[tuple[Function, int]]:
    """Yield the calls that make a verifier of the framework itself, not of a class that refuses such tokens."""
    for function, call, name in analysis.calls(*tokens.UNDATED_VERIFIERS):
        if name.startswith("fastmcp."):
            yield function, call


def is_dated_elsewhere(analysis: Analysis, verification: Verification) -> bool:
    """Tell whether each token that passes surely has an expiry: by its issuer, or because all are issued here."""
    function, call = verification.function, verification.call
    if _has_known_issuer(function):
        return True
    algorithms = argument_of(function.facts.values[call], "algorithms", 2)
    names = [
        analysis.flow.defaults.text(function, item) or ""
        for item in (function.facts.values[algorithms].args if algorithms >= 0 else ())
    ]
    shared = _is_named_secret(function, call) and not any(names)
    if any(map(tokens.names_dating, _settings(function))) and names and not any(n.startswith("HS") for n in names):
        return True
    own = shared or all(name.startswith("HS") for name in names) or is_of_own_pair(analysis, function, call)
    return bool(names) and own and all_issued_dated(analysis, function, call)


def _settings(function: Function) -> Iterator[str]:
    """Yield what the file of a verifier calls the settings that it reads."""
    for scope in function.file.functions:
        for node in scope.facts.values:
            if node.op in ("attr", "name", "import") or (node.op == "str" and node.text.isidentifier()):
                yield node.text


def _is_named_secret(function: Function, call: int) -> bool:
    """Tell whether the key of a verification is called a secret, which verifiers and signers share."""
    node = function.facts.values[call]
    key = argument_of(node, "key", 1)
    return key >= 0 and "secret" in function.facts.values[key].text.lower()


def _has_known_issuer(function: Function) -> bool:
    """Tell whether the file of a verifier names an identity provider that dates all of its tokens."""
    return any(
        node.op == "str" and tokens.always_dates(node.text)
        for scope in function.file.functions
        for node in scope.facts.values
    )


def has_dating_issuer(analysis: Analysis, function: Function, call: int) -> bool:
    """Tell whether a verifier of the framework is given an issuer that dates all its tokens, or its file names one.

    So does the process that draws the key pair itself: `create_token` of it always sets an expiry.
    """
    node = function.facts.values[call]
    key = argument_of(node, "public_key", 0)
    drawn = key >= 0 and any(
        name.endswith(tokens.DRAWN_KEY) for name in analysis.flow.resolver.externals(function, key)
    )
    if drawn or _has_known_issuer(function):
        return True
    texts = [
        analysis.flow.resolver.text(function, argument_of(node, keyword, -1)) for keyword in ("issuer", "jwks_uri")
    ]
    return any(text is not None and tokens.always_dates(text) for text in texts)


def decodes_in(analysis: Analysis, path: str) -> bool:
    """Tell whether a file decodes tokens by a library that checks their expiry."""
    return any(
        function.file.path == path and tokens.DECODERS.get(name) in CHECKING
        for method in ("decode", "decode_complete")
        for function, _, name in analysis.calls(method)
    )
