"""What effects are once it is known what they are about: the method, the operation, the command, the statement."""

import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from analyzers.flow.command_words import read_words, words_in
from analyzers.flow.labels import is_chosen
from analyzers.flow.operands import CODE, LINE, METHOD, PROGRAM, QUERY, SHELL, WORD, Operand
from analyzers.flow.page_scripts import is_own_script
from analyzers.flow.shapes import WORD_END, Shape, is_open
from analyzers.flow.upkeep import searches, signs_on
from analyzers.frameworks import commands, operations, queries, sinks

if TYPE_CHECKING:
    from analyzers.flow.effects import Effect

INDEXING = frozenset({"create_index", "create_indexes", "ensure_index"})


def settled(effect: "Effect") -> "Effect":
    """Return an effect of a callee as what it is here: what runs is no caller's choice where it is constant here."""
    asked = next((operand for operand in effect.operands if operand.role == METHOD), None)
    if asked is not None:
        return sent(effect, asked)
    if any(operand.role == LINE for operand in effect.operands):
        effect = effect._replace(operands=tuple(dict.fromkeys(lined(effect.operands))))
        effect = effect._replace(kind="exec") if runs_any(effect) else effect
    if effect.kind != "exec":
        return effect._replace(kind="read-public") if is_own_script(effect) else effect
    queries_here = [operand.shape for operand in effect.operands if operand.role == QUERY]
    if queries_here:
        return effect._replace(kind=max(map(query_kind, queries_here), key=sinks.RANKS.__getitem__))
    started = [operand for operand in effect.operands if operand.role in (PROGRAM, LINE)]
    fixed = fixed_text(started[0].shape) if started else ""
    if not any(is_chosen(label) for label in effect.arguments):
        told = commands.capability(fixed) if fixed and effect.name in commands.STARTERS else "write"
        kind = "read-public" if effect.name in commands.SERVERS else told
        return effect._replace(kind=kind, sure=kind == "read-private")
    if not fixed or effect.name not in commands.STARTERS or runs_any(effect):
        return effect
    return effect._replace(kind=commands.capability(fixed))


def lined(operands: Iterable[Operand]) -> Iterator[Operand]:
    """Yield operands with what lines of words are known to be; what proved to be a list is no program."""
    for operand in operands:
        is_list = WORD_END in operand.shape
        if operand.role != PROGRAM or operand.reader or not is_list:
            yield operand
        if operand.role == LINE and is_list:
            readings = (Operand(*reading) for reading in read_words(words_in(operand.shape)))
            yield from (found for found in readings if any(map(is_open, found.shape)))


def sent(effect: "Effect", asked: Operand) -> "Effect":
    """Return a request as what it is by its method, once that is known."""
    method = "".join(piece.text for piece in asked.shape)
    if not method or any(piece.labels for piece in asked.shape):
        return effect
    others = tuple(operand for operand in effect.operands if operand is not asked)
    if effect.name in operations.OPERATIONS or effect.name.endswith(operations.GOT):
        last = method.rpartition(".")[2].lower() if method.isupper() else method.rpartition(".")[2]
        return effect._replace(kind=operations.capability(last), operands=others)
    method = method.upper()
    kept = signs_on(effect.url) or (method == "POST" and searches(effect.url))
    kind = effect.kind if kept else sinks.METHOD_CAPABILITY.get(method, effect.kind)
    return effect._replace(kind=kind, method=method, operands=others)


def runs_any(effect: "Effect") -> bool:
    """Tell whether a caller has a part in what runs, and not only in what a fixed program is given."""
    return any(
        operand.role in (SHELL, CODE)
        or (operand.role == PROGRAM and not fixed_text(operand.shape))
        or (operand.role == WORD and operand.reader in commands.RUNS_WORDS)
        for operand in effect.operands
        if any(is_open(piece) for piece in operand.shape)
    )


def fixed_text(shape: Shape) -> str:
    """Return the constant text that a command begins with."""
    return "".join(piece.text for piece in itertools.takewhile(lambda piece: not piece.labels, shape)).strip()


def query_kind(shape: Shape) -> str:
    """Return what a statement does by the words that it begins with."""
    text = "".join(piece.text for piece in shape).lstrip(" \n\t(").lower()
    if queries.is_upkeep(text) and not any(is_open(piece) for piece in shape):
        return "read-public"
    if text.startswith(("delete", "drop", "truncate")):
        return "destroy"
    if text.startswith(("insert", "update", "create", "alter", "merge", "replace", "grant")):
        return "write"
    later = queries.later_clause(text)
    if later:
        return later
    return "exec" if not text and any(is_open(piece) for piece in shape) else "read-private"


def kept_up(effect: "Effect") -> "Effect":
    """Making an index that a program always has changes no data, unless the caller says what is made of what."""
    chosen = effect.name.rpartition(".")[2] not in INDEXING or any(map(is_chosen, effect.arguments))
    return effect if chosen or effect.kind != "write" else effect._replace(kind="read-public")
