"""The analysis processes survive every file."""

import errno
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from analyzers import decode_facts
from analyzers.finding import Failure
from analyzers.source import Entry, Source, Unread
from app.idle_workers import PoolClosed
from app.worker_process import WorkerNotStarted
from app.worker_protocol import Limits, ReadDone, TreeFacts
from app.workers import AnalysisFailed, AnalysisPool, Supply

ENGINES = Path(__file__).parent / "engines"
LIMITS = Limits(seconds_per_file=0.5, seconds_analyze=0.5, memory_bytes=512 * 1024 * 1024)


class Change(msgspec.Struct):
    changed: tuple[str, ...]


class Policy(msgspec.Struct):
    order: str = ""


def pool_of(processes: int, engine: str = "obedient_engine") -> AnalysisPool:
    return AnalysisPool(processes, LIMITS, engine, [ENGINES])


@pytest.fixture
def pool() -> Iterator[AnalysisPool]:
    with pool_of(1) as one:
        yield one


def sources(*orders: str) -> dict[str, Source]:
    return {f"key{n}": Source(f"{n}.py", f"blob{n}", order.encode()) for n, order in enumerate(orders)}


def answers(pool: AnalysisPool, *orders: str) -> list[str]:
    results = pool.read(sources(*orders)).values()
    return [
        result.reason if isinstance(result, Unread) else msgspec.msgpack.decode(result.facts)["text"]
        for result in results
    ]


def one_tree(**texts: str) -> TreeFacts:
    return TreeFacts(tuple(Entry(path, path) for path in texts), {path: f"key of {path}" for path in texts})


def test_files_are_answered_in_order(pool: AnalysisPool) -> None:
    assert answers(pool, "a", "b", "refuse", "c") == ["a", "b", "is not for reading", "c"]


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ("crash", "crashed the reader"),
        ("segfault", "crashed the reader"),
        ("raise", "crashed the reader (ValueError)"),
        ("spin", "took longer than 0.5 s"),
        ("stall", "took longer than 0.5 s"),
        ("hog", "needed more memory than allowed"),
    ],
)
def test_a_hostile_file_costs_only_itself(pool: AnalysisPool, order: str, reason: str) -> None:
    assert answers(pool, "a", order, "b") == ["a", reason, "b"]


def test_many_hostile_files_cost_only_themselves() -> None:
    orders = ["crash" if n % 10 == 3 else f"file {n}" for n in range(60)]

    with pool_of(2) as pool:
        assert answers(pool, *orders) == [order.replace("crash", "crashed the reader") for order in orders]


def test_large_batches_are_shared_by_two_processes() -> None:
    large = [f"{n}" * 200_000 for n in range(10)]

    with pool_of(2) as pool:
        assert answers(pool, *large) == large


def test_threads_share_the_processes() -> None:
    answered: dict[int, list[str]] = {}

    def ask(pool: AnalysisPool, number: int) -> None:
        answered[number] = answers(pool, f"thread {number}", "crash")

    with pool_of(2) as pool:
        threads = [threading.Thread(target=ask, args=(pool, number)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert answered == {number: [f"thread {number}", "crashed the reader"] for number in range(6)}


def test_closing_waits_for_nobody() -> None:
    patient = Limits(seconds_per_file=600.0, seconds_analyze=600.0)
    pool = AnalysisPool(1, patient, "obedient_engine", [ENGINES])
    at_work = threading.Event()
    ended: list[type[Exception]] = []

    class Facts(dict[str, bytes]):
        def __getitem__(self, key: str) -> bytes:
            at_work.set()
            return super().__getitem__(key)

    def judge() -> None:
        facts = Facts({"key of a.py": b"\x81\xa4text\xa1x"})
        with pytest.raises(PoolClosed) as caught:
            pool.analyze((one_tree(**{"a.py": ""}), None), None, Policy("stall"), Supply(facts))
        ended.append(caught.type)

    threads = [threading.Thread(target=judge) for _ in range(2)]
    for thread in threads:
        thread.start()
    at_work.wait()

    pool.close()

    for thread in threads:
        thread.join()
    assert ended == [PoolClosed, PoolClosed]


def test_analysis_sees_both_trees_the_change_and_the_policy(pool: AnalysisPool) -> None:
    head = TreeFacts((Entry("a", "1"),), {"a": "key1"}, (Unread("u", "2", "too large"),), {"a": b"text"})
    base = TreeFacts((Entry("b", "3"),), {"b": "key2"})
    facts = {"key1": b"\x81\xa4text\xa3one", "key2": b"\x81\xa4text\xa3two"}

    report = pool.analyze((head, base), Change(("a",)), Policy("said"), Supply(facts))

    assert report.engine_version == "said"
    assert report.failures == (
        Failure("head", "a", "", "one"),
        Failure("unread", "u", "", "too large"),
        Failure("base", "b", "", "two"),
        Failure("changed", "a", "", "text"),
    )


def test_facts_that_a_process_has_read_are_not_sent_again(pool: AnalysisPool) -> None:
    pool.read({"key of a": Source("a", "a", b"kept")})

    report = pool.analyze((one_tree(a=""), None), None, Policy(), Supply())

    assert report.failures == (Failure("head", "a", "", "kept"),)


def test_facts_are_handed_over_a_few_at_a_time() -> None:
    # A frame larger than the process may take at once would end it.
    large = "x" * (3 * 1024 * 1024)
    facts = {f"key of {n}": msgspec.msgpack.encode({"text": f"{n}{large}"}) for n in range(8)}
    limits = msgspec.structs.replace(LIMITS, memory_bytes=200 * 1024 * 1024, seconds_analyze=5.0)

    with AnalysisPool(1, limits, "obedient_engine", [ENGINES]) as pool:
        trees = (one_tree(**{str(n): "" for n in range(8)}), None)
        report = pool.analyze(trees, None, Policy(), Supply(facts))

    assert [failure.reason[:2] for failure in report.failures] == [f"{n}x" for n in range(8)]


def test_texts_are_handed_over_when_they_are_asked_for(pool: AnalysisPool) -> None:
    asked: list[str] = []

    def text(path: str) -> bytes:
        asked.append(path)
        return f"text of {path}".encode()

    tree = TreeFacts((), {}, texts={"a": b"at hand"}, on_demand=("b", "c"))
    report = pool.analyze((tree, None), Change(("a", "b", "b")), Policy(), Supply({}, text))

    assert [failure.reason for failure in report.failures] == ["at hand", "text of b", "text of b"]
    assert asked == ["b"]


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ("crash", "the analysis crashed the reader"),
        ("spin", "the analysis took longer than 0.5 s"),
        ("stall", "the analysis took longer than 0.5 s"),
        ("hog", "the analysis needed more memory than allowed"),
    ],
)
def test_an_analysis_that_dies_is_an_error_and_never_a_report(pool: AnalysisPool, order: str, reason: str) -> None:
    with pytest.raises(AnalysisFailed, match=reason):
        pool.analyze((one_tree(), None), None, Policy(order), Supply())

    assert pool.analyze((one_tree(), None), None, Policy("alive"), Supply()).engine_version == "alive"


