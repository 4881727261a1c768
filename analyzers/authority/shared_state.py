"""What outlives one call in the process: writes of what callers sent, reads, and picks of whoever came last."""

from collections.abc import Iterator

import msgspec

from analyzers.authority.memory import is_of_client
from analyzers.authority.visits import Visit
from analyzers.facts import Event, Parameter
from analyzers.flow.filled import CONTAINERS
from analyzers.flow.labels import BEARER, MARK, Labels, is_arguments, is_identity, whole
from analyzers.flow.summaries import Flow
from analyzers.frameworks.credentials import names_credential
from analyzers.project.program import Function
from analyzers.project.targets import Reference
from analyzers.roles import Role, role_of

MAX_DEPTH = 6
ADDING = ("append", "add", "update", "extend", "insert", "appendleft")
REMOVING = ("discard", "remove", "clear")
CHANGING = frozenset({*ADDING, *REMOVING})
COPIES = ("builtins.list", "builtins.tuple", "builtins.sorted", "builtins.iter", "builtins.reversed")
VIEWS = ("keys", "values", "items", "copy")
# What a state is called whose value says who the caller is.
STANDING = ("role", "user", "admin", "auth", "logged", "session", "tenant", "account", "identity", "privilege")
# What a state is called that says who is logged in.
LOGINS = ("current_user", "logged_in_user", "active_user", "authenticated_user", "current_session", "user_session")
# What is kept in order to be taken out of answers and logs is called so, or the functions and files that keep it.
WITHHOLDING = "redact"
MAX_PARTS = 40
# What a container is called that holds one entry for each caller.
PER_CALLER = ("session", "token", "credential", "user", "jwt", "login")


class Write(msgspec.Struct, frozen=True):
    """A write to state of the process: which state, where, what is written, and whether names say a credential is."""

    state: str
    name: str
    function: Function
    event: Event
    labels: Labels
    is_credential: bool = False


class Pick(msgspec.Struct, frozen=True):
    """An entry that is taken out of a container of callers' entries by its position, not by whose it is."""

    name: str
    reference: Reference


def may_write(function: Function) -> bool:
    """Tell whether a function writes anything but its own names."""
    values = function.facts.values
    return any(
        event.kind in ("global", "store")
        or (event.kind == "call" and values[values[event.value].args[0]].text in ADDING)
        for event in function.facts.events
    )


def writes(flow: Flow, visit: Visit, handler: Function) -> Iterator[Write]:
    """Yield the writes of a function to state that outlives the call, of what a caller sent or is."""
    function = visit.function
    values = function.facts.values
    for event in function.facts.events:
        keys: tuple[int, ...] = ()
        if event.kind == "global":
            state, name, written = f"{function.file.path}:{event.text}", event.text, [event.value]
        elif event.kind == "store" and event.text == "[]":
            place = values[event.target]
            state, name = state_of(flow, function, place.args[0], handler)
            written, keys = [event.value], (place.args[1],)
        elif event.kind == "store":
            state, name = _attribute_state(flow, function, event, handler)
            written = [event.value]
        elif event.kind == "call" and _adds(flow, function, values[event.value].args[0]):
            callee = values[values[event.value].args[0]]
            state, name = state_of(flow, function, callee.args[0], handler) if callee.op == "attr" else ("", "")
            written = list(values[event.value].args[1:])
        else:
            continue
        file = function.file.path.rpartition("/")[2]
        if not state or WITHHOLDING in f"{name}{function.facts.qualname}{file}".lower():
            continue
        if any(flow.resolver.text(function, key) is None and values[key].op != "number" for key in keys):
            continue
        labels = flow.labeler.substitute(flow.labeler.union(function, written), visit.given.bindings())
        labels |= _decided_by(flow, visit, event, name) if _is_plain(function, written) else frozenset()
        answer = _answer(flow, visit, name, written)
        labels |= frozenset() if answer is None else answer
        if _is_callers(labels, handler):
            names = [name, *(flow.resolver.text(function, key) or "" for key in keys)]
            names.extend(parameter.name for parameter in _parameters_in(labels, handler))
            is_credential = answer is not None or any(names_credential(given) for given in names)
            yield Write(state, name, function, event, labels, is_credential)


