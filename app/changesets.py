"""What a review judges, read from GitHub: the policy, the two trees, what changed between them, and the threads."""

import asyncio
import posixpath
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from analyzers import Change, Hunk
from analyzers.finding import NotAnalyzed
from analyzers.source import MAX_SOURCE_BYTES, Entry
from app.loading import Loader
from app.render.view import DiffLines
from app.tables import Review
from app.tree_reading import TreeInput
from github.blobs import read_blobs
from github.concurrency import begun
from github.contents import File, Tree, read_file, read_tree
from github.context import Context, PullState, read_context
from github.patches import Diff
from github.pulls import Comparison, PullFiles, compare, diff_of, list_files
from github.repositories import Repository
from github.threads import ReviewThread

POLICY_PATH: Final = ".github/skillaudit.yml"
KEPT_TREES: Final = 32
# Of all of them together: the largest trees that GitHub lists have 100,000, some 45 MB.
KEPT_ENTRIES: Final = 200_000
# Blobs of both trees that are read at once, before it is known which facts are missing.
MAX_PREFETCHED: Final = 300
# Each blob that is not text costs a call of its own, and nothing is read from it.
BINARY: Final = frozenset(
    ".png .jpg .jpeg .gif .webp .ico .bmp .pdf .zip .gz .tgz .bz2 .xz .7z .whl .jar .so .dll .exe .bin .pyc .wasm .woff"
    " .woff2 .ttf .otf .eot .mp3 .mp4 .mov .webm .parquet .npy .pkl .onnx .safetensors .sqlite .db".split()
)


class Subject(msgspec.Struct, frozen=True):
    """What is under review: the policy's file on the base branch, the pull request if it is one, its threads."""

    head_sha: str
    base_sha: str
    policy: File | None
    pull: PullState | None = None
    threads: tuple[ReviewThread, ...] = ()

    @property
    def policy_id(self) -> str:
        """The blob of the policy, "" where there is none."""
        return "" if self.policy is None else self.policy.oid


class ChangeSet(msgspec.Struct, frozen=True):
    """Both trees and the difference; `gaps` are what GitHub did not tell of them."""

    head: TreeInput
    base: TreeInput
    change: Change
    diff: Mapping[str, DiffLines]
    merge_base: str
    gaps: tuple[NotAnalyzed, ...] = ()


async def read_subject(repository: Repository, review: Review) -> Subject:
    """Read the policy and, for a pull request, its state and threads: one call. Raise github.errors.CallFailed."""
    if review.number is None:
        file = await read_file(repository, review.base_sha, POLICY_PATH)
        return Subject(review.head_sha, review.base_sha, file)
    # The tip of the base branch as it is now, whatever it was when the review was asked for.
    context: Context = await read_context(repository, review.number, f"refs/heads/{review.base_ref}", POLICY_PATH)
    return Subject(context.pull.head_sha, context.pull.base_sha, context.file, context.pull, context.threads)


class TreeCache:
    """Trees of commits, which never change; a push needs the same merge base again."""

    def __init__(self, max_entries: int = KEPT_ENTRIES) -> None:
        self._trees: dict[tuple[str, str], Tree] = {}
        self._max_entries = max_entries

    async def read(self, repository: Repository, commit: str) -> Tree:
        """Return the tree of a commit. Raise github.errors.CallFailed."""
        key = (repository.full_name, commit)
        tree = self._trees.pop(key, None) or await read_tree(repository, commit)
        self._trees[key] = tree
        while len(self._trees) > 1 and self._is_full():
            self._trees.pop(next(iter(self._trees)))
        return tree

    def _is_full(self) -> bool:
        entries = sum(len(tree.entries) for tree in self._trees.values())
        return len(self._trees) > KEPT_TREES or entries > self._max_entries


async def read_change(
    repository: Repository, review: Review, trees: TreeCache, subject: Awaitable[Subject] | None = None
) -> ChangeSet:
    """Read both trees, the changed files and their hunks. Raise github.errors.CallFailed.

    Without a pull request as subject the trees alone tell which files changed.
    """
    async with begun(trees.read(repository, review.head_sha)) as reading:
        # In full: a bare name would also be that of a tag, which whoever pushes the change can set to its head.
        base_tip = review.base_sha if review.number is None else f"refs/heads/{review.base_ref}"
        compared = await compare(repository, base_tip, review.head_sha)
        fork_point = compared.merge_base
        base_tree, files = await asyncio.gather(
            trees.read(repository, fork_point), _files(repository, compared, subject)
        )
        head_tree = await reading
    head, base = _entries(head_tree), _entries(base_tree)
    change = difference(head, base, files)
    known = await _changed_blobs(repository, head, base, change)
    diff = diff_of(files.files)
    return ChangeSet(
        TreeInput(head, Loader(repository, review.head_sha, known).load, _texts(head, change.changed)),
        TreeInput(base, Loader(repository, fork_point, known).load, _texts(base, _origins(change))),
        msgspec.structs.replace(change, hunks=_hunks(diff), blocks=_blocks(diff)),
        _lines(diff),
        fork_point,
        _gaps(head_tree, base_tree, files),
    )


