"""What must hold when a schedule has come to rest."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tests.soak.schedules import CLEAN, Content
from tests.standin.records import CheckRun, PullRequest
from tests.standin.repository import Repository
from tests.standin.server import StandIn

FINGERPRINT = re.compile(r"<!-- skillaudit:v1 fp=(\S+)")


@dataclass
class Written:
    """What a head's server is like, and how often a human asked to review the head once more."""

    content: Content
    asked_again: int = 0


@dataclass
class Played:
    """What a schedule has done: the pull requests, their newest heads, and what every head holds."""

    repository: Repository
    pulls: dict[int, PullRequest]
    heads: dict[int, str]
    written: dict[str, Written]


def is_at_rest(standin: StandIn, played: Played) -> bool:
    """Tell whether every check is concluded and every head that counts has one."""
    return not any(_unconcluded(standin, played)) and not any(_unchecked(standin, played))


def violations(standin: StandIn, played: Played) -> list[str]:
    """Return what does not hold."""
    found = [*standin.violations]
    found += _unconcluded(standin, played)
    found += _unchecked(standin, played)
    found += _checked_twice(standin, played)
    found += _reviewed_twice(standin, played)
    found += _untrue(standin, played)
    return found


def _verdicts(standin: StandIn, head: str) -> list[CheckRun]:
    return [run for run in standin.check_runs(head) if run.conclusion not in (None, "cancelled")]


def _unconcluded(standin: StandIn, played: Played) -> Iterator[str]:
    for head in played.written:
        for run in standin.check_runs(head):
            if run.status != "completed":
                yield f"check {run.id} of {head[:7]} was never concluded"


def _unchecked(standin: StandIn, played: Played) -> Iterator[str]:
    for pull in played.pulls.values():
        runs = standin.check_runs(pull.head_sha)
        if not _verdicts(standin, pull.head_sha) or runs[-1].conclusion == "cancelled":
            yield f"#{pull.number} has no verdict on its head {pull.head_sha[:7]}: {[run.title for run in runs]}"


def _checked_twice(standin: StandIn, played: Played) -> Iterator[str]:
    for head, written in played.written.items():
        runs = _verdicts(standin, head)
        if len(runs) > 1 + written.asked_again:
            yield f"{head[:7]} has {len(runs)} verdicts, asked for again {written.asked_again} times"


def _reviewed_twice(standin: StandIn, played: Played) -> Iterator[str]:
    ours = standin.app.bot
    for pull in played.pulls.values():
        reviews = Counter(
            review.commit_id for review in standin.reviews(played.repository, pull) if review.author == ours
        )
        yield from (f"{times} reviews of {head[:7]}" for head, times in reviews.items() if times > 1)
        comments = [
            comment
            for comment in standin.comments(played.repository, pull, hidden=True)
            if comment.author == ours and not comment.deleted
        ]
        told = Counter(
            match[1] for item in comments if not item.in_reply_to for match in FINGERPRINT.finditer(item.body)
        )
        yield from (f"{times} comments on {finding} of #{pull.number}" for finding, times in told.items() if times > 1)
        replies = Counter((item.in_reply_to, item.body) for item in comments if item.in_reply_to)
        yield from (f"{times} equal replies to {root[0]}" for root, times in replies.items() if times > 1)


def _untrue(standin: StandIn, played: Played) -> Iterator[str]:
    for head, written in played.written.items():
        for run in standin.check_runs(head):
            if run.conclusion == "success" and written.content not in CLEAN:
                yield f"{head[:7]} was passed although it holds {written.content.value}: {run.title}"
