"""Results as aligned lines."""

import statistics
from collections.abc import Mapping, Sequence

from bench.measure import Usage


def heading(title: str, subject: str) -> None:
    """Print what is measured, and on what."""
    print(f"\n{title}\n  {subject}")


def usages(rows: Mapping[str, Usage], megabytes: float = 0.0) -> None:
    """Print one line a command: CPU, wall, memory, exit code, and its speed if the size of the input is given."""
    width = max(len(name) for name in rows)
    for name, usage in rows.items():
        speed = f"  {megabytes / usage.cpu:6.2f} MB/s of CPU" if megabytes else ""
        print(
            f"  {name:<{width}}  {usage.cpu:7.3f} s CPU  {usage.wall:7.3f} s wall  {usage.megabytes:6.0f} MB"
            f"  exit {usage.code}{speed}"
        )


def milliseconds(times: Sequence[float]) -> str:
    """Return median, 95th and 99th percentile and the longest of some seconds."""
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    shown = ", ".join(f"{value * 1000:,.0f} ms" for value in (cuts[49], cuts[94], cuts[98], max(times)))
    return f"p50, p95, p99, longest: {shown}"


def fact(name: str, value: str) -> None:
    """Print one named value."""
    print(f"  {name:<54} {value}")
