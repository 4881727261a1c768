"""Git repositories with a base and a head to review."""

import subprocess
from pathlib import Path

from bench.packages import SourceFile, write

_IDENTITY = ("-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "commit.gpgsign=false")


def repository(folder: Path, base: list[SourceFile], head: list[SourceFile]) -> Path:
    """Make a repository whose branch `base` holds some files, and whose HEAD adds or replaces others."""
    folder.mkdir(parents=True)
    _git(folder, "init", "--quiet", "--initial-branch", "base")
    _commit(folder, base, "base")
    _git(folder, "checkout", "--quiet", "-b", "head")
    _commit(folder, head, "head")
    return folder


def changed(file: SourceFile) -> SourceFile:
    """Return the file with a line more at its end."""
    return SourceFile(file.path, file.data + b"\nCHANGED = True\n")


def _commit(folder: Path, files: list[SourceFile], message: str) -> None:
    write(files, folder)
    _git(folder, "add", "--all", "--force")
    _git(folder, *_IDENTITY, "commit", "--quiet", "--allow-empty", "--message", message)


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True)
