"""Keys that sign and verify tokens and are written into the code, as what counts where nobody sets another one."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec
import re2

from analyzers.finding import Confidence, Evidence, Severity
from analyzers.flow.label_calls import skips_signature
from analyzers.flow.options import field_default
from analyzers.frameworks import tokens
from analyzers.frameworks.credentials import ENVIRONMENT_CALLS
from analyzers.project.program import File, Function
from analyzers.project.targets import argument_of
from analyzers.rule import Analysis, Draft, place_key

MAX_DEPTH = 8
PUBLIC = "-----BEGIN"
# Words of the paths of what stands in for a service in tests.
STAND_INS = frozenset({"fake", "mock", "mocks", "stub", "stubs", "tests", "testing"})


class SigningKey(msgspec.Struct, frozen=True):
    """A constant that a call takes for its key, by the function and the value that hold it."""

    user: Function
    call: int
    function: Function
    value: int


def signing_keys(analysis: Analysis) -> Iterator[SigningKey]:
    """Yield the constants that tokens are signed or verified with, each once; published keys are none."""
    known: set[tuple[str, int]] = set()
    for method in ("encode", "decode"):
        for user, call, name in analysis.calls(method):
            node = user.facts.values[call]
            if name not in (tokens.ENCODERS if method == "encode" else tokens.DECODERS):
                continue
            if skips_signature(analysis.flow.resolver, user, node):
                continue
            position = 2 if method == "encode" and name.startswith(tokens.HEADER_FIRST) else 1
            for function, value in _constants(analysis, user, argument_of(node, "key", position)):
                if (function.id, value) not in known and not _is_refused(analysis, function, value):
                    known.add((function.id, value))
                    yield SigningKey(user, call, function, value)


def _constants(analysis: Analysis, function: Function, value: int, depth: int = 0) -> Iterator[tuple[Function, int]]:
    """Yield the constants that a value may be, wherever it was set or left at its default."""
    if value < 0 or depth > MAX_DEPTH:
        return
    node = function.facts.values[value]
    callee = function.facts.values[node.args[0]] if node.op == "call" else node
    parts: list[tuple[Function, int]] = []
    if node.op == "str":
        if node.text and PUBLIC not in node.text and not _is_opt_in(analysis, function, value):
            yield function, value
    elif node.op in ("or", "default", "select", "phi"):
        parts = [(function, part) for part in node.args[node.op == "select" :]]
    elif callee.op == "attr" and callee.text in ("encode", "get_secret_value", "strip"):
        parts = [(function, callee.args[0])]
    elif node.op == "call" and set(analysis.flow.resolver.externals(function, node.args[0])) & ENVIRONMENT_CALLS:
        parts = [(function, argument_of(node, "default", 1))]
    elif node.op == "call" and callee.text.rpartition("|")[2] in ("Field", "field", "SecretStr", "str"):
        parts = [field_default(analysis.flow.resolver, function, node)]
    else:
        parts = analysis.flow.defaults.definitions(function, value)
    for part in parts:
        yield from _constants(analysis, *part, depth + 1)


def _is_opt_in(analysis: Analysis, function: Function, value: int) -> bool:
    """Tell whether a constant is only taken once a setting was changed: `if DEBUG: KEY = "dev"`.

    What a local name is bound to is taken wherever the function is called.
    """
    events = function.facts.events
    local = 0 if events and function.facts.kind in ("function", "method") else -1
    event = next((index for index, event in enumerate(events) if event.value == value), local)
    return event >= 0 and analysis.flow.defaults.is_opt_in(function, event)


def _is_refused(analysis: Analysis, function: Function, value: int) -> bool:
    """Tell whether the file compares something with the same text, as a start does that refuses the default."""
    text = function.facts.values[value].text
    return any(
        node.op == "compare" and any(analysis.flow.resolver.text(scope, side) == text for side in node.args)
        for scope in function.file.functions
        for node in scope.facts.values
    )


def key_drafts(analysis: Analysis, served: Mapping[str, File]) -> Iterator[Draft]:
    """Yield drafts of the signing keys of a tree; what has no part in a server may sign for a stand-in alone."""
    loaded = analysis.program.closure(served.values())
    importers: Mapping[str, set[str]] | None = None
    for key in signing_keys(analysis):
        file = key.user.file
        importers = importers if importers is not None else analysis.program.importers()
        # What loads both may be what serves: it hands the one to the other.
        beside = _loading(importers, (file.path,)) & _loading(importers, served) & analysis.product
        has_part = file.path in loaded or bool(beside)
        is_stand_in = not STAND_INS.isdisjoint(re2.split(r"[/_.-]", file.path.lower()))
        yield _draft(key, Confidence.MEDIUM if has_part and not is_stand_in else Confidence.LOW)


def _loading(importers: Mapping[str, set[str]], paths: Iterable[str]) -> set[str]:
    """Return some files and all that load them, directly or not."""
    waiting = list(paths)
    seen = set(waiting)
    while waiting:
        found = importers.get(waiting.pop(), set()) - seen
        seen |= found
        waiting.extend(found)
    return seen


def _draft(key: SigningKey, confidence: Confidence) -> Draft:
    """Return the draft of a key that everyone knows, who then may sign, however plain a placeholder it is."""
    node = key.function.facts.values[key.value]
    location = key.function.location(node.start, node.end)
    used = key.user.facts.values[key.call]
    place = key.user.location(used.start, used.end)
    return Draft(
        key=f"{place_key(key.function, key.value)}|signing key",
        path=key.function.file.path,
        location=location,
        message="The key of tokens is a constant of the code unless someone sets another one.",
        why=(
            "Whoever knows the code signs a token for any caller and any tool, and the server takes it for its own. "
            "Read the key from the environment or a secret store, and do not start without it."
        ),
        severity=Severity.HIGH,
        confidence=confidence,
        evidence=(
            Evidence(key.function.file.path, location.line, "this constant is the key"),
            Evidence(key.user.file.path, place.line, "tokens are signed or verified with it"),
        ),
        start=node.start,
        end=node.end,
    )
