"""Services that callers' tokens are shown to in order to verify them: whoever answers for a token issued it."""

from collections.abc import Iterator
from functools import cached_property

from analyzers.flow.authorities import host_labels, host_text
from analyzers.flow.effects import Effect
from analyzers.flow.labels import Labels
from analyzers.flow.shapes import Shape
from analyzers.frameworks import tokens
from analyzers.project.program import Function
from analyzers.rule import Analysis

KEYWORDS = frozenset({"introspection_url", "introspection_endpoint"})
# What verifies tokens without asking whoever issued them.
OTHERWISE = (*tokens.UNDATED_VERIFIERS, "StaticTokenVerifier", "DebugTokenVerifier", "PyJWKClient")
PATHS = ("introspect", "userinfo", "tokeninfo")
SETTING = "env:"
UNKNOWN_SETTING = "env:?"


class Introspection:
    """Tells which requests go to the service that answers for all tokens; a program is searched once."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis

    def answers(self, effect: Effect) -> bool:
        """Tell whether a request goes to where each token is verified: to the same host, or by the same setting."""
        reached = _reached(effect.url) if effect.url else _settings(effect.arguments)
        return not self._services.isdisjoint(reached)

    @cached_property
    def _services(self) -> frozenset[str]:
        analysis = self._analysis
        if next(analysis.calls(*OTHERWISE), None) is not None or any(
            name in tokens.DECODERS for _, _, name in analysis.calls("decode", "decode_complete")
        ):
            return frozenset()
        return frozenset(
            service
            for function in analysis.functions()
            for value in _addresses(function)
            for service in _reached(analysis.flow.shapes.shape(function, value))
        )


def _addresses(function: Function) -> Iterator[int]:
    """Yield what calls are given as the address to verify tokens at, by its name or by its path."""
    values = function.facts.values
    is_told = any(node.op == "str" and any(path in node.text for path in PATHS) for node in values)
    for node in values:
        if node.op == "call":
            for name, value in zip(node.names, node.args[1:], strict=True):
                if name in KEYWORDS or (is_told and value >= 0 and _is_path(function, value)):
                    yield value


def _is_path(function: Function, value: int) -> bool:
    node = function.facts.values[value]
    parts = [function.facts.values[part] for part in node.args[-1:]] if node.op in ("template", "binary") else [node]
    return any(part.op == "str" and part.text.rstrip("/").endswith(PATHS) for part in parts)


def _reached(address: Shape) -> frozenset[str]:
    host = host_text(address)
    return _settings(host_labels(address)) | (frozenset({host}) if host else frozenset())


def _settings(labels: Labels) -> frozenset[str]:
    return frozenset(label for label in labels if label.startswith(SETTING) and label != UNKNOWN_SETTING)
