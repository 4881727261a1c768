"""From labels to outcomes: every tree is judged once, then held against all labels that name it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from analyzers.finding import Finding, Report
from app.local_git import GitError
from app.workers import AnalysisFailed
from bench.accuracy.audits import Corpus
from bench.accuracy.judging import Answer, Judge
from bench.accuracy.labels import Labels, PullRequest
from bench.accuracy.outcomes import Measured

Tell = Callable[[str], None]
TreeName = tuple[str, str]


class Measurement:
    """Measures the labels of one corpus, some trees at a time; `tell` hears of each tree before it is judged."""

    def __init__(self, corpus: Corpus, judge: Judge, lanes: int, tell: Tell) -> None:
        self._corpus = corpus
        self._judge = judge
        self._lanes = lanes
        self._tell = tell

    def run(self, labels: Labels) -> Measured:
        """Measure labels that all lie in the corpus. Raise GitError for a pair whose commits cannot be compared."""
        answers = self._scan(_trees(labels))
        judge, measured = self._judge, Measured()
        for pair in labels.pairs:
            before = answers[pair.repo, pair.vulnerable_commit]
            fix = self._corpus.repository(pair.repo).diff(pair.vulnerable_commit, pair.fix_commit)
            found = judge.pair(pair, before)
            measured.pairs.append(found)
            if found.covered:
                measured.twins.append(judge.twin(pair, answers[pair.repo, pair.fix_commit], fix))
        for spot in labels.spots:
            answer = answers[spot.repo, spot.commit]
            if spot.vulnerable:
                measured.spots.append(judge.spot(spot, answer))
            else:
                measured.clean.append(judge.trap(spot, answer))
        for label in labels.clean:
            measured.clean.extend(judge.clean(label, answers[label.repo, label.commit]))
        reviews = self._review(labels.pull_requests)
        measured.replayed.extend(
            judge.review(pull, *answer) for pull, answer in zip(labels.pull_requests, reviews, strict=True)
        )
        measured.failures.extend(_failures(answers))
        return measured

    def _scan(self, trees: Sequence[TreeName]) -> dict[TreeName, Answer]:
        with ThreadPoolExecutor(self._lanes) as lanes:
            return dict(zip(trees, lanes.map(self._scanned, trees), strict=True))

    def _scanned(self, tree: TreeName) -> Answer:
        self._tell(f"{tree[0]} at {tree[1][:9]}")
        try:
            return self._corpus.scan(*tree)
        except (GitError, AnalysisFailed) as error:
            return str(error)

    def _review(self, pulls: Sequence[PullRequest]) -> list[tuple[Answer, tuple[Finding, ...]]]:
        with ThreadPoolExecutor(self._lanes) as lanes:
            return list(lanes.map(self._reviewed, pulls))

    def _reviewed(self, pull: PullRequest) -> tuple[Report | str, tuple[Finding, ...]]:
        self._tell(f"{pull.repo} from {pull.base[:9]} to {pull.head[:9]}")
        try:
            return self._corpus.review(pull)
        except (GitError, AnalysisFailed) as error:
            return str(error), ()


def _trees(labels: Labels) -> list[TreeName]:
    """Name the trees, those of one repository together: most of their files are the same, and known from the first."""
    pairs = ((pair.repo, commit) for pair in labels.pairs for commit in (pair.vulnerable_commit, pair.fix_commit))
    spots = ((spot.repo, spot.commit) for spot in labels.spots)
    clean = ((label.repo, label.commit) for label in labels.clean)
    return sorted({*pairs, *spots, *clean})


def _failures(answers: Mapping[TreeName, Answer]) -> Iterator[str]:
    """Name the rules and readers that raised: what they would have found is missing from the numbers."""
    for (repository, commit), answer in answers.items():
        for failure in () if isinstance(answer, str) else answer.failures:
            place = f" on {failure.path}" if failure.path else ""
            yield f"{repository} at {commit[:9]}: {failure.rule or failure.kind} raised {failure.reason}{place}"
