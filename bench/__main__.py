"""Run the measurements: all of them, or those named."""

import argparse
import compileall
from collections.abc import Callable
from pathlib import Path

from bench import command_line
from bench.burst import burst
from bench.deliveries import deliveries
from bench.machine import machine_lines
from bench.reviews import reviews
from bench.throughput import fairness, throughput
from bench.warm import warm_review

ROOT = Path(__file__).parents[1]
DOWNLOADS = ROOT / "build" / "bench"


def main() -> None:
    """Print the machine and each measurement asked for."""
    parser = argparse.ArgumentParser(prog="make bench BENCH_ARGS=...", description=__doc__)
    parser.add_argument("measurements", nargs="*", choices=[[], *MEASUREMENTS], help="default: all of them")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each command; medians are printed")
    arguments = parser.parse_args()
    # pip compiles what it installs, so the peers start from bytecode; a first run may not be allowed to write ours.
    for package in ("analyzers", "app", "github"):
        compileall.compile_dir(ROOT / package, quiet=1)
    for line in machine_lines():
        print(line)
    for name in arguments.measurements or MEASUREMENTS:
        MEASUREMENTS[name](arguments.rounds)


MEASUREMENTS: dict[str, Callable[[int], None]] = {
    "ten-files": lambda rounds: command_line.review_of_ten_files(DOWNLOADS, rounds),
    "larger": lambda rounds: command_line.review_in_a_larger_repository(DOWNLOADS, rounds),
    "warm": lambda rounds: warm_review(DOWNLOADS, rounds),
    "start": command_line.start,
    "whole": lambda rounds: command_line.whole_repository(DOWNLOADS, min(rounds, 3)),
    "webhook": lambda _rounds: deliveries(),
    "review": lambda _rounds: reviews(DOWNLOADS),
    "burst": lambda _rounds: burst(),
    "throughput": lambda _rounds: throughput(),
    "fairness": lambda _rounds: fairness(),
}

if __name__ == "__main__":
    main()
