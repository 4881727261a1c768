"""Numbers of a measurement as rows of text."""

from collections.abc import Collection, Iterable, Sequence

from bench.accuracy.outcomes import Checked, Judged, Measured, Replayed

DIFFICULTIES = ("local", "cross-file", "semantic")

Row = tuple[str, ...]


def recall(labels: Iterable[Judged]) -> list[Row]:
    """Return found of labelled by class and difficulty, with a heading and the sums."""
    known = [label for label in labels if label.covered]
    classes = sorted({label.weakness for label in known})
    by_class = [(name, *_shares([label for label in known if label.weakness == name])) for name in classes]
    return [("class", *DIFFICULTIES, "all"), *by_class, ("**all**", *_shares(known))]


def totals(measured: Measured) -> list[Row]:
    """Return how each kind of label went, with a heading."""
    ordinary = [pull for pull in measured.replayed if pull.is_ordinary]
    introducing = [label for pull in measured.replayed for label in pull.expected if label.covered]
    spots = [spot for spot in measured.spots if spot.covered]
    return [
        ("measured", "result"),
        ("vulnerable places found", _found(spots)),
        ("weaknesses found in the pull request that brought them", _found(introducing)),
        ("fixed twins with a false positive", _alarmed(measured.twins)),
        ("clean places with a false positive", _alarmed(measured.clean)),
        ("ordinary pull requests blocked", _blocked(ordinary)),
    ]


def aligned(rows: Sequence[Row]) -> list[str]:
    """Return rows as aligned lines."""
    plain = [tuple(cell.replace("**", "") for cell in row) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*plain, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in plain]


def markdown(rows: Sequence[Row]) -> list[str]:
    """Return rows as a Markdown table."""
    heading, *rest = (f"| {' | '.join(row)} |" for row in rows)
    return [heading, f"|{' --- |' * len(rows[0])}", *rest]


def _shares(labels: Sequence[Judged]) -> tuple[str, ...]:
    by_difficulty = ([label for label in labels if label.difficulty == name] for name in DIFFICULTIES)
    return (*(_found(some) for some in by_difficulty), _found(labels))


def _found(labels: Collection[Judged]) -> str:
    return _share(sum(bool(label.found) for label in labels), len(labels))


def _alarmed(checks: Collection[Checked]) -> str:
    return _share(sum(bool(check.alarms) for check in checks), len(checks))


def _blocked(pulls: Collection[Replayed]) -> str:
    return _share(sum(bool(pull.blocking) for pull in pulls), len(pulls))


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole}" if whole else "none labelled"
