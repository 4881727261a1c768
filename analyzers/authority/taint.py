"""What callers write into commands, code, queries and paths, and what the checks in front are worth."""

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from analyzers.authority.egress import BOUND, BROKEN, MAX_STEPS, OPEN, Verdict, own_functions, worst
from analyzers.authority.quotes import quoted_at
from analyzers.authority.rows import Row
from analyzers.finding import Confidence, Evidence
from analyzers.flow.destinations import PART, PASSED_BY_ERROR
from analyzers.flow.effects import Effect
from analyzers.flow.guards import Place
from analyzers.flow.labels import MARK, NONE, Labels, index_of, is_arguments, is_same, kept_of_request, key_of, owner_of
from analyzers.flow.operands import CODE, SHELL, Operand
from analyzers.flow.shapes import Piece, Shape
from analyzers.flow.texts import settled
from analyzers.project.program import Function

ESCAPED = "j"
QUOTED = "g"
# What is told of a check of an address is less of one of another text.
BY_ERROR = "an error in the check"
IN_PART = "only a part of it, as its first word, is compared"
Judge = Callable[["Taint", str, list[str]], tuple[str, str]]


def in_words(names: Sequence[str]) -> str:
    """Return names as a list in a sentence: `a`, `b` and `c`."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _is_of(label: str, handler: Function) -> bool:
    return MARK in label and owner_of(label) == handler.id


class Taint(NamedTuple):
    """One operand of one effect that an entry point's caller writes in part or in whole."""

    row: Row
    effect: Effect
    operand: Operand
    chosen: Labels
    verdict: Verdict

    @property
    def parameters(self) -> tuple[str, ...]:
        """The handler's parameters that the caller's part comes from."""
        handler = self.row.entry.handler
        if handler is None:
            return ()
        own = {index_of(label) for label in self.chosen if _is_of(label, handler)}
        return tuple(handler.facts.parameters[index].name for index in sorted(own))

    def _names(self) -> tuple[str, ...]:
        """Return the parameters, or of one that is a table with the arguments of every tool the entries."""
        handler = self.row.entry.handler
        if handler is None or self.row.entry.branch is None:
            return self.parameters
        within = own_functions(self.row)
        keys = sorted({key_of(label) for label in self.chosen if MARK in label and owner_of(label) in within} - {""})
        return tuple(keys) or self.parameters

    @property
    def named(self) -> str:
        """The parameters as prose."""
        own = [f"`{name}`" for name in self._names()]
        kept = [f"`{name}` of its request" for name in sorted({kept_of_request(label) for label in self.chosen} - {""})]
        return in_words((*own, *kept)) or "its arguments"

    @property
    def is_kept(self) -> bool:
        """Whether nothing but what a hook kept of the request is in it, as the claims of its token."""
        return all(kept_of_request(label) for label in self.chosen)


def taints(rows: Iterable[Row], roles: Collection[str], harmless: str, judge: Judge) -> Iterator[Taint]:
    """Yield the operands of some roles that callers have a part in, judged by the conditions on every part.

    `harmless` are the variants of a value that do nothing there; `judge` says what the notes on a label are worth.
    """
    for row in rows:
        for effect in (*row.effects, *row.local):
            for operand in effect.operands:
                if operand.role not in roles:
                    continue
                chosen = _written(row, operand, harmless)
                if chosen:
                    yield judged(Taint(row, effect, operand, chosen, Verdict(OPEN)), judge)


def _written(row: Row, operand: Operand, harmless: str) -> Labels:
    """Return what the caller writes into an operand, less what is escaped for the literal in code that it stands in."""
    found: Labels = frozenset()
    quoted = False
    between = quoted_at(operand.shape) if operand.role == SHELL else itertools.repeat(False)
    for piece, is_between in zip(operand.shape, between, strict=False):
        quoted ^= piece.text.replace('\\"', "").count('"') % 2 == 1
        own = by_caller(row, piece.labels, harmless.replace(QUOTED, "") if is_between else harmless)
        # Where not all of a text is seen, what is escaped is taken to stand between quotes.
        is_literal = operand.role == CODE and (quoted or len(piece.labels) > 1)
        found |= frozenset(label for label in own if label[0] != ESCAPED) if is_literal else own
    return found


def by_caller(row: Row, labels: Labels, harmless: str) -> Labels:
    """Return those labels that the caller of an entry point controls, in a form that can do harm.

    What a hook kept of the request counts: a token's subject is a text that somebody else chose.
    """
    if not labels:
        return NONE
    own = own_functions(row)
    return frozenset(
        label
        for label in labels
        if key_of(label) not in row.typed and (is_arguments(label) or _is_written(label, own, harmless))
        if not row.entry.prepared or not _is_prepared(row, label)
    )


def _is_prepared(row: Row, label: str) -> bool:
    """Tell whether a label names a parameter that the framework gives no text of the caller's."""
    handler = row.entry.handler
    own = handler is not None and MARK in label and owner_of(label) == handler.id
    return own and index_of(label) in row.entry.prepared


def _is_written(label: str, own: set[str], harmless: str) -> bool:
    return MARK in label and label[0] not in harmless and label[0] not in "rdk" and _is_own(label, own)


