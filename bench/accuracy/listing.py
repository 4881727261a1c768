"""Every miss and false positive by name, with the rule and the place, as lines."""

from collections import Counter
from collections.abc import Iterable, Iterator

from analyzers.finding import Finding
from bench.accuracy.classes import RULES_OF_CLASS
from bench.accuracy.outcomes import Checked, Judged, Measured, Replayed

# Findings of the class elsewhere in the file show where to look; a few are enough.
NEAR = 3


def sections(measured: Measured) -> Iterator[tuple[str, list[str]]]:
    """Yield a title and its lines for everything that a reader should look at, and for what was not measured."""
    labels = [*measured.pairs, *measured.spots]
    brought = [label for pull in measured.replayed for label in pull.expected]
    yield "Missed", list(_missed(labels))
    yield "Missed in the pull request that brought them", list(_missed(brought))
    yield "Found", list(_hits([*labels, *brought]))
    yield "False positives in fixed twins", list(_alarms(measured.twins))
    yield "False positives in clean places", list(_alarms(measured.clean))
    yield "Ordinary pull requests blocked", list(_blocked(measured.replayed))
    yield "No rule yet for their class", list(_uncovered(labels))
    yield "Not analysed", list(_unread(measured))
    yield "Failures of rules and readers", measured.failures
    yield "Skipped", list(_skipped(measured))


def described(finding: Finding) -> str:
    """Return one finding on one line."""
    place = f"{finding.location.path}:{finding.location.line}"
    return f"{finding.rule} ({finding.severity}, {finding.confidence} confidence) {place}: {finding.message}"


def _missed(labels: Iterable[Judged]) -> Iterator[str]:
    for label in labels:
        if label.covered and not label.found and not label.unread:
            yield f"{label.id} [{label.weakness}{', ' * bool(label.difficulty)}{label.difficulty}] {label.note}"
            yield from (f"  not loud: {described(finding)}" for finding in label.quiet[:NEAR])
            yield from (f"  in the evidence of: {described(finding)}" for finding in label.on_the_way[:NEAR])
            yield from (f"  elsewhere: {described(finding)}" for finding in label.near[:NEAR])


def _hits(labels: Iterable[Judged]) -> Iterator[str]:
    for label in labels:
        if label.found:
            yield f"{label.id}: {described(label.found[0])}"


def _alarms(checks: Iterable[Checked]) -> Iterator[str]:
    for check in checks:
        yield from (f"{check.id} [{check.weakness}] {described(finding)}" for finding in check.alarms)


def _blocked(pulls: Iterable[Replayed]) -> Iterator[str]:
    for pull in pulls:
        if pull.is_ordinary and pull.blocking:
            yield f"{pull.id} {pull.subject}"
            yield from (f"  {described(finding)}" for finding in pull.blocking)


def _uncovered(labels: Iterable[Judged]) -> Iterator[str]:
    for label in labels:
        if not label.covered:
            waiting = ", ".join(RULES_OF_CLASS.get(label.weakness, ())) or "no rule planned"
            yield f"{label.id} [{label.weakness}]: {waiting}"


def _unread(measured: Measured) -> Iterator[str]:
    results: list[Judged | Checked | Replayed] = [*measured.pairs, *measured.spots, *measured.twins]
    for result in (*results, *measured.clean, *measured.replayed):
        if result.unread:
            yield f"{result.id}: {result.unread}"


def _skipped(measured: Measured) -> Iterator[str]:
    reasons = Counter(item.reason for item in measured.skipped)
    yield from (f"{number} labels: {reason}" for reason, number in sorted(reasons.items()))