async def read_alone(
    repository: Repository, commit: str, trees: TreeCache
) -> tuple[TreeInput, tuple[NotAnalyzed, ...]]:
    """Read one tree to be audited by itself, and what GitHub did not tell of it. Raise github.errors.CallFailed."""
    tree = await trees.read(repository, commit)
    gaps = _gaps(tree, tree, PullFiles((), complete=True))
    return TreeInput(_entries(tree), Loader(repository, commit, {}).load), gaps


def difference(head: Sequence[Entry], base: Sequence[Entry], files: PullFiles) -> Change:
    """Return which paths differ, by their blobs; GitHub's list of files only says which of them were renamed."""
    before = {entry.path: entry for entry in base}
    after = {entry.path: entry for entry in head}
    changed = tuple(path for path, entry in after.items() if path not in before or _differ(entry, before[path]))
    deleted = tuple(path for path in before if path not in after)
    gone = set(deleted)
    moves = [(file.previous_filename or "", file.filename) for file in files.files if file.status == "renamed"]
    renames = {old: new for old, new in moves if old in gone and new in after}
    return Change(
        hunks={},
        changed=changed,
        deleted=tuple(path for path in deleted if path not in renames),
        renames=renames,
    )


async def _files(repository: Repository, compared: Comparison, subject: Awaitable[Subject] | None) -> PullFiles:
    """Return the files of the comparison; where those, or their patches, are not all, the pull request's own list."""
    pull = None if subject is None else (await subject).pull
    whole = not any(file.changes and file.patch is None for file in compared.files)
    if pull is None or (whole and pull.changed_files == len(compared.files)):
        return PullFiles(compared.files, complete=True)
    return await list_files(repository, pull.number, pull.changed_files)


async def _changed_blobs(
    repository: Repository, head: Sequence[Entry], base: Sequence[Entry], change: Change
) -> Mapping[str, bytes]:
    after, before = _texts(head, change.changed), _texts(base, _origins(change))
    wanted = [entry for entry in head if entry.path in after] + [entry for entry in base if entry.path in before]
    oids = dict.fromkeys(entry.blob for entry in wanted)
    if len(oids) > MAX_PREFETCHED:
        return {}
    return (await read_blobs(repository, list(oids), MAX_SOURCE_BYTES)).data


def _origins(change: Change) -> tuple[str, ...]:
    return (*change.changed, *change.deleted, *change.renames)


def _texts(entries: Sequence[Entry], paths: Iterable[str]) -> frozenset[str]:
    chosen = frozenset(paths)
    return frozenset(entry.path for entry in entries if entry.path in chosen and _is_text(entry))


def _is_text(entry: Entry) -> bool:
    regular = entry.mode.startswith("100") and entry.size <= MAX_SOURCE_BYTES
    return regular and posixpath.splitext(entry.path)[1].lower() not in BINARY


def _entries(tree: Tree) -> tuple[Entry, ...]:
    return tuple(Entry(item.path, item.sha, item.mode, item.size) for item in tree.entries)


def _differ(one: Entry, other: Entry) -> bool:
    return (one.blob, one.mode) != (other.blob, other.mode)


def _hunks(diff: Diff) -> dict[str, tuple[Hunk, ...]]:
    return {
        path: tuple(Hunk(hunk.base_start, hunk.base_count, hunk.head_start, hunk.head_count) for hunk in hunks)
        for path, hunks in diff.hunks.items()
        if hunks
    }


def _blocks(diff: Diff) -> dict[str, tuple[Hunk, ...]]:
    return {
        path: tuple(Hunk(*block) for hunk in hunks for block in hunk.blocks())
        for path, hunks in diff.hunks.items()
        if hunks
    }


def _lines(diff: Diff) -> dict[str, DiffLines]:
    return {
        path: DiffLines(
            tuple(range(hunk.head_start, hunk.head_start + hunk.head_count) for hunk in hunks),
            tuple(run for hunk in hunks for run in _runs(hunk.deleted)),
        )
        for path, hunks in diff.hunks.items()
        if hunks
    }


def _runs(lines: frozenset[int]) -> list[range]:
    runs: list[range] = []
    for line in sorted(lines):
        if runs and runs[-1].stop == line:
            runs[-1] = range(runs[-1].start, line + 1)
        else:
            runs.append(range(line, line + 1))
    return runs


def _gaps(head: Tree, base: Tree, files: PullFiles) -> tuple[NotAnalyzed, ...]:
    gaps = []
    if head.truncated or base.truncated:
        gaps.append(NotAnalyzed("(repository)", "GitHub does not list a tree of this size completely", True))
    if not files.complete:
        reason = f"GitHub lists only {len(files.files):,} of the files that the pull request changes"
        gaps.append(NotAnalyzed("(pull request)", reason, True))
    return tuple(gaps)
