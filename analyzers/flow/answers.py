"""What calls of known answer establish: those of the program, quantifiers, methods of an identity."""

from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.comparisons import subject_of
from analyzers.flow.guards import Guard, Place, intersection
from analyzers.flow.labels import Labels, claims_of, is_identity
from analyzers.frameworks.identity import is_guard_name
from analyzers.project.program import Function
from analyzers.project.targets import Site

if TYPE_CHECKING:
    from analyzers.flow.conditions import GuardReader


def answer(reader: "GuardReader", site: Site, truth: bool) -> dict[Guard, Place]:
    """Read a call whose result is known to be true (or false)."""
    function, value, node = site
    if reader.resolver.is_named("guards", function, node.args[0]):
        return reader.vouched(function, node) if truth else {}
    callees = reader.resolver.functions(function, node.args[0])
    if callees:
        results = []
        for callee, owner in callees:
            event = function.event_of(value)
            if callee.facts.is_async and event >= 0 and function.facts.events[event].text != "await":
                return {}
            bindings = reader.bind(function, node, callee, owner is not None)
            results.append(reader.substitute(reader.summaries.on_result(callee, truth), bindings))
        return intersection(results)
    return external_answer(reader, site, truth)


def external_answer(reader: "GuardReader", site: Site, truth: bool) -> dict[Guard, Place]:
    """Read a call of something outside of the program whose result is known."""
    function, value, node = site
    name = reader.resolver.external(function, node.args[0])
    if name in ("builtins.any", "builtins.all") and len(node.args) == 2:
        return quantified(reader, function, node.args[1], name.endswith("all"), truth)
    if name in ("builtins.bool", "builtins.len", "builtins.set", "builtins.str") and len(node.args) == 2:
        return reader.known(function, node.args[1], truth)
    if name == "builtins.isinstance":
        return {}
    found = reader.about_values(function, value, truth)
    if found:
        return found
    labels = reader.labeler.labels(function, value) | reader.labeler.union(function, node.args)
    if is_identity(labels) and truth:
        return answered_check(reader, function, node, labels)
    callee = function.facts.values[node.args[0]]
    if truth and is_guard_name(callee.text.rpartition("|")[2]):
        return {Guard("named", "", frozenset(), callee.text): reader.place(function, node.start)}
    return reader.plain(site, truth) if not is_identity(labels) else {}


def answered_check(reader: "GuardReader", function: Function, node: Value, labels: Labels) -> dict[Guard, Place]:
    """Read a call that an identity takes part in and that came back true."""
    subject: set[str] = set()
    callee = function.facts.values[node.args[0]]
    operands = [*callee.args, *node.args[1:]]
    for argument in operands:
        if not is_identity(reader.labeler.labels(function, argument)):
            subject |= subject_of(reader, function, argument) - {"other"}
    place = reader.place(function, node.start)
    claims = [claim for claim in claims_of(labels) if claim not in ("claims",)]
    if callee.op == "attr" and callee.text == "get":
        named = [claim for claim in claims if claim not in ("scopes", "client_id", "subject", "sub")]
        return (
            {Guard("check", named[0], frozenset({f"const:{named[0]}"})): place}
            if named
            else {Guard("authenticated"): place}
        )
    if subject:
        every = callee.op == "attr" and callee.text in ("issubset", "issuperset")
        return {Guard("check", claims[0] if claims else "identity", frozenset(subject), any_of=not every): place}
    return {Guard("authenticated"): place}


def quantified(
    reader: "GuardReader", function: Function, value: int, universal: bool, truth: bool
) -> dict[Guard, Place]:
    """`any` and `all` over a comprehension say of an element what they were found to be."""
    node = function.facts.values[value]
    if node.op != "comprehension":
        return {}
    if universal != truth and universal:
        return {}
    found = reader.known(function, node.args[0], truth)
    return {guard: place for guard, place in found.items() if guard.kind in ("check", "url", "string")}
