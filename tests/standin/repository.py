"""A repository on the stand-in: a bare git repository, its pull requests and its rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Self

from tests.standin import diffs, git
from tests.standin.accounts import User
from tests.standin.records import IssueComment, MergeGroup, PullRequest

FileContent = bytes | str | None


@dataclass(frozen=True, slots=True)
class Symlink:
    """A symbolic link to commit; the target is stored as it stands."""

    target: str


@dataclass(frozen=True, slots=True)
class Submodule:
    """A submodule entry to commit, pinned to a commit id."""

    sha: str


Content = FileContent | Symlink | Submodule


@dataclass(slots=True)
class StatusCheckRule:
    """A required status check of a branch rule; app is None when any source is accepted."""

    context: str
    app_id: int | None = None


@dataclass(slots=True)
class BranchRules:
    """What the rules of a branch demand."""

    status_checks: list[StatusCheckRule] = field(default_factory=list)
    conversation_resolution: bool = False
    # By classic protection, beside the rulesets.
    protected_checks: list[StatusCheckRule] = field(default_factory=list)


@dataclass
class Repository:
    """One repository: identity, git storage, pull requests, collaborators, rules."""

    id: int
    owner: User
    name: str
    path: Path
    default_branch: str = "main"
    private: bool = False
    archived: bool = False
    # Public repositories have it; private ones need the owner to pay for it.
    code_scanning: bool = True
    pulls: dict[int, PullRequest] = field(default_factory=dict)
    merge_groups: dict[str, MergeGroup] = field(default_factory=dict)
    collaborators: dict[str, str] = field(default_factory=dict)
    rules: dict[str, BranchRules] = field(default_factory=dict)
    # Who GitHub says has written a commit, by its id.
    authors: dict[str, User] = field(default_factory=dict)
    issue_comments: dict[int, IssueComment] = field(default_factory=dict)
    next_number: int = 1

    @classmethod
    def create(cls, path: Path, owner: User, name: str, repository_id: int) -> Self:
        """Make an empty bare repository on disk, or adopt the bare one that is there."""
        path.mkdir(parents=True, exist_ok=True)
        if not (path / "HEAD").exists():
            git.run(path, "init", "--quiet", "--bare", "--initial-branch=main")
        branch = git.text(path, "symbolic-ref", "--short", "HEAD")
        return cls(id=repository_id, owner=owner, name=name, path=path, default_branch=branch)

    @property
    def full_name(self) -> str:
        """Return owner/name."""
        return f"{self.owner.login}/{self.name}"

    @cached_property
    def node_id(self) -> str:
        """Return the GraphQL id."""
        return f"R_{self.id}"

    def commit(
        self,
        files: Mapping[str, Content],
        branch: str = "main",
        *,
        parent: str | None = None,
        fork: str | None = None,
        message: str = "Change",
        only: bool = False,
    ) -> str:
        """Commit files onto a branch and return the commit id; content None deletes a path.

        A new branch starts at ``parent`` (a revision), by default at the default branch; with ``parent`` an
        existing branch is forced to start anew there. With ``fork`` the
        branch is that of a fork of this login. With ``only`` the tree holds nothing but these files.
        """
        reference = self.reference(branch, fork)
        start = self._start(reference, parent)
        stream = _fast_import(reference, start, files, message, only)
        git.run(self.path, "fast-import", "--quiet", "--force", stdin=stream)
        sha = git.text(self.path, "rev-parse", reference)
        self._follow(reference, sha)
        return sha

    def force(self, branch: str, revision: str, *, fork: str | None = None) -> str:
        """Point a branch at another commit, as a force push does, and return its id."""
        reference = self.reference(branch, fork)
        sha = git.text(self.path, "rev-parse", "--verify", f"{revision}^{{commit}}")
        git.run(self.path, "update-ref", reference, sha)
        self._follow(reference, sha)
        return sha

    def reference(self, branch: str, fork: str | None = None) -> str:
        """Return the full name of a branch's reference; forks live beside, as in GitHub's shared storage."""
        return f"refs/forks/{fork}/{branch}" if fork else f"refs/heads/{branch}"

    def head(self, branch: str, fork: str | None = None) -> str:
        """Return the commit id at the tip of a branch."""
        return git.text(self.path, "rev-parse", "--verify", self.reference(branch, fork))

    def resolve(self, revision: str) -> str | None:
        """Return the object that a branch, reference, id or ``revision:path`` names, forks' branches excluded."""
        if revision.startswith("refs/forks/"):
            return None
        return git.resolve(self.path, revision)

    def open_pull(
        self,
        head_branch: str,
        base: str = "main",
        *,
        author: User,
        fork: str | None = None,
        draft: bool = False,
        title: str = "Change",
    ) -> PullRequest:
        """Open a pull request from a branch, of this repository or of a fork."""
        number, self.next_number = self.next_number, self.next_number + 1
        pull = PullRequest(
            id=self.id * 10_000 + number,
            number=number,
            title=title,
            author=author,
            head_branch=head_branch,
            head_sha=self.head(head_branch, fork),
            fork=fork,
            base_branch=base,
            draft=draft,
        )
        self.pulls[number] = pull
        git.run(self.path, "update-ref", f"refs/pull/{number}/head", pull.head_sha)
        return pull

    def open_merge_group(self, pull: PullRequest) -> MergeGroup:
        """Build the merge commit that a merge queue tests for a pull request."""
        base_sha = self.head(pull.base_branch)
        tree = git.text(self.path, "merge-tree", "--write-tree", base_sha, pull.head_sha).splitlines()[0]
        head_sha = git.text(
            self.path, "commit-tree", tree, "-p", base_sha, "-p", pull.head_sha, "-m", f"Merge #{pull.number}"
        )
        branch = f"gh-readonly-queue/{pull.base_branch}/pr-{pull.number}-{base_sha}"
        git.run(self.path, "update-ref", self.reference(branch), head_sha)
        group = MergeGroup(head_sha, f"refs/heads/{branch}", base_sha, f"refs/heads/{pull.base_branch}")
        self.merge_groups[group.head_ref] = group
        return group

    def base_sha(self, pull: PullRequest) -> str:
        """Return the tip of the base branch."""
        return pull.merged_base_sha or self.head(pull.base_branch)

    def diff(self, pull: PullRequest, head: str | None = None) -> tuple[diffs.ChangedFile, ...]:
        """Return the files of a pull request: from the merge base to its head, or to an earlier commit of it."""
        head = head or pull.head_sha
        base = self.base_sha(pull)
        return diffs.changed_files(self.path, git.merge_base(self.path, base, head) or base, head)

    def permission(self, login: str) -> str:
        """Return a login's role: admin, maintain, write, triage, read or none."""
        return "admin" if login == self.owner.login else self.collaborators.get(login, "none")

    def _start(self, reference: str, parent: str | None) -> str | None:
        if parent is not None:
            return git.text(self.path, "rev-parse", "--verify", f"{parent}^{{commit}}")
        return git.resolve(self.path, reference) or git.resolve(self.path, f"refs/heads/{self.default_branch}")

    def _follow(self, reference: str, sha: str) -> None:
        for pull in self.pulls.values():
            if pull.state == "open" and self.reference(pull.head_branch, pull.fork) == reference:
                pull.head_sha = sha
                pull.updated_at = datetime.now(UTC)
                git.run(self.path, "update-ref", f"refs/pull/{pull.number}/head", sha)


