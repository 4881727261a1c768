"""Verifiers that give every token the same scopes, whatever it says of its own."""

from collections.abc import Iterator

from analyzers.flow.label_calls import skips_signature
from analyzers.frameworks import identity
from analyzers.project.program import Function
from analyzers.project.targets import argument_of
from analyzers.rule import Analysis

SCOPES = "scopes"
MAX_PARTS = 40


def uniform_grants(analysis: Analysis) -> Iterator[tuple[Function, int]]:
    """Yield the scopes that a verifier of signed tokens writes into each, where checks of tools ask for scopes.

    A key that is known to be one caller's is given what that caller may do; a signed token says it itself.
    """
    if not any(SCOPES in row.authorization.claim for row in analysis.rows if row.authorization.kind == "per_tool"):
        return
    for function, call, _ in analysis.calls(identity.ACCEPTED_CLASS):
        scopes = argument_of(function.facts.values[call], SCOPES, 2)
        if scopes >= 0 and _is_written(analysis, function, scopes) and _reads_claims(analysis, function, call):
            yield function, scopes


def _is_written(analysis: Analysis, function: Function, scopes: int) -> bool:
    """Tell whether scopes are a list in the code in which nothing that is read of a token has a part."""
    node = function.facts.values[scopes]
    parts = list(function.made_of(scopes, most=MAX_PARTS))
    reads = any(function.facts.values[part].op in ("param", "index", "item", "await") for part in parts)
    given = node.op in ("list", "set", "tuple") and bool(node.args)
    return given and not reads and not analysis.flow.labeler.labels(function, scopes)


def _reads_claims(analysis: Analysis, function: Function, call: int) -> bool:
    """Tell whether the token is made where the claims of a signed one were verified."""
    made = function.facts.events[function.event_of(call)]
    for step in function.chain(made.dominator):
        node = function.facts.values[step.value] if step.kind == "call" else None
        names = analysis.flow.resolver.externals(function, node.args[0]) if node is not None else ()
        if node is not None and not set(identity.VERIFIERS).isdisjoint(names):
            return not skips_signature(analysis.flow.resolver, function, node)
    return False
