"""What is said of paths that callers lead out of a folder, and what shows that a server means them to stay in one."""

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from analyzers.authority.composition import Site
from analyzers.authority.containment import ABSOLUTE, HARMLESS, is_begun, is_ending_fixed, root_of
from analyzers.authority.egress import BOUND, BROKEN, Verdict
from analyzers.authority.rows import Row
from analyzers.authority.taint import Taint, by_caller, confidence, own_parts
from analyzers.evidence.code_runners import CodeRunners
from analyzers.evidence.taint_drafts import Cause, Telling, by_check, drafts
from analyzers.finding import Confidence, Evidence, Severity
from analyzers.flow.configured import UNKEPT
from analyzers.flow.operands import PATH
from analyzers.flow.prefixes import FORBIDDEN, SIBLING
from analyzers.flow.shapes import Piece
from analyzers.flow.texts import CONTAINED
from analyzers.frameworks.files import LISTINGS, MEDIA_READERS, PLACE_MAKERS
from analyzers.frameworks.sinks import RANKS
from analyzers.rule import Draft

# What conditions leave of a path that was found to lie in a folder.
KEPT = "c"
READING = RANKS["read-private"]
SHARED = ("http", "both", "unknown")


def names_folder(taint: Taint) -> bool:
    """Tell whether a path is to lie in a folder: it is joined to one, or a check compares it.

    Where it is left to who runs the server whether there is such a folder, any file may be meant to be opened.
    """
    return (taint.verdict.state == BROKEN and not _is_optional(taint)) or bool(root_of(taint))


def _is_optional(taint: Taint) -> bool:
    """Tell whether a path is kept in a folder once one is configured."""
    return bool(taint.verdict.bypass) and taint.verdict.bypass in UNKEPT


def _is_shared(taint: Taint) -> bool:
    return taint.row.transport in SHARED


def is_free(taint: Taint) -> bool:
    """Tell whether any file of the one user who runs a server can be named, perhaps by design."""
    return not _is_shared(taint) and not names_folder(taint)


def folders_kept(rows: Iterable[Row], taints: Iterable[Taint]) -> dict[str, Evidence]:
    """Return for each server where an entry point of it keeps what its caller writes in a folder."""
    kept = [
        Taint(row, effect, operand, own_parts(row, operand.shape, KEPT), Verdict(BOUND, CONTAINED))
        for row in rows
        for effect in (*row.effects, *row.local)
        for operand in effect.operands
        if operand.role == PATH and not any(by_caller(row, piece.labels, HARMLESS) for piece in operand.shape)
    ]
    found: dict[str, Evidence] = {}
    for taint in (*taints, *kept):
        if taint.verdict[:2] == (BOUND, CONTAINED) and _is_seen(taint):
            note, place = f"{taint.row.title} keeps what it opens in a folder", taint.effect.place
            found.setdefault(taint.row.entry.server.id, Evidence(place.path, place.line, note))
    return found


def _is_seen(taint: Taint) -> bool:
    """Tell whether the folder is seen that a path is kept in: one made for the occasion says nothing of others."""
    return bool(taint.chosen) and taint.operand.shape[0] != Piece()


def by_folder(site: Site, taint: Taint) -> tuple[str, str]:
    """One cause for each check that is passed by, or for what is opened in a folder by the same arguments.

    Texts without dots that may be absolute are one: whoever forgot that once joins them to folders everywhere.
    """
    shape = taint.operand.shape
    first = next((index for index, piece in enumerate(shape) if piece.labels & taint.chosen), 0)
    folder = "".join(piece.text for piece in shape[:first] if not piece.labels)
    if taint.verdict.bypass == ABSOLUTE:
        return "", f"absolute|{harm(taint)}"
    if taint.verdict.bypass or not folder.strip("/. ") or not taint.parameters:
        return by_check(site, taint)
    return taint.row.entry.server.id, f"{folder}|{taint.parameters[0]}"


class Surroundings(NamedTuple):
    """What stands beside paths.

    `made` are the parts of paths, by entry point, from which a folder or file is made; `kept` where servers keep paths;
    `runners` what runs code.
    """

    made: Container[tuple[str, str]]
    kept: Mapping[str, Evidence]
    runners: CodeRunners


