"""Calls that match a text with a regular expression."""

from typing import TYPE_CHECKING, NamedTuple

from analyzers.facts import Value
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


def compiled_pattern(labeler: "Labeler", function: Function, value: int) -> tuple[str, str | None] | None:
    """Return the pattern and flags that `re.compile` was given, here or at the top of a module of the program."""
    node = function.facts.values[value]
    if node.op == "call":
        made = f"{labeler.resolver.external(function, node.args[0])}()." in COMPILED
        text = labeler.resolver.text(function, node.args[1]) if made and len(node.args) > 1 else None
        return (text, _flags_of(function, node, 2)) if text is not None else None
    module, _, name = node.text.rpartition("|")
    file = labeler.resolver.program.module(module, function.file) if node.op == "import" else function.file
    bound = file.module.facts.names.get(name, ()) if file is not None and node.op in ("name", "import") else ()
    return compiled_pattern(labeler, file.module, bound[0]) if file is not None and len(bound) == 1 else None


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
