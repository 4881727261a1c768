"""An audit loads and reads only what its cache does not know, and never holds all of a large tree."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import pytest

from analyzers import Change, Entry, Report, Source, Unread
from app.audits import AuditInput, audit
from app.facts_cache import FileCache
from app.tree_reading import TreeInput
from app.worker_protocol import ReadDone
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


INJECTION = "command-injection"
FAKED = b"""\
from fastmcp import FastMCP
from tests.fakes import run
mcp = FastMCP("shop")

@mcp.tool
def list_files(folder: str) -> str:
    return run(folder)

mcp.run(transport="http")
"""
FAKES = b"""\
import subprocess

def run(folder: str) -> str:
    return subprocess.run("ls " + folder, shell=True, capture_output=True).stdout.decode()
"""


@pytest.mark.parametrize("claimed", [False, True])
def test_what_the_product_imports_from_tests_is_read_whole(tmp_path: Path, pool: AnalysisPool, claimed: bool) -> None:
    cache = FileCache(tmp_path / "facts.db")
    files = {"server.py": FAKED, "tests/fakes.py": FAKES, "tests/test_server.py": b"import server\n"}
    make = Claimed if claimed else Files
    first, second = make(files), make(files)

    reports = [audit(AuditInput(tree.tree()), pool, cache).report for tree in (first, second)]

    found = [[item.location.path for item in report.findings if item.rule == INJECTION] for report in reports]
    assert found == [["tests/fakes.py"]] * 2
    assert (sorted(first.loaded), second.loaded) == (["server.py", *["tests/fakes.py"] * 2, "tests/test_server.py"], [])


def test_a_change_that_makes_a_test_part_of_the_product_is_seen(tmp_path: Path, pool: AnalysisPool) -> None:
    base = Files({"server.py": SERVER, "tests/fakes.py": FAKES})
    head = Files({"server.py": FAKED, "tests/fakes.py": FAKES})

    report = audit(
        AuditInput(head.tree(), base.tree(), Change(changed=("server.py",))), pool, FileCache(tmp_path / "facts.db")
    ).report

    assert [item.new for item in report.findings if item.rule == INJECTION] == [True]


class Claimed(Files):
    """Files that are said to be large, so that they are judged in parts."""

    def tree(self, *wanted: str) -> TreeInput:
        tree = super().tree(*wanted)
        entries = tuple(msgspec.structs.replace(entry, size=900_000) for entry in tree.entries)
        return msgspec.structs.replace(tree, entries=entries)


class Remembered:
    """A cache in memory that can be made to forget facts."""

    def __init__(self) -> None:
        self.facts: dict[str, bytes] = {}

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        return {key: self.facts[key] for key in keys if key in self.facts}

    def put(self, facts: Mapping[str, bytes]) -> None:
        self.facts.update(facts)


MONOREPO = {
    f"packages/{name}/{file}": text
    for name in ("cart", "mail", "pay", "search", "stock", "users")
    for file, text in {
        "pyproject.toml": b"[project]\nname = 'x'\n",
        "server.py": SERVER + f"# {name}\n".encode(),
    }.items()
}


def test_a_large_tree_is_reported_as_if_it_were_judged_whole(pool: AnalysisPool) -> None:
    whole = audit(AuditInput(Files(MONOREPO).tree()), pool, Remembered()).report
    parts = audit(AuditInput(Claimed(MONOREPO).tree()), pool, Remembered()).report

    assert parts == whole
    assert parts.coverage.packages_judged == 6


def review(files: Claimed, pool: AnalysisPool, cache: Remembered) -> Report:
    path = "packages/pay/server.py"
    head = Claimed({**files.files, path: SERVER.replace(b"greet", b"charge")})
    return audit(AuditInput(head.tree(), files.tree(), Change(changed=(path,))), pool, cache).report


def test_a_review_of_a_large_tree_takes_only_the_facts_of_what_a_change_concerns(pool: AnalysisPool) -> None:
    cache = Remembered()
    files = Claimed(MONOREPO)
    first = review(files, pool, cache)
    for key in [key for key in cache.facts if not key.endswith(":outline")]:
        del cache.facts[key]
    files.loaded.clear()

    assert review(files, pool, cache) == first
    assert [row.name for row in first.tools] == ["charge"]
    # Facts that a cache has lost are read again, where they are needed.
    assert files.loaded == ["packages/pay/server.py"]
    assert (first.coverage.packages_judged, first.coverage.packages_total) == (1, 6)


class Copies:
    """A cache that knows every file, with facts of the same size."""

    def __init__(self, pool: AnalysisPool, program: bytes, manifest: bytes) -> None:
        sources = {"program": Source("one.py", "", program), "manifest": Source("pyproject.toml", "", manifest)}
        self._read = {name: result for name, result in pool.read(sources).items() if isinstance(result, ReadDone)}

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        return {key: self._one(key) for key in keys}

    def put(self, facts: Mapping[str, bytes]) -> None:
        raise AssertionError(f"{len(facts)} files were read")

    def _one(self, key: str) -> bytes:
        read = self._read["manifest" if ":manifest" in key else "program"]
        return read.outline if key.endswith(":outline") else read.facts


def test_the_memory_of_a_process_does_not_grow_with_the_tree() -> None:
    few, many = peak_of(32), peak_of(80)

    assert many < 1.2 * few


def peak_of(packages: int) -> int:
    """Return the most memory, in KB, that a process took to judge as many packages of different files."""
    body = f"TABLE = {[f'item {n}' for n in range(14_000)]!r}\n".encode()
    manifest = b"[project]\nname = 'x'\n"
    files = Claimed(
        {
            f"packages/p{n}/{name}": data + f"# {n}".encode()
            for n in range(packages)
            for name, data in (("pyproject.toml", manifest), ("code.py", body))
        }
    )
    # What other tests have left running, a database say, does not count.
    others = children()
    with AnalysisPool(1) as pool:
        report = audit(AuditInput(files.tree()), pool, Copies(pool, body, manifest)).report
        (peak,) = [peak_memory(process) for process in children() - others]
    assert (report.coverage.packages_judged, report.failures) == (packages, ())
    return peak


def children() -> set[str]:
    return {
        process for task in Path("/proc/self/task").iterdir() for process in (task / "children").read_text().split()
    }


def peak_memory(process: str) -> int:
    (line,) = [line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1])
