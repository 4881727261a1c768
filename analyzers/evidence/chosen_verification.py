"""Connections of which the caller of a tool decides whether the peer's certificate is verified."""

from collections.abc import Iterator

import msgspec

from analyzers.authority.rows import Row
from analyzers.authority.taint import in_words
from analyzers.facts import Value
from analyzers.finding import Confidence, Evidence, Safety, Severity
from analyzers.fixes.rewrite import replace_value, set_argument
from analyzers.flow.verifying import Switch, switches
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.rule import Analysis, Draft, Proposal, place_key

# What a switch is made of that decides as it does.
MADE_OF = frozenset({"not", "and", "or", "default", "phi"})
CALLERS = "|callers"
MAX_PLACES = 60

Place = tuple[Function, int]


class Left(msgspec.Struct, frozen=True):
    """A switch that the callers of some tools set, and the parameter of the first of them that it is."""

    switch: Switch
    rows: tuple[Row, ...]
    parameter: str


def left_to_callers(analysis: Analysis) -> Iterator[Left]:
    """Yield the switches of verification that come from a flag among the parameters of a tool."""
    tools: dict[str, list[Row]] = {}
    for row in analysis.rows:
        if row.entry.handler is not None and row.entry.branch is None and row.entry.kind == "tool":
            tools.setdefault(row.entry.handler.id, []).append(row)
    for switch in switches(analysis.flow, analysis.functions()) if tools else ():
        asked = [(handler, index) for handler, index in _sources(analysis, switch) if handler.id in tools]
        if asked:
            handler, index = asked[0]
            rows = tuple(
                row for function in dict.fromkeys(function for function, _ in asked) for row in tools[function.id]
            )
            yield Left(switch, rows, handler.facts.parameters[index].name)


def _sources(analysis: Analysis, switch: Switch) -> Iterator[Place]:
    """Yield the parameters, as function and index, that are flags which a switch may be, through what calls pass."""
    resolver = analysis.flow.resolver
    waiting: list[Place] = [(switch.scope, switch.value)]
    seen: set[Place] = set()
    while waiting and len(seen) < MAX_PLACES:
        place = waiting.pop()
        if place[1] < 0 or place in seen:
            continue
        seen.add(place)
        function, value = place
        node = function.facts.values[value]
        if node.op == "param":
            if _is_flag(function, value):
                yield place
            waiting.extend(resolver.arguments(function, value))
        else:
            waiting.extend(_made_of(resolver, function, value))


def _made_of(resolver: Resolver, function: Function, value: int) -> Iterator[Place]:
    """Yield what decides of a switch as it is decided there: `not skip`, `False if skip else True`, `self.verify`."""
    node = function.facts.values[value]
    if node.op in MADE_OF or (node.op == "unary" and node.text == "not"):
        yield from ((function, part) for part in node.args)
    elif node.op == "select":
        branches = [function.facts.values[part] for part in node.args[1:]]
        is_turned = any((branch.op, branch.text) == ("bool", "False") for branch in branches)
        yield from ((function, part) for part in (node.args if is_turned else node.args[1:]))
    else:
        yield from resolver.attribute_places(function, value)


def _is_flag(function: Function, index: int) -> bool:
    """Tell whether a parameter is true or false by its annotation or its default."""
    parameter, parent = function.facts.parameters[index], function.parent
    if parent is None:
        return False
    values = parent.facts.values
    default = values[parameter.default].op if parameter.default >= 0 else ""
    annotated = (values[part].text.rpartition("|")[2] for part in parent.made_of(parameter.annotation))
    return default == "bool" or "bool" in annotated


def draft_of(left: Left) -> Draft:
    """Return what there is to say of a switch that callers set."""
    switch = left.switch
    function, node = _written(switch)
    handler = left.rows[0].entry.handler
    asked = handler.file.path if handler is not None else function.file.path
    line = handler.line if handler is not None else function.line
    names = in_words([row.title for row in left.rows[:3]])
    return Draft(
        key=f"{place_key(switch.function, switch.call)}|{switch.keyword}{CALLERS}",
        path=function.file.path,
        location=function.location(node.start, node.end),
        message=f"Callers of {names} decide whether {switch.what} verifies the certificate.",
        why=(
            f"A model can be talked into any value of `{left.parameter}` by what it reads. Whoever stands on the way "
            "then answers in the peer's name: reads what is sent, credentials too, and makes up what comes back."
        ),
        severity=Severity.MEDIUM,
        confidence=Confidence.HIGH if switch.sure else Confidence.MEDIUM,
        evidence=(
            Evidence(asked, line, f"{left.rows[0].title} takes `{left.parameter}` from its caller"),
            Evidence(function.file.path, function.file.facts.lines.line(node.start), "it decides here"),
        ),
        rows=tuple(row.key for row in left.rows),
        start=node.start,
        end=node.end,
    )


def _written(switch: Switch) -> tuple[Function, Value]:
    """Return what is shown of a switch: the argument, the call where the argument is a parameter and has no place."""
    node = switch.scope.facts.values[switch.value]
    if node.op == "param" and switch.scope is switch.function:
        return switch.function, switch.function.facts.values[switch.call]
    return switch.scope, node


def always_verified(draft: Draft, analysis: Analysis, text: bytes) -> Proposal | None:
    """Return the patch that takes the decision away from callers."""
    for switch in switches(analysis.flow, analysis.program.files[draft.path].functions):
        function, node = _written(switch)
        if (function.file.path, node.start, node.end) != (draft.path, draft.start, draft.end):
            continue
        is_value = node is switch.scope.facts.values[switch.value]
        edit = (
            replace_value(switch.scope, switch.value, "True")
            if is_value
            else set_argument(text, switch.function, switch.call, switch.keyword, "True")
        )
        title = "Verify always (where it cannot be, decide so in the configuration)"
        return Proposal(title, Safety.REVIEW, (edit,)) if edit is not None else None
    return None
