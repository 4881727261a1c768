"""Calls that match a text with a regular expression."""

from typing import TYPE_CHECKING, NamedTuple

from analyzers.facts import Value
from analyzers.flow.lists import ListReader
from analyzers.project.program import Function
from analyzers.project.targets import argument_of

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler

MATCHES = frozenset({"re.match", "re.fullmatch", "re.search", "re2.match", "re2.fullmatch", "re2.search"})
COMPILED = ("re.compile().", "re2.compile().", "regex.compile().")
# A verbose pattern, and one of many lines; other flags change nothing that is asked.
FLAGS = {
    **dict.fromkeys(("X", "VERBOSE"), "x"),
    **dict.fromkeys(("M", "MULTILINE"), "m"),
    **dict.fromkeys(("I", "IGNORECASE", "A", "ASCII", "S", "DOTALL", "U", "UNICODE", "NOFLAG"), ""),
}


class Match(NamedTuple):
    """A call of `match`, `fullmatch` or `search`: its pattern, the flags that matter, and the value it is about."""

    pattern: str
    flags: str
    method: str
    subject: int


def match_of(labeler: "Labeler", function: Function, node: Value, name: str) -> Match | None:
    """Return what a call matches with what, None for any other call and for a pattern or flags that are not known."""
    if name in MATCHES and len(node.args) > 2:
        text = labeler.resolver.text(function, node.args[1])
        flags = _flags_of(function, node, 3)
        compiled = (text, flags) if text is not None else compiled_pattern(labeler, function, node.args[1])
        subject = node.args[2]
    elif name.startswith(COMPILED) and len(node.args) == 2:
        callee = function.facts.values[node.args[0]]
        if callee.text not in ("match", "fullmatch", "search"):
            return None
        compiled = compiled_pattern(labeler, function, callee.args[0])
        subject = node.args[1]
    else:
        return None
    if compiled is None or compiled[1] is None:
        return None
    return Match(compiled[0], compiled[1], name.rpartition(".")[2], subject)


def matches_of(labeler: "Labeler", function: Function, node: Value, name: str) -> tuple[Match, ...]:
    """Return what a call matches, with each pattern of a list where it stands for any item: `re.match(p, x)`, p in it.

    None at all where one of them is not known.
    """
    found = match_of(labeler, function, node, name)
    if found is not None:
        return (found,)
    pattern = function.facts.values[node.args[1]] if name in MATCHES and len(node.args) > 2 else None
    flags = _flags_of(function, node, 3) if pattern is not None else None
    if pattern is None or pattern.op != "element" or flags is None:
        return ()
    texts = _each(labeler, function, pattern.args[0])
    known = [text for text in texts if text is not None]
    method = name.rpartition(".")[2]
    return tuple(Match(text, flags, method, node.args[2]) for text in known) if len(known) == len(texts) else ()


def _each(labeler: "Labeler", function: Function, value: int) -> list[str | None]:
    """Return the texts of a list's items, None for one that is not known."""
    items = ListReader(labeler.resolver).items(function, value) or [(function, value)]
    return [text for item in items for text in _item_texts(labeler, *item)]


def _item_texts(labeler: "Labeler", function: Function, value: int) -> list[str | None]:
    """Return what an item says: `row["pattern"]`, row in a table, is one text for each of its rows."""
    node = function.facts.values[value]
    row = function.facts.values[node.args[0]] if node.op == "index" else None
    if row is None or row.op != "element":
        return [labeler.resolver.text(function, value)]
    key = labeler.resolver.text(function, node.args[1])
    rows = ListReader(labeler.resolver).items(function, row.args[0]) or []
    return [_entry(labeler, scope, item, key) for scope, item in rows] or [None]


def _entry(labeler: "Labeler", function: Function, value: int, key: str | None) -> str | None:
    node = function.facts.values[value]
    pairs = zip(node.args[::2], node.args[1::2], strict=False) if node.op == "map" and key is not None else ()
    return next(
        (labeler.resolver.text(function, item) for name, item in pairs if labeler.resolver.text(function, name) == key),
        None,
    )


def compiled_pattern(labeler: "Labeler", function: Function, value: int) -> tuple[str, str | None] | None:
    """Return the pattern and flags that `re.compile` was given: here, at the top of a module, in a class."""
    node = function.facts.values[value]
    if node.op == "call":
        made = f"{labeler.resolver.external(function, node.args[0])}()." in COMPILED
        text = labeler.resolver.text(function, node.args[1]) if made and len(node.args) > 1 else None
        return (text, _flags_of(function, node, 2)) if text is not None else None
    if node.op == "attr":
        kept = _kept(labeler, function, node)
        return compiled_pattern(labeler, *kept[0]) if len(kept) == 1 else None
    module, _, name = node.text.rpartition("|")
    file = labeler.resolver.program.module(module, function.file) if node.op == "import" else function.file
    bound = file.module.facts.names.get(name, ()) if file is not None and node.op in ("name", "import") else ()
    return compiled_pattern(labeler, file.module, bound[0]) if file is not None and len(bound) == 1 else None


def _kept(labeler: "Labeler", function: Function, node: Value) -> list[tuple[Function, int]]:
    """Return what an attribute of a class, of an object of it or of a module of the program is set to."""
    found: list[tuple[Function, int]] = []
    for target in labeler.resolver.resolve(function, node.args[0]):
        if target.kind in ("instance", "class") and target.function is not None:
            found.extend(labeler.resolver.attribute(target.function, node.text))
        elif target.kind in ("external", "function"):
            found.extend(labeler.resolver.given.of_target(target, function, node))
        elif target.kind == "module" and target.file is not None:
            found.extend((target.file.module, value) for value in target.file.module.facts.names.get(node.text, ()))
    return list(dict.fromkeys(found))


def _flags_of(function: Function, call: Value, position: int) -> str | None:
    """Return those flags of a pattern that matter for what it matches, None where they are not known."""
    given = argument_of(call, "flags", position - 1)
    return _flags(function, given) if given >= 0 else ""


def _flags(function: Function, value: int) -> str | None:
    node = function.facts.values[value]
    if node.op == "binary" and node.text == "|":
        parts = [_flags(function, part) for part in node.args]
        return None if None in parts else "".join(part for part in parts if part is not None)
    return FLAGS.get(node.text.rpartition("|")[2]) if node.op in ("attr", "import") else None
