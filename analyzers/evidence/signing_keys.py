"""Keys that sign and verify tokens and are written into the code, as what counts where nobody sets another one."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec
import re2

from analyzers.evidence.access_keys import access_keys
from analyzers.evidence.known_constants import constants
from analyzers.finding import Confidence, Evidence, Severity
from analyzers.flow.label_calls import skips_signature
from analyzers.frameworks import tokens
from analyzers.project.program import File, Function
from analyzers.project.targets import argument_of
from analyzers.rule import Analysis, Draft, place_key
from analyzers.walks import reached

SIGNED = "Whoever knows the code signs a token for any caller and any tool, and the server takes it for its own."
SHOWN = "Whoever knows the code has the key, and is let in wherever nobody thought of setting another one."
# Words of the paths of what stands in for a service in tests.
STAND_INS = frozenset({"fake", "mock", "mocks", "stub", "stubs", "tests", "testing"})


class SigningKey(msgspec.Struct, frozen=True):
    """A constant that a call takes for its key, by the function and the value that hold it."""

    user: Function
    call: int
    function: Function
    value: int
    signs: bool = True


def signing_keys(analysis: Analysis) -> Iterator[SigningKey]:
    """Yield the constants that tokens are signed, verified or compared with, each once; published keys are none."""
    known: set[tuple[str, int]] = set()
    for method in ("encode", "decode"):
        for user, call, name in analysis.calls(method):
            node = user.facts.values[call]
            if name not in (tokens.ENCODERS if method == "encode" else tokens.DECODERS):
                continue
            if skips_signature(analysis.flow.resolver, user, node):
                continue
            position = 2 if method == "encode" and name.startswith(tokens.HEADER_FIRST) else 1
            for function, value in constants(analysis, user, argument_of(node, "key", position)):
                if (function.id, value) not in known:
                    known.add((function.id, value))
                    yield SigningKey(user, call, function, value)
    for user, call, (function, value) in access_keys(analysis):
        if (function.id, value) not in known:
            known.add((function.id, value))
            yield SigningKey(user, call, function, value, signs=False)


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
    return set(reached(paths, lambda path: importers.get(path, ())))


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
        message=f"The key {'of tokens' if key.signs else 'that callers show'} is a constant of the code unless "
        "someone sets another one.",
        why=f"{SIGNED if key.signs else SHOWN} Read it from the environment or a secret store, and refuse to start "
        "without it.",
        severity=Severity.HIGH,
        confidence=confidence,
        evidence=(
            Evidence(key.function.file.path, location.line, "this constant is the key"),
            Evidence(
                key.user.file.path,
                place.line,
                f"tokens are {'signed or verified' if key.signs else 'compared'} with it",
            ),
        ),
        start=node.start,
        end=node.end,
    )