def _fast_import(reference: str, start: str | None, files: Mapping[str, Content], message: str, only: bool) -> bytes:
    stamp = git.ENVIRONMENT["GIT_COMMITTER_DATE"]
    parts = [f"commit {reference}\ncommitter Committer <committer@example.com> {stamp}\n".encode(), _data(message)]
    parts.append(f"from {start}\n".encode() if start else b"")
    parts.append(b"deleteall\n" if only else b"")
    parts.extend(_entry(path, content) for path, content in files.items())
    return b"".join(parts)


def _entry(path: str, content: Content) -> bytes:
    quoted = _quoted(path)
    match content:
        case None:
            return b"D " + quoted + b"\n"
        case Symlink(target):
            return b"M 120000 inline " + quoted + b"\n" + _data(target)
        case Submodule(sha):
            return b"M 160000 " + sha.encode() + b" " + quoted + b"\n"
        case _:
            return b"M 100644 inline " + quoted + b"\n" + _data(content)


def _quoted(path: str) -> bytes:
    # Names that are not UTF-8 are written with surrogates, as Python reads them from a file system.
    escaped = (
        path.encode("utf-8", "surrogateescape").replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    )
    return b'"' + escaped + b'"'


def _data(content: bytes | str) -> bytes:
    raw = content.encode() if isinstance(content, str) else content
    return b"data %d\n" % len(raw) + raw + b"\n"
