"""What applications do themselves: a dashboard answers everything, a router hands some requests on to one."""

from collections.abc import Iterator

from analyzers.authority.admitting import called_from
from analyzers.flow.passing import is_handed_whole, passes_on
from analyzers.flow.summaries import Flow
from analyzers.frameworks.json_rpc import CALL
from analyzers.project.program import Function


def answers_all(flow: Flow, method: Function) -> bool:
    """Tell whether an application hands no request on, and does not speak the protocol itself."""
    return not any(
        any(_hands_on(function, event.value) for event in function.calls())
        or any(node.text == CALL for node in function.facts.values)
        for function in called_from(flow, method)
    )


def own_reach(flow: Flow, method: Function) -> Iterator[Function]:
    """Yield a function and those it calls, nearest first, without those that it hands the request on to."""

    def own(function: Function) -> list[Function]:
        behind = {
            callee.id
            for event in function.calls()
            if _hands_on(function, event.value)
            for callee, _ in flow.resolver.functions(function, function.facts.values[event.value].args[0])
        }
        return [callee for callee in flow.callees(function) if callee.id not in behind]

    return called_from(flow, method, own)


def _hands_on(function: Function, call: int) -> bool:
    return passes_on(function, call) or is_handed_whole(function, call)
