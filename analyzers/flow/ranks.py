"""What comparisons by order say of a caller: that its rank, its level, or the set of what it holds reaches another."""

from analyzers.flow.labels import Labels, claims_of, is_chosen, is_identity
from analyzers.project.program import Function
from analyzers.project.targets import Site

ORDERS = (">", ">=", "<", "<=")
# Claims that say when, and nothing of whom.
TIMES = frozenset({"exp", "iat", "nbf", "auth_time", "expires_at"})
# Claims that say who, and all of them together: their order says nothing.
NO_RANKS = ("claims", "sub", "subject", "client_id", "iss", "aud", "jti")


def reaches(site: Site, sides: tuple[Labels, Labels], truth: bool) -> bool:
    """Tell whether the side of the identity was found to be at least the other: `not role < Role.EDITOR`.

    When a token expires, and how often somebody called, is no rank of the caller. Nor is what a record that the caller
    names says, compared with what the caller gives: `amount > invoice.paid` bounds what is asked for, whoever asks.
    """
    function, _, node = site
    side = 0 if is_identity(sides[0]) else 1
    if ((node.text[0] == ">") == truth) != (side == 0):
        return False
    if all(any(map(is_chosen, labels)) for labels in sides):
        return False
    claims = claims_of(sides[side])
    is_computed = any(function.facts.values[part].op == "binary" for part in node.args)
    return not is_computed and any(claim not in NO_RANKS for claim in claims) and TIMES.isdisjoint(claims)


def rank_of(function: Function, held: int, wanted: int) -> Labels:
    """Return the number that a rank is compared with; that there are any scopes is no rank."""
    node, number = function.facts.values[held], function.facts.values[wanted]
    is_count = node.op == "call" and function.facts.values[node.args[0]].text == "len"
    is_rank = number.op == "number" and number.text != "0" and not is_count
    return frozenset({f"const:{number.text}"}) if is_rank else frozenset()
