"""Patches that verify a token where its claims are only read."""

from analyzers.finding import Edit, Safety
from analyzers.fixes.rewrite import set_arguments
from analyzers.frameworks.tokens import DECODERS
from analyzers.project.program import Function
from analyzers.rule import Proposal

TITLE = "Verify the token (decide ISSUER_KEY, AUDIENCE and the algorithm)"
KEY = {"key": "ISSUER_KEY", "algorithms": '["RS256"]', "audience": "AUDIENCE"}
PYJWT = {**KEY, "options": '{"require": ["exp", "aud", "iss", "sub"]}'}
JOSE = {**KEY, "options": '{"require_exp": True}'}
UNVERIFIED = b".get_unverified_claims"


def verified(function: Function, call: int, name: str, text: bytes) -> Proposal | None:
    """Return the call with the issuer's key, an audience and the claims that it must have; None for other readings."""
    node = function.facts.values[call]
    callee = text[node.start : node.end].partition(b"(")[0]
    if node.names.count("") != 1 or {"*", "**", "key"} & set(node.names):
        return None
    if callee.endswith(UNVERIFIED):
        end = node.start + len(callee)
        span = function.location(end - len(UNVERIFIED), end).span
        edit = set_arguments(text, function, call, JOSE)
        renamed = Edit(function.file.path, span.start, span.end, ".decode")
        return Proposal(TITLE, Safety.REVIEW, (renamed, edit)) if edit is not None else None
    edit = set_arguments(text, function, call, PYJWT) if DECODERS.get(name) == "pyjwt" else None
    return Proposal(TITLE, Safety.REVIEW, (edit,)) if edit is not None else None
