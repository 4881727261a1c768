"""Addresses of a known host into whose path or query callers write."""

from collections.abc import Iterable, Iterator

from analyzers.authority.egress import BOUND, OPEN, Verdict, chosen_by_caller
from analyzers.authority.row_texts import owned_by_caller
from analyzers.authority.rows import Row
from analyzers.authority.taint import Taint, by_caller, judged, specials
from analyzers.flow.authorities import split
from analyzers.flow.labels import MARK, Labels, kept_of_request
from analyzers.flow.operands import Operand
from analyzers.flow.prefixes import DOTS
from analyzers.flow.shapes import Piece, Shape
from analyzers.flow.texts import CONTAINED, SEPARATORS

URL = "url"
# Encoded without slashes, one name, plain characters; `..` alone survives an encoding and leads one step up.
HARMLESS = "bwif"


def address_taints(rows: Iterable[Row]) -> Iterator[Taint]:
    """Yield requests whose path or query a caller writes in part: with a credential of the server, or to itself."""
    for row in rows:
        for effect in row.effects:
            held = [label for label in effect.credentials if MARK not in label]
            if not effect.url or not (held or effect.inside):
                continue
            if owned_by_caller(effect) or chosen_by_caller(row, effect):
                continue
            chosen = frozenset(label for piece in _behind_host(effect.url) for label in _chosen(row, piece))
            if chosen:
                yield judged(Taint(row, effect, Operand(URL, effect.url), chosen, Verdict(OPEN)), _judge)


def _judge(taint: Taint, _: str, notes: list[str]) -> tuple[str, str]:
    """Of the program's own routes only `..` leads to another one: which segments theirs take is up to them."""
    left = specials(notes)
    if taint.effect.inside and (DOTS in notes or CONTAINED in notes):
        return BOUND, ""
    if "holds" in notes or SEPARATORS in notes or (left is not None and "/" not in left):
        return BOUND, ""
    return OPEN, ""


def is_in_path(taint: Taint) -> bool:
    """Tell whether a caller's part stands in the path, not behind the `?` of a query."""
    return any(_chosen(taint.row, piece) & taint.chosen for piece in _path(_behind_host(taint.operand.shape)))


def _behind_host(shape: Shape) -> Shape:
    """Return the path and query, with what stands right behind a base that is not known: `f"{base}{path}"`."""
    head, tail = split(shape)
    base = next((index for index, piece in enumerate(head) if piece.labels), len(head))
    return (*head[base + 1 :], *tail)


def _chosen(row: Row, piece: Piece) -> Labels:
    """Return what a caller wrote into a piece; whose request it is belongs into addresses of what is theirs."""
    return frozenset(label for label in by_caller(row, piece.labels, HARMLESS) if not kept_of_request(label))


def _path(tail: Shape) -> Iterator[Piece]:
    for piece in tail:
        yield piece
        if "?" in piece.text or "#" in piece.text:
            return
