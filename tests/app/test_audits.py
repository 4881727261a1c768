"""An audit loads and reads only what its cache does not know."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from analyzers import Entry, Source, Unread
from app.audits import AuditInput, TreeInput, audit
from app.facts_cache import FileCache
from app.workers import AnalysisPool

SERVER = b"""\
from fastmcp import FastMCP
mcp = FastMCP("shop")

@mcp.tool
def greet(name: str) -> str:
    return name

mcp.run()
"""


class Files:
    """A tree in memory that notes what is loaded from it."""

    def __init__(self, files: dict[str, bytes], missing: Sequence[str] = ()) -> None:
        self.files = files
        self.missing = missing
        self.loaded: list[str] = []

    def tree(self, *wanted: str) -> TreeInput:
        entries = tuple(
            Entry(path, hashlib.sha1(data).hexdigest(), "100644", len(data)) for path, data in self.files.items()
        )
        return TreeInput(entries, self.load, frozenset(wanted))

    def load(self, entries: Sequence[Entry]) -> Iterator[Source | Unread]:
        for entry in entries:
            self.loaded.append(entry.path)
            if entry.path in self.missing:
                yield Unread(entry.path, entry.blob, "gone")
            else:
                yield Source(entry.path, entry.blob, self.files[entry.path])


@pytest.fixture
def pool() -> Iterator[AnalysisPool]:
    with AnalysisPool(1) as pool:
        yield pool


def test_a_second_audit_loads_nothing_but_wanted_texts(tmp_path: Path, pool: AnalysisPool) -> None:
    cache = FileCache(tmp_path / "facts.db")
    first = Files({"server.py": SERVER, "other.py": b"x = 1\n", "notes.md": b"# x"})
    second = Files(first.files)

    one = audit(AuditInput(first.tree()), pool, cache)
    other = audit(AuditInput(second.tree("server.py")), pool, cache)

    assert sorted(first.loaded) == ["other.py", "server.py"]
    assert second.loaded == ["server.py"]
    assert (one.texts, other.texts) == ({}, {"server.py": SERVER})
    assert one.report.tools == other.report.tools
    assert [row.name for row in one.report.tools] == ["greet"]


def test_both_trees_share_what_is_the_same(tmp_path: Path, pool: AnalysisPool) -> None:
    head = Files({"server.py": SERVER, "new.py": b"y = 2\n"})
    base = Files({"server.py": SERVER, "old.py": b"z = 3\n"})
    audit(AuditInput(head.tree(), base.tree()), pool, FileCache(tmp_path / "facts.db"))

    assert (sorted(head.loaded), base.loaded) == (["new.py", "server.py"], ["old.py"])


def test_what_cannot_be_loaded_is_in_the_report(tmp_path: Path, pool: AnalysisPool) -> None:
    files = Files({"server.py": SERVER, "helper.py": b"x = 1\n"}, missing=["helper.py"])
    report = audit(AuditInput(files.tree()), pool, FileCache(tmp_path / "facts.db")).report

    assert [(item.path, item.reason) for item in report.coverage.not_analyzed] == [("helper.py", "gone")]


def test_progress_counts_the_files(tmp_path: Path, pool: AnalysisPool) -> None:
    told: list[tuple[int, int]] = []
    files = Files({"server.py": SERVER, "other.py": b"x = 1\n"})
    audit(AuditInput(files.tree()), pool, FileCache(tmp_path / "f.db"), lambda done, total: told.append((done, total)))

    assert told[-1] == (2, 2)
