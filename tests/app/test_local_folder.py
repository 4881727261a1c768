"""Folders are read without following links and without opening what is no file."""

import os
import subprocess
from pathlib import Path

from analyzers.source import Entry, Source, Unread
from app.local_folder import LocalFolder


def blob_of(path: Path) -> str:
    command = ["git", "hash-object", "--no-filters", str(path)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_entries_are_what_git_would_store(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.py").write_bytes(b"x = 1\r\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "outside.py").symlink_to("/etc/passwd")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config.py").write_bytes(b"x")

    entries = LocalFolder(tmp_path).entries

    assert entries == (
        Entry("outside.py", entries[0].blob, "120000", 11),
        Entry("picture.png", "", "100644", 4),
        Entry("sub/a.py", blob_of(tmp_path / "sub" / "a.py"), "100644", 7),
    )


def test_lock_files_and_requirements_are_read(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_bytes(b"version = 1\n")
    (tmp_path / "requirements-dev.txt").write_bytes(b"fastmcp==4.1.2\n")

    folder = LocalFolder(tmp_path)

    assert [type(loaded) for loaded in folder.load(folder.entries)] == [Source, Source]


def test_links_to_folders_and_devices_are_not_entered(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.py")

    folder = LocalFolder(tmp_path)

    assert [(entry.path, entry.mode) for entry in folder.entries] == [("loop", "120000")]


def test_a_listed_file_that_is_gone_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"x = 1\n")
    folder = LocalFolder(tmp_path, [b"a.py", b"gone.py"])

    assert [entry.path for entry in folder.entries] == ["a.py"]
    assert folder.unread == [Unread("gone.py", "", "could not be read: no such file or directory")]


def test_files_are_loaded_unless_they_change_meanwhile(tmp_path: Path) -> None:
    for name in ("kept.py", "changed.py", "swapped.py", "gone.py"):
        (tmp_path / name).write_bytes(b"x = 1\n")
    folder = LocalFolder(tmp_path)
    (tmp_path / "changed.py").write_bytes(b"x = 2\n")
    (tmp_path / "gone.py").unlink()
    (tmp_path / "swapped.py").unlink()
    (tmp_path / "swapped.py").symlink_to("/etc/passwd")

    loaded = {item.path: item for item in folder.load(folder.entries)}

    blob = blob_of(tmp_path / "kept.py")
    assert loaded == {
        "kept.py": Source("kept.py", blob, b"x = 1\n"),
        "changed.py": Unread("changed.py", blob, "changed while it was read"),
        "gone.py": Unread("gone.py", blob, "could not be read: no such file or directory"),
        "swapped.py": Unread("swapped.py", blob, "could not be read: too many levels of symbolic links"),
    }


def test_names_that_are_not_utf8_are_shown_and_read(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.py")).write_bytes(b"x = 1\n")
    folder = LocalFolder(tmp_path)

    assert [entry.path for entry in folder.entries] == ["caf\\xe9.py"]
    assert [type(item) for item in folder.load(folder.entries)] == [Source]
