"""What comparisons of known outcome establish: checks of an identity, presence, conditions on destinations."""

from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.deciding import CONSTANTS
from analyzers.flow.found_entries import known_by
from analyzers.flow.guards import Guard, Place, Wanted, intersection, positive
from analyzers.flow.labeling import is_context_type
from analyzers.flow.labels import (
    CONTEXT,
    ID,
    MARK,
    PROCESS,
    TOOL,
    Labels,
    claims_of,
    is_chosen,
    is_identity,
    is_process_wide,
    is_selected,
)
from analyzers.flow.proofs import EQUALITIES, MEMBERSHIPS, compared
from analyzers.flow.ranks import ORDERS, rank_of, reaches
from analyzers.flow.stored import found_by
from analyzers.flow.token_records import is_registered
from analyzers.project.program import Function
from analyzers.project.targets import Site, Target
from analyzers.walks import reached

if TYPE_CHECKING:
    from analyzers.flow.conditions import GuardReader

MAX_DEFAULT_DEPTH = 5
MAX_SUBJECT = 24
DISPLAYS = ("set", "list", "tuple")
# Claims that say what a caller may do.
GRANTS = frozenset({"scopes", "scope", "scp", "permissions", "roles", "role", "groups", "allowed_tools", "tools"})


def compare(reader: "GuardReader", site: Site, truth: bool) -> dict[Guard, Place]:
    """Read a comparison whose outcome is known."""
    function, value, node = site
    left, right = node.args
    sides = (reader.labeler.labels(function, left), reader.labeler.labels(function, right))
    place = reader.place(function, node.start)
    holds = positive(node.text, truth)
    if any(function.facts.values[part].op == "none" for part in node.args):
        if holds and any(reader.requests.includes(function, part) for part in node.args):
            return {Guard("local"): place}
        if holds and any(is_context(reader, function, part) for part in node.args):
            return {Guard("selected"): place}
        other = right if function.facts.values[left].op == "none" else left
        given = {} if holds or is_identity(sides[0] | sides[1]) else _given(reader, site)
        answered = reader.resulted(function, other, Wanted("none" if holds else "some"))
        entry = {} if holds else known_by(reader, function, other)
        return {**answered, **entry, **(given or presence(sides[0] | sides[1], place, absent=holds))}
    if reader.transports.says_stdio(function, node, truth):
        return {Guard("local"): place}
    if is_identity(sides[0]) or is_identity(sides[1]):
        matches = reaches(site, sides, truth) if node.text in ORDERS else holds
        return _identity_comparison(reader, site, sides, place) if matches else {}
    if holds and node.text in ("in", "not-in") and TOOL in sides[0] and is_registered(reader.labeler, function, right):
        return {Guard("check", "token", frozenset({TOOL})): place}
    labels = sides[0] | sides[1]
    found = reader.about_values(function, value, truth)
    if holds and node.text in (*EQUALITIES, *MEMBERSHIPS):
        found = {**found, **compared(reader, site, (left, right))}
    if found:
        return found
    if is_process_wide(labels):
        return {Guard("mode", "", labels): place}
    return {}


def _given(reader: "GuardReader", site: Site) -> dict[Guard, Place]:
    """Return what holds of values when a call that may answer None gave something, or a variable was set by a call."""
    function, _, node = site
    set_later = [part for part in node.args if function.facts.values[part].op == "phi"]
    if set_later:
        ways = [leaf for leaf in leaves(function, set_later[0]) if function.facts.values[leaf].op != "none"]
        return intersection([{**made(reader, function, leaf), **known_by(reader, function, leaf)} for leaf in ways])
    calls = [
        part
        for part in node.args
        if function.facts.values[part].op in ("call", "await") and not any(found_by(reader.labeler, function, part))
    ]
    return {
        guard: place
        for part in calls
        for guard, place in reader.known(function, part, True).items()
        if guard.kind == "url"
    }


def made(reader: "GuardReader", function: Function, value: int) -> dict[Guard, Place]:
    """Return what held of values where a call gave one: whoever meets it later went that way."""
    while function.facts.values[value].op == "await":
        value = function.facts.values[value].args[0]
    index = function.event_of(value)
    if index < 0:
        return {}
    return {guard: place for guard, place in reader.at(function, index).items() if guard.kind == "url"}


def leaves(function: Function, phi: int) -> list[int]:
    """Return the values that a value of several ways may be, through such values in it."""
    values = function.facts.values
    found = reached([phi], lambda way: values[way].args if values[way].op == "phi" else ())
    return [way for way in found if values[way].op != "phi"]


