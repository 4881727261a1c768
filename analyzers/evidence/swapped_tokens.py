"""Providers that keep the token of a service behind the one that a caller presents, and give tools that service's."""

from collections.abc import Iterator
from enum import Enum, auto

from analyzers.authority.rows import Row
from analyzers.frameworks import mcp, tokens
from analyzers.project.resolve import Resolver
from analyzers.project.servers import Server, served_by


class Swap(Enum):
    """Whether the token that a tool is told of is that of the service behind."""

    NEVER = auto()
    SOMETIMES = auto()
    ALWAYS = auto()


def swap_of(resolver: Resolver, row: Row) -> Swap:
    """Tell it of the servers that callers connect to in order to reach an entry point."""
    found = [proxies for server in served_by(row.entry.server) for proxies in _providers(resolver, server)]
    if not any(found):
        return Swap.NEVER
    return Swap.ALWAYS if all(found) and not row.state.possibly else Swap.SOMETIMES


def _providers(resolver: Resolver, server: Server) -> Iterator[bool]:
    """Yield for each provider that a server may be given whether it swaps tokens."""
    function = server.site.function
    given = [server.keywords[keyword] for keyword in mcp.AUTHENTICATION_KEYWORDS if keyword in server.keywords]
    targets = [target for value in given for target in resolver.resolve(function, value)]
    if not targets:
        yield False
    for target in targets:
        cls = target.function if target.kind == "instance" else None
        names = resolver.linearize(cls)[1] if cls is not None else [target.name.removesuffix("()")]
        yield any(name.rpartition(".")[2] in tokens.SWAPPING for name in names)
