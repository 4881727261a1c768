"""Places that turn off the verification of a peer's certificate."""

from collections.abc import Iterable, Iterator

import msgspec

from analyzers.facts import Event, Value
from analyzers.flow.asked_at_home import asks_itself, is_used_at_home
from analyzers.flow.call_options import called
from analyzers.flow.looked_at import is_only_looked_at
from analyzers.flow.own_machine import is_loopback_only
from analyzers.flow.plain_schemes import is_of_plain_schemes
from analyzers.flow.summaries import Flow
from analyzers.flow.verifying import may_matter, switches_of
from analyzers.frameworks import tls
from analyzers.project.program import Function

HOST_KEY = "host key"
ANY_HOST = "trusted certificate, whatever host it names"


class Off(msgspec.Struct, frozen=True):
    """A place that turns verification off.

    `value` is what does it, `call` the call it is an argument of (-1: an assignment), `keyword` the argument's name.
    `on` is what the value should be, "" where the argument is best left out. `by_default`: a setting can turn it on.
    `proof` is what is accepted from anyone.
    """

    function: Function
    value: int
    what: str
    call: int = -1
    keyword: str = ""
    on: str = ""
    by_default: bool = False
    sure: bool = True
    proof: str = "certificate"


def places(flow: Flow, functions: Iterable[Function]) -> Iterator[Off]:
    """Yield every place in functions that turns verification off, one that several calls spread once."""
    spread: set[tuple[str, int]] = set()
    for function in functions:
        values = function.facts.values
        for index, event in enumerate(function.facts.events):
            if event.kind == "call" and may_matter(values, values[event.value]):
                found = _in_call(flow, function, event.value)
            elif event.kind == "store":
                found = _in_store(flow, function, event)
            else:
                continue
            offs = list(found)
            for off in offs if offs and not _is_chosen(flow, function, index) else ():
                place = off.function.id, off.value
                if off.call >= 0 or place not in spread:
                    spread.add(place)
                    yield off
        yield from _in_maps(flow, function)


def _is_chosen(flow: Flow, function: Function, event: int) -> bool:
    """Tell whether an event happens only once a setting was changed, for plain HTTP, or behind a switch named for it.

    `if not verify_ssl` says the same as `verify=verify_ssl`: what counts is what the switch is by default, and nothing
    is known to turn it off.
    """
    if flow.defaults.is_opt_in(function, event):
        return True
    chain = function.chain(function.facts.events[event].dominator)
    steps = [step for step in chain if step.kind in ("true", "false")]
    return is_of_plain_schemes(flow.resolver, function, steps) or any(
        _is_switch(flow, function, step.value, on=step.kind == "true")
        or is_loopback_only(flow.labeler, function, step.value, truth=step.kind == "true")
        for step in steps
    )


def _is_switch(flow: Flow, function: Function, value: int, *, on: bool) -> bool:
    """Tell whether a condition asks a switch that is named for verification, and not known to be off by default."""
    node = function.facts.values[value]
    if node.op == "not":
        return _is_switch(flow, function, node.args[0], on=not on)
    if node.op in ("and", "or"):
        return (node.op == "and") == on and any(_is_switch(flow, function, part, on=on) for part in node.args)
    if node.op == "compare":
        return (node.text == "==") == on and _is_named_mode(flow, function, value)
    words = tls.SKIPPING if on else tls.VERIFYING
    named = node.op in ("param", "attr", "name", "free", "import") and any(
        word in node.text.rpartition("|")[2].lower() for word in words
    )
    return named and flow.defaults.truth(function, value) is None


def _is_named_mode(flow: Flow, function: Function, value: int) -> bool:
    """Tell whether a comparison asks for a setting that is named for it, `mode == "noverify"`, and no default."""
    node = function.facts.values[value]
    asked, mode = node.args if flow.resolver.text(function, node.args[1]) is not None else node.args[::-1]
    text = flow.resolver.text(function, mode)
    if text is None or node.text not in ("==", "!=") or not tls.is_skipping(text):
        return False
    return flow.defaults.text(function, asked) != text


# Calls


def _in_call(flow: Flow, function: Function, call: int) -> Iterator[Off]:
    node = function.facts.values[call]
    callee = function.facts.values[node.args[0]]
    names = called(flow.resolver, function, node)
    if any(name in tls.UNVERIFIED_CONTEXTS for name in names):
        on = "ssl.create_default_context" if callee.op == "attr" else ""
        yield Off(function, node.args[0], f"`{names[0]}`", call, on=on)
    yield from _of_hosts(function, call, node, names)
    if names and names[0] in tls.COMMANDS:
        yield from _in_command(flow, function, call, node)
    options = list(_of_options(flow, function, call, names))
    if options and not asks_itself(flow, function, call):
        yield from options


def _of_options(flow: Flow, function: Function, call: int, names: tuple[str, ...]) -> Iterator[Off]:
    node = function.facts.values[call]
    for switch in switches_of(flow, function, call, names):
        scope, value, keyword = switch.scope, switch.value, switch.keyword
        state = _state(flow, scope, value, keyword)
        if state is not None:
            own = scope is function and value in node.args
            # What stands in a table is turned on there, since the call has no argument to leave out.
            on = "True" if not own and scope.facts.values[value].op == "bool" and keyword in tls.OPTIONS else ""
            at = call if own else -1
            yield Off(scope, value, switch.what, at, keyword, on, state == "default", switch.sure)