def presence(labels: Labels, place: Place, *, absent: bool) -> dict[Guard, Place]:
    """Read a comparison with None."""
    if is_identity(labels):
        return {Guard("absent" if absent else "authenticated"): place}
    if PROCESS in labels and is_process_wide(labels):
        return {Guard("mode", "", labels): place}
    return {Guard("selected"): place} if is_selected(labels) else {}


def is_context(reader: "GuardReader", function: Function, value: int) -> bool:
    """Tell whether a value is the framework's context, which no caller chooses: by its labels or its annotation."""
    if CONTEXT in reader.labeler.labels(function, value):
        return True
    for name, bound in function.facts.names.items():
        if value in bound:
            return any(is_context_type(function, note) for note in function.facts.names.get(f": {name}", ()))
    return False


def _identity_comparison(
    reader: "GuardReader", site: Site, sides: tuple[Labels, Labels], place: Place
) -> dict[Guard, Place]:
    """Read a comparison with an identity that came out as a match."""
    function, _, node = site
    identity_side = 0 if is_identity(sides[0]) else 1
    subject = subject_of(reader, function, node.args[1 - identity_side]) | foreign(sides[1 - identity_side])
    claims = claims_of(sides[identity_side])
    claim = claims[0] if claims else "identity"
    for name in claims:
        if name not in ("claims", "scopes"):
            claim = name
    if not subject and node.text in ORDERS:
        subject = rank_of(function, node.args[identity_side], node.args[1 - identity_side])
    if not subject:
        return {Guard("authenticated"): place}
    if node.text in ("in", "not-in") and identity_side == 1 and is_one_string(reader, function, node.args[1]):
        return {Guard("string", claim, subject): place}
    if claim in GRANTS and is_left_to_caller(reader, function, node.args[1 - identity_side]):
        return {Guard("chosen", claim, subject): place}
    if is_granted_by_default(reader, function, node.args[identity_side], subject, 0) or is_given_to_all(
        reader, function, node.args[identity_side], node.args[1 - identity_side]
    ):
        return {Guard("open", claim, subject): place}
    return {Guard("check", claim, subject, any_of=identity_side == 0 and node.text in ("in", "not-in")): place}


def is_left_to_caller(reader: "GuardReader", function: Function, value: int) -> bool:
    """Tell whether the caller may name the grant that is asked for, where something else says which it is.

    `arguments.get("scope") or SCOPES[tool]`, where `dataset in token.scopes` asks for what the caller wants to reach.
    """
    ways = [reader.labeler.labels(function, way) for way in alternatives(function, function.facts.values[value])]
    own = [labels for labels in ways if any(map(is_chosen, labels)) and TOOL not in labels]
    return 0 < len(own) < len(ways)


def is_one_string(reader: "GuardReader", function: Function, value: int) -> bool:
    """Tell whether a container is surely one string: a claim joined, formatted or defaulted to a string."""
    node = function.facts.values[value]
    if node.op == "call":
        callee = function.facts.values[node.args[0]]
        if callee.op == "name" and callee.text == "str":
            return True
        if callee.op == "attr" and callee.text == "join":
            return True
        if callee.op == "attr" and callee.text == "get" and len(node.args) > 2:
            default = function.facts.values[node.args[2]]
            key = reader.resolver.text(function, node.args[1])
            return default.op == "str" or key == "scope"
    if node.op == "index":
        return reader.resolver.text(function, node.args[1]) == "scope"
    return node.op in ("template", "str")


def is_granted_by_default(reader: "GuardReader", function: Function, value: int, subject: Labels, depth: int) -> bool:
    """Tell whether what is compared may be, for a caller without the claim, a default that holds the subject."""
    node = function.facts.values[value]
    if depth > MAX_DEFAULT_DEPTH:
        return False
    if is_identity(reader.labeler.labels(function, value)):
        given = [(function, part) for part in alternatives(function, node)] or _returned(reader, function, node)
        return any(is_granted_by_default(reader, *part, subject, depth + 1) for part in given)
    if depth == 0:
        return False
    for target in reader.resolver.resolve(function, value):
        if target.kind == "display" and target.function is not None:
            granted = items_of(reader, target)
            if "*" in granted or (granted and not any(label.startswith("const:") for label in subject)):
                return True
            return any(f"const:{text}" in subject for text in granted)
    return node.op in ("name", "import", "free") and not reader.resolver.functions(function, value)


def _returned(reader: "GuardReader", function: Function, node: Value) -> list[tuple[Function, int]]:
    """Return what a function of the program may give a caller who is known, where it is called."""
    return [
        (callee, _of_known(reader, callee, event.value))
        for callee, _ in (reader.resolver.functions(function, node.args[0]) if node.op == "call" else ())
        for event in callee.facts.events
        if event.kind == "return" and event.value >= 0
    ]


