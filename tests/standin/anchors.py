"""Where a review comment may stand, and where it stands after later pushes."""

from tests.standin import diffs, git
from tests.standin.diffs import ChangedFile, Hunk
from tests.standin.records import Comment, PullRequest
from tests.standin.repository import Repository


def is_commit_of(repository: Repository, pull: PullRequest, commit: str) -> bool:
    """Tell whether a commit belongs to a pull request as it is now."""
    full = repository.resolve(f"{commit}^{{commit}}")
    if full != commit:
        return False
    base = git.merge_base(repository.path, repository.base_sha(pull), pull.head_sha)
    in_head = git.is_ancestor(repository.path, commit, pull.head_sha)
    return in_head and (base is None or not git.is_ancestor(repository.path, commit, base))


def file_at(repository: Repository, pull: PullRequest, commit: str, path: str) -> ChangedFile | None:
    """Return the changed file of a pull request, seen at one of its commits."""
    return next((file for file in repository.diff(pull, commit) if file.path == path), None)


def hunk_of(file: ChangedFile, lines: tuple[tuple[str, int], ...]) -> Hunk | None:
    """Return the one hunk that holds all the given (side, line) pairs, or None."""
    for hunk in diffs.hunks(file.patch) if file.patch else ():
        if all(line in (hunk.left if side == "LEFT" else hunk.right) for side, line in lines):
            return hunk
    return None


def hunk_text(file: ChangedFile, line: int, side: str) -> str:
    """Return the part of the patch that GitHub shows above a comment."""
    for hunk, text in zip(diffs.hunks(file.patch or ""), _hunk_texts(file.patch or ""), strict=True):
        if line in (hunk.left if side == "LEFT" else hunk.right):
            return text
    return ""


def _hunk_texts(patch: str) -> list[str]:
    texts: list[list[str]] = []
    for line in patch.split("\n"):
        if diffs.HUNK_HEADER.match(line):
            texts.append([])
        if texts:
            texts[-1].append(line)
    return ["\n".join(lines) for lines in texts]


def current_line(repository: Repository, comment: Comment, line: int | None) -> int | None:
    """Return where a commented line stands at the pull request's head, or None when it is outdated."""
    pull = repository.pulls[comment.number]
    if line is None or comment.commit_id == pull.head_sha:
        return line
    if comment.side == "LEFT":
        return _if_in_diff(repository, pull, comment, comment.path, line)
    since = diffs.changed_files(repository.path, comment.commit_id, pull.head_sha)
    change = next((file for file in since if comment.path in (file.previous_path, file.path)), None)
    if change is None:
        return _if_in_diff(repository, pull, comment, comment.path, line)
    if change.status == "removed":
        return None
    moved = diffs.moved_line(change.patch, line)
    return None if moved is None else _if_in_diff(repository, pull, comment, change.path, moved)


def _if_in_diff(repository: Repository, pull: PullRequest, comment: Comment, path: str, line: int) -> int | None:
    file = file_at(repository, pull, pull.head_sha, path)
    return line if file and hunk_of(file, ((comment.side, line),)) else None


def is_outdated(repository: Repository, root: Comment) -> bool:
    """Tell whether the code under a thread's first comment has changed."""
    return root.subject == "line" and current_line(repository, root, root.line) is None
