"""Arguments that a hook in front of a tool asks about before it lets a call through."""

from collections.abc import Collection, Iterator, Sequence

from analyzers.authority.egress import BROKEN, OPEN, Verdict
from analyzers.authority.taint import Taint
from analyzers.flow.labels import TOOL, is_arguments, key_of
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function

COMPARED = ("==", "!=", "in", "not-in")
ASKED = "a hook refuses some by what it finds out about them"


def asked(flow: Flow, taint: Taint) -> Taint:
    """Return an unchecked taint as one that is checked, if a hook of its server refuses some calls by what it says.

    What the hook makes of the argument is not read: how much that keeps out is not known.
    """
    hooks = taint.row.state.hooks if taint.verdict.state == OPEN else ()
    for hook in hooks:
        if hook.handles_calls and hook.function is not None and _asks(flow, hook.function, taint):
            return taint._replace(verdict=Verdict(BROKEN, ASKED, hook.place))
    return taint


def _asks(flow: Flow, function: Function, taint: Taint) -> bool:
    return _is_for(flow, function, taint.row.name) and any(
        _is_about(flow, function, value, taint.parameters) for value in _deciding(function)
    )


def _is_for(flow: Flow, function: Function, name: str) -> bool:
    """Tell whether a hook is for all tools, or names one."""
    values = function.facts.values
    named = {
        values[part].text
        for node in values
        if node.op == "compare" and node.text in ("==", "in")
        for part in node.args
        if values[part].op == "str" and any(TOOL in flow.labeler.labels(function, other) for other in node.args)
    }
    return not named or name in named


def _deciding(function: Function) -> Iterator[int]:
    """Yield the conditions behind which a function ends in an error."""
    for event in function.facts.events:
        if event.kind == "raise":
            steps = function.chain(event.dominator)
            yield from (step.value for step in steps if step.kind in ("true", "false"))


def _is_about(flow: Flow, function: Function, condition: int, names: Collection[str]) -> bool:
    """Tell whether a condition is made of what an argument says, not of its length or of whether it is there."""
    return any(
        is_arguments(label) and key_of(label) in names
        for value in function.made_of(condition)
        for asked_of in _read(flow, function, value)
        for label in flow.labeler.labels(function, asked_of)
    )


def _read(flow: Flow, function: Function, value: int) -> Sequence[int]:
    """Return what a call is given, or a comparison is about; what Python itself tells of a value says little."""
    node = function.facts.values[value]
    if node.op == "call":
        is_plain = flow.resolver.external(function, node.args[0]).startswith("builtins.")
        return () if is_plain else node.args[1:]
    return node.args if node.op == "compare" and node.text in COMPARED else ()
