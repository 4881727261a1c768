"""What decides on the verification of a peer's certificate in calls: options, constants or not."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from analyzers.facts import Value
from analyzers.flow.call_options import called, options_of
from analyzers.flow.summaries import Flow
from analyzers.frameworks import tls
from analyzers.project.program import Function

DECIDING = frozenset({*tls.OPTIONS, *tls.MODES, *tls.ALLOWING, *tls.HOST_KEYS})
LAST_NAMES = frozenset(
    name.rpartition(".")[2] for name in (*tls.UNVERIFIED_CONTEXTS, *tls.HOST_KEY_POLICIES, *tls.COMMANDS)
)
CONSTANTS = ("bool", "number", "str", "none")


class Switch(msgspec.Struct, frozen=True):
    """A value of `scope` that decides whether a call of `function` verifies: the argument `keyword`, no constant."""

    function: Function
    call: int
    keyword: str
    scope: Function
    value: int
    what: str
    sure: bool

    @property
    def place(self) -> tuple[str, int]:
        """The function and the value that decide."""
        return self.scope.id, self.value


def switches(flow: Flow, functions: Iterable[Function]) -> Iterator[Switch]:
    """Yield what decides on verification where that is not written beside the call."""
    for function in functions:
        values = function.facts.values
        for event in function.calls():
            node = values[event.value]
            if not node.names or not may_matter(values, node):
                continue
            names = called(flow.resolver, function, node)
            for switch in switches_of(flow, function, event.value, names):
                if switch.keyword in tls.OPTIONS and switch.scope.facts.values[switch.value].op not in CONSTANTS:
                    yield switch


def switches_of(flow: Flow, function: Function, call: int, names: tuple[str, ...]) -> Iterator[Switch]:
    """Yield the options of a call that decide on verification, constants too."""
    node = function.facts.values[call]
    callee = function.facts.values[node.args[0]]
    what = f"`{names[0]}`" if names else f"a call of `{callee.text}`"
    for keyword, scope, value in options_of(flow.resolver, function, node):
        sure = _is_option(callee, names, keyword)
        if sure is not None:
            yield Switch(function, call, keyword, scope, value, what, sure)


def may_matter(values: Sequence[Value], node: Value) -> bool:
    """Tell from names alone whether a call can decide on verification; most calls need no more of a look."""
    if node.names and ("**" in node.names or not DECIDING.isdisjoint(node.names)):
        return True
    return values[node.args[0]].text.rpartition("|")[2] in LAST_NAMES


def _may_connect(name: str) -> bool:
    """Tell whether a call makes something, or sends a request: a client that verifies says so where it is made."""
    owner, _, last = name.rpartition(".")
    return not owner.endswith("()") or owner.startswith(tls.ROOTS) or last in tls.HTTP_METHODS


def _is_option(callee: Value, names: tuple[str, ...], keyword: str) -> bool | None:
    """Tell whether a keyword decides on verification: None if not, False where only the method's name says so."""
    if keyword not in DECIDING or keyword in tls.HOST_KEYS:
        return None
    roots = tls.OPTIONS.get(keyword, tls.ALLOWING.get(keyword, tls.MODES.get(keyword, ())))
    if names:
        return True if any(name.startswith(roots) if roots else _may_connect(name) for name in names) else None
    return False if callee.op == "attr" and callee.text in tls.HTTP_METHODS and keyword == "verify" else None
