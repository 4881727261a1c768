"""The patch that takes an argument out of the text of an address: `?name={x}` becomes `params={"name": x}`."""

from collections.abc import Mapping

import re2

from analyzers.finding import Edit
from analyzers.fixes.hosts import call_at
from analyzers.fixes.rewrite import replace_value, set_argument
from analyzers.flow.summaries import Flow
from analyzers.frameworks import sinks
from analyzers.project.program import Function

QUERY = re2.compile(
    r"""(?s)^(f?r?f?(["'])[^"'{}?\\]*)\?([A-Za-z_][A-Za-z0-9_]*)=\{([A-Za-z_][A-Za-z0-9_.]*)\}(["'])$"""
)


def bound_query(flow: Flow, origin: tuple[str, int, int], texts: Mapping[str, bytes]) -> tuple[Edit, ...]:
    """Return the edits, empty unless the address is one template that ends in one query of one plain name."""
    path, start, end = origin
    site = call_at(flow.program, path, start, end)
    text = texts.get(path)
    if site is None or text is None:
        return ()
    function, call = site
    node = function.facts.values[call]
    if "params" in node.names or not any(
        sinks.is_http_call(name) for name in flow.resolver.externals(function, node.args[0])
    ):
        return ()
    return _edits(function, call, text)


def _edits(function: Function, call: int, text: bytes) -> tuple[Edit, ...]:
    node = function.facts.values[call]
    for value in node.args[1:3]:
        template = function.facts.values[value]
        if template.op != "template":
            continue
        source = text[template.start : template.end].decode()
        matched = QUERY.match(source)
        if matched is None:
            return ()
        head, _, name, expression, quote = matched.groups()
        added = set_argument(text, function, call, "params", f'{{"{name}": {expression}}}')
        # Nothing is left to be filled in.
        plain = head.replace("f", "", 1) + quote
        return (replace_value(function, value, plain), added) if added is not None else ()
    return ()
