"""Whom an application that refuses callers passes on all the same: those without a credential, or with any."""

from collections.abc import Callable, Iterable, Iterator

from analyzers.facts import Event
from analyzers.flow.passing import passes_on
from analyzers.flow.summaries import Flow
from analyzers.frameworks import identity
from analyzers.frameworks.disclosure import GIVING, TABLE_READS
from analyzers.project.program import Function
from analyzers.walks import reached

# What a connection's authentication reads: the names under which a request carries a credential or an identity.
CREDENTIAL_SOURCES = (
    *("authorization", "x-api-key", "api-key", "bearer", "bearer ", "access_token", "credentials"),
    *("compare_digest", "hmac"),
)
VERIFIERS = frozenset({*identity.VERIFIERS, *identity.PROVIDERS_VERIFIERS})
# Where servers are served unless something else is said.
OWN_PATHS = ("/mcp", "/sse", "/messages")
BRANCHES = ("true", "false")
MAX_PARTS = 40
CONST = "const:"
MAX_FUNCTIONS = 20


def admits_absent(method: Function) -> bool:
    """Tell whether what refuses callers passes on whoever brings no credential: `if key and key != KEY: refuse`."""
    events = method.facts.events
    asked = [event for event in events if event.kind == "true" and _is_given(method, event.value)]
    refusing = {
        event.value
        for event in asked
        for end in events
        if end.kind in ("return", "raise") and any(step is event for step in method.chain(end.dominator))
    }
    passing = [call for call in method.calls() if passes_on(method, call.value)]
    if any(_is_for_strangers(method, call) for call in passing):
        return True
    return any(
        all(
            step.kind == "false" and step.value in refusing
            for step in method.chain(call.dominator)
            if step.kind in BRANCHES
        )
        for call in passing
        if refusing
    )


def _is_for_strangers(method: Function, call: Event) -> bool:
    """Tell whether a request is passed on because it has no credential, whatever else it is: `if not token: ...`."""
    steps = [step for step in method.chain(call.dominator) if step.kind in BRANCHES]
    if not steps or not _lacks(method, steps[0].value, truth=steps[0].kind == "true"):
        return False
    return all(step.kind == "false" for step in steps[1:])


def _lacks(method: Function, condition: int, *, truth: bool) -> bool:
    """Tell whether a condition of known outcome says that there is no credential, or none of the kind that counts."""
    node = method.facts.values[condition]
    if node.op == "not":
        return _lacks(method, node.args[0], truth=not truth)
    if node.op == ("or" if truth else "and"):
        return any(_lacks(method, part, truth=truth) for part in node.args)
    if node.op in ("or", "and"):
        return False
    if node.op == "compare":
        empty = any(method.facts.values[part].op in ("none", "str") for part in node.args)
        same = node.text in ("is", "==")
        is_constant = any(
            method.facts.values[part].op == "str" and method.facts.values[part].text for part in node.args
        )
        lacking = truth == (same != is_constant) if empty and node.text in ("is", "==", "is-not", "!=") else False
        return lacking and _reads_credential(method, condition)
    return not truth and _is_given(method, condition)


def _reads_credential(method: Function, value: int) -> bool:
    return any(
        part.op in ("str", "bytes") and part.text.lower() in CREDENTIAL_SOURCES
        for part in (method.facts.values[part] for part in method.made_of(value))
    )


def _is_given(method: Function, condition: int) -> bool:
    """Tell whether a condition only holds where a credential is there, whatever else it asks."""
    node = method.facts.values[condition]
    if node.op == "and":
        return any(_is_given(method, part) for part in node.args)
    if node.op in ("not", "compare", "or"):
        return False
    if node.op == "call":
        # What else is called with a credential may well refuse its absence.
        callee = method.facts.values[node.args[0]]
        if callee.op != "attr" or callee.text not in (*TABLE_READS, *GIVING):
            return False
    return _reads_credential(method, condition)


