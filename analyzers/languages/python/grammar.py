"""The tree-sitter grammar of Python and the numbers of its node kinds."""

import tree_sitter
import tree_sitter_python

LANGUAGE = tree_sitter.Language(tree_sitter_python.language())


def _numbers(named: bool) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number in range(LANGUAGE.node_kind_count):
        name = LANGUAGE.node_kind_for_id(number)
        if name is not None and LANGUAGE.node_kind_is_named(number) is named:
            found.setdefault(name, set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


# Some words are both: `lambda` is a node and the keyword that begins it.
_KINDS = {**_numbers(named=False), **_numbers(named=True)}


def kinds(*names: str) -> frozenset[int]:
    """Return the numbers of the node kinds of these names, or of the tokens where no node is called so.

    The grammar gives some names several numbers. Raises KeyError for a name it does not know.
    """
    return frozenset(number for name in names for number in _KINDS[name])


def parse(text: bytes) -> tree_sitter.Tree:
    """Parse UTF-8 text; a tree always comes back, with ERROR and MISSING nodes where the text is no Python."""
    return tree_sitter.Parser(LANGUAGE).parse(text)


# Each is one pass of C over the tree. `Node.parent` and `child_by_field_name` are never used: they recurse in C and end
# the process on a deep tree (https://github.com/tree-sitter/tree-sitter/issues/5807).
COMMENTS = tree_sitter.Query(LANGUAGE, "(comment) @found")
FAULTS = tree_sitter.Query(LANGUAGE, "(ERROR) @found (MISSING) @found")
# The grammar does not know the `[T = int]` of Python 3.13, but it recovers within the brackets.
TYPE_DEFAULTS = tree_sitter.Query(LANGUAGE, "(type_parameter (ERROR) @found)")


def find(query: tree_sitter.Query, tree: tree_sitter.Tree) -> list[tree_sitter.Node]:
    """Return the nodes a query marks as `found`, in the order of the text."""
    found = tree_sitter.QueryCursor(query).captures(tree.root_node).get("found", [])
    return sorted(found, key=_place)


def _place(node: tree_sitter.Node) -> tuple[int, int]:
    return node.start_byte, -node.end_byte
