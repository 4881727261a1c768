"""Which part of an address the pieces of its shape control: its host, or the path and query behind it."""

from analyzers.flow.labels import Labels, is_chosen
from analyzers.flow.shapes import Piece, Shape


def split(shape: Shape) -> tuple[Shape, Shape]:
    """Return the pieces up to the end of the authority, and those of path and query behind it."""
    seen = ""
    for index, piece in enumerate(shape):
        if not piece.text:
            continue
        before, seen = seen, seen + piece.text
        start = seen.find("//")
        slash = _authority_end(seen, start + 2 if start >= 0 else 0)
        if slash >= 0:
            cut = max(0, slash - len(before))
            head = (*shape[:index], Piece(piece.text[:cut]))
            return head, (Piece(piece.text[cut:]), *shape[index + 1 :])
    return shape, ()


def _authority_end(text: str, start: int) -> int:
    ends = [position for mark in "/?#" if (position := text.find(mark, start)) >= 0]
    return min(ends, default=-1)


def host_labels(shape: Shape) -> Labels:
    """Return the labels that control scheme, host or port.

    A value right behind a constant host without a slash between controls the host too: `https://api.example` followed
    by `@evil.example`. Behind an unknown base (a setting) it is taken for a path.
    """
    head, _ = split(shape)
    labels: set[str] = set()
    for position, piece in enumerate(head):
        if piece.labels and position and head[position - 1].labels and not labels:
            continue
        labels.update(piece.labels)
        if piece.labels and not any(is_chosen(label) for label in piece.labels):
            break
    return frozenset(labels)


def path_labels(shape: Shape) -> Labels:
    """Return the labels in the path or query."""
    _, tail = split(shape)
    return frozenset(label for piece in tail for label in piece.labels)


def host_text(shape: Shape) -> str:
    """Return the constant host of a shape, "" when it is not constant."""
    head, _ = split(shape)
    if any(piece.labels for piece in head):
        return ""
    authority = "".join(piece.text for piece in head).partition("//")[2].rpartition("@")[2]
    return authority.partition("]")[0] + "]" if authority.startswith("[") else authority.partition(":")[0]
