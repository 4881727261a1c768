"""Registrations in text that is run as code, `exec("mcp.tool(pay)")`: of those it is told that there are some."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.frameworks import mcp
from analyzers.project.program import Function
from analyzers.project.servers import UNRESOLVED, EntryPoint, Server
from analyzers.project.targets import Reference

if TYPE_CHECKING:
    from analyzers.project.surface import Surface

RUN = "exec"
_REGISTERS = re.compile(rf"(\w+)\.({'|'.join(sorted({*mcp.DECLARATIONS, *mcp.ADDERS}))})\b")


def find_executed(surface: "Surface") -> None:
    """Add one entry point without a name for what a text registers that is run."""
    for function, value in surface.program.call_sites(RUN):
        node = function.facts.values[value]
        if len(node.args) < 2 or surface.resolver.external(function, node.args[0]) != f"builtins.{RUN}":
            continue
        for name, method in dict.fromkeys(_registered(function, node.args[1])):
            kind = mcp.DECLARATIONS.get(method) or mcp.ADDERS[method]
            for server in _servers(surface, function, name):
                declared = Reference(function, value)
                surface.entries.append(EntryPoint(server, UNRESOLVED, kind, None, declared, dynamic=True))


def _registered(function: Function, text: int) -> Iterator[tuple[str, str]]:
    """Yield the names and methods that a text registers with, as far as it is constant."""
    for part in function.made_of(text):
        node = function.facts.values[part]
        yield from _REGISTERS.findall(node.text) if node.op == "str" else ()


def _servers(surface: "Surface", function: Function, name: str) -> list[Server]:
    """Return the servers that a name is in a function, or in its module."""
    for scope in (function, function.file.module):
        found = [server for value in scope.facts.names.get(name, ()) for server in surface.servers_of(scope, value)]
        if found:
            return list({id(server): server for server in found}.values())
    return []
