"""Where code only runs because another server refused a request, or a name is none of a secret's."""

from analyzers.facts import Event, Value
from analyzers.frameworks.credentials import CREDENTIAL_WORDS
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver

STATUS = ("status_code", "status")
GOOD, BAD = ("ok", "is_success"), ("is_error", "is_client_error", "is_server_error")
FIRST_REFUSED = 300
# What draws on the terminal of whoever runs a command, and is no log.
SCREENS = frozenset({"rich.print", "rich.console.Console().print"})
# Under these an issuer's answer holds what it grants.
GRANTED = ("access_token", "token", "key", "id_token")


def is_refused(function: Function, event: Event) -> bool:
    """Tell whether an event only happens where the status of an answer says that the request was refused."""
    return any(
        _says_refused(function, step.value, step.kind == "true")
        for step in function.chain(event.dominator)
        if step.kind in ("true", "false")
    )


def is_shown_refusal(resolver: Resolver, function: Function, call: int) -> bool:
    """Tell whether a call shows the user of a terminal why another server refused the request that they made."""
    shown = SCREENS & set(resolver.externals(function, function.facts.values[call].args[0]))
    return bool(shown) and is_refused(function, function.facts.events[function.event_of(call)])


def is_of_other_names(function: Function, call: int) -> bool:
    """Tell whether a call is only made where a name is none of a secret's: the `else` of `if "KEY" in name`."""
    event = function.facts.events[function.event_of(call)]
    return any(
        step.kind == "false" and _looks_for_secrets(function, step.value)
        for step in function.chain(event.dominator)
        if step.kind in ("true", "false")
    )


def _looks_for_secrets(function: Function, value: int) -> bool:
    """Tell whether a condition looks for the word of a credential in a text."""
    node = function.facts.values[value]
    if node.op == "or":
        return any(_looks_for_secrets(function, part) for part in node.args)
    if node.op != "compare" or node.text != "in":
        return False
    word = function.facts.values[node.args[0]]
    return word.op == "str" and word.text.lower().strip("_-") in CREDENTIAL_WORDS


def _says_refused(function: Function, value: int, truth: bool) -> bool:
    """Tell whether a condition that holds, or does not, says so."""
    node = function.facts.values[value]
    if node.op == "not":
        return _says_refused(function, node.args[0], not truth)
    if node.op in ("and", "or"):
        return (node.op == "and") == truth and any(_says_refused(function, part, truth) for part in node.args)
    if not truth and _is_granted(function, node):
        return True
    if node.op == "attr":
        return node.text in (BAD if truth else GOOD)
    return node.op == "compare" and _compares(function, node, truth)


def _is_granted(function: Function, node: Value) -> bool:
    """Tell whether a value is the token of an answer, which is missing in one that grants nothing."""
    values = function.facts.values
    if node.op == "or":
        return all(_is_granted(function, values[part]) for part in node.args)
    if node.op == "attr" and node.text in GRANTED:
        return True
    callee = values[node.args[0]] if node.op == "call" else node
    is_get = callee.op == "attr" and callee.text == "get" and len(node.args) > 1
    key = values[node.args[1]] if node.op == "index" or is_get else None
    return key is not None and key.op == "str" and key.text in GRANTED


def _compares(function: Function, node: Value, truth: bool) -> bool:
    left, right = (function.facts.values[side] for side in node.args)
    if node.text in ("in", "not-in"):
        # RFC 6749, 5.2: an answer with `error` grants nothing.
        return left.op == "str" and left.text == "error" and (node.text == "in") == truth
    if left.op != "attr" or left.text not in STATUS or right.op != "number" or not right.text.isdigit():
        return False
    refused = int(right.text) >= FIRST_REFUSED
    if node.text in ("==", "!="):
        return ((node.text == "==") == truth) == refused
    return refused and (node.text in (">=", ">")) == truth
