"""The command line, cold, with its children, beside bandit on the same files."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import table
from bench.measure import Usage, alternate, run
from bench.packages import LARGE, MEDIUM, SourceFile, python_files, size, ten_files, write
from bench.repositories import changed, repository

_SKILLAUDIT = (sys.executable, "-m", "app")
# Exit code 2 would say that something was not analysed, and the time would mean nothing.
_FOUND_OR_NOT = (0, 1)
_BANDIT = (sys.executable, "-m", "bandit", "--quiet", "--format", "json", "--recursive")


def review_of_ten_files(downloads: Path, rounds: int) -> None:
    """Review a repository of exactly the ten changed files."""
    files = ten_files(downloads)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write(files, folder / "files")
        repository(folder / "repository", [], files)
        table.heading(
            "review of 10 changed files, cold", f"{len(files)} files, {size(files) / 1000:.0f} KB, nothing else"
        )
        table.usages(alternate({"skillaudit review": _review(folder), "bandit": _bandit(folder / "files")}, rounds))


def review_in_a_larger_repository(downloads: Path, rounds: int) -> None:
    """Review ten changed files in a repository of which nothing is cached."""
    everything = python_files(MEDIUM, downloads)
    touched = [changed(file) for file in everything[:: max(1, len(everything) // 10)][:10]]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write(everything, folder / "files")
        repository(folder / "repository", everything, touched)
        megabytes = size(everything) / 1e6
        table.heading("review of 10 changed files in a larger repository, cold", f"{MEDIUM}, {megabytes:.2f} MB")
        rows = alternate(
            {"skillaudit review": _review(folder), "bandit on all of it": _bandit(folder / "files")}, rounds
        )
        table.usages(rows, megabytes)


def start(rounds: int) -> None:
    """Start the program and let it print its help."""
    table.heading("start", "--help, bytecode compiled")
    commands = {
        "skillaudit --help": (*_SKILLAUDIT, "--help"),
        "bandit --help": (sys.executable, "-m", "bandit", "--help"),
        "python -c pass": (sys.executable, "-c", "pass"),
    }
    table.usages(alternate({name: lambda command=command: run(command) for name, command in commands.items()}, rounds))


def whole_repository(downloads: Path, rounds: int) -> None:
    """Scan a large server, everything cold."""
    files: list[SourceFile] = python_files(LARGE, downloads)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write(files, folder / "files")
        megabytes = size(files) / 1e6
        table.heading("a whole repository, cold", f"{LARGE}, {len(files)} files, {megabytes:.2f} MB")
        rows = alternate({"skillaudit scan": _scan(folder), "bandit": _bandit(folder / "files")}, rounds)
        table.usages(rows, megabytes)


def _review(folder: Path) -> Callable[[], Usage]:
    arguments = ("review", str(folder / "repository"), "--base", "base", "--format", "json")
    return lambda: _cold((*_SKILLAUDIT, *arguments))


def _scan(folder: Path) -> Callable[[], Usage]:
    return lambda: _cold((*_SKILLAUDIT, "scan", str(folder / "files"), "--format", "json"))


def _bandit(folder: Path) -> Callable[[], Usage]:
    return lambda: run((*_BANDIT, str(folder)), expected=_FOUND_OR_NOT)


def _cold(command: tuple[str, ...]) -> Usage:
    with tempfile.TemporaryDirectory() as cache:
        return run(command, environment={"SKILLAUDIT_CACHE_DIR": cache}, expected=_FOUND_OR_NOT)
