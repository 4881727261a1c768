"""A git repository on this machine, read through `git` so that nothing in it is run and nothing is fetched."""

import itertools
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from analyzers.source import Entry, Source, Unread, limit_of
from app.local_diff import FileDiff, parse_diff
from app.local_folder import LocalFolder

# What a repository's own configuration could start, turned off; what it could fetch, refused.
SAFE = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false"),
    *("-c", "core.attributesFile=/dev/null", "-c", "protocol.allow=never", "-c", "safe.directory=*"),
    *("-c", "core.bigFileThreshold=5m", "--no-pager", "--no-replace-objects", "--literal-pathspecs"),
)
ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
IN_FLIGHT = 256


class GitError(Exception):
    """Something asked of a repository that it cannot give; the text is one line for the user."""


class LocalRepository:
    """One repository; every path is relative to its root, whatever folder it was opened by."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not folder.is_dir():
            raise GitError(f"{folder} is not a folder")
        self._listings: dict[str, tuple[Entry, ...]] = {}
        try:
            told = self._output("rev-parse", "--is-bare-repository", "--is-inside-work-tree", "--show-cdup")
        except GitError as error:
            raise GitError(f"{folder} is not a git repository") from error
        # A bare repository has nothing to say of the way up.
        bare, has_files, above = told.decode().split("\n")[:3]
        self.is_bare = bare == "true"
        if not self.is_bare and has_files != "true":
            raise GitError(f"{folder} is not a git repository")
        self._above = above or "."
        self.root = folder.absolute() / above

    def resolve(self, revision: str) -> str:
        """Return the commit that a revision names."""
        return self.resolve_all(revision)[0]

    def resolve_all(self, *revisions: str) -> tuple[str, ...]:
        """Return the commits that revisions name."""
        for revision in revisions:
            if not revision or revision.startswith("-") or not revision.isprintable():
                raise GitError(f"{revision!r} is not a revision")
        names = "".join(f"{revision}^{{commit}}\n" for revision in revisions)
        found = self._output("cat-file", "--batch-check=%(objectname)", asked=os.fsencode(names)).decode().split("\n")
        for revision, commit in zip(revisions, found, strict=False):
            if not commit.isalnum():
                raise GitError(f"{revision!r} names no commit in {self.folder}")
        return tuple(found[: len(revisions)])

    def merge_base(self, one: str, other: str) -> str:
        """Return the best common ancestor of two commits."""
        try:
            return self._text("merge-base", one, other)
        except GitError as error:
            raise GitError(f"{one[:7]} and {other[:7]} have no common history here (a shallow clone?)") from error

    def entries(self, commit: str) -> tuple[Entry, ...]:
        """List the files of a commit."""
        if commit not in self._listings:
            listing = self._output("ls-tree", "-r", "-z", "-l", "--full-tree", commit)
            self._listings[commit] = tuple(_entry(record) for record in listing.split(b"\0") if record)
        return self._listings[commit]

    def load(self, entries: Sequence[Entry]) -> Iterator[Source | Unread]:
        """Read the blobs of entries, each at most once a time, without holding more than one."""
        small = [entry for entry in entries if entry.size <= limit_of(entry.path)]
        for entry in entries:
            if entry.size > limit_of(entry.path):
                yield Unread(entry.path, entry.blob, f"larger than {limit_of(entry.path):,} bytes")
        if small:
            with self._process("cat-file", "--batch") as process:
                yield from _batch(process, small)

    def diff(self, base: str, head: str) -> tuple[FileDiff, ...]:
        """Compare two commits, renames found, with the hunks that `git diff` shows."""
        options = ("-r", "-z", "-M", "-l2000", "--raw", "-p", "-U3", "--full-index", "--no-color", "--no-ext-diff")
        return parse_diff(self._output("diff-tree", *options, "--no-textconv", base, head, "--"))

    def uncommitted(self, commit: str) -> tuple[str, ...]:
        """Name the files of the working tree that differ from a commit or are new; none in a bare repository."""
        if self.is_bare:
            return ()
        staged = self._names("diff-index", "--name-only", "-z", "--cached", "--no-renames", commit, "--")
        touched = self._names("diff-files", "--name-only", "-z")
        new = self._names("ls-files", "-z", "--others", "--exclude-standard", "--full-name", "--", self._above)
        # These may only have been touched, and asking git for more would run the repository's filters.
        committed = {entry.path: entry.blob for entry in self.entries(commit)}
        same = {item.path for item in LocalFolder(self.root, touched).entries if committed.get(item.path) == item.blob}
        return tuple(sorted({_path(name) for name in (*staged, *touched, *new)} - (same - {_path(n) for n in staged})))

    def files(self) -> tuple[bytes, ...]:
        """List the files at and below the opened folder that are tracked, or new and not ignored."""
        return tuple(sorted(self._names("ls-files", "-z", "--cached", "--others", "--exclude-standard")))

    def _names(self, *arguments: str) -> tuple[bytes, ...]:
        return tuple(dict.fromkeys(name for name in self._output(*arguments).split(b"\0") if name))

    def _text(self, *arguments: str) -> str:
        return os.fsdecode(self._output(*arguments)).strip("\n")

    def _output(self, *arguments: str, asked: bytes = b"") -> bytes:
        with self._process(*arguments, errors=subprocess.PIPE) as process:
            output, errors = process.communicate(asked)
        if process.returncode:
            reason = errors.decode(errors="replace").strip().splitlines() or ["no reason given"]
            raise GitError(f"git {arguments[0]}: {reason[-1].removeprefix('fatal: ')}")
        return output

    def _process(self, *arguments: str, errors: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        environment = {**ENVIRONMENT, "PATH": os.environ.get("PATH", os.defpath)}
        command = ["git", *SAFE, "-C", str(self.folder.absolute()), *arguments]
        pipe = subprocess.PIPE
        try:
            return subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=errors)
        except FileNotFoundError as error:
            raise GitError("git is not installed") from error


def _entry(record: bytes) -> Entry:
    described, _, name = record.partition(b"\t")
    mode, _, blob, size = described.decode().split()
    # "-" for a submodule, "BAD" for a blob that a partial clone left out: loading it says so.
    return Entry(_path(name), blob, mode, int(size) if size.isdigit() else 0)


def _path(name: bytes) -> str:
    # Git's names are bytes; one that is not UTF-8 is still told apart and shown.
    return name.decode(errors="backslashreplace")


def _batch(process: subprocess.Popen[bytes], entries: Sequence[Entry]) -> Iterator[Source | Unread]:
    requests, replies = process.stdin, process.stdout
    if requests is None or replies is None:
        raise GitError("git cat-file has no pipes")
    waiting = iter(entries)
    # A few requests at a time: they fit into the pipe, so neither side waits for the other with both pipes full.
    while some := list(itertools.islice(waiting, IN_FLIGHT)):
        requests.write("".join(f"{entry.blob}\n" for entry in some).encode())
        requests.flush()
        yield from (_reply(replies, entry) for entry in some)


def _reply(replies: IO[bytes], entry: Entry) -> Source | Unread:
    header = replies.readline().split()
    if len(header) != 3 or header[1] != b"blob":
        if len(header) == 3:
            replies.read(int(header[2]) + 1)
        return Unread(entry.path, entry.blob, "not in the local repository")
    size = int(header[2])
    data = replies.read(size + 1)
    if len(data) <= size:
        return Unread(entry.path, entry.blob, "git ended before it was read")
    return Source(entry.path, entry.blob, data[:size])
