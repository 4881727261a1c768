"""The tree-sitter grammar of Python and the numbers of its node kinds."""

import importlib.util
import re
from collections.abc import Iterator
from importlib.machinery import PathFinder

import tree_sitter


def _language() -> tree_sitter.Language:
    # The package itself makes its query files ready to be read, for which it imports half a hundred modules.
    package = importlib.util.find_spec("tree_sitter_python")
    places = None if package is None else package.submodule_search_locations
    found = PathFinder.find_spec("_binding", places)
    if found is None or found.loader is None:
        raise ModuleNotFoundError(name="tree_sitter_python._binding")
    binding = importlib.util.module_from_spec(found)
    found.loader.exec_module(binding)
    language: object = binding.language()
    return tree_sitter.Language(language)


LANGUAGE = _language()


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


# CPython refuses more than 100.
MAX_INDENTATIONS = 300

# The grammar's scanner keeps indentations and open strings in 1024 bytes and writes one byte behind them if a string
# opens below 511 indentations, which ends the process. It counts widths in 16 bits, a tab for eight.
_INDENTATION = re.compile(rb"^(?:[ \t\f\r]|\\\r?\n)+", re.MULTILINE)
_MAX_INDENTATION = 8000

_TYPE_PARAMETERS = kinds("type_parameter")
_COMMENT = kinds("comment")
_SIGN = re.compile(rb"#")
_IMPORTS = kinds("import_statement", "import_from_statement", "future_import_statement")
_IMPORTING = re.compile(rb"\bimport\b")


def is_parseable(text: bytes) -> bool:
    """Tell whether the text has so few different indentations that parsing it is no danger."""
    indentations = set(_INDENTATION.findall(text))
    return len(indentations) <= MAX_INDENTATIONS and max(map(len, indentations), default=0) <= _MAX_INDENTATION


def parse(text: bytes) -> tree_sitter.Tree:
    """Parse UTF-8 text that is parseable; where it is no Python, the tree has ERROR and MISSING nodes."""
    return tree_sitter.Parser(LANGUAGE).parse(text)


# Neither queries nor `Node.parent` nor `child_by_field_name` are used. A query takes quadratic time on an error node
# with many children; the others recurse in C and end the process on a deep tree
# (https://github.com/tree-sitter/tree-sitter/issues/5807).


def comments(tree: tree_sitter.Tree, text: bytes) -> list[tree_sitter.Node]:
    """Return the comments of a text, in its order."""
    return _at(tree, (sign.start() for sign in _SIGN.finditer(text)), _COMMENT)


def imports(tree: tree_sitter.Tree, text: bytes) -> list[tree_sitter.Node]:
    """Return the statements of a text that import, wherever they stand, in its order."""
    return _at(tree, (word.start() for word in _IMPORTING.finditer(text)), _IMPORTS)


def _at(tree: tree_sitter.Tree, signs: Iterator[int], wanted: frozenset[int]) -> list[tree_sitter.Node]:
    """Return the nodes of some kinds that hold a sign; nothing else of the tree is looked into."""
    found: list[tree_sitter.Node] = []
    sign = next(signs, None)
    cursor = tree.walk()
    while sign is not None:
        node = cursor.node
        if node is not None and sign < node.end_byte:
            if node.kind_id in wanted:
                found.append(node)
            elif cursor.goto_first_child():
                continue
            while sign is not None and sign < node.end_byte:
                sign = next(signs, None)
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return found
    return found


def faults(tree: tree_sitter.Tree) -> list[tree_sitter.Node]:
    """Return the outermost ERROR and MISSING nodes, in the order of the text."""
    found: list[tree_sitter.Node] = []
    waiting = [tree.root_node]
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            found.append(node)
        elif node.has_error:
            # The grammar does not know the `[T = int]` of Python 3.13, but it recovers within the brackets.
            forgiving = node.kind_id in _TYPE_PARAMETERS
            waiting.extend(child for child in reversed(node.children) if not (forgiving and child.is_error))
    return found
