"""The tree-sitter grammar of Python and the numbers of its node kinds."""

import tree_sitter
import tree_sitter_python

LANGUAGE = tree_sitter.Language(tree_sitter_python.language())

_NAMES = [LANGUAGE.node_kind_for_id(number) for number in range(LANGUAGE.node_kind_count)]


def kinds(*names: str) -> frozenset[int]:
    """Return the numbers of all node kinds of these names; the grammar gives some names several numbers."""
    unknown = set(names) - set(_NAMES)
    if unknown:
        raise LookupError(f"no such node kind: {', '.join(sorted(unknown))}")
    return frozenset(number for number, name in enumerate(_NAMES) if name in names)


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