def _of_hosts(function: Function, call: int, node: Value, names: tuple[str, ...]) -> Iterator[Off]:
    """Yield the policy, or the empty list of known hosts, by which an SSH client takes any host for the right one."""
    values = function.facts.values
    policy = next((name for name in names if name in tls.HOST_KEY_POLICIES), "")
    if policy:
        on = tls.HOST_KEY_POLICIES[policy] if values[node.args[0]].op == "attr" else ""
        yield Off(function, node.args[0], f"`{policy}`", call, on=on, proof=HOST_KEY)
    for keyword, value in zip(node.names, node.args[1:], strict=True):
        roots = tls.HOST_KEYS.get(keyword, ())
        if values[value].op == "none" and any(name.startswith(roots) for name in names if roots):
            yield Off(function, value, f"`{names[0]}`", call, keyword, proof=HOST_KEY)


def _state(flow: Flow, function: Function, value: int, keyword: str) -> str | None:
    """Return `off` for a constant that turns verification off, `default` for a setting that does by default."""
    node = function.facts.values[value]
    if keyword in tls.MODES:
        named = node.text.rpartition("|")[2] if node.op in ("attr", "import", "name", "str") else node.op
        return "off" if named in ("CERT_NONE", "none") and (node.op != "none" or keyword in tls.NONE_IS_OFF) else None
    if keyword in tls.ALLOWING:
        return "off" if (node.op, node.text) == ("bool", "True") else None
    if node.op in ("bool", "number"):
        return "off" if node.text in ("False", "0") else None
    return "default" if flow.defaults.truth(function, value) is False else None


def _in_command(flow: Flow, function: Function, call: int, node: Value) -> Iterator[Off]:
    first = function.facts.values[node.args[1]] if len(node.args) > 1 else None
    items = first.args if first is not None and first.op in ("list", "tuple") else node.args[1:]
    texts = [flow.resolver.text(function, item) or "" for item in items]
    program = texts[0] if texts else ""
    if any("https://" in text and tls.is_loopback(text.partition("//")[2].partition("/")[0]) for text in texts):
        return
    for text, item in zip(texts[1:], items[1:], strict=True):
        if tls.is_insecure_flag(program, text):
            yield Off(function, item, f"`{program} {text}`", call)


# Configuration


def _in_maps(flow: Flow, function: Function) -> Iterator[Off]:
    """`{"verify_ssl": os.getenv("VERIFY_SSL", "false") == "true"}`: off by default, for whatever client."""
    values = function.facts.values
    for node in values:
        if node.op != "map":
            continue
        for key, value in zip(node.args[::2], node.args[1::2], strict=False):
            name = values[key].text if key >= 0 and values[key].op == "str" else ""
            if tls.OPTIONS.get(name) == () and _state(flow, function, value, name) == "default":
                yield Off(function, value, f"The setting `{name}`", by_default=True, sure=False)


# Assignments


def _in_store(flow: Flow, function: Function, event: Event) -> Iterator[Off]:
    resolver = flow.resolver
    node = function.facts.values[event.value]
    target = function.facts.values[event.target]
    if event.text == "[]":
        key = resolver.text(function, target.args[1]) or ""
        setting = resolver.text(function, event.value)
        if setting is not None and setting.lower() in tls.VARIABLES.get(key, ()):
            on = '"1"' if setting == "0" else ""
            yield Off(function, event.value, f"`{key}` of this process", -1, key, on)
        return
    if event.text in ("verify_mode", "check_hostname") and (
        is_used_at_home(flow, function, event.target) or is_only_looked_at(function, event.target)
    ):
        return
    if event.text == "_create_default_https_context" and "unverified" in node.text:
        yield Off(function, event.value, "every HTTPS connection of this process", on="ssl.create_default_context")
    elif event.text == "verify_mode" and node.text.rpartition("|")[2] == "CERT_NONE":
        yield Off(function, event.value, "an SSL context", -1, "verify_mode", "ssl.CERT_REQUIRED")
    elif event.text == "check_hostname" and node.text == "False" and not _clears_mode(function):
        yield Off(
            function,
            event.value,
            "an SSL context without host name check",
            -1,
            "check_hostname",
            "True",
            proof=ANY_HOST,
        )
    elif event.text in ("verify", "verify_ssl") and node.op == "bool" and node.text == "False":
        owners = resolver.externals(function, event.target)
        owner = next((owner for owner in owners if owner.startswith(tls.HOLDERS)), "")
        if owner:
            yield Off(function, event.value, f"`{owner.removesuffix('()')}`", -1, event.text, "True")


def _clears_mode(function: Function) -> bool:
    """Tell whether the function also turns off `verify_mode`, which then speaks for both."""
    return any(
        event.kind == "store"
        and event.text == "verify_mode"
        and function.facts.values[event.value].text.rpartition("|")[2] == "CERT_NONE"
        for event in function.facts.events
    )


def hostname_stores(function: Function) -> Iterator[Event]:
    """Yield the assignments that turn the host name check of a context off."""
    for event in function.facts.events:
        is_store = event.kind == "store" and event.text == "check_hostname"
        if is_store and function.facts.values[event.value].text == "False":
            yield event
