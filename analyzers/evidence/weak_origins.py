"""Checks of the origin of a request that names which only begin, or end, like an allowed one pass as well."""

from collections.abc import Iterator

import msgspec
import re2

from analyzers.authority.origin_harm import origin_severity
from analyzers.facts import Value
from analyzers.finding import Confidence, Evidence, Severity
from analyzers.project.program import Function
from analyzers.project.servers import served_by
from analyzers.rule import Analysis, Draft, place_key

ORIGIN = "origin"
# An origin without port: whatever is written behind it belongs to its name.
UNENDED = re2.compile(r"(?i)^https?://[^/:]*[^/:.]$")
NAMED_HOST = re2.compile(r"(?i)^(?:localhost|127\.0\.0\.1|[a-z0-9-]+(?:\.[a-z0-9-]+)+)$")
METHODS = ("startswith", "endswith")
REFUSED = frozenset({"400", "401", "403"})
CORS = "access-control-allow-origin"


class WeakOrigin(msgspec.Struct, frozen=True):
    """A test of an origin, and one that it should refuse and does not."""

    function: Function
    test: int
    passes: str


def weak_origins(analysis: Analysis) -> Iterator[WeakOrigin]:
    """Yield the weak tests of functions that decide on origins, the first of each."""
    for file in analysis.program.sources:
        if file.path not in analysis.product or not file.may_name((ORIGIN, ORIGIN.capitalize())):
            continue
        for function in file.functions:
            found = next(_weak(analysis, function), None) if _knows_origin(function) else None
            if found is not None and _decides(function):
                yield found


def weak_drafts(analysis: Analysis) -> Iterator[Draft]:
    """Yield a draft for each weak test of a package that serves over HTTP, as grave as no test would be."""
    program, graded = analysis.program, dict[str, tuple[Severity, bool]]()
    for state in analysis.servers:
        if state.transport in ("http", "both"):
            root = program.package_root(state.server.site.function.file.path)
            rows = [row for row in analysis.rows if state.server in served_by(row.entry.server)]
            found = origin_severity(analysis.flow, state, rows), state.transport == "http"
            graded[root] = max(found, graded.get(root, found))
    for weak in weak_origins(analysis) if graded else ():
        root = program.package_root(weak.function.file.path)
        if root in graded:
            yield _draft(weak, *graded[root])


def _draft(weak: WeakOrigin, severity: Severity, is_served: bool) -> Draft:
    function, node = weak.function, weak.function.facts.values[weak.test]
    location = function.location(node.start, node.end)
    return Draft(
        key=place_key(function, weak.test),
        path=function.file.path,
        location=location,
        message=f"`{function.facts.qualname}` takes `{weak.passes}` for an allowed origin.",
        why=(
            "Anybody can have a name that begins or ends like an allowed one, and a page from there calls every tool "
            "from the browser of whoever opens it. Compare whole origins, or the parsed host."
        ),
        severity=severity,
        confidence=Confidence.HIGH if is_served else Confidence.MEDIUM,
        evidence=(Evidence(location.path, location.line, "the text is compared in part"),),
        start=node.start,
        end=node.end,
    )


def _knows_origin(function: Function) -> bool:
    named = (*(parameter.name for parameter in function.facts.parameters), *function.facts.names)
    return function.facts.kind in ("function", "method") and any(name.lower().endswith(ORIGIN) for name in named)


def _weak(analysis: Analysis, function: Function) -> Iterator[WeakOrigin]:
    values = function.facts.values
    origins = _origins(function)
    for index, node in enumerate(values):
        if node.op == "call" and len(node.args) == 2 and values[node.args[0]].op == "attr":
            callee = values[node.args[0]]
            if callee.text in METHODS and callee.args[0] in origins:
                for text in _texts(analysis, function, node.args[1]):
                    passed = _passed(callee.text, text)
                    if passed:
                        yield WeakOrigin(function, index, passed)
        elif node.op == "compare" and node.text in ("in", "not-in") and node.args[1] in origins:
            for text in _texts(analysis, function, node.args[0]):
                if NAMED_HOST.match(text):
                    yield WeakOrigin(function, index, f"http://{text}.evil.example")


def _passed(method: str, text: str) -> str:
    """Return an origin of another site that a test lets pass, "" for none."""
    if method == "startswith":
        return f"{text}.evil.example" if UNENDED.match(text) else ""
    return f"https://evil{text}" if NAMED_HOST.match(text) else ""


def _origins(function: Function) -> frozenset[int]:
    """Return the values of a function that are an origin: by the name that holds it, or the header that is read."""
    facts = function.facts
    held = {value for name, bound in facts.names.items() if name.lower().endswith(ORIGIN) for value in bound}
    given = {index for index, found in enumerate(facts.parameters) if found.name.lower().endswith(ORIGIN)}
    read = {index for index, node in enumerate(facts.values) if _reads_origin(function, node)}
    found = frozenset(held | given | read)
    # What a name may be of several things is one of them.
    several = {index for index, node in enumerate(facts.values) if node.op in ("phi", "or") and found & {*node.args}}
    return found | several


def _reads_origin(function: Function, node: Value) -> bool:
    values = function.facts.values
    if node.op != "call" or len(node.args) < 2 or values[node.args[0]].text != "get":
        return False
    return values[node.args[1]].op in ("str", "bytes") and values[node.args[1]].text.lower() == ORIGIN


def _texts(analysis: Analysis, function: Function, value: int) -> list[str]:
    """Return the constants that a value may be: one, those of a tuple, or each item of a list."""
    node = function.facts.values[value]
    if node.op == "tuple":
        return [text for item in node.args for text in _texts(analysis, function, item)]
    if node.op == "element":
        targets = analysis.flow.resolver.resolve(function, node.args[0])
        displays = [(found.function, found.value) for found in targets if found.kind == "display" and found.function]
        return [
            text
            for scope, display in displays
            for item in scope.facts.values[display].args
            if (text := analysis.flow.resolver.text(scope, item))
        ]
    text = analysis.flow.resolver.text(function, value)
    return [text] if text else []


def _decides(function: Function) -> bool:
    """Tell whether a function refuses requests, or says whether one may be answered."""
    facts = function.facts
    ends = [facts.values[event.value].op for event in facts.events if event.kind == "return" and event.value >= 0]
    return (
        any(event.kind == "raise" for event in facts.events)
        or any(node.op == "number" and node.text in REFUSED for node in facts.values)
        or any(node.op in ("str", "bytes") and node.text.lower() == CORS for node in facts.values)
        or "bool" in ends
    )
