"""Networks of IP addresses, by themselves and in the lists that programs keep of them."""

from analyzers.flow.labeling import Labeler
from analyzers.project.program import Function

NETWORKS = ("ipaddress.ip_network", "ipaddress.IPv4Network", "ipaddress.IPv6Network")


def is_network(labeler: Labeler, function: Function, container: int, depth: int = 3) -> bool:
    """Tell whether what a value is looked for in is a network of addresses, by itself or as one of a list."""
    node = function.facts.values[container]
    if any(name.startswith(NETWORKS) for name in labeler.resolver.externals(function, container)):
        return True
    if node.op not in ("element", "spread", "comprehension") or not depth:
        return False
    if node.op == "comprehension":
        return is_network(labeler, function, node.args[0], depth - 1)
    for target in labeler.resolver.resolve(function, node.args[0]):
        made = target.function.facts.values[target.value] if target.function is not None and target.value >= 0 else None
        items = made.args if made is not None and target.kind == "display" else (target.value,)
        if target.kind not in ("display", "comprehension") or target.function is None or not items:
            return False
        if not all(is_network(labeler, target.function, item, depth - 1) for item in items):
            return False
    return bool(labeler.resolver.resolve(function, node.args[0]))
