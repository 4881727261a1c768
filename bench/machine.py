"""What the numbers were measured on."""

import os
import platform
import statistics
import time
from pathlib import Path

_FSYNCS = 200
_DELIVERY_BYTES = 25_000


def machine_lines() -> list[str]:
    """Describe processor, memory, system and load, one fact a line."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return [
        f"processor   {_field(Path('/proc/cpuinfo'), 'model name')}, {os.cpu_count()} cores",
        f"memory      {_field(Path('/proc/meminfo'), 'MemTotal')}",
        f"system      {platform.platform()}, Python {platform.python_version()}",
        f"load        {load} (1, 5 and 15 minutes; CPU seconds rise with it too)",
    ]


def fsync_milliseconds(folder: Path) -> tuple[float, float]:
    """Return median and 99th percentile of appending 25 KB to a file in a folder and forcing it to the disk."""
    path = folder / "fsync"
    times = []
    with path.open("wb") as file:
        for _ in range(_FSYNCS):
            start = time.perf_counter()
            file.write(bytes(_DELIVERY_BYTES))
            file.flush()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - start) * 1000)
    path.unlink()
    return statistics.median(times), statistics.quantiles(times, n=100)[98]


def _field(path: Path, name: str) -> str:
    lines = (line.partition(":") for line in path.read_text().splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), "unknown")
