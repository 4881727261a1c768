"""Middleware of a server that refuses calls which bring no valid credential, as an application around it would.

Custom routes pass it by: it stands in front of the protocol, not of the application.
"""

from collections.abc import Iterable

from analyzers.authority.admitting import admits_absent
from analyzers.authority.anonymous import knows_nobody
from analyzers.authority.applications import Application
from analyzers.authority.hook_calls import decides_on_calls
from analyzers.authority.hooks import Hook
from analyzers.authority.required import settings_of, starts_unless_missing
from analyzers.authority.unconfigured import is_taken
from analyzers.facts import Event
from analyzers.flow.guards import is_local
from analyzers.flow.labels import MARK, TOKENS, TOOL, is_arguments
from analyzers.flow.summaries import Flow
from analyzers.frameworks import identity
from analyzers.frameworks.credentials import names_credential
from analyzers.project.program import Function
from analyzers.project.servers import Server

HEADER = "header:"
BRANCHES = ("true", "false")
SAME = ("==", "!=", "in", "not-in")
# What a credential is compared with that only tells whether there is one.
CONSTANTS = frozenset({"str", "none", "number", "bool"})
MAX_DEPTH = 3


def hook_authentication(flow: Flow, server: Server, hooks: Iterable[Hook]) -> Application | None:
    """Return the first middleware that lets a tool call pass with a valid credential only, None where there is none."""
    for hook in hooks:
        if hook.function is not None and hook.handles_calls and not hook.takes_name:
            found = _application(flow, server, hook, hook.function)
            if found is not None:
                return found
    return None


def _application(flow: Flow, server: Server, hook: Hook, function: Function) -> Application | None:
    """Return what a hook refuses as an application; `unset` where a setting that is not there turns it off."""
    settings: set[str] = set()
    asks = unset = False
    for handed in flow.summary(function).passed:
        chain = list(function.chain(function.facts.events[handed.event].dominator))
        if handed.function != function.id or is_local(dict(handed.guards)):
            continue
        if any(decides_on_calls(flow, function, step) is False for step in chain):
            continue
        if any(_is_asked(flow, function, step, MAX_DEPTH) for step in chain):
            asks = True
            continue
        off = [step for step in chain if step.kind in BRANCHES and is_taken(flow, function, step)]
        if not off:
            return None
        unset = True
        settings.update(name for step in off for name in settings_of(flow, function, step.value))
    if not asks or admits_absent(function):
        return None
    unset = unset and not starts_unless_missing(flow, server, settings)
    return Application(hook.name, hook.place, False, knows_nobody(flow, function), function, unset)


def _is_asked(flow: Flow, function: Function, step: Event, depth: int) -> bool:
    """Tell whether a credential was found to be right where an event has happened."""
    if step.kind in BRANCHES:
        return _compares(flow, function, step.value, depth)
    if step.kind != "call" or depth == 0:
        return False
    callee = function.facts.values[step.value].args[0]
    if not set(identity.VERIFIERS).isdisjoint(flow.resolver.externals(function, callee)):
        return True
    return any(
        _is_asked(flow, inner, before, depth - 1)
        for inner, owner in flow.resolver.functions(function, callee)
        if _may_carry(flow, function, step.value, inner, owner is not None)
        for end in inner.facts.events
        if end.kind == "raise"
        for before in inner.chain(end.dominator)
    )


def _may_carry(flow: Flow, function: Function, call: int, callee: Function, has_receiver: bool) -> bool:
    """Tell whether a call may give a credential, or may leave it to the function to read one."""
    node = function.facts.values[call]
    taken = callee.facts.parameters[1 if has_receiver else 0 :]
    # The name and the arguments of a tool are told of each call, and tell nobody's credential.
    return not taken or not node.args[1:] or not all(_is_of_call(flow, function, value) for value in node.args[1:])


def _is_of_call(flow: Flow, function: Function, value: int) -> bool:
    """Tell whether a value is nothing but which tool is called, and with what."""
    labels = flow.labeler.labels(function, value)
    return bool(labels) and all(label == TOOL or is_arguments(label) for label in labels)


def _compares(flow: Flow, function: Function, value: int, depth: int) -> bool:
    """Tell whether a condition compares a credential with another value, or gives it to what knows those that count."""
    values = function.facts.values
    for part in function.made_of(value):
        node = values[part]
        if node.op == "compare" and node.text in SAME:
            sides = [side for side in node.args if values[side].op not in CONSTANTS]
            if len(sides) > 1 and any(_is_credential(flow, function, side, depth) for side in sides):
                return True
        given = node.args[1:] if node.op in ("call", "index") else ()
        if not _only_reads(function, part) and any(
            _is_credential(flow, function, argument, depth) for argument in given
        ):
            return True
    return False


def _only_reads(function: Function, call: int) -> bool:
    """Tell whether a call makes another text of a credential: `str(header)`, `bytes(token)`."""
    node = function.facts.values[call]
    return node.op == "call" and function.facts.values[node.args[0]].text in ("str", "bytes", "bool", "len")


def _is_credential(flow: Flow, function: Function, value: int, depth: int) -> bool:
    """Tell whether a value is a credential that came with the request; in a helper it may be what that is given."""
    labels = flow.labeler.labels(function, value)
    if any(
        label in TOKENS or (label.startswith(HEADER) and names_credential(label[len(HEADER) :])) for label in labels
    ):
        return True
    return depth < MAX_DEPTH and any(MARK in label for label in labels)