def test_a_process_has_no_environment_no_descriptors_and_no_network(pool: AnalysisPool) -> None:
    environment, descriptors, session, connect, fork = answers(
        pool, "environment", "descriptors", "session", "connect", "fork"
    )

    assert environment == "{'LC_CTYPE': 'C.UTF-8'}"
    # 0-2 lead nowhere, one is the socket.
    assert len(descriptors.split(",")) == 4
    assert session == "True"
    missing = pool.missing_protections
    assert missing is not None
    assert ("no network" in missing) == (connect == str(errno.ECONNREFUSED))
    assert fork in ("refused", "allowed")


def test_a_process_reads_code_and_no_other_file(pool: AnalysisPool) -> None:
    code, passwords, parent, write = answers(pool, "import", "read", "spy", "write")

    assert code == "allowed"
    assert write == "refused"
    missing = pool.missing_protections
    assert missing is not None
    # A kernel without Landlock refuses less, and the pool says so.
    assert (passwords, parent) == (("allowed", parent) if "no files" in missing else ("refused", "refused"))


def test_a_process_imports_nothing_of_the_server(pool: AnalysisPool) -> None:
    (modules,) = answers(pool, "modules")

    heavy = {"fastapi", "sqlmodel", "sqlalchemy", "githubkit", "httpx", "pydantic", "github", "asyncio"}
    assert heavy.isdisjoint(modules.split(","))


def test_a_process_that_cannot_start_blames_no_file() -> None:
    with pool_of(1, engine="no_such_engine") as pool, pytest.raises(WorkerNotStarted, match="ModuleNotFoundError"):
        answers(pool, "a")


def test_a_closed_pool_leaves_no_process_behind() -> None:
    with pool_of(1) as pool:
        (pid,) = answers(pool, "pid")

    assert not Path(f"/proc/{pid}").exists()


def test_a_process_ends_when_the_server_was_killed_while_it_worked(tmp_path: Path) -> None:
    started = tmp_path / "pid"
    script = f"""
import pathlib
from analyzers.source import Source
from app.worker_protocol import Limits
from app.workers import AnalysisPool

pool = AnalysisPool(1, Limits(600, 600), "obedient_engine", [pathlib.Path({str(ENGINES)!r})])
(read,) = pool.read({{"pid": Source("pid.py", "1", b"pid")}}).values()
pathlib.Path({str(started)!r}).write_bytes(read.facts)
pool.read({{"stall": Source("stall.py", "2", b"stall")}})
"""
    server = subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parents[2])
    while not (started.exists() and started.read_bytes()):
        assert server.poll() is None
    process = msgspec.msgpack.decode(started.read_bytes())["text"]
    server.kill()
    server.wait()

    while Path(f"/proc/{process}").exists():
        pass


def test_a_sum_of_many_operands_is_read_whole() -> None:
    text = ("TEXT = " + " + ".join(["part"] * 900) + "\n").encode()

    with AnalysisPool(1) as pool:
        (facts,) = pool.read({"key": Source("constants.py", "blob", text)}).values()

    assert isinstance(facts, ReadDone)
    assert decode_facts(facts.facts).defects == ()
