"""Lowers imports to one node a name. The span of each is that of its name, with the alias."""

from analyzers.languages.python.grammar import kinds
from analyzers.languages.python.reading import Reading, StatementHandler, TreeNode, parts
from analyzers.syntax import Import, Statement

ALIASED = kinds("aliased_import")
DOTTED = kinds("dotted_name")
IMPORTED = ALIASED | DOTTED | kinds("wildcard_import")
RELATIVE = kinds("relative_import")


def import_(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
    """Lower `import a.b as c, d`."""
    for child in parts(node):
        if child.kind_id in IMPORTED:
            module, alias = _name_and_alias(reading, child)
            body.append(Import(*child.byte_range, module, "", alias))


def import_from(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
    """Lower `from ..a import b as c, d`."""
    _, origin, _, *rest = parts(node)
    _bind(reading, _module(reading, origin), rest, body)


def import_future(reading: Reading, node: TreeNode, body: list[Statement]) -> None:
    """Lower `from __future__ import a`."""
    _bind(reading, "__future__", parts(node)[3:], body)


def _bind(reading: Reading, module: str, nodes: list[TreeNode], body: list[Statement]) -> None:
    for child in nodes:
        if child.kind_id in IMPORTED:
            name, alias = _name_and_alias(reading, child)
            body.append(Import(*child.byte_range, module, name, alias))


def _name_and_alias(reading: Reading, node: TreeNode) -> tuple[str, str]:
    if node.kind_id in ALIASED:
        name, _, alias = parts(node)
        return dotted(reading, name), reading.identifier(alias)
    return dotted(reading, node), ""


def _module(reading: Reading, node: TreeNode) -> str:
    if node.kind_id in RELATIVE:
        return "".join(dotted(reading, child) for child in parts(node))
    return dotted(reading, node)


def dotted(reading: Reading, node: TreeNode) -> str:
    """Return the text of a dotted name, or of the dots before one, without space and comments."""
    return "".join(reading.identifier(child) for child in parts(node)) or reading.identifier(node)


STATEMENTS: dict[str, StatementHandler] = {
    "import_statement": import_,
    "import_from_statement": import_from,
    "future_import_statement": import_future,
}
