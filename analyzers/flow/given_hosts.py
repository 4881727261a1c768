"""Parameters that are hosts wherever a function is called: `is_ours(urlparse(url).hostname or "")`."""

from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import parameter_of

HOST = "hostname"
SAME = ("lower", "casefold", "strip", "rstrip", "lstrip")
CHOICES = ("or", "phi", "default", "select")
MAX_DEPTH = 6


def is_given_hosts(resolver: Resolver, function: Function, value: int) -> bool:
    """Tell whether a value is a parameter for which every call of the function passes the host of an address."""
    found = parameter_of(function, value)
    if found is None or found[0] is not function:
        return False
    passed = resolver.arguments(function, found[1], each=True)
    return bool(passed) and all(_is_host(caller, given, 0) for caller, given in passed)


def _is_host(function: Function, value: int, depth: int) -> bool:
    """Tell whether a value is the host of an address, as it is or in small letters, or empty."""
    node = function.facts.values[value]
    if depth > MAX_DEPTH:
        return False
    if node.op == "attr":
        return node.text == HOST
    if node.op in CHOICES:
        parts = node.args[node.op == "select" :]
        hosts = [part for part in parts if not _is_empty(function, part)]
        return bool(hosts) and all(_is_host(function, part, depth + 1) for part in hosts)
    if node.op == "call":
        callee = function.facts.values[node.args[0]]
        return callee.op == "attr" and callee.text in SAME and _is_host(function, callee.args[0], depth + 1)
    return False


def _is_empty(function: Function, value: int) -> bool:
    node = function.facts.values[value]
    return node.op == "none" or (node.op == "str" and not node.text)
