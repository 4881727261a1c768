"""What a function hands on of its own keywords: `def run(self, **options): self.mcp.run(**options)`."""

from typing import TYPE_CHECKING

from analyzers.project.program import Function
from analyzers.project.targets import Reference

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver


def forwarded(resolver: "Resolver", function: Function, value: int, keyword: str) -> list[Reference | None] | None:
    """Return what each caller of a function gives it under a keyword that it hands on; None where not all are known."""
    node = function.facts.values[value]
    tables = [item for name, item in zip(node.names, node.args[1:], strict=True) if name == "**"]
    own = function.facts.parameters
    if len(tables) != 1 or not any(
        function.facts.values[tables[0]].op == "param" and item.kind == "**" and index == tables[0]
        for index, item in enumerate(own)
    ):
        return None
    found: list[Reference | None] = []
    for caller, call in resolver.program.call_sites(function.facts.name):
        given = caller.facts.values[call]
        targets = resolver.functions(caller, given.args[0])
        if any(target is function for target, _ in targets):
            if "**" in given.names:
                return None
            passed = dict(zip(given.names, given.args[1:], strict=True)).get(keyword)
            found.append(Reference(caller, passed) if passed is not None else None)
        elif not targets and keyword in given.names and not resolver.externals(caller, given.args[0]):
            return None
    return found or None
