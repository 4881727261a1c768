"""Servers that something outside of the program is given where they are made, and may attach to it what it likes."""

from analyzers.frameworks import mcp
from analyzers.project.resolve import Resolver
from analyzers.project.servers import Server

# What is given a server and attaches nothing to it.
KNOWN = ("builtins.", "asyncio.", "anyio.", "uvicorn.", "starlette.", "fastapi.", "contextlib.", "typing.", "logging.")


def is_handed_on(resolver: Resolver, server: Server) -> bool:
    """Tell whether something outside of the program is given a server in the function that makes it."""
    site = server.site
    for event in site.function.calls():
        node = site.function.facts.values[event.value]
        names = resolver.externals(site.function, node.args[0]) if site.value in node.args[1:] else ()
        if any(not mcp.is_framework(name) and not name.startswith(KNOWN) for name in names):
            return True
    return False
