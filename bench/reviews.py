"""A review from the webhook to the concluded check, with GitHub 100 ms away."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from bench import table
from bench.packages import MEDIUM, python_files, size
from bench.repositories import changed
from bench.served import UNPACED, served
from tests.standin.records import CheckRun, PullRequest
from tests.standin.repository import Repository
from tests.standin.server import StandIn

LATENCY_SECONDS = 0.1
CHANGED_FILES = 10
MEASURED = 20
_LIMIT_SECONDS = 120.0
_LOOK_SECONDS = 0.002
_JUDGING = 'skillaudit_step_seconds_sum{step="analysis"}'


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds from the delivery to the check in progress and concluded, its conclusion, and the calls made.

    `judging` is how long the analysis took of that, its reading of changed files included. `points` are what GitHub
    counts for the calls against its limits: reads and queries 1, writes and mutations 5.
    """

    in_progress: float
    concluded: float
    judging: float
    conclusion: str
    operations: list[str]
    points: int


def reviews(downloads: Path) -> None:
    """Review pull requests of ten files one after the other: everything cold, then tokens and facts cached."""
    files = python_files(MEDIUM, downloads)
    step = max(1, len(files) // CHANGED_FILES)
    with StandIn() as github, served(github, UNPACED) as address:
        repository = github.create_repository("acme/shop")
        repository.commit({file.path: file.data for file in files})
        github.latency(LATENCY_SECONDS)
        subject = (
            f"{MEDIUM}, {size(files) / 1e6:.2f} MB, {CHANGED_FILES} files changed, every call answered after 100 ms"
        )
        table.heading("a review on GitHub", subject)
        timings = []
        for number in range(MEASURED + 1):
            touched = [changed(file) for file in files[number % step :: step][:CHANGED_FILES]]
            # The tree of no other pull request, so that it is read.
            more = {"number.txt": str(number).encode()}
            repository.commit({file.path: file.data for file in touched} | more, f"change-{number}")
            judged_before = _judging(address)
            timing = _review(github, repository, github.open_pull(repository, f"change-{number}"))
            timings.append(replace(timing, judging=_judging(address) - judged_before))
    _print("cold", timings[0])
    _print("tokens and facts cached", timings[1])
    _print_all(timings[1:])


def _review(github: StandIn, repository: Repository, pull: PullRequest) -> Timing:
    github.log.clear()
    start = time.perf_counter()
    delivery = github.deliver("pull_request", "opened", repository=repository, pull=pull)
    if delivery.status_code != 202:
        raise RuntimeError(f"the delivery was answered with {delivery.status_code}: {delivery.response}")
    _wait(github, pull, start, concluded=False)
    in_progress = time.perf_counter() - start
    run = _wait(github, pull, start, concluded=True)
    concluded = time.perf_counter() - start
    return Timing(in_progress, concluded, 0.0, str(run.conclusion), github.log.operations(), github.log.points())


def _judging(address: str) -> float:
    """Return how many seconds the server has spent on analyses so far."""
    samples = httpx.get(f"{address}/metrics").text.splitlines()
    sums = [line for line in samples if line.startswith(_JUDGING)]
    return float(sums[0].rpartition(" ")[2]) if sums else 0.0


def _wait(github: StandIn, pull: PullRequest, start: float, *, concluded: bool) -> CheckRun:
    while time.perf_counter() - start < _LIMIT_SECONDS:
        for run in github.check_runs(pull.head_sha, "SkillAudit"):
            if run.conclusion is not None or not concluded:
                return run
        time.sleep(_LOOK_SECONDS)
    raise RuntimeError(f"no such check within {_LIMIT_SECONDS:.0f} s; calls so far: {github.log.operations()}")


def _print(name: str, timing: Timing) -> None:
    table.fact(
        f"{name}: in progress, concluded", f"{timing.in_progress:.2f} s, {timing.concluded:.2f} s ({timing.conclusion})"
    )
    table.fact(f"{name}: {len(timing.operations)} calls, {timing.points} points", ", ".join(timing.operations))


def _print_all(timings: Sequence[Timing]) -> None:
    table.fact(f"{len(timings)} of these: in progress", table.milliseconds([one.in_progress for one in timings]))
    table.fact(f"{len(timings)} of these: concluded", table.milliseconds([one.concluded for one in timings]))
    table.fact("all of that but judging", table.milliseconds([one.concluded - one.judging for one in timings]))
    most, points = max(len(one.operations) for one in timings), max(one.points for one in timings)
    table.fact("most calls and points of one", f"{most} calls, {points} points")
