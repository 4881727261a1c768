"""A sample of the feature pull requests that a repository merged: ordinary changes nobody chose for their bugs."""

import os
import random
import re
import subprocess
from collections.abc import Iterator

from analyzers.source import language_of
from app.local_git import ENVIRONMENT, SAFE, GitError, LocalRepository
from bench.accuracy.labels import Popular, PullRequest
from bench.accuracy.languages import is_measured

# How a squashed or merged feature calls itself.
FEATURE = re.compile(r"(?:feat|feature|add)\b.*\(#\d+\)$|Merge pull request #\d+ from \S*/(?:feat|feature|add)\b", re.I)


def sample(repository: LocalRepository, popular: Popular, number: int, seed: int) -> list[PullRequest]:
    """Return up to `number` merged features that touch a language with a reader; the same ones for the same seed.

    Raise GitError where the commit is not there.
    """
    merged = list(_features(repository, repository.resolve(popular.commit)))
    random.Random(f"{seed}:{popular.repo}").shuffle(merged)
    chosen: list[PullRequest] = []
    for commit, parent, subject in merged:
        if len(chosen) == number:
            break
        if _touches_code(repository, parent, commit):
            name = f"merged:{popular.repo}@{commit[:9]}"
            chosen.append(PullRequest(name, popular.repo, parent, commit, "sampled", "none", subject))
    return chosen


def _features(repository: LocalRepository, commit: str) -> Iterator[tuple[str, str, str]]:
    for line in _log(repository, commit).splitlines():
        name, parents, subject = line.split("\t", 2)
        if parents and FEATURE.match(subject):
            yield name, parents.split()[0], subject


def _touches_code(repository: LocalRepository, base: str, head: str) -> bool:
    try:
        paths = [file.head for file in repository.diff(base, head) if file.head]
    except GitError:  # A partial clone lacks one of its files; such a change cannot be replayed.
        return False
    return any(is_measured(language) for language in map(language_of, paths) if language)


def _log(repository: LocalRepository, commit: str) -> str:
    command = [
        "git",
        *SAFE,
        "-C",
        str(repository.folder.absolute()),
        "log",
        "--first-parent",
        "--format=%H%x09%P%x09%s",
    ]
    environment = {**ENVIRONMENT, "PATH": os.environ.get("PATH", os.defpath)}
    done = subprocess.run([*command, commit, "--"], env=environment, capture_output=True, check=False)
    if done.returncode:
        raise GitError(f"git log of {repository.folder} failed")
    return done.stdout.decode(errors="replace")