def told(cause: Cause, around: Surroundings) -> Iterator[Draft]:
    """Yield a draft for each entry point of a cause, all as grave as the gravest."""
    made, kept, runners = around
    within = {
        taint.row.key
        for taint in cause.taints
        if is_begun(taint) and not any((taint.row.key, label) in made for label in taint.chosen)
    }
    gravest = max((harm(taint) for taint in cause.taints if taint.row.key not in within), default=Severity.LOW)
    for taint in cause.taints:
        sibling = kept.get(taint.row.entry.server.id)
        is_within = taint.row.key in within
        telling = _within_a_name(_telling(taint)) if is_within else _telling(taint, sibling)._replace(severity=gravest)
        runner = runners.beside(taint.row)
        telling = telling if runner is None else telling._replace(severity=min(telling.severity, Severity.LOW))
        draft = witnessed(drafts(cause, taint, telling), runner)
        yield witnessed(draft, sibling) if is_free(taint) else draft


def witnessed(draft: Draft, sibling: Evidence | None) -> Draft:
    """Return a draft with the place where another entry point keeps to a folder, or runs code."""
    return draft if sibling is None else msgspec.structs.replace(draft, evidence=(*draft.evidence, sibling))


def _telling(taint: Taint, sibling: Evidence | None = None) -> Telling:
    """Return what is said of a path; `sibling` is where another entry point of the server keeps to a folder."""
    root, bypass = root_of(taint), taint.verdict.bypass
    passed = f": {bypass}" if bypass else ""
    where = "out of its folder" if root or (bypass and bypass not in (FORBIDDEN + UNKEPT)) else "to any file"
    return Telling(
        message=f"{taint.row.title} lets {taint.named} lead {where}{passed}.",
        why=(
            "`..` and absolute paths are names as well, and `join` drops the folder before an absolute one. A model "
            "that was talked into it reads keys or overwrites files that run."
        ),
        doing="opens the path",
        group_message="entry points let their arguments lead to files outside of a folder.",
        severity=harm(taint),
        confidence=_confidence(taint, sibling),
    )


def harm(taint: Taint) -> Severity:
    """Return the harm of a path: less where only some files can be named, or little is learnt or done there."""
    remote = taint.row.transport in ("http", "both")
    if _is_named(taint):
        return Severity.LOW if taint.effect.rank > READING else Severity.INFO
    if taint.effect.name in PLACE_MAKERS or (root_of(taint) == "caller" and not remote):
        return Severity.LOW
    if _is_optional(taint):
        return Severity.MEDIUM if taint.row.transport == "http" else Severity.LOW
    siblings_alone = bool(taint.verdict.bypass) and taint.verdict.bypass in SIBLING
    if siblings_alone or taint.effect.name in (*LISTINGS, *MEDIA_READERS):
        return Severity.MEDIUM if remote else Severity.LOW
    if not remote and is_ending_fixed(taint) and taint.effect.rank <= READING:
        return Severity.LOW
    shared = remote and (taint.row.transport == "http" or names_folder(taint))
    return Severity.HIGH if shared and not is_ending_fixed(taint) else Severity.MEDIUM


def _is_named(taint: Taint) -> bool:
    """Tell whether only files that are called like those of the server can be named, in whatever folder."""
    return taint.verdict.bypass == ABSOLUTE and is_ending_fixed(taint)


def weight(taint: Taint) -> int:
    """Return what of several paths is shown: the gravest, a tool's before a route's, changes before what is read."""
    return 100 * harm(taint) + 10 * (taint.row.entry.kind == "tool") + taint.effect.rank


def _within_a_name(telling: Telling) -> Telling:
    """It takes a folder whose name begins as the file's does, or a system that takes `..` behind none at its word."""
    return telling._replace(severity=Severity.LOW, confidence=Confidence.LOW)


def _confidence(taint: Taint, sibling: Evidence | None) -> Confidence:
    """Whether a server of unknown transport is anybody else's is not known, nor which subjects its tokens have.

    For its own user a server may open any file by design; that it forbids some, or keeps others in a folder, speaks
    against it.
    """
    if is_free(taint):
        return Confidence.LOW if sibling is None else min(Confidence.MEDIUM, confidence(taint))
    if taint.verdict.bypass and taint.verdict.bypass in FORBIDDEN and taint.row.transport not in SHARED:
        return min(Confidence.MEDIUM, confidence(taint))
    if taint.is_kept:
        return confidence(taint, lowered=1)
    return confidence(taint, lowered=1 if taint.row.transport == "unknown" and not names_folder(taint) else 0)