def _parameters_in(labels: Labels, handler: Function) -> Iterator[Parameter]:
    """Yield the parameters of the entry point among labels."""
    for index, parameter in enumerate(handler.facts.parameters):
        if any(whole(label).endswith(f"{MARK}{handler.id}{MARK}{index}") for label in labels):
            yield parameter


def _is_callers(labels: Labels, handler: Function) -> bool:
    own = f"{MARK}{handler.id}{MARK}"
    # What a hook gets back from the call that it hands on is an answer, and nothing that its caller sent.
    handing = [index for index, given in enumerate(handler.facts.parameters) if given.name == "call_next"]
    answers = tuple(f"{own}{index}" for index in handing)
    return (
        is_identity(labels)
        or any(
            label == BEARER or is_arguments(label) or label.startswith(("header:", "held:header:")) for label in labels
        )
        or any(
            own in label and not (handing and label[0] == "d") and whole(label)[1:] not in answers for label in labels
        )
    )


def _adds(flow: Flow, function: Function, callee: int) -> bool:
    """Tell whether a call adds to a container; what a method of the program's own does is seen in it."""
    if function.facts.values[callee].text not in ADDING:
        return False
    return not flow.resolver.functions(function, callee) and not is_of_client(flow, function, callee)


def state_of(flow: Flow, function: Function, value: int, handler: Function) -> tuple[str, str]:
    """Return the identity and the name of a container that outlives the call, ("", "") for another value."""
    node = function.facts.values[value]
    if node.op == "name" and _holds_container(function.file.module, node.text):
        return f"{function.file.path}:{node.text}", node.text
    if node.op == "attr" and function.facts.values[node.args[0]].op == "param" and node.args[0] == 0:
        cls = function.owner
        if cls is not None and (_serves_all(flow, cls, handler) or _holds_container(cls, node.text)):
            return f"{cls.id}.{node.text}", f"self.{node.text}"
    return "", ""


def _serves_all(flow: Flow, cls: Function, handler: Function) -> bool:
    """Tell whether one object of a class serves every call: it has the handler, or a module makes it."""
    if handler.owner is not None and cls in flow.resolver.linearize(handler.owner)[0]:
        return True
    return any(
        caller.facts.kind == "module" and role_of(caller.file.path) is not Role.TEST
        for caller, call in flow.program.call_sites(cls.facts.name)
        if any(target.function is cls for target in flow.resolver.resolve(caller, caller.value(call).args[0]))
    )


def _holds_container(module: Function, name: str) -> bool:
    for value in module.facts.names.get(name, ()):
        node = module.facts.values[value]
        called = module.facts.values[node.args[0]].text.rpartition("|")[2] if node.op == "call" else ""
        if node.op in ("map", "list", "set") or called in CONTAINERS:
            return True
    return False


def _attribute_state(flow: Flow, function: Function, event: Event, handler: Function) -> tuple[str, str]:
    """Return the state of an attribute of a class, of an object of a module, or of the object that serves calls."""
    node = function.facts.values[event.target]
    cls = function.owner
    own = node.op == "param" and event.target == 0
    if own and cls is not None and _serves_all(flow, cls, handler):
        return f"{cls.id}.{event.text}", f"self.{event.text}"
    if node.op == "name" and node.text in function.file.module.facts.names:
        for target in flow.resolver.resolve(function, event.target):
            if target.kind in ("class", "instance") and target.function is not None:
                return f"{function.file.path}:{node.text}", f"{node.text}.{event.text}"
    return "", ""


def names_read(function: Function) -> Iterator[str]:
    """Yield the states that a function reads, by their identities."""
    searched = _only_searched(function)
    for value, node in enumerate(function.facts.values):
        if value in searched:
            continue
        if node.op == "name":
            yield f"{function.file.path}:{node.text}"
        elif node.op == "attr" and node.args[0] == 0 and function.owner is not None:
            yield f"{function.owner.id}.{node.text}"


def _only_searched(function: Function) -> set[int]:
    """Return the containers that are only asked if they hold something, or changed: nobody is given what is in them.

    `if used in _SPENT: raise` refuses a token twice. Of one that says who is logged in, it decides all the same.
    """
    searched: set[int] = set()
    others = {event.value for event in function.facts.events}
    for node in function.facts.values:
        if node.op == "compare" and node.text in ("in", "not-in"):
            searched.add(node.args[1])
            others.add(node.args[0])
        elif node.op == "attr" and node.text in CHANGING:
            searched.add(node.args[0])
        else:
            others.update(node.args)
    named = (value for value in searched - others if function.facts.values[value].op in ("name", "attr"))
    return {value for value in named if not _stands_for_caller(function.facts.values[value].text.lower())}


