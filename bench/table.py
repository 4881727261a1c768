"""Results as aligned lines."""

from collections.abc import Mapping

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


def fact(name: str, value: str) -> None:
    """Print one named value."""
    print(f"  {name:<46}{value}")
