"""Patches that let only plain names into the path of an address."""

import ast
from collections.abc import Iterator, Mapping

from analyzers.finding import Safety
from analyzers.fixes.definitions import Definition, imported, is_free_for
from analyzers.fixes.expressions import Written, is_computed_first, source_of
from analyzers.fixes.hosts import call_at, refusal
from analyzers.fixes.rewrite import insert_before
from analyzers.project.program import Function
from analyzers.rule import Analysis, Draft, Proposal

NEEDED = Definition("", ("import re",))
CHECK = """if not re.fullmatch(r"[A-Za-z0-9_-]+", {name}):
    raise {error}("bad {name}")"""


def plain_segments(draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
    """Return a check of what parameters fill the path of an address with, in front of the call that is given it."""
    path = draft.location.path
    text, site = texts.get(path), call_at(analysis.program, path, draft.start, draft.end)
    if text is None or site is None:
        return None
    function, call = site
    whole = source_of(function, call, text)
    names = list(dict.fromkeys(_names(whole))) if whole is not None else []
    if not names or None in names or not all(_is_text(function, name) for name in names):
        return None
    known = [name for name in names if name is not None]
    if not is_free_for(function, NEEDED) or not is_computed_first(function, call, set(known), text):
        return None
    error = refusal(function.file.module.facts.names)
    checks = "\n".join(CHECK.format(name=name, error=error) for name in known)
    edit = insert_before(text, function, call, checks)
    title = "Let only plain names into the path (decide how ids look)"
    return Proposal(title, Safety.REVIEW, (*imported(path, NEEDED.imports, text), edit)) if edit is not None else None


def _names(call: Written) -> Iterator[str | None]:
    """Yield the names that fill the path of the one address among the arguments; None for another expression."""
    given = call.node.args if isinstance(call.node, ast.Call) else []
    addresses = [item for item in given if isinstance(item, ast.JoinedStr)]
    if len(addresses) != 1:
        return
    for part in addresses[0].values:
        if isinstance(part, ast.FormattedValue):
            constant = isinstance(part.value, ast.Name) and part.value.id.isupper()
            if not constant:
                plain = isinstance(part.value, ast.Name) and part.conversion == -1 and part.format_spec is None
                yield part.value.id if plain and isinstance(part.value, ast.Name) else None
        elif isinstance(part, ast.Constant) and "?" in str(part.value):
            yield None


def _is_text(function: Function, name: str | None) -> bool:
    """Tell whether a name is a parameter of a function that nothing else is bound to, and annotated as text."""
    bound = function.facts.names.get(name or "", ())
    parameter = next((item for item in function.facts.parameters if item.name == name), None)
    parent = function.parent
    if parameter is None or parent is None or len(bound) != 1 or parameter.annotation < 0:
        return False
    return parent.facts.values[parameter.annotation].text.rpartition("|")[2] == "str"
