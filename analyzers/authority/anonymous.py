"""Authentication that knows nobody: whoever holds the one token of the server may call, whoever that is."""

from collections.abc import Iterator

from analyzers.facts import Value
from analyzers.flow.summaries import Flow
from analyzers.frameworks import identity
from analyzers.project.program import Function
from analyzers.project.targets import argument_of

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
# What is asked without being told anything.
QUESTIONS = frozenset({"get_user", "current_user", "get_me"})
CALLED = ("attr", "name", "import", "free")
CONSTANTS = ("str", "number", "bool", "none")
READERS_OF_TOKENS = ("jwt", "jose", "authlib", "joserfc")
MAX_FUNCTIONS = 20
TABLE = "StaticTokenVerifier"
VOUCHED = "AccessToken"
# A key and its value.
ENTRY = 2


def has_one_token(flow: Flow, authentication: str) -> bool:
    """Tell whether the verifiers of a server know one token: a table of one entry, or the same `client_id` for all."""
    names = authentication.split(", ") if authentication else []
    sites = [site for name in names for site in flow.program.call_sites(name)]
    return len(names) <= len(sites) and bool(sites) and all(_knows_one(flow, *site) for site in sites)


def _knows_one(flow: Flow, function: Function, call: int) -> bool:
    """Tell whether the verifier that a call makes knows one token."""
    callee = function.facts.values[call].args[0]
    if flow.resolver.external(function, callee).rpartition(".")[2] == TABLE:
        return _is_of_one(flow, function, call)
    classes = [target.function for target in flow.resolver.resolve(function, callee) if target.kind == "class"]
    found = [
        method
        for cls in classes
        for name in identity.VERIFYING_METHODS
        if cls is not None and (method := flow.resolver.method(cls, name)) is not None
    ]
    return bool(found) and all(map(_names_one, found))


def _is_of_one(flow: Flow, function: Function, call: int) -> bool:
    """Tell whether a table of tokens is written with one entry."""
    table = argument_of(function.facts.values[call], "tokens", 0)
    displays = [target for target in flow.resolver.resolve(function, table) if target.kind == "display"]
    return bool(displays) and all(
        target.function is not None and len(target.function.facts.values[target.value].args) == ENTRY
        for target in displays
    )


def _names_one(method: Function) -> bool:
    """Tell whether all tokens that a method vouches for have a `client_id` that is written there."""
    values = method.facts.values
    made = [values[event.value] for event in method.calls()]
    tokens = [node for node in made if values[node.args[0]].text.rpartition("|")[2].rpartition(".")[2] == VOUCHED]
    return bool(tokens) and all(
        (named := argument_of(node, "client_id", 1)) >= 0 and values[named].op == "str" for node in tokens
    )


def knows_nobody(flow: Flow, method: Function) -> bool:
    """Tell whether what refuses callers only compares a credential with the server's own, and keeps nothing of it."""
    waiting, seen = [method], set[str]()
    compares = False
    while waiting and len(seen) < MAX_FUNCTIONS:
        function = waiting.pop()
        if function.id in seen:
            continue
        seen.add(function.id)
        if _keeps(function) or any(_finds_out(flow, function, value) for value in range(len(function.facts.values))):
            return False
        compares = compares or any(_compares(function, value) for value in range(len(function.facts.values)))
        waiting.extend(_told(flow, function))
    return compares and not waiting


def _told(flow: Flow, function: Function) -> Iterator[Function]:
    """Yield the functions that a function tells something: what it is told of whoever calls."""
    for event in function.calls():
        node = function.facts.values[event.value]
        is_told = len(node.args) > 1 or function.facts.values[node.args[0]].op == "attr"
        if is_told and not _is_of_module(function, node):
            yield from (callee for callee, _ in flow.resolver.functions(function, node.args[0]))


def _is_of_module(function: Function, node: Value) -> bool:
    """Tell whether a call asks a module, or what it holds, for a constant: `settings.get("token")`."""
    values = function.facts.values
    callee = values[node.args[0]]
    owner = values[callee.args[0]] if callee.op == "attr" else callee
    constant = all(values[argument].op in CONSTANTS for argument in node.args[1:])
    return constant and callee.op == "attr" and owner.op in ("import", "name")


def _finds_out(flow: Flow, function: Function, value: int) -> bool:
    """Tell whether a value keeps or finds out who calls; what a function of the program does is seen in itself."""
    node = function.facts.values[value]
    if node.text in KEEPING:
        if node.op == "name" and flow.resolver.external(function, value).startswith("builtins."):
            return False
        return node.op not in CALLED or node.text in QUESTIONS or not flow.resolver.functions(function, value)
    return node.op in ("name", "import") and node.text.split("|")[0] in READERS_OF_TOKENS


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