def admits_unverified(flow: Flow, method: Function) -> bool:
    """Tell whether what verifies tokens passes a request on whose token it did not: an error is swallowed, say."""
    events = method.facts.events
    verifying = [
        index for index, event in enumerate(events) if event.kind == "call" and verifies(flow, method, event.value)
    ]
    if not verifying:
        return False
    checks = {id(events[index]) for index in verifying}
    if not any(event.kind == "swallow" and not _is_left(method, event) for event in events):
        # A switch of the process, which callers have no part in, decides whether they are asked at all.
        chains = (method.chain(events[index].dominator) for index in verifying)
        steps = [step for chain in chains for step in chain if step.kind in BRANCHES]
        switches = [step for step in steps if _is_mode(method, step) or is_for_server(flow, method, step)]
        if any(step.dominator < 0 for step in switches):
            return False
        checks.update(id(events[step.dominator]) for step in switches)
    behind = (event for event in events[verifying[0] + 1 :] if event.kind == "call" and passes_on(method, event.value))
    return any(
        not any(
            id(step) in checks or is_for_server(flow, method, step) is False for step in method.chain(event.dominator)
        )
        for event in behind
    )


def is_for_server(flow: Flow, method: Function, step: Event) -> bool | None:
    """Tell whether a branch is taken by requests for the path of the server, or by all others; None for any other."""
    truth, value = step.kind == "true", step.value
    while step.kind in BRANCHES and method.facts.values[value].op == "not":
        truth, value = not truth, method.facts.values[value].args[0]
    if step.kind not in BRANCHES or method.facts.values[value].op in ("and", "or"):
        return None
    parts = list(method.made_of(value, most=MAX_PARTS))
    nodes = [method.facts.values[part] for part in parts]
    named = any((flow.resolver.text(method, part) or "").rstrip("/") in OWN_PATHS for part in parts)
    asks = any(node.op in ("attr", "str") and node.text == "path" for node in nodes)
    is_negated = any(node.op == "compare" and node.text in ("!=", "not-in") for node in nodes)
    return truth != is_negated if named and asks else None


def asked_of_all(flow: Flow, method: Function) -> tuple[str, ...]:
    """Return the grants of verified tokens that what refuses callers asks of each, but for what is open to all."""
    found: list[set[str]] = []
    for index, event in enumerate(method.facts.events):
        if event.kind != "call" or not passes_on(method, event.value) or _is_apart(method, event):
            continue
        held = flow.guards.at(method, index)
        found.append(
            {
                label.removeprefix(CONST)
                for guard in held
                if guard.kind == "check" and not guard.any_of
                for label in guard.subject
                if label.startswith(CONST)
            }
        )
    return tuple(sorted(set.intersection(*found))) if found else ()


def _is_apart(method: Function, event: Event) -> bool:
    """Tell whether a request is passed on for its path or its protocol: a health check, a lifespan."""
    for step in method.chain(event.dominator):
        parts = (method.facts.values[part] for part in method.made_of(step.value) if step.kind in BRANCHES)
        if any(part.text in ("path", "type") for part in parts):
            truth = step.kind == "true"
            return truth == (method.facts.values[step.value].text not in ("!=", "not-in"))
    return False


def _is_mode(method: Function, step: Event) -> bool:
    """Tell whether a branch is about what the process is set up with, and nothing of the request."""
    parts = [method.facts.values[part] for part in method.made_of(step.value)]
    own = method.facts.parameters[0].name if method.facts.parameters and method.owner is not None else ""
    return any(part.op == "attr" for part in parts) and all(part.text == own for part in parts if part.op == "param")


def _is_left(method: Function, handler: Event) -> bool:
    """Tell whether the handler of an error surely ends the function."""
    for end in method.facts.events:
        if end.kind in ("raise", "return"):
            for step in method.chain(end.dominator):
                if step is handler:
                    return True
                if step.kind in (*BRANCHES, "each", "swallow"):
                    break
    return False


def verifies(flow: Flow, function: Function, call: int) -> bool:
    """Tell whether a call verifies a token: a verifier of a library, or a function that comes back through one."""
    node = function.facts.values[call]
    if any(name in VERIFIERS for name in flow.resolver.externals(function, node.args[0])):
        return True
    return any(_runs_verifier(flow, callee) for callee, _ in flow.resolver.functions(function, node.args[0]))


def _runs_verifier(flow: Flow, function: Function) -> bool:
    return any(
        name in VERIFIERS
        for inner in called_from(flow, function)
        for event in inner.calls()
        for name in flow.resolver.externals(inner, inner.facts.values[event.value].args[0])
    )


def called_from(
    flow: Flow, method: Function, callees: Callable[[Function], Iterable[Function]] | None = None
) -> Iterator[Function]:
    """Yield a function and those it calls, nearest first, or those that `callees` gives of each."""
    return reached([method], callees or flow.callees, MAX_FUNCTIONS)
