"""Authentication that knows nobody: whoever holds the one token of the server may call, whoever that is."""

from analyzers.facts import Value
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function

COMPARING = "compare_digest"
CREDENTIALS = ("authorization", "x-api-key", "api-key", "bearer ", "token")
# What keeps or finds out who calls: a place of the request, a context variable, a token that is read or asked about.
KEEPING = frozenset(
    {
        *("user", "auth", "state", "set", "principal", "claims", "subject", "client_id", "user_id"),
        *("verify_token", "load_access_token", "introspect", "introspect_token", "authenticate", "AccessToken"),
        *(
            "AuthenticatedUser",
            "SimpleUser",
            "AuthCredentials",
            "get_user",
            "current_user",
            "execute",
            "post",
            "get_me",
        ),
    }
)
READERS_OF_TOKENS = ("jwt", "jose", "authlib", "joserfc")
MAX_FUNCTIONS = 20


def knows_nobody(flow: Flow, method: Function) -> bool:
    """Tell whether what refuses callers only compares a credential with the server's own, and keeps nothing of it."""
    waiting, seen = [method], set[str]()
    compares = False
    while waiting and len(seen) < MAX_FUNCTIONS:
        function = waiting.pop()
        if function.id in seen:
            continue
        seen.add(function.id)
        if any(map(_finds_out, function.facts.values)) or _keeps(function):
            return False
        compares = compares or any(_compares(function, value) for value in range(len(function.facts.values)))
        waiting.extend(flow.callees(function))
    return compares and not waiting


def _finds_out(node: Value) -> bool:
    return node.text in KEEPING or (node.op in ("name", "import") and node.text.split("|")[0] in READERS_OF_TOKENS)


def _keeps(function: Function) -> bool:
    return any(event.kind == "store" and event.text in KEEPING for event in function.facts.events)


def _compares(function: Function, value: int) -> bool:
    node = function.facts.values[value]
    if node.op == "call":
        return function.facts.values[node.args[0]].text.rpartition("|")[2] == COMPARING
    if node.op != "compare" or node.text not in ("==", "!="):
        return False
    parts = (function.facts.values[part] for part in function.made_of(*node.args))
    return any(part.op in ("str", "bytes") and part.text.lower() in CREDENTIALS for part in parts)
