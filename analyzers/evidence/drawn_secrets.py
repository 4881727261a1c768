"""Secrets that a process draws at random when it starts, and that end with it."""

from analyzers.frameworks import identity, mcp
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.servers import Server
from analyzers.project.targets import parameter_of

DRAWS = frozenset({"secrets.token_urlsafe", "secrets.token_hex", "secrets.token_bytes", "uuid.uuid4", "os.urandom"})
COMPARISONS = ("hmac.compare_digest", "secrets.compare_digest")
# What is made of a secret and of nothing else.
MAKERS = ("hashlib.", "base64.", "builtins.str", "builtins.bytes")
METHODS = frozenset({"encode", "decode", "digest", "hexdigest", "strip"})
MAX_HOPS = 12


def compares_drawn(resolver: Resolver, function: Function) -> bool:
    """Tell whether a function compares what it is given with a secret that the process drew itself."""
    for event in function.calls():
        node = function.facts.values[event.value]
        if resolver.external(function, node.args[0]) in COMPARISONS:
            return any(is_drawn(resolver, function, argument) for argument in node.args[1:])
    return False


def admits_its_starter(resolver: Resolver, server: Server) -> bool:
    """Tell whether a server only admits who got the secret of this start of it: its starter and who that trusts."""
    function = server.site.function
    given = [server.keywords[keyword] for keyword in mcp.AUTHENTICATION_KEYWORDS if keyword in server.keywords]
    classes = {
        target.function.id: target.function
        for value in given
        for target in resolver.resolve(function, value)
        if target.kind == "instance" and target.function is not None
    }
    methods = [resolver.method(cls, name) for cls in classes.values() for name in identity.VERIFYING_METHODS]
    found = [method for method in methods if method is not None]
    return bool(found) and all(compares_drawn(resolver, method) for method in found)


def is_drawn(resolver: Resolver, function: Function, value: int, hops: int = MAX_HOPS) -> bool:
    """Tell whether a value is a secret that the process drew at random, or only made of such a one."""
    if value < 0 or hops == 0:
        return False
    node = function.facts.values[value]
    if node.op in ("phi", "or", "select", "default"):
        parts = [(function, part) for part in node.args if function.facts.values[part].op != "none"]
    elif node.op == "call":
        return _is_answer_drawn(resolver, function, value, hops)
    elif node.op == "attr" and node.text == "hex" and function.facts.values[node.args[0]].op == "call":
        return is_drawn(resolver, function, node.args[0], hops - 1)
    else:
        parts = _sources(resolver, function, value)
    return bool(parts) and all(is_drawn(resolver, scope, part, hops - 1) for scope, part in parts)


def _sources(resolver: Resolver, function: Function, value: int) -> list[tuple[Function, int]]:
    """Return what a parameter, a name or an attribute is given."""
    node = function.facts.values[value]
    parameter = parameter_of(function, value)
    if parameter is not None:
        return resolver.arguments(*parameter)
    if node.op == "name":
        return [(function.file.module, bound) for bound in function.file.module.facts.names.get(node.text, ())]
    return resolver.attribute_places(function, value)


def _is_answer_drawn(resolver: Resolver, function: Function, value: int, hops: int) -> bool:
    node = function.facts.values[value]
    callee = function.facts.values[node.args[0]]
    if callee.op == "attr" and callee.text in METHODS:
        return is_drawn(resolver, function, callee.args[0], hops - 1)
    name = resolver.external(function, node.args[0])
    if name in DRAWS:
        return True
    if name.startswith(MAKERS) and len(node.args) > 1:
        return is_drawn(resolver, function, node.args[1], hops - 1)
    answers = [
        (scope, event.value)
        for scope, _ in resolver.functions(function, node.args[0])
        for event in scope.facts.events
        if event.kind == "return" and scope.facts.kind != "class"
    ]
    return bool(answers) and all(is_drawn(resolver, scope, answer, hops - 1) for scope, answer in answers)
