"""Calls that have a function run in a thread, as the calls of that function that they come to."""

from analyzers.facts import Value
from analyzers.frameworks.threads import handed_position
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver

# What such calls are called, which tells most others apart at once.
ENDS = ("to_thread", "run_sync", "run_in_threadpool", "run_in_executor")


def made_call(resolver: Resolver, function: Function, call: int) -> Value:
    """Return a call as that of what it runs and waits for: `await asyncio.to_thread(check, url)` is `check(url)`."""
    node = function.facts.values[call]
    if len(node.args) < 2 or function.facts.values[node.args[0]].text not in ENDS:
        return node
    position = handed_position(resolver.external(function, node.args[0]))
    event = function.event_of(call) if position else -1
    awaited = event >= 0 and function.facts.events[event].text == "await"
    if not awaited or len(node.args) <= position or any(node.names[:position]):
        return node
    runs = any(callee.facts.is_async for callee, _ in resolver.functions(function, node.args[position]))
    return node if runs else Value("call", "", node.args[position:], node.names[position:], node.start, node.length)
