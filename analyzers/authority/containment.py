"""Paths that callers write in part, and what keeps them below a folder."""

from collections.abc import Iterable

import msgspec

from analyzers.authority.egress import BOUND, BROKEN, OPEN
from analyzers.authority.rows import Row
from analyzers.authority.taint import Taint, by_caller, specials, taints
from analyzers.flow.operands import PATH
from analyzers.flow.prefixes import DOTS, RELATIVE
from analyzers.flow.shapes import Piece, Shape
from analyzers.flow.texts import CONTAINED, SEPARATORS
from analyzers.frameworks.data_files import READ_ANYWHERE, names_path

# One name of a path, plain characters and what was encoded for an address leave no folder.
HARMLESS = "bcweif"
NO_DOTS = "o"
# What these end is read by people: no keys, no settings, nothing that runs.
DOCUMENTS = (
    *(".md", ".pdf", ".csv", ".tsv", ".docx", ".pptx", ".xlsx", ".srt", ".vtt", ".svg"),
    *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".mp3", ".wav", ".mp4"),
)
# What many programs keep their settings, keys, records and code in: more of it may lie anywhere.
COMMON = (
    *(".json", ".jsonl", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".env", ".xml", ".txt", ".log", ".html"),
    *(
        ".py",
        ".js",
        ".ts",
        ".sh",
        ".bat",
        ".ps1",
        ".pem",
        ".key",
        ".crt",
        ".db",
        ".sqlite",
        ".sql",
        ".zip",
        ".gz",
        ".tar",
    ),
)
# Folders that say only where relative paths begin.
NO_ROOTS = ("", ".", "./", "/", "~", "~/")
ABSOLUTE = "an absolute path drops the folder that it is joined to"
UPWARDS = "`..` leaves the folder"


class Position(msgspec.Struct, frozen=True):
    """Where in a path a caller's part stands.

    `root` is what comes before it: `own` a folder of the server, `caller` one that the caller chose, "" nothing.
    `drops` is whether an absolute path in it takes the place of what comes before.
    """

    root: str
    drops: bool


def path_taints(rows: Iterable[Row]) -> list[Taint]:
    """Return the paths that callers have a part in."""
    return [taint for taint in taints(rows, (PATH,), HARMLESS, _judge) if not _is_address(taint)]


def _is_address(taint: Taint) -> bool:
    """Tell whether what is read is a whole address by its name, of which a request is told."""
    anywhere = taint.effect.name in READ_ANYWHERE and not root_of(taint)
    return anywhere and not any(map(names_path, taint.parameters))


def positions(taint: Taint, label: str = "") -> list[Position]:
    """Return where the caller's parts stand, of one label or of all."""
    found = []
    for index, piece in enumerate(taint.operand.shape):
        chosen = by_caller(taint.row, piece.labels, HARMLESS)
        if (chosen & taint.chosen) if not label else label in chosen:
            found.append(_position(taint, index))
    return found


def _position(taint: Taint, index: int) -> Position:
    earlier = taint.operand.shape[: _begun_at(taint, index)]
    chosen = [piece for piece in earlier if by_caller(taint.row, piece.labels, "") & taint.chosen]
    own = [piece for piece in earlier if not piece.joins and piece not in chosen]
    stated = any(piece.labels or piece.text.strip() not in NO_ROOTS for piece in own) or _is_unseen(earlier)
    root = "caller" if chosen else "own" if stated else ""
    return Position(root, bool(earlier) and earlier[-1].joins)


def _begun_at(taint: Taint, index: int) -> int:
    """Return the first of the caller's parts of one name: what follows another without a separator lies in no folder.

    `f"{name}_small{suffix}"` is all the caller's, beside the file that they named.
    """
    shape, first = taint.operand.shape, index
    for earlier in range(index - 1, -1, -1):
        if shape[earlier].joins or "/" in shape[earlier].text:
            break
        first = earlier if by_caller(taint.row, shape[earlier].labels, "") else first
    return first


def _is_unseen(earlier: Shape) -> bool:
    """Tell whether a path begins with a folder of the server's with a name that is not seen, as of a setting."""
    return earlier[:1] == (Piece(),) and any(piece.joins for piece in earlier)


def _judge(taint: Taint, label: str, notes: list[str]) -> tuple[str, str]:
    left, dots = specials(notes), DOTS in notes or label.startswith(NO_DOTS)
    if "holds" in notes or SEPARATORS in notes:
        return BOUND, ""
    if CONTAINED in notes:
        return BOUND, CONTAINED
    if left is not None and not ("/" in left and "." in left):
        return BOUND, ""
    drops = any(position.drops or not position.root for position in positions(taint, label))
    if dots and (RELATIVE in notes or not drops):
        return BOUND, ""
    for note in notes:
        if note.startswith("escapes: "):
            return BROKEN, note.removeprefix("escapes: ")
    if not any(position.root for position in positions(taint, label)):
        return OPEN, ""
    if dots:
        return BROKEN, ABSOLUTE
    return (BROKEN, UPWARDS) if RELATIVE in notes else (OPEN, "")


def root_of(taint: Taint) -> str:
    """Return what the path begins with where it is most exposed: `own`, `caller` or "" for nothing."""
    roots = {position.root for position in positions(taint)}
    return next((root for root in ("own", "caller") if root in roots), "")


def is_ending_fixed(taint: Taint) -> bool:
    """Tell whether only files of one name, of names that end in one way, documents or one program's files are open."""
    last = taint.operand.shape[-1]
    ending = last.text.rpartition("/")[2]
    stem, _, suffix = ending.partition(".")
    special = ending.endswith(DOCUMENTS) or (bool(suffix) and not ending.endswith(COMMON))
    # Which of its own names the server joins to a folder need not be seen: no caller chooses it.
    is_own = len(taint.operand.shape) > 1 and taint.operand.shape[-2].joins and last == Piece()
    return not last.labels and (bool(stem.strip("_-")) or special or is_own)


def is_begun(taint: Taint) -> bool:
    """Tell whether callers only write within a name that the path has begun: `..` leaves a folder that nobody made.

    So it does where nothing takes the `..` out of the path before the file system sees it.
    """
    shape = taint.operand.shape
    chosen = [index for index, piece in enumerate(shape) if by_caller(taint.row, piece.labels, HARMLESS) & taint.chosen]
    resolved = any(label.startswith("n") for index in chosen for label in shape[index].labels)
    return bool(chosen) and not resolved and all(_begins_before(shape, index) for index in chosen)


def _begins_before(shape: Shape, index: int) -> bool:
    for piece in reversed(shape[:index]):
        if piece.text.rpartition("/")[2].strip("."):
            return True
        if "/" in piece.text:
            return False
    return False


def is_empty(shape: Shape) -> bool:
    """Tell whether a path says nothing by itself."""
    return not any(piece.labels or piece.text for piece in shape if piece != Piece())
