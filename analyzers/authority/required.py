"""Starts that do not come about without the authentication of a server: what is always there is never left out."""

from collections.abc import Collection, Iterator

from analyzers.authority.admitting import called_from
from analyzers.authority.listening import runners
from analyzers.facts import Event, Value
from analyzers.flow.guards import positive
from analyzers.flow.summaries import Flow
from analyzers.frameworks.credentials import ENVIRONMENT_CALLS
from analyzers.project.program import Function
from analyzers.project.servers import Server, served_by
from analyzers.project.targets import Reference, parameter_of
from analyzers.roles import Role, role_of

BRANCHES = ("true", "false")
# What an attribute of a middleware's own is made of is not followed through others, which may be made of it.
FIELDS = ("attr", "phi")
MAX_HOPS = 2


def is_never_given(flow: Flow, function: Function, value: int) -> bool:
    """Tell whether a value is a parameter that the program's calls leave at None, and that nobody else calls."""
    parameter = parameter_of(function, value)
    if parameter is None:
        return False
    callee, index = parameter
    scope, default = callee.parent, callee.facts.parameters[index].default
    if scope is None or default < 0 or scope.facts.values[default].op != "none" or callee.owner is not None:
        return False
    called = any(
        any(found is callee for found, _ in flow.resolver.functions(caller, caller.facts.values[call].args[0]))
        for caller, call in flow.program.call_sites(callee.facts.name)
    )
    given = flow.resolver.arguments(callee, index)
    return called and all(caller.facts.values[argument].op == "none" for caller, argument in given)


def passed_for(flow: Flow, function: Function, value: int) -> list[tuple[Function, int]]:
    """Return what the program's calls pass for a parameter, nothing for another value."""
    parameter = parameter_of(function, value)
    places = flow.resolver.arguments(*parameter) if parameter is not None else ()
    return [place for place in places if role_of(place[0].file.path) is not Role.TEST]


def starts_only_with(flow: Flow, server: Server, authentication: str) -> bool:
    """Tell whether a server is only started over HTTP where a setting that makes one of its verifiers is there."""
    starts = [start for holder in served_by(server) for start in holder.starts]
    made = [site for name in authentication.split(", ") for site in flow.program.call_sites(name)]
    deciding = [frozenset(_deciding(flow, *site)) for site in made]
    if not starts or not deciding or not all(deciding):
        return False
    known = frozenset().union(*deciding)
    return all(any(names <= known for names in _needed(flow, start.function, start.value)) for start in starts)


def open_start(flow: Flow, server: Server) -> Reference | None:
    """Return the first start over HTTP that asks for no setting where others of a server do, None where all are alike.

    `return app_with(provider) if mode == "oauth" else server.http_app()` authenticates one of its two ways.
    """
    asking = [any(_needed(flow, start.function, start.value)) for start in server.starts]
    return server.starts[asking.index(False)] if any(asking) and not all(asking) else None


def starts_unless_missing(flow: Flow, server: Server, settings: Collection[str]) -> bool:
    """Tell whether a server is not started over HTTP where settings are missing, unless somebody says that it is to."""
    starts = [holder.runs["http"] for holder in served_by(server) if "http" in holder.runs]
    return bool(starts) and all(
        _needs(flow, start.function, start.value, settings)
        or (bool(run := list(runners(flow, start))) and all(_needs(flow, *call, settings) for call in run))
        for start in starts
    )


def _needs(flow: Flow, function: Function, value: int, settings: Collection[str]) -> bool:
    return any(not names.isdisjoint(settings) for names in _needed(flow, function, value))


def _needed(flow: Flow, function: Function, value: int, hops: int = MAX_HOPS) -> Iterator[frozenset[str]]:
    """Yield, for each condition of a call that one of some settings is there, the settings.

    What was called before asks for some as well, `requiresettings_of()`, and so may whoever calls the function.
    """
    position = function.event_of(value)
    for step in function.chain(function.facts.events[position].dominator) if position >= 0 else ():
        yield from _held(flow, function, step)
        callee = function.facts.values[step.value].args[0] if step.kind == "call" else -1
        for inner, _ in flow.resolver.functions(function, callee) if callee >= 0 else ():
            for before in inner.chain(inner.facts.falls) if inner.facts.falls >= 0 else ():
                yield from _held(flow, inner, before)
    sites = flow.program.call_sites(function.facts.name) if hops and function.facts.kind != "module" else ()
    callers = [
        site
        for site in sites
        if any(
            inner is function for inner, _ in flow.resolver.functions(site[0], site[0].facts.values[site[1]].args[0])
        )
    ]
    if len(callers) == 1:
        yield from _needed(flow, *callers[0], hops - 1)


