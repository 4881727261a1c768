"""Conditions that hold for the machine itself alone: `host in ("localhost", "127.0.0.1")`, `is_loopback(url)`."""

from analyzers.flow.labeling import Labeler
from analyzers.flow.prefixes import texts_of
from analyzers.frameworks import tls
from analyzers.project.program import Function

WORDS = ("localhost", "loopback")


def is_loopback_only(labeler: Labeler, function: Function, value: int, *, truth: bool) -> bool:
    """Tell whether a condition of known outcome says that a host is the machine itself."""
    values = function.facts.values
    node = values[value]
    if node.op == "not":
        return is_loopback_only(labeler, function, node.args[0], truth=not truth)
    if node.op in ("and", "or"):
        parts = [is_loopback_only(labeler, function, part, truth=truth) for part in node.args]
        return any(parts) if (node.op == "and") == truth else all(parts)
    if node.op == "compare":
        if node.text not in ("in", "not-in", "==", "!=") or (node.text in ("in", "==")) != truth:
            return False
        hosts = list(texts_of(labeler, function, node.args[1]))
        return bool(hosts) and all(map(tls.is_loopback, hosts))
    named = values[node.args[0]] if node.op == "call" else node
    return truth and any(word in named.text.rpartition("|")[2].lower() for word in WORDS)
