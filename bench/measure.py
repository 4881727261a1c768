"""CPU time, wall time and memory of a command with all its descendants.

Run as a program, it is the process that adopts and counts orphans: `python -m bench.measure REPORT COMMAND...`.
"""

import ctypes
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# From linux/prctl.h: orphaned descendants are handed to this process, so that their time is counted.
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Usage:
    """What one run took: seconds of CPU and wall, megabytes of its largest process, and its exit code."""

    cpu: float
    wall: float
    megabytes: float
    code: int


def run(
    command: Sequence[str], *, environment: Mapping[str, str] | None = None, expected: Collection[int] = (0,)
) -> Usage:
    """Run a command once and measure it. Raise RuntimeError for an exit code that is not expected."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as report:
        # The measuring process imports from here, whatever folder the command runs in.
        wrapper = [sys.executable, "-S", "-E", str(Path(__file__).resolve()), report.name, *command]
        done = subprocess.run(
            wrapper, env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=True
        )
        usage = Usage(**json.load(report))
    if usage.code not in expected:
        raise RuntimeError(f"{' '.join(command)} ended with {usage.code}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return usage


def median(runs: Sequence[Usage]) -> Usage:
    """Return the medians of several runs, and the largest memory."""
    return Usage(
        statistics.median(usage.cpu for usage in runs),
        statistics.median(usage.wall for usage in runs),
        max(usage.megabytes for usage in runs),
        runs[-1].code,
    )


def alternate(runners: Mapping[str, Callable[[], Usage]], rounds: int) -> dict[str, Usage]:
    """Run all runners in turn, several rounds, so that the machine's moods meet all alike; return their medians."""
    runs: dict[str, list[Usage]] = {name: [] for name in runners}
    for _ in range(rounds):
        for name, runner in runners.items():
            runs[name].append(runner())
    return {name: median(usages) for name, usages in runs.items()}


def _measure(report: str, command: list[str]) -> int:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    start = time.perf_counter()
    code = subprocess.run(command, check=False).returncode
    wall = time.perf_counter() - start
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = {"cpu": usage.ru_utime + usage.ru_stime, "wall": wall, "megabytes": usage.ru_maxrss / 1024, "code": code}
    Path(report).write_text(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(_measure(sys.argv[1], sys.argv[2:]))
