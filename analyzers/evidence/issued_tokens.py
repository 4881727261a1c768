"""Tokens and credentials that a program issues, and how long they are valid."""

from collections.abc import Iterator
from typing import NamedTuple

from analyzers.evidence.presented_tokens import is_run
from analyzers.facts import Value
from analyzers.flow.claims import EXPIRY, claims_of, given, texts
from analyzers.flow.durations import Duration, DurationReader
from analyzers.frameworks import tokens
from analyzers.frameworks.identity import VERIFYING_METHODS
from analyzers.project.program import Function
from analyzers.project.targets import argument_of
from analyzers.rule import Analysis


class Issued(NamedTuple):
    """A call that issues a token or a credential, and for how long."""

    function: Function
    call: int
    what: str
    duration: Duration


def issued_tokens(analysis: Analysis) -> Iterator[Issued]:
    """Yield every call that issues a token or a credential whose lifetime is constant, not where nothing runs it."""
    reader = DurationReader(analysis.flow.defaults)
    for issued in _signed(analysis, reader):
        if not analysis.servers or is_run(analysis, issued.function):
            yield issued
    yield from _accepted(analysis, reader)
    yield from _configured(analysis, reader)


def _configured(analysis: Analysis, reader: DurationReader) -> Iterator[Issued]:
    for name, keywords in tokens.LIFETIMES.items():
        for function, call in analysis.program.call_sites(name):
            node = function.facts.values[call]
            for keyword in keywords if function.file.path in analysis.product else ():
                argument = argument_of(node, keyword, -1)
                duration = reader.length(function, argument) if argument >= 0 else None
                if duration is not None and not _is_other(function, node, duration, ()):
                    yield Issued(function, call, _described(name, keyword), duration)


def _signed(analysis: Analysis, reader: DurationReader) -> Iterator[Issued]:
    resolver = analysis.flow.resolver
    for function, call, name in analysis.calls("encode"):
        node = function.facts.values[call]
        claims = claims_of(node, name) if name in tokens.ENCODERS else -1
        if claims < 0:
            continue
        words = texts(resolver, function, claims)
        for scope, expiry in given(resolver, function, claims, EXPIRY):
            duration = reader.ahead(scope, expiry)
            if duration is not None and not _is_other(function, node, duration, words):
                yield Issued(function, call, "A token", duration)


def _accepted(analysis: Analysis, reader: DurationReader) -> Iterator[Issued]:
    for function, call, name in analysis.calls("AccessToken"):
        node = function.facts.values[call]
        expiry = argument_of(node, "expires_at", -1)
        issuing = name.startswith(("fastmcp.", "mcp.")) and function.facts.name not in VERIFYING_METHODS
        duration = reader.ahead(function, expiry) if expiry >= 0 and issuing else None
        if duration is not None and not _is_other(function, node, duration, ()):
            yield Issued(function, call, "An access token", duration)


def _is_other(function: Function, call: Value, duration: Duration, words: tuple[str, ...]) -> bool:
    """Tell whether what is issued is no access token: by the names of the function, of the lifetime, or in the call."""
    said = [function.facts.values[argument].text for argument in call.args[1:]]
    return tokens.is_other_token((function.facts.qualname, *duration.names, *words, *said))


def _described(name: str, keyword: str) -> str:
    if keyword == "DurationSeconds":
        return f"The credential of `{name}`"
    return "The access token" if name == "OAuthToken" else f"A token of `{name}`"