def _of_known(reader: "GuardReader", function: Function, value: int) -> int:
    """Return what `x if token else y` is where there is a token; any other value is itself."""
    node = function.facts.values[value]
    is_asked = node.op == "select" and reader.labeler.labels(function, node.args[0]) == {ID}
    return node.args[1] if is_asked and function.facts.values[node.args[0]].op != "not" else value


def is_given_to_all(reader: "GuardReader", function: Function, value: int, wanted: int) -> bool:
    """Tell whether a function gives what is wanted, a constant, to callers of whom it found nothing."""
    node, asked = function.facts.values[value], function.facts.values[wanted]
    if node.op != "call" or asked.op not in CONSTANTS:
        return False
    return any(
        event.kind == "return"
        and event.value >= 0
        and is_same_constant(callee, event.value, asked)
        and not any(guard.kind in ("check", "open", "string") for guard in reader.at(callee, index))
        for callee, _ in reader.resolver.functions(function, node.args[0])
        for index, event in enumerate(callee.facts.events)
    )


def is_same_constant(function: Function, value: int, other: Value) -> bool:
    """Tell whether a value is written as the same constant as one of another function."""
    node = function.facts.values[value]
    return (node.op, node.text) == (other.op, other.text)


def subject_of(reader: "GuardReader", function: Function, value: int) -> Labels:
    """Return what a check is about: constants, the tool's name, parameters, or `other` for anything else."""
    labels = frozenset(
        label
        for label in reader.labeler.labels(function, value)
        if is_chosen(label) or label == TOOL or label.startswith("env:")
    )
    node = function.facts.values[value]
    if any(MARK in label for label in labels):
        # One of several that are written side by side: `{scope, "admin"}`.
        return labels | (constants_of(reader, function, value) if node.op in DISPLAYS else frozenset())
    constants = constants_of(reader, function, value)
    if labels or constants:
        return labels | constants
    return frozenset() if node.op in ("none", "bool", "number") else frozenset({"other"})


def constants_of(reader: "GuardReader", function: Function, value: int) -> Labels:
    """Return the string constants that a value may be or hold, as `const:x`."""
    found: set[str] = set()
    for target in reader.resolver.resolve(function, value):
        if target.kind == "text":
            found.add(f"const:{target.name}")
        elif target.kind == "display" and target.function is not None:
            found.update(f"const:{text}" for text in items_of(reader, target))
    return frozenset(found)


def items_of(reader: "GuardReader", target: Target) -> list[str]:
    """Return the string constants of a display; of a map the first ones of keys and values alike."""
    if target.function is None:
        return []
    items = target.function.facts.values[target.value].args
    texts = (reader.resolver.text(target.function, item) for item in items[:MAX_SUBJECT])
    return [text for text in texts if text is not None]


def difference(reader: "GuardReader", function: Function, node: Value) -> dict[Guard, Place]:
    """`required - granted` that is empty: everything required is granted."""
    if node.op != "binary" or node.text != "-" or len(node.args) != 2:
        return {}
    required, granted = (reader.labeler.labels(function, part) for part in node.args)
    if not is_identity(granted) or is_identity(required):
        return {}
    subject = subject_of(reader, function, node.args[0])
    claims = claims_of(granted)
    return {Guard("check", claims[-1] if claims else "identity", subject): reader.place(function, node.start)}


def common(reader: "GuardReader", function: Function, node: Value) -> dict[Guard, Place]:
    """`granted & accepted` that is not empty: one of what is accepted is granted."""
    if node.op != "binary" or node.text != "&" or len(node.args) != 2:
        return {}
    granted, accepted = sorted(node.args, key=lambda part: not is_identity(reader.labeler.labels(function, part)))
    if is_identity(reader.labeler.labels(function, accepted)):
        return {}
    claims = claims_of(reader.labeler.labels(function, granted))
    subject = subject_of(reader, function, accepted)
    claim = claims[-1] if claims else "identity"
    return {Guard("check", claim, subject, any_of=True): reader.place(function, node.start)} if subject else {}


def alternatives(function: Function, node: Value) -> tuple[int, ...]:
    """Return the values that an expression may be: the sides of an `or`, a default, the arms of a choice."""
    if node.op in ("or", "default", "phi", "await"):
        return node.args
    if node.op == "select":
        return node.args[1:]
    if (
        node.op == "call"
        and len(node.args) == 2
        and function.facts.values[node.args[0]].text in ("set", "frozenset", "list", "tuple")
    ):
        return node.args[1:]
    if node.op == "call" and len(node.args) == 3 and function.facts.values[node.args[0]].text == "get":
        return node.args[2:]
    return ()


def foreign(labels: Labels) -> Labels:
    """Return the labels of what a caller chooses."""
    return frozenset(label for label in labels if is_chosen(label) or label == TOOL)
