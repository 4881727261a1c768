"""Run git on a bare repository without any configuration of the machine's user."""

import os
import subprocess
from functools import cache
from pathlib import Path

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Author",
    "GIT_AUTHOR_EMAIL": "author@example.com",
    "GIT_COMMITTER_NAME": "Committer",
    "GIT_COMMITTER_EMAIL": "committer@example.com",
    "GIT_AUTHOR_DATE": "1767225600 +0000",
    "GIT_COMMITTER_DATE": "1767225600 +0000",
    "LC_ALL": "C",
}


class GitError(Exception):
    """Raised when git refuses a command; the message is what it printed."""


def run(repository: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Return the standard output of a git command, or raise GitError."""
    done = subprocess.run(
        ["git", "-c", "core.quotePath=false", *arguments],
        cwd=repository,
        env=ENVIRONMENT,
        input=stdin,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise GitError(done.stderr.decode("utf-8", "replace").strip())
    return done.stdout


def text(repository: Path, *arguments: str) -> str:
    """Return the standard output of a git command as stripped text."""
    return run(repository, *arguments).decode("utf-8", "replace").strip()


def resolve(repository: Path, revision: str) -> str | None:
    """Return the object id that a revision names, or None."""
    if revision.startswith("-"):
        return None
    try:
        return text(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", revision)
    except GitError:
        return None


@cache
def is_ancestor(repository: Path, ancestor: str, descendant: str) -> bool:
    """Tell whether one commit id is reachable from another."""
    try:
        run(repository, "merge-base", "--is-ancestor", ancestor, descendant)
    except GitError:
        return False
    return True


@cache
def merge_base(repository: Path, one: str, other: str) -> str | None:
    """Return the best common ancestor of two commit ids, or None for unrelated histories."""
    try:
        return text(repository, "merge-base", one, other)
    except GitError:
        return None
