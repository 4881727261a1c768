"""Connections of which a program only looks at the certificate, cipher and version, and over which it sends nothing.

Whoever answers is not trusted with anything, so that it matters little who that is.
"""

from analyzers.facts import Value
from analyzers.project.program import Function

WRAPPING = "wrap_socket"
CONFIGURING = frozenset(
    {WRAPPING, "set_ciphers", "set_alpn_protocols", "load_default_certs", "load_verify_locations", "options"}
)
SHOWN = frozenset(
    {
        *("getpeercert", "get_unverified_chain", "get_verified_chain", "cipher", "shared_ciphers", "version"),
        *("compression", "selected_alpn_protocol", "selected_npn_protocol", "getpeername", "do_handshake"),
        *("settimeout", "close", "shutdown", "unwrap"),
    }
)
GETTING = "getattr"
KEEPING = ("return", "yield", "store", "raise")


def is_only_looked_at(function: Function, context: int) -> bool:
    """Tell whether nothing is sent, read or kept of the connections that a context of a function is used for."""
    values = function.facts.values
    if function.facts.kind in ("module", "class"):
        return False
    wrapping = [value for value, node in enumerate(values) if node.op == "attr" and node.args[0] == context]
    if any(values[value].text not in CONFIGURING for value in wrapping):
        return False
    made = {
        value
        for value, node in enumerate(values)
        if node.op == "call" and node.args[0] in wrapping and values[node.args[0]].text == WRAPPING
    }
    entered = {value for value, node in enumerate(values) if node.op == "enter" and node.args[0] in made}
    connections = made | entered
    return (
        all(_shows(values, node, connections) for node in values if not connections.isdisjoint(node.args))
        and not any(context in node.args and node.op != "attr" for node in values)
        and not _is_kept(function, {context, *connections})
    )


def _shows(values: tuple[Value, ...], node: Value, connections: set[int]) -> bool:
    """Tell whether an operation on a connection asks what it is like."""
    if node.op == "enter":
        return True
    if node.op == "attr":
        return node.text in SHOWN
    named = node.args[2:3] if node.op == "call" and values[node.args[0]].text == GETTING else ()
    return bool(named) and node.args[1] in connections and values[named[0]].text in SHOWN


def _is_kept(function: Function, kept: set[int]) -> bool:
    """Tell whether one of some values is given back, stored, or used by a function inside."""
    if any(event.kind in KEEPING and event.value in kept for event in function.facts.events):
        return True
    names = {name for name, bound in function.facts.names.items() if not kept.isdisjoint(bound)}
    inside = (other for other in function.file.functions if other.parent is function)
    return any(node.op == "free" and node.text in names for other in inside for node in other.facts.values)
