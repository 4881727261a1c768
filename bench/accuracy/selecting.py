"""Which labels can be measured: those whose repository lies in the corpus, in a language that has a reader."""

from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from bench.accuracy.audits import Corpus
from bench.accuracy.labels import CleanFiles, Labels, Pair, PullRequest, Spot
from bench.accuracy.languages import unmeasured
from bench.accuracy.outcomes import Skipped

Label = TypeVar("Label", Pair, Spot, CleanFiles, PullRequest)


# What can be measured alone: the fields of Labels by the names that a command line gives them.
KINDS = {"pairs": "pairs", "spots": "spots", "clean": "clean", "pull-requests": "pull_requests"}


def narrowed(
    labels: Labels, kinds: Collection[str], repositories: Collection[str] = (), without: Collection[str] = ()
) -> Labels:
    """Return the labels of some kinds, of `repositories` where any are named, and of none that is left out."""

    def kept(items: tuple[Label, ...]) -> tuple[Label, ...]:
        wanted = (item for item in items if not repositories or item.repo in repositories)
        return tuple(item for item in wanted if item.repo not in without)

    return Labels(**{KINDS[kind]: kept(getattr(labels, KINDS[kind])) for kind in kinds}, popular=labels.popular)


class Selection:
    """Sorts labels into measured and skipped; `only` keeps those whose id contains it."""

    def __init__(self, corpus: Corpus, only: str = "") -> None:
        self._corpus = corpus
        self._only = only
        self.skipped: list[Skipped] = []

    def of(self, labels: Labels) -> Labels:
        """Return the labels to be measured, and note the others."""
        return Labels(
            pairs=self._some(labels.pairs, lambda pair: (pair.vulnerable_commit, pair.fix_commit), _pair_paths),
            spots=self._some(labels.spots, lambda spot: (spot.commit,), lambda spot: [spot.path]),
            clean=self._some(labels.clean, lambda label: (label.commit,), lambda label: label.paths),
            pull_requests=self._some(labels.pull_requests, lambda pull: (pull.base, pull.head), self._pull_paths),
            popular=labels.popular,
        )

    def _some(
        self,
        labels: Iterable[Label],
        commits: Callable[[Label], tuple[str, ...]],
        paths: Callable[[Label], Iterable[str]],
    ) -> tuple[Label, ...]:
        kept = []
        for label in labels:
            if self._only not in label.id:
                continue
            if not self._corpus.has(label.repo, *commits(label)):
                self.skipped.append(Skipped(label.id, "not in the corpus"))
            elif language := unmeasured(paths(label)):
                self.skipped.append(Skipped(label.id, f"{language} has no reader"))
            else:
                kept.append(label)
        return tuple(kept)

    def _pull_paths(self, pull: PullRequest) -> list[str]:
        if not isinstance(pull.expected, str):
            return [item.path for item in pull.expected]
        files = self._corpus.repository(pull.repo).diff(pull.base, pull.head)
        return [file.head or file.base for file in files]


def _pair_paths(pair: Pair) -> list[str]:
    return [place.path for place in pair.locations]
