"""What calls of known answer establish: those of the program, quantifiers, methods of an identity."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.comparisons import subject_of
from analyzers.flow.destinations import HOLDS
from analyzers.flow.grant_prefixes import PREFIX, tested_prefix
from analyzers.flow.guards import FALSE, TRUE, Guard, Guards, Place, Wanted, intersection
from analyzers.flow.labels import ID, NONE, Labels, claims_of, is_identity
from analyzers.flow.parts import KINDS, constant_kind
from analyzers.flow.proofs import digested
from analyzers.flow.stored import found_by
from analyzers.flow.texts import tainted
from analyzers.flow.threaded import made_call
from analyzers.frameworks.identity import VERIFIED_CLASS, is_guard_name
from analyzers.project.program import Function
from analyzers.project.targets import Site

if TYPE_CHECKING:
    from analyzers.flow.conditions import GuardReader

INCLUSIONS = ("issubset", "issuperset")
OF_SETS = (*INCLUSIONS, "isdisjoint")


def answer(reader: "GuardReader", site: Site, truth: bool) -> Guards:
    """Read a call whose result is known to be true (or false)."""
    function, value, node = site
    if reader.resolver.is_named("guards", function, node.args[0]):
        return reader.vouched(function, node) if truth else {}
    if reader.resolver.functions(function, made_call(reader.resolver, function, value).args[0]):
        stored = _stored(reader, site) if truth else {}
        return {**stored, **resulted(reader, function, value, TRUE if truth else FALSE)}
    return external_answer(reader, site, truth)


def _stored(reader: "GuardReader", site: Site) -> dict[Guard, Place]:
    """Rows were found that are equal to what a query was asked for."""
    function, value, node = site
    place = reader.place(function, node.start)
    return {Guard("url", "", tainted(on), HOLDS): place for on in found_by(reader.labeler, function, value)}


def resulted(reader: "GuardReader", function: Function, value: int, wanted: Wanted) -> dict[Guard, Place]:
    """Return what holds because functions of the program gave a result, or a result with a part, of a kind."""
    node = function.facts.values[value]
    if node.op == "await":
        return resulted(reader, function, node.args[0], wanted)
    if node.op in ("phi", "select"):
        return intersection(list(_ways(reader, function, value, wanted)))
    if node.op != "call":
        base, part = _part(function, node)
        return resulted(reader, function, base, Wanted(wanted.kind, part)) if base >= 0 and not wanted.part else {}
    results = []
    node = made_call(reader.resolver, function, value)
    for callee, owner in reader.resolver.functions(function, node.args[0]):
        event = function.event_of(value)
        if callee.facts.is_async and event >= 0 and function.facts.events[event].text != "await":
            return {}
        bindings = reader.bind(function, node, callee, owner is not None)
        results.append(reader.substitute(reader.summaries.on_result(callee, wanted), bindings))
    return intersection(results)


def _ways(reader: "GuardReader", function: Function, value: int, wanted: Wanted) -> Iterator[dict[Guard, Place]]:
    """Yield what holds in each way that a name may have got its value, but for constants of another kind."""
    node = function.facts.values[value]
    for argument in node.args[node.op == "select" :]:
        if argument == value or function.facts.values[argument].op == "phi":
            continue
        constant = constant_kind(function, argument) if not wanted.part else None
        if constant is None or constant in KINDS[wanted.kind]:
            yield resulted(reader, function, argument, wanted) if constant is None else {}


def _part(function: Function, node: Value) -> tuple[int, str]:
    """Return what an expression takes a part of, and which: of a tuple, a map or an object."""
    if node.op in ("item", "attr"):
        return node.args[0], node.text
    key = function.facts.values[node.args[1]] if node.op == "index" else node
    if node.op == "index" and key.op in ("str", "number"):
        return node.args[0], key.text
    return -1, ""


def part_result(reader: "GuardReader", site: Site, truth: bool) -> dict[Guard, Place]:
    """Read a part of a result that is known to be true (or false)."""
    function, value, node = site
    base = function.facts.values[node.args[0]]
    found = reader.plain(site, truth)
    if base.op in ("call", "await", "phi", "select"):
        found.update(resulted(reader, function, value, TRUE if truth else FALSE))
    return found


def external_answer(reader: "GuardReader", site: Site, truth: bool) -> Guards:
    """Read a call of something outside of the program whose result is known."""
    function, value, node = site
    proof = digested(reader, site) if truth else {}
    if proof:
        return proof
    name = reader.resolver.external(function, node.args[0])
    if name in ("builtins.any", "builtins.all") and len(node.args) == 2:
        return quantified(reader, function, node.args[1], name.endswith("all"), truth)
    if name in ("builtins.bool", "builtins.len", "builtins.set", "builtins.str") and len(node.args) == 2:
        return reader.known(function, node.args[1], truth)
    if name == "builtins.getattr":
        return reader.plain(site, truth)
    if name == "builtins.isinstance":
        return _is_token(reader, site, truth) or reader.about_values(function, value, truth)
    found = reader.about_values(function, value, truth)
    if found:
        return found
    labels = reader.labeler.labels(function, value) | reader.labeler.union(function, node.args)
    callee = function.facts.values[node.args[0]]
    is_negated = callee.op == "attr" and callee.text == "isdisjoint"
    if is_identity(labels) and truth != is_negated:
        return {} if _asks_for_no_more(reader, function, node) else answered_check(reader, function, node, labels)
    if truth and is_guard_name(callee.text.rpartition("|")[2]):
        return {Guard("named", "", frozenset(), callee.text): reader.place(function, node.start)}
    return reader.plain(site, truth) if not is_identity(labels) else {}


def _is_token(reader: "GuardReader", site: Site, truth: bool) -> Guards:
    """`isinstance(token, AccessToken)` asks whether there is an identity; any other class says nothing of that."""
    function, _, node = site
    if len(node.args) != 3 or reader.labeler.labels(function, node.args[1]) != {ID}:
        return {}
    if not reader.resolver.external(function, node.args[2]).endswith(VERIFIED_CLASS):
        return {}
    return {Guard("authenticated" if truth else "absent"): reader.place(function, node.start)}


def _asks_for_no_more(reader: "GuardReader", function: Function, node: Value) -> bool:
    """`granted.issubset(needed)`: nothing is granted but what is needed, which holds of a caller without any grant."""
    callee = function.facts.values[node.args[0]]
    if callee.op != "attr" or callee.text not in INCLUSIONS:
        return False
    smaller = callee.args if callee.text == "issubset" else node.args[1:]
    return is_identity(reader.labeler.union(function, smaller))


def answered_check(reader: "GuardReader", function: Function, node: Value, labels: Labels) -> dict[Guard, Place]:
    """Read a call that an identity takes part in and that came back true."""
    subject: set[str] = set()
    callee = function.facts.values[node.args[0]]
    operands = [*callee.args, *node.args[1:]]
    for argument in operands:
        if not is_identity(reader.labeler.labels(function, argument)):
            subject |= subject_of(reader, function, argument) - {"other"}
    is_of_sets = callee.op == "attr" and callee.text in OF_SETS
    subject |= {"other"} if is_of_sets and not subject else set()
    place = reader.place(function, node.start)
    claims = [claim for claim in claims_of(labels) if claim not in ("claims",)]
    if callee.op == "attr" and callee.text == "get":
        named = [claim for claim in claims if claim not in ("scopes", "client_id", "subject", "sub")]
        return (
            {Guard("check", named[0], frozenset({f"const:{named[0]}"})): place}
            if named
            else {Guard("authenticated"): place}
        )
    if tested_prefix(reader.resolver, function, node):
        return {Guard("string", claims[0] if claims else "", frozenset(subject), PREFIX): place}
    if subject:
        every = callee.op == "attr" and callee.text in INCLUSIONS
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
    # Whoever holds nothing passes a test of all that is held.
    asked = reader.labeler.union(function, node.args[1:])
    is_held = universal and is_identity(asked)
    kinds = ("url", "listed") if is_held else ("check", "url", "listed", "string")
    # That one of several addresses is public says nothing of the others.
    one = asked if truth and not universal else NONE
    return {
        guard: place
        for guard, place in found.items()
        if guard.kind in kinds and not (guard.kind == "url" and guard.subject and guard.subject <= one)
    }
