"""Functions that take a token apart, signature and all, for callers that check it."""

from analyzers.evidence.accepted_tokens import calls_of
from analyzers.project.program import Function
from analyzers.rule import Analysis

SIGNATURE = "2"
# A method of keys that raises, and what only says how the check went.
RAISING = "verify"
TELLING = frozenset({"verify", "verify_signature", "compare_digest"})


def is_split_for_callers(analysis: Analysis, function: Function) -> bool:
    """Tell whether a function hands the signature of a token on, too, and each of its callers gives that to a check."""
    if not _gives_signature(function):
        return False
    sites = list(calls_of(analysis, function))
    return bool(sites) and all(_checks(caller, step.value) for caller, step in sites)


def _gives_signature(function: Function) -> bool:
    values = function.facts.values
    ends = [event.value for event in function.facts.events if event.kind == "return" and event.value >= 0]
    return any(_is_signature(function, part) for end in ends for part in (*values[end].args, end) if part >= 0)


def _is_signature(function: Function, value: int) -> bool:
    """Tell whether a value is made of the third part of what was split at its dots."""
    values = function.facts.values
    for part in function.made_of(value):
        node = values[part]
        number = node.text if node.op == "item" else values[node.args[1]].text if node.op == "index" else ""
        split = values[node.args[0]] if number == SIGNATURE else node
        if number == SIGNATURE and split.op == "call" and values[split.args[0]].text == "split":
            return True
    return False


def _checks(caller: Function, call: int) -> bool:
    """Tell whether a caller gives a part of what it got to a check of signatures."""
    values, events = caller.facts.values, caller.facts.events
    decided = {part for event in events if event.kind in ("true", "false") for part in caller.made_of(event.value)}
    for event in caller.calls():
        check = values[event.value]
        name = values[check.args[0]].text.rpartition("|")[2]
        counts = name == RAISING or (name in TELLING and event.value in decided)
        if counts and any(call in caller.made_of(argument) for argument in check.args[1:]):
            return True
    return False
