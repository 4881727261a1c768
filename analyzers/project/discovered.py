"""What servers find by themselves in the files of a folder: `FastMCP(providers=[FileSystemProvider(folder)])`."""

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.frameworks import mcp
from analyzers.project.declarations import declare
from analyzers.project.program import Function
from analyzers.project.servers import UNRESOLVED, EntryPoint, Server
from analyzers.project.targets import Reference

if TYPE_CHECKING:
    from analyzers.project.surface import Surface


def discover(surface: "Surface", server: Server, provider: Reference) -> None:
    """Add what the files of a provider's folder declare; that there is something where nothing was found."""
    node = provider.node
    name = surface.resolver.external(provider.function, node.args[0]) if node.op == "call" else ""
    if not name.startswith("fastmcp.") or not name.endswith(mcp.FOLDER_PROVIDER):
        return
    folder = _folder(provider)
    found = [item for item in _declarations(surface) if item[0].file.path.startswith(folder)]
    for function, declared, kind in found:
        declare(surface, server, function, declared, kind)
    if not found:
        surface.entries.append(EntryPoint(server, UNRESOLVED, "tool", None, provider, dynamic=True))


def _folder(provider: Reference) -> str:
    """Return the folder of `FileSystemProvider(Path(__file__).parent / "tools")`, as far as constants tell."""
    function = provider.function
    made_of = sorted(function.made_of(*provider.node.args[1:2]))
    names = [function.facts.values[part].text for part in made_of if function.facts.values[part].op == "str"]
    folder = posixpath.normpath(posixpath.join(function.file.directory, *names))
    return "" if folder == "." else f"{folder}/"


def _declarations(surface: "Surface") -> Iterator[tuple[Function, Reference, mcp.Kind]]:
    """Yield the functions that `@tool` of the framework marks, which name no server."""
    for function, declared in surface.decorations():
        node = declared.node
        name = surface.resolver.external(declared.function, node.args[0] if node.op == "call" else declared.value)
        kind = mcp.MARKS.get(name.rpartition(".")[2])
        if kind is not None and name.startswith("fastmcp."):
            yield function, declared, kind
