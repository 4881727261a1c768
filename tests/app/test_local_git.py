"""Local repositories are read through git, and nothing in them is run."""

import os
import subprocess
from pathlib import Path

import pytest

from analyzers.source import Entry, Source, Unread
from app.local_diff import FileDiff, LineRange
from app.local_git import GitError, LocalRepository

IDENTITY = {
    "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip


class Project:
    """A repository being written."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        environment = {**os.environ, **IDENTITY}
        command = ["git", "-C", str(self.root), *arguments]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()

    def write(self, name: str, data: bytes | str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "project"
    root.mkdir()
    return Project(root)


def test_entries_have_mode_blob_and_size(project: Project) -> None:
    project.write("a.py", "x = 1\n")
    (project.root / "link").symlink_to("a.py")
    commit = project.commit()

    entries = LocalRepository(project.root).entries(commit)

    blob = project.git("hash-object", "a.py")
    assert entries == (Entry("a.py", blob, "100644", 6), Entry("link", entries[1].blob, "120000", 4))


def test_names_of_any_bytes_are_told_apart(project: Project) -> None:
    names = [b"caf\xe9.py", "caf\u00e9.py".encode(), b"new\nline.py", b"-rf.py", b'quo"te.py', b"\xf0\x9f\x92\xa5.py"]
    for name in names:
        (project.root / os.fsdecode(name)).write_bytes(b"x = 1\n")
    commit = project.commit()
    repository = LocalRepository(project.root)

    entries = repository.entries(commit)

    assert sorted(entry.path for entry in entries) == sorted(name.decode(errors="backslashreplace") for name in names)
    assert all(isinstance(item, Source) and item.data == b"x = 1\n" for item in repository.load(entries))


def test_blobs_are_loaded_in_order_and_what_is_missing_or_too_large_is_named(project: Project) -> None:
    for number in range(300):
        project.write(f"f{number:03}.py", f"x = {number}\n" * 40)
    project.write("binary.py", b"\0\xff" * 1000)
    project.write("empty.py", b"")
    project.write("large.py", b"#" * 1_000_001)
    repository = LocalRepository(project.root)
    entries = repository.entries(project.commit())
    missing = Entry("gone.py", "0" * 40, "100644", 5)

    loaded = {item.path: item for item in repository.load([*entries, missing])}

    large = next(entry for entry in entries if entry.path == "large.py")
    assert loaded.pop("large.py") == Unread("large.py", large.blob, "larger than 1,000,000 bytes")
    assert loaded.pop("gone.py") == Unread("gone.py", "0" * 40, "not in the local repository")
    texts = {path: item.data for path, item in loaded.items() if isinstance(item, Source)}
    assert len(texts) == 302
    assert all(texts[entry.path] == (project.root / entry.path).read_bytes() for entry in entries if entry != large)


def whole(*hunks: LineRange) -> tuple[tuple[LineRange, ...], tuple[LineRange, ...]]:
    """Return hunks without context and the runs of changed lines in them: the same."""
    return hunks, hunks


def test_the_diff_has_hunks_renames_deletions_and_additions(project: Project) -> None:
    lines = [f"line {number}\n" for number in range(40)]
    project.write("kept.py", "".join(lines))
    project.write("old.py", "".join(lines[::-1]))
    project.write("gone.py", "first to go\nsecond to go\n")
    base = project.commit()
    lines[5] = "changed 5\n"
    lines[30] = "changed 30\n"
    project.write("kept.py", "".join(lines))
    (project.root / "old.py").rename(project.root / "new name.py")
    (project.root / "gone.py").unlink()
    project.write("added.py", "one\n")
    head = project.commit()

    found = LocalRepository(project.root).diff(base, head)

    assert found == (
        FileDiff("", "added.py", *whole(LineRange(0, 0, 1, 1))),
        FileDiff("gone.py", "", *whole(LineRange(1, 2, 0, 0))),
        FileDiff(
            "kept.py",
            "kept.py",
            (LineRange(3, 7, 3, 7), LineRange(28, 7, 28, 7)),
            (LineRange(6, 1, 6, 1), LineRange(31, 1, 31, 1)),
        ),
        FileDiff("old.py", "new name.py"),
    )


def test_lines_that_look_like_a_diff_do_not_shift_its_hunks(project: Project) -> None:
    project.write("a.py", "start\n")
    project.write("b.py", "start\n")
    (project.root / "c.py").symlink_to("a.py")
    base = project.commit()
    forged = "diff --git a/x b/x\n@@ -1,1 +1,1 @@\n-- a\n++ b\n\\ No newline\n"
    project.write("a.py", forged)
    project.write("b.py", "other\nend")
    (project.root / "c.py").unlink()
    project.write("c.py", "one\n")
    head = project.commit()

    found = LocalRepository(project.root).diff(base, head)

    assert found == (
        FileDiff("a.py", "a.py", *whole(LineRange(1, 1, 1, 5))),
        FileDiff("b.py", "b.py", *whole(LineRange(1, 1, 1, 2))),
        FileDiff("c.py", "c.py", *whole(LineRange(1, 1, 0, 0), LineRange(0, 0, 1, 1))),
    )


def test_neighbouring_changes_of_one_hunk_are_told_apart(project: Project) -> None:
    lines = [f"line {number}\n" for number in range(1, 9)]
    project.write("a.py", "".join(lines))
    base = project.commit()
    lines[2:4] = ["other 3\n"]
    lines.append("line 9\n")
    project.write("a.py", "".join(lines))
    head = project.commit()

    (found,) = LocalRepository(project.root).diff(base, head)

    assert found.blocks == (LineRange(3, 2, 3, 1), LineRange(9, 0, 8, 1))


def test_a_binary_or_mode_change_has_no_hunks(project: Project) -> None:
    project.write("a.bin", b"\0\1")
    project.write("b.py", "x\n")
    base = project.commit()
    project.write("a.bin", b"\0\2")
    (project.root / "b.py").chmod(0o755)
    head = project.commit()

    assert LocalRepository(project.root).diff(base, head) == (FileDiff("a.bin", "a.bin"), FileDiff("b.py", "b.py"))


def test_the_merge_base_is_where_two_branches_part(project: Project) -> None:
    start = project.commit()
    project.git("checkout", "-q", "-b", "topic")
    project.write("topic.py", "x\n")
    topic = project.commit()
    project.git("checkout", "-q", "main")
    project.write("main.py", "x\n")
    main = project.commit()
    repository = LocalRepository(project.root)

    assert repository.merge_base(*repository.resolve_all("main", "topic")) == start
    assert repository.resolve_all("main", "topic") == (main, topic)


@pytest.mark.parametrize("revision", ["nowhere", "--output=/tmp/x", "-h", "", "main\n", "HEAD:a.py"])
def test_a_revision_that_is_none_is_refused(project: Project, revision: str) -> None:
    project.write("a.py", "x\n")
    project.commit()

    with pytest.raises(GitError, match=r"is not a revision|names no commit"):
        LocalRepository(project.root).resolve(revision)


def test_a_folder_without_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="is not a git repository"):
        LocalRepository(tmp_path)
    with pytest.raises(GitError, match="is not a folder"):
        LocalRepository(tmp_path / "nowhere")


def test_unrelated_histories_have_no_merge_base(project: Project) -> None:
    one = project.commit()
    project.git("checkout", "-q", "--orphan", "other")
    project.write("x.py", "x\n")
    other = project.commit()

    with pytest.raises(GitError, match="no common history"):
        LocalRepository(project.root).merge_base(one, other)


def test_uncommitted_files_are_named_but_touched_ones_are_not(project: Project) -> None:
    for name in ("same.py", "edited.py", "staged.py", "gone.py"):
        project.write(name, "x = 1\n")
    project.write(".gitignore", "ignored.py\n")
    commit = project.commit()
    os.utime(project.root / "same.py", (1, 1))
    project.write("edited.py", "x = 2\n")
    project.write("staged.py", "x = 3\n")
    project.git("add", "staged.py")
    (project.root / "gone.py").unlink()
    project.write("sub/new.py", "x = 4\n")
    project.write("ignored.py", "x = 5\n")
    (project.root / "sub").mkdir(exist_ok=True)

    named = LocalRepository(project.root / "sub").uncommitted(commit)

    assert named == ("edited.py", "gone.py", "staged.py", "sub/new.py")


def test_a_bare_repository_can_be_read(project: Project, tmp_path: Path) -> None:
    project.write("a.py", "x\n")
    commit = project.commit()
    project.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    repository = LocalRepository(tmp_path / "bare.git")

    assert [entry.path for entry in repository.entries(repository.resolve("main"))] == ["a.py"]
    assert repository.uncommitted(commit) == ()


def test_nothing_that_a_repository_configures_is_run(project: Project, tmp_path: Path) -> None:
    witness = tmp_path / "ran"
    script = tmp_path / "run.sh"
    script.write_text(f"#!/bin/sh\necho $0 $@ >> {witness}\ncat\n")
    script.chmod(0o755)
    project.write("a.py", "x = 1\n")
    project.write(".gitattributes", "*.py filter=evil diff=evil\n")
    base = project.commit()
    project.write("a.py", "x = 2\n")
    head = project.commit()
    for key in ("core.fsmonitor", "diff.external", "diff.evil.command", "diff.evil.textconv", "filter.evil.clean",
                "filter.evil.smudge", "core.pager", "core.sshCommand", "credential.helper"):  # fmt: skip
        project.git("config", key, str(script))
    hook = project.root / ".git" / "hooks" / "post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(script.read_text())
    hook.chmod(0o755)
    os.utime(project.root / "a.py", (1, 1))
    repository = LocalRepository(project.root)

    repository.diff(repository.merge_base(base, head), head)
    list(repository.load(repository.entries(head)))
    repository.uncommitted(head)
    repository.files()

    assert not witness.exists()


def test_the_files_of_a_folder_are_those_git_would_take(project: Project) -> None:
    project.write("sub/a.py", "x\n")
    project.write("top.py", "x\n")
    project.write(".gitignore", "*.log\n")
    project.commit()
    project.write("sub/b.py", "x\n")
    project.write("sub/c.log", "x\n")

    assert LocalRepository(project.root / "sub").files() == (b"a.py", b"b.py")


def test_blob_that_a_partial_clone_left_out_is_named(project: Project) -> None:
    project.write("a.py", "x = 1\n")
    commit = project.commit()
    blob = project.git("hash-object", "a.py")
    (project.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    repository = LocalRepository(project.root)

    entries = repository.entries(commit)

    assert entries == (Entry("a.py", blob),)
    assert list(repository.load(entries)) == [Unread("a.py", blob, "not in the local repository")]