def _is_own(label: str, own: set[str]) -> bool:
    return owner_of(label) in own or bool(kept_of_request(label))


def own_parts(row: Row, shape: Shape, variant: str) -> Labels:
    """Return what callers of an entry point wrote into a text, in the form that one variant of a value has."""
    own = own_functions(row)
    labels = (label for piece in shape for label in piece.labels)
    return frozenset(label for label in labels if label[0] == variant and MARK in label and _is_own(label, own))


def open_pieces(taint: Taint, harmless: str) -> list[int]:
    """Return the positions in the shape that the caller writes."""
    return [
        position
        for position, piece in enumerate(taint.operand.shape)
        if by_caller(taint.row, piece.labels, harmless) & taint.chosen
    ]


def judged(taint: Taint, judge: Judge) -> Taint:
    """Return a taint with what stands in front of it, narrowed to the labels that are not bound."""
    verdicts = {label: _judged(taint, label, judge) for label in sorted(taint.chosen)}
    loose = frozenset(label for label, verdict in verdicts.items() if verdict.state != BOUND)
    return taint._replace(chosen=loose or taint.chosen, verdict=worst(verdicts.values()))


def _judged(taint: Taint, label: str, judge: Judge) -> Verdict:
    own = own_functions(taint.row)
    decided = [guard for guard in taint.effect.guards if guard.kind == "switch"]
    # A switch may be told of twice: by what the process decides of it, and by what the call does.
    switches = {guard.claim for guard in decided} - {
        guard.claim
        for guard in decided
        if any(is_arguments(item) or (MARK in item and owner_of(item) in own) for item in guard.subject)
    }
    notes: dict[str, Place] = {}
    for guard, place in taint.effect.guards.items():
        if guard.kind != "url" or (guard.claim and guard.claim not in switches):
            continue
        for subject in guard.subject:
            if is_same(subject, label):
                notes.setdefault(settled(guard.note, subject), place)
    state, why = judge(taint, label, list(notes))
    stands = next((place for note, place in notes.items() if why and why in note), None)
    return Verdict(state, IN_PART if why == PART else why, stands)


# What conditions are worth, by what the text is used for


def specials(notes: Iterable[str]) -> frozenset[str] | None:
    """Return the special characters that the narrowest pattern among notes admits, None where there is none."""
    admitted = [frozenset(note.removeprefix("pattern: ")) for note in notes if note.startswith("pattern: ")]
    return min(admitted, key=len, default=None)


def bounded_text(harmful: frozenset[str]) -> Judge:
    """Return a judge of texts in which some special characters do harm."""

    def judge(_: Taint, __: str, notes: list[str]) -> tuple[str, str]:
        left = specials(notes)
        if any(note in ("holds", "holds at every connection") for note in notes) or (
            left is not None and not left & harmful
        ):
            return BOUND, ""
        for kind in ("denied: ", "prefix: ", "broken: "):
            for note in notes:
                if note.startswith(kind):
                    return BROKEN, BY_ERROR if note == PASSED_BY_ERROR else note.removeprefix(kind)
        return (BROKEN, PART) if PART in notes else (OPEN, "")

    return judge


# What a finding says


def confidence(taint: Taint, *, lowered: int = 0) -> Confidence:
    """Return how sure a taint is: transport, names that speak for effects and unresolved parts lower it."""
    steps = {"both": 1, "unknown": 1}.get(taint.row.transport, 0)
    return Confidence.HIGH.lowered(steps + lowered + (0 if taint.effect.sure else 1))


def text_of(shape: Shape) -> str:
    """Return a shape as a text with marks for what is not constant."""
    return "".join(piece.text or "…" for piece in shape)


def before(shape: Shape, position: int) -> str:
    """Return the constant text in front of a piece, with marks for what is not constant."""
    return text_of(tuple(piece for piece in shape[:position] if piece.text or piece.labels))


def is_empty(piece: Piece) -> bool:
    """Tell whether a piece says nothing."""
    return not piece.text.strip(" \n\t;()'\"") and not piece.labels


def evidence(taint: Taint, doing: str, others: Iterable[Place]) -> Iterator[Evidence]:
    """Yield the steps from the entry point to the effect, a check that is passed by, and other places alike."""
    row, effect, verdict = taint.row, taint.effect, taint.verdict
    declared = row.entry.declared.function
    handler = row.entry.handler if row.entry.branch is None else None
    path = handler.file.path if handler is not None else declared.file.path
    line = handler.line if handler is not None else declared.line_of(row.entry.declared.value)
    yield Evidence(path, line, f"{row.title} takes {taint.named} from its caller")
    for place in effect.via[:MAX_STEPS]:
        yield Evidence(place.path, place.line, f"passed on in `{place.symbol}`")
    if verdict.place is not None and verdict.bypass:
        yield Evidence(verdict.place.path, verdict.place.line, f"checked here: {verdict.bypass}")
    yield Evidence(effect.place.path, effect.place.line, f"`{effect.name}` {doing}")
    for place in sorted(set(others))[:MAX_STEPS]:
        yield Evidence(place.path, place.line, f"likewise in `{place.symbol}`")