def _held(flow: Flow, function: Function, step: Event) -> Iterator[frozenset[str]]:
    """Yield the settings of which one is there where a condition is known."""
    names = _asked(flow, function, step.value, there=step.kind == "true") if step.kind in BRANCHES else _NONE
    if names:
        yield names


def _asked(flow: Flow, function: Function, value: int, *, there: bool) -> frozenset[str]:
    """Return the settings of which one at least is there where a condition comes out one way, none if that is open."""
    node = function.facts.values[value]
    if node.op == "not":
        return _asked(flow, function, node.args[0], there=not there)
    if node.op in ("and", "or"):
        found = [_asked(flow, function, part, there=there) for part in node.args]
        # Of both one is there if either is; where both are, it is enough to know of one.
        needs_all = (node.op == "or") == there
        known = [names for names in found if names]
        return frozenset().union(*found) if needs_all and all(found) else known[0] if known and not needs_all else _NONE
    if node.op == "compare" and _says_something(function, node):
        return frozenset(settings_of(flow, function, value)) if positive(node.text, there) else _NONE
    if node.op == "compare":
        is_empty = node.text in ("is", "==")
        sides = [function.facts.values[part] for part in node.args]
        tells = any(side.op == "none" or (side.op == "str" and not side.text) for side in sides)
        return frozenset(settings_of(flow, function, value)) if tells and is_empty != there else _NONE
    return frozenset(settings_of(flow, function, value)) if there else _NONE


def _says_something(function: Function, node: Value) -> bool:
    """Tell whether a comparison asks for a value that is written there: `mode == "open"`, `flag in ("1", "true")`."""
    sides = [function.facts.values[part] for part in node.args]
    texts = [
        function.facts.values[item].text
        for side in sides
        for item in (side.args if side.op in ("tuple", "list", "set") else ())
        if function.facts.values[item].op == "str"
    ]
    texts += [side.text for side in sides if side.op == "str"]
    return node.text in ("==", "!=", "in", "not-in") and bool(texts) and all(texts)


def _deciding(flow: Flow, function: Function, call: int) -> Iterator[str]:
    """Yield the settings that decide whether a call is made, those that functions of the program read among them."""
    for step in _conditions(function, call):
        yield from settings_of(flow, function, step.value)
        for part in function.made_of(step.value):
            node = function.facts.values[part]
            callees = flow.resolver.functions(function, node.args[0]) if node.op == "call" else ()
            for callee, _ in callees:
                for inner in called_from(flow, callee):
                    yield from settings_of(flow, inner, *range(len(inner.facts.values)))


def _conditions(function: Function, value: int) -> Iterator[Event]:
    position = function.event_of(value)
    chain = function.chain(function.facts.events[position].dominator) if position >= 0 else ()
    return (step for step in chain if step.kind in BRANCHES)


def settings_of(flow: Flow, function: Function, *roots: int) -> Iterator[str]:
    """Yield the variables of the environment, and the fields of settings, that values are made of."""
    for part in function.made_of(*roots):
        node = function.facts.values[part]
        variable = _variable(flow, function, node)
        if variable:
            yield f"${variable}"
        elif node.op == "attr" and not flow.resolver.externals(function, part):
            yield node.text
        passed_by = ("name", "import") if node.op in ("name", "import") else FIELDS
        if node.op in ("name", "import") or (node.op == "attr" and node.args[0] == 0):
            for scope, bound in _definitions(flow, function, part):
                if scope.facts.values[bound].op not in passed_by:
                    yield from settings_of(flow, scope, bound)


def _definitions(flow: Flow, function: Function, value: int) -> Iterator[tuple[Function, int]]:
    """Yield what a name stands for; of one that another module has, what it stands for there."""
    for scope, bound in flow.defaults.definitions(function, value):
        elsewhere = scope is not function and scope.facts.values[bound].op == "import"
        yield from flow.defaults.definitions(scope, bound) if elsewhere else ((scope, bound),)


def _variable(flow: Flow, function: Function, node: Value) -> str:
    """Return the variable of the environment that a value is, "" for another."""
    if node.op == "call" and len(node.args) > 1 and flow.resolver.external(function, node.args[0]) in ENVIRONMENT_CALLS:
        return flow.resolver.text(function, node.args[1]) or ""
    if node.op == "index" and flow.resolver.external(function, node.args[0]) == "os.environ":
        return flow.resolver.text(function, node.args[1]) or ""
    return ""


_NONE: frozenset[str] = frozenset()
