"""Filters of loggers, which add to every line what the call that writes it does not say."""

from analyzers.flow.labels import is_identity
from analyzers.flow.summaries import Flow


def names_callers(flow: Flow, root: str) -> bool:
    """Tell whether a filter that a package gives a logger or a handler puts the caller's identity on its lines."""
    for function, call in flow.program.call_sites("addFilter"):
        node = function.facts.values[call]
        if flow.program.package_root(function.file.path) != root or len(node.args) < 2:
            continue
        for target in flow.resolver.resolve(function, node.args[1]):
            cls = target.function if target.kind == "instance" else None
            method = flow.resolver.method(cls, "filter") if cls is not None else None
            if method is not None and any(
                event.kind == "store" and is_identity(flow.labeler.labels(method, event.value))
                for event in method.facts.events
            ):
                return True
    return False
