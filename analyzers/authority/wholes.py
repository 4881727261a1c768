"""Whether a caller writes a part of a command or query, or the whole of it."""

from collections.abc import Iterable

import re2

from analyzers.authority.rows import Row
from analyzers.authority.taint import Taint, before, bounded_text, open_pieces, taints
from analyzers.flow.operands import CODE, PROGRAM, QUERY, SHELL
from analyzers.flow.plain_types import IN_QUERIES
from analyzers.frameworks.commands import NAMED_CODE, OBJECTS
from analyzers.frameworks.queries import BEFORE_STATEMENT, CONDITION, GRAPH, SEARCHES, language

# Variants of a value that do no harm in a role.
HARMLESS = {SHELL: "gwef", CODE: "wef", PROGRAM: "wef", QUERY: "qjweif", "word": "nwgef"}
IN_SHELLS = frozenset(";&|`$<>()'\"\\*?~#!{}[]%^\n\r\t")
HARMFUL = {SHELL: IN_SHELLS, CODE: IN_SHELLS | frozenset("./=,: "), PROGRAM: frozenset("./ "), QUERY: IN_QUERIES}
RUNNERS = r"(sudo(\s+(-[AEHSbikn]+|-[gu]\s+\w+|--[a-z-]+=\S+))*|nohup|exec|time|env|timeout\s+\S+|nice)"
COMMAND_POSITION = re2.compile(rf"(?s)(^|&&|\|\||;|\||\n|`|\$\()\s*({RUNNERS}\s+)*$")
EXPRESSIONS = "builtins.eval"


def text_taints(rows: Iterable[Row], role: str) -> list[Taint]:
    """Return what callers write into texts of a role."""
    harmful = HARMFUL.get(role, IN_SHELLS)
    return list(taints(rows, (role,), HARMLESS[role], bounded_text(harmful)))


def is_whole(taint: Taint) -> bool:
    """Tell whether what the caller writes stands where a whole command, program or statement does."""
    role, shape = taint.operand.role, taint.operand.shape
    pieces = open_pieces(taint, HARMLESS[role])
    if role == CODE:
        return all(
            position in pieces or not (piece.text.strip() or piece.labels) for position, piece in enumerate(shape)
        )
    if role == PROGRAM:
        # `{folder}/bin/pip` is some file of that name, not whatever the caller says.
        return bool(pieces) and not before(shape, pieces[0]).strip() and "/" not in shape[-1].text
    position = COMMAND_POSITION if role == SHELL else BEFORE_STATEMENT
    every = all if role == QUERY and taint.operand.reader in SEARCHES else any
    return every(position.search(before(shape, place)) for place in pieces)


def is_meant(taint: Taint) -> bool:
    """Tell whether a parameter that is run as a whole is meant to be code: not an expression, a template, a search."""
    if taint.operand.role != CODE:
        # What a request has under `query` is a statement only as it begins.
        is_graph = taint.operand.reader == GRAPH and language(taint.effect.name) != GRAPH
        return taint.operand.reader not in (*SEARCHES, CONDITION) and not is_graph
    if taint.effect.name in OBJECTS:
        return False
    if taint.operand.reader != "Python" or taint.effect.name == EXPRESSIONS:
        return any(word in name.lower() for name in taint.parameters for word in NAMED_CODE) and (
            taint.operand.reader != "a template engine"
        )
    return True
