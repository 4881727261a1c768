"""What routes do for strangers on purpose: probes of the process, and the steps of a sign-in."""

from analyzers.authority.rows import Row
from analyzers.project.program import Function

MAX_RANK = 4
# Paths that must answer strangers, by the highest rank of what they may do on the way.
PROBES = ("health", "healthz", "ready", "readyz", "live", "livez", "liveness", "readiness", "ping", "status", "metrics")
# What a handler that is served under several paths, `/` and `/health`, calls itself.
CHECKING = frozenset({"health", "healthz", "healthcheck", "liveness", "readiness", "livez", "readyz"})
SIGN_IN = (
    *(".well-known", "callback", "oauth", "oauth2", "authorize", "token", "login", "consent", "register"),
    *("logout", "revoke"),
)
# A code is gone once it was used, a session once it is over.
SIGN_IN_RANK = 3


def expected_rank(row: Row) -> int:
    """Return the rank of what a route of this path does for strangers on purpose."""
    parts = row.name.lower().strip("/").replace("_", "-").split("/")
    if any(part in SIGN_IN or part.endswith("callback") for part in parts):
        return SIGN_IN_RANK
    handler = row.entry.handler
    named = handler.facts.name.lower().split("_") if handler is not None else []
    if any(part in PROBES or part.startswith("health") for part in parts) or CHECKING.intersection(named):
        return 1 if handler is None or _reads_request(handler) else MAX_RANK
    return 0


def _reads_request(handler: Function) -> bool:
    """Tell whether a handler uses any of its parameters."""
    own = range(len(handler.facts.parameters))
    used = {part for value in handler.facts.values for part in value.args}
    return not used.isdisjoint(own)
