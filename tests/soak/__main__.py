"""``python -m tests.soak``: many schedules of pushes, kills and failures, each drawn from a seed."""

import argparse
import queue
import shutil
import sys
import threading
import time
from collections import Counter
from functools import partial
from pathlib import Path

from tests.app.cluster import Cluster
from tests.soak.play import Outcome, play
from tests.soak.schedules import draw

SQLITE, POSTGRES = "sqlite", "postgres"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--schedules", type=int, default=20, help="how many, half of them on each database")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--only", choices=(SQLITE, POSTGRES), help="on this database alone")
    parser.add_argument("--at-once", type=int, default=3, help="schedules side by side")
    parser.add_argument("--keep", type=Path, default=Path("soak-failures"), help="where logs of failures go")
    chosen = parser.parse_args()
    tasks: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
    for seed in range(chosen.seed, chosen.seed + chosen.schedules):
        tasks.put((seed, chosen.only or (SQLITE, POSTGRES)[seed % 2]))
    outcomes: queue.SimpleQueue[tuple[str, Outcome]] = queue.SimpleQueue()
    players = [threading.Thread(target=_work, args=(tasks, outcomes, chosen.keep)) for _ in range(chosen.at_once)]
    for player in players:
        player.start()
    started = time.monotonic()
    results = [_tell(*outcomes.get()) for _ in range(chosen.schedules)]
    # They stop their clusters.
    for player in players:
        player.join()
    return _sum_up(results, time.monotonic() - started)


def _work(
    tasks: "queue.SimpleQueue[tuple[int, str]]", outcomes: "queue.SimpleQueue[tuple[str, Outcome]]", keep: Path
) -> None:
    # A cluster of its own: schedules crash theirs.
    with Cluster() as cluster:
        while True:
            try:
                seed, database = tasks.get_nowait()
            except queue.Empty:
                return
            save = partial(_save, keep / f"{seed}-{database}")
            started = time.monotonic()
            try:
                outcome = play(draw(seed), cluster if database == POSTGRES else None, save)
            except Exception as error:  # noqa: BLE001  # one schedule that cannot be played must not hide the others
                problem = f"not played: {type(error).__name__}: {error}"
                outcome = Outcome(seed, [problem], 0, Counter(), time.monotonic() - started)
            outcomes.put((database, outcome))


def _save(place: Path, directory: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(directory, place, ignore_dangling_symlinks=True)


def _tell(database: str, outcome: Outcome) -> Outcome:
    verdict = "FAILED" if outcome.problems else "ok"
    facts = f"{outcome.deaths} deaths, {outcome.seconds:.0f} s"
    _say(f"seed {outcome.seed} on {database}: {verdict} ({facts})")
    for problem in outcome.problems:
        _say(f"  {problem}")
    if outcome.problems:
        _say(f"  again: python -m tests.soak --schedules 1 --seed {outcome.seed} --only {database}")
    return outcome


def _sum_up(results: list[Outcome], seconds: float) -> int:
    conclusions = sum((outcome.conclusions for outcome in results), Counter[str]())
    failed = sorted(outcome.seed for outcome in results if outcome.problems)
    deaths = sum(outcome.deaths for outcome in results)
    _say(f"{len(results)} schedules, {deaths} processes killed, {len(failed)} failed {failed}, {seconds:.0f} s")
    for conclusion, times in conclusions.most_common(8):
        _say(f"{times:6} {conclusion}")
    return 1 if failed else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
