"""Clients of SSH that refuse hosts whose keys they do not know, once they know any."""

from analyzers.facts import Value
from analyzers.finding import Edit, Safety
from analyzers.flow.verification import Off
from analyzers.project.program import Function
from analyzers.rule import Proposal

POLICY = "set_missing_host_key_policy"
LOADING = ("load_system_host_keys", "load_host_keys")
TITLE = "Refuse hosts whose keys are not known (decide where those are kept)"


def of_known_hosts(off: Off, edits: tuple[Edit, ...], text: bytes) -> Proposal:
    """Return edits that refuse unknown hosts, with the keys of the machine's known ones read before where none are."""
    return Proposal(TITLE, Safety.REVIEW, (*_loading(off, text), *edits))


def _loading(off: Off, text: bytes) -> tuple[Edit, ...]:
    function = off.function
    values = function.facts.values
    if any(node.op == "attr" and node.text in LOADING for node in values):
        return ()
    call = _setting(function, off.value)
    if call is None:
        return ()
    callee = values[call.args[0]]
    client = text[callee.start : callee.end].decode(errors="replace").rpartition(".")[0]
    line = text.rfind(b"\n", 0, call.start) + 1
    indentation = text[line : call.start].decode(errors="replace")
    if indentation.strip() or not client.replace(".", "").isidentifier():
        return ()
    start = function.location(line, line).span.start
    return (Edit(function.file.path, start, start, f"{indentation}{client}.{LOADING[0]}()\n"),)


def _setting(function: Function, policy: int) -> Value | None:
    """Return the call that sets a policy of a client."""
    values = function.facts.values
    for event in function.calls():
        node = values[event.value]
        given = node.args[1:]
        made = [values[argument].args[0] for argument in given if values[argument].op == "call"]
        if values[node.args[0]].text == POLICY and policy in (*given, *made):
            return node
    return None