def _stands_for_caller(name: str) -> bool:
    return any(word in name for word in STANDING)


def is_read_before(write: Write) -> bool:
    """Tell whether the function that sets a state looks at it first: what another call left is used instead."""
    function = write.function
    searched = _only_searched(function)
    earlier = (
        node for at, node in enumerate(function.facts.values) if node.end <= write.event.start and at not in searched
    )
    owned = function.owner is not None
    return any(
        write.name
        == (node.text if node.op == "name" else f"self.{node.text}" if owned and node.args[:1] == (0,) else "")
        for node in earlier
        if node.op in ("name", "attr")
    )


def _answer(flow: Flow, visit: Visit, name: str, written: list[int]) -> Labels | None:
    """Return what the answer was asked with that a credential or a login is taken from, None for another value."""
    function = visit.function
    if not any(_is_login(flow, function, name, value) for value in written):
        return None
    parts = function.made_of(*written, most=MAX_PARTS)
    return flow.labeler.substitute(flow.labeler.union(function, parts), visit.given.bindings())


def _is_login(flow: Flow, function: Function, state: str, value: int) -> bool:
    """Tell whether a value is taken from what a call gave, and called a credential or a login, or kept as one."""
    names, called = [state], False
    node = function.facts.values[value]
    while node.args and node.op in ("attr", "index", "item", "await", "call"):
        if node.op == "attr":
            names.append(node.text)
        elif node.op in ("index", "call") and len(node.args) > 1:
            names.append(flow.resolver.text(function, node.args[1]) or "")
        called = called or node.op == "call"
        node = function.facts.values[node.args[0]]
    return called and (state in LOGINS or any(names_credential(name) for name in names))


def _is_plain(function: Function, written: list[int]) -> bool:
    """Tell whether what is written is one constant that says something."""
    return len(written) == 1 and function.facts.values[written[0]].op in ("str", "bool")


def _decided_by(flow: Flow, visit: Visit, event: Event, name: str) -> Labels:
    """Return what decides that a caller's standing is written down: the conditions that lead there."""
    if not any(word in name.lower() for word in STANDING):
        return frozenset()
    function = visit.function
    conditions = [step.value for step in function.chain(event.dominator) if step.kind in ("true", "false")]
    return flow.labeler.substitute(flow.labeler.union(function, conditions), visit.given.bindings())


def picks(flow: Flow, function: Function) -> Iterator[Pick]:
    """Yield what a function takes by its position out of a container that holds an entry for each caller."""
    for value, node in enumerate(function.facts.values):
        source = -1
        if node.op == "index" and function.facts.values[node.args[1]].op in ("number", "unary"):
            source = node.args[0]
        elif node.op == "call" and len(node.args) > 1:
            name = function.facts.values[node.args[0]].text
            source = node.args[1] if name == "next" else -1
        found = _container(flow, function, source, 0) if source >= 0 else ""
        if found and any(word in found.lower() for word in PER_CALLER):
            yield Pick(found, Reference(function, value))


def _container(flow: Flow, function: Function, value: int, depth: int) -> str:
    """Return the name of the module's container that a value lists, "" for another value."""
    node = function.facts.values[value]
    if depth > MAX_DEPTH:
        return ""
    if node.op == "name":
        return node.text if depth and _holds_container(function.file.module, node.text) else ""
    if node.op in ("phi", "await"):
        found = [_container(flow, function, part, depth + 1) for part in node.args if part != value]
        return next(filter(None, found), "")
    if node.op != "call":
        return ""
    callee = function.facts.values[node.args[0]]
    if callee.op == "attr" and callee.text in VIEWS:
        return _container(flow, function, callee.args[0], depth + 1)
    if len(node.args) == 2 and flow.resolver.external(function, node.args[0]) in COPIES:
        return _container(flow, function, node.args[1], depth + 1)
    results = (
        _container(flow, target, event.value, depth + 1)
        for target, _ in flow.resolver.functions(function, node.args[0])
        for event in target.facts.events
        if event.kind == "return" and event.value >= 0
    )
    return next(filter(None, results), "")
