"""Whether tools are told of the token of the service behind: a provider keeps that one, or the service issued it."""

from collections.abc import Iterator
from enum import Enum, auto

from analyzers.authority.rows import Row
from analyzers.evidence.introspection import Introspection
from analyzers.flow.effects import Effect
from analyzers.flow.labels import BEARER, TOKENS
from analyzers.frameworks import mcp, tokens
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.servers import Server, served_by
from analyzers.rule import Analysis


class Swap(Enum):
    """Whether the token that a tool is told of is that of the service behind."""

    NEVER = auto()
    SOMETIMES = auto()
    ALWAYS = auto()


class SwapReader:
    """Tells it of the servers that callers connect to in order to reach an entry point."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._introspection = Introspection(analysis)
        self._known: dict[str, list[bool]] = {}

    def of(self, row: Row, effect: Effect) -> Swap:
        """Tell whether a request carries the token of the service that it goes to."""
        swapping = [swaps for server in served_by(row.entry.server) for swaps in self._providers(server)]
        if not swapping:
            return Swap.NEVER
        # A provider that shows each token to the service behind leaves it with the one that it issued.
        issued = self._introspection.answers(effect)
        if not issued and not any(swapping):
            return Swap.NEVER
        # Where no provider is given, tools are told of no token.
        told = issued and effect.credentials & TOKENS == {BEARER}
        return Swap.ALWAYS if (issued or all(swapping)) and (told or not row.state.possibly) else Swap.SOMETIMES

    def _providers(self, server: Server) -> list[bool]:
        """Return for each provider that a server may be given whether it swaps tokens."""
        if server.id not in self._known:
            given = [(server.site.function, value) for value in _stated(server)]
            found = [*given, *self._assigned(server)]
            resolver = self._analysis.flow.resolver
            self._known[server.id] = [swaps for place in found for swaps in _swaps(resolver, *place)]
        return self._known[server.id]

    def _assigned(self, server: Server) -> Iterator[tuple[Function, int]]:
        """Yield what the program puts on a server later: `server.auth = provider`."""
        for keyword in mcp.AUTHENTICATION_KEYWORDS:
            for function, event in self._analysis.program.stores(keyword):
                surface = self._analysis.surface
                if surface.is_product(function) and server in surface.servers_of(function, event.target):
                    yield function, event.value


def _stated(server: Server) -> Iterator[int]:
    values = server.site.function.facts.values
    for keyword in mcp.AUTHENTICATION_KEYWORDS:
        value = server.keywords.get(keyword, -1)
        if value >= 0 and values[value].op != "none":
            yield value


def _swaps(resolver: Resolver, function: Function, value: int) -> Iterator[bool]:
    targets = resolver.resolve(function, value)
    if not targets:
        yield False
    for target in targets:
        cls = target.function if target.kind == "instance" else None
        names = resolver.linearize(cls)[1] if cls is not None else [target.name.removesuffix("()")]
        yield any(name.rpartition(".")[2] in tokens.SWAPPING for name in names)
