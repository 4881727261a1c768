"""Processes that read and judge foreign files, so that a file can cost no more than itself.

A process gets an empty environment, no descriptor but its socket, and the limits of `isolation`. One that dies or
stalls is killed and replaced; only the file at hand is lost, after a second try in a fresh process. The calling
process never decodes facts.
"""

import contextlib
import functools
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from analyzers.division import Division
from analyzers.finding import Report
from analyzers.source import Source, Unread
from app import worker_protocol as protocol
from app.idle_workers import IdleWorkers
from app.worker_process import Worker, WorkerLost
from app.worker_protocol import (
    Analyze,
    Divide,
    Facts,
    Limits,
    ReadDone,
    ReadItem,
    Reply,
    Text,
    TreeFacts,
    TreeOutline,
)

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from analyzers import Change, Policy

BATCH_BYTES = 256 * 1024
# Facts are handed over in frames of about this size.
ROUND_BYTES = 2 * 1024 * 1024
T = TypeVar("T", bound=Reply)


class AnalysisFailed(Exception):
    """The trees could not be judged; the text is the reason, fit to be shown."""


class Supply(msgspec.Struct, frozen=True):
    """What a process may ask for while it works: encoded facts by key, and a way to read a text by its path."""

    facts: Mapping[str, bytes] = {}
    text: Callable[[str], bytes | None] = lambda _: None

    def some(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Return the first facts that are asked for, as many as one frame should hold."""
        chosen: dict[str, bytes] = {}
        size = 0
        for key in keys:
            chosen[key] = self.facts[key]
            size += len(chosen[key])
            if size >= ROUND_BYTES:
                break
        return chosen


class AnalysisPool:
    """A few analysis processes, started when first needed; safe to use from many threads."""

    def __init__(
        self,
        processes: int = 2,
        limits: Limits = Limits(),
        engine: str = "analyzers",
        search_path: Sequence[Path] = (),
    ) -> None:
        self.processes = processes
        self._limits = limits
        self._engine = engine
        self._search_path = tuple(search_path)
        self._idle = IdleWorkers(processes)
        # What the system refused to take away from the processes; None until one has worked.
        self.missing_protections: tuple[str, ...] | None = None

    @functools.cached_property
    def _threads(self) -> "ThreadPoolExecutor":
        # A small change is read by one process, and never gets here.
        from concurrent.futures import ThreadPoolExecutor

        return ThreadPoolExecutor(self.processes, thread_name_prefix="analysis")

    def start(self) -> None:
        """Start one process, without waiting for it."""
        self._idle.give_back(self._idle.take() or self._spawn())

    def read(self, sources: Mapping[str, Source], base: frozenset[str] = frozenset()) -> dict[str, ReadDone | Unread]:
        """Read files given by the key of their facts; return encoded facts, or why a file was not read.

        The process that reads them keeps their facts: best one that will judge them, against this base.
        """
        batches = deque(_batches(sources))
        results: dict[str, ReadDone | Unread] = {}
        lanes = min(self.processes, len(batches))
        if lanes <= 1:
            self._drain(batches, results, base)
        else:
            for lane in [self._threads.submit(self._drain, batches, results, base) for _ in range(lanes)]:
                lane.result()
        return {key: results[key] for key in sources}

    def divide(
        self,
        trees: tuple[TreeOutline, TreeOutline | None],
        change: "Change | None",
        policy: "Policy",
        outlines: Mapping[str, bytes],
    ) -> Division:
        """Divide a head tree, and what it is compared with, into batches. Raise AnalysisFailed."""
        request = protocol.Divide(*trees, outlines, _encoded(change), msgspec.msgpack.encode(policy))
        return self._ask(request, protocol.Divided, Supply()).division

    def analyze(
        self,
        trees: tuple[TreeFacts, TreeFacts | None],
        change: "Change | None",
        policy: "Policy",
        supply: Supply,
    ) -> Report:
        """Judge head against base with what `read` or a cache returned. Raise AnalysisFailed."""
        request = protocol.Analyze(*trees, _encoded(change), msgspec.msgpack.encode(policy))
        base = frozenset() if trees[1] is None else frozenset(trees[1].facts.values())
        return self._ask(request, protocol.Analyzed, supply, base).report

    def _ask(
        self, request: Divide | Analyze, expected: type[T], supply: Supply, base: frozenset[str] = frozenset()
    ) -> T:
        """Return the last reply to a request, given in a fresh process where an earlier file may be to blame."""
        while True:
            with self._worker(base) as worker:
                fresh = worker.completed == 0
                try:
                    reply = self._conversation(worker, request, expected, supply)
                    worker.base = base or worker.base
                    return reply
                except WorkerLost as lost:
                    if fresh and not self._idle.is_closed:
                        raise AnalysisFailed(f"the analysis {lost.reason}") from lost

    def close(self) -> None:
        """End all processes: calls under way raise PoolClosed."""
        # A stop that waited for what they work at would take minutes, for what nobody asks any more.
        self._idle.close()
        if "_threads" in self.__dict__:
            self._threads.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> "AnalysisPool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _spawn(self) -> Worker:
        return Worker(self._engine, self._limits, self._search_path)

    @contextlib.contextmanager
    def _worker(self, base: frozenset[str]) -> Iterator[Worker]:
        worker = self._idle.take(base)
        try:
            if worker is None or worker.lost:
                worker = self._spawn()
            self._idle.begin(worker)
            yield worker
        finally:
            if worker is not None and worker.missing_protections is not None:
                self.missing_protections = worker.missing_protections
            self._idle.give_back(worker)

    def _drain(
        self, batches: deque[list[ReadItem]], results: dict[str, ReadDone | Unread], base: frozenset[str]
    ) -> None:
        while batches:
            try:
                batch = batches.popleft()
            except IndexError:
                return
            self._read_batch(batch, results, base)

    def _read_batch(self, batch: list[ReadItem], results: dict[str, ReadDone | Unread], base: frozenset[str]) -> None:
        pending = deque(batch)
        while pending:
            with self._worker(base) as worker:
                try:
                    self._read_pending(worker, pending, results)
                except WorkerLost as lost:
                    # A process that had already worked may have died of an earlier file: try again in a fresh one.
                    if worker.completed == 0 and not self._idle.is_closed:
                        source = pending.popleft()
                        results[source.key] = _unread(source.source, lost.reason)

    def _read_pending(self, worker: Worker, pending: deque[ReadItem], results: dict[str, ReadDone | Unread]) -> None:
        worker.send(protocol.Read(tuple(pending)))
        while pending:
            reply = worker.receive(self._limits.seconds_per_file)
            item = pending.popleft()
            if isinstance(reply, protocol.ReadDone):
                results[item.key] = reply
            elif isinstance(reply, protocol.ReadFailed):
                results[item.key] = _unread(item.source, reply.reason)
            worker.completed += 1

    def _conversation(self, worker: Worker, request: Divide | Analyze, expected: type[T], supply: Supply) -> T:
        worker.send(request)
        given: set[str] = set()
        while True:
            reply = worker.receive(self._limits.seconds_analyze)
            if isinstance(reply, expected):
                worker.completed += 1
                return reply
            answer = _answer(reply, supply, given)
            if answer is None:
                raise worker.disorder()
            worker.send(answer)


def _answer(reply: Reply, supply: Supply, given: set[str]) -> Facts | Text | None:
    """Return the answer to a question; None to what is none, or was answered: a process must not ask for ever."""
    if isinstance(reply, protocol.NeedsText) and reply.path not in given:
        given.add(reply.path)
        return Text(supply.text(reply.path))
    if isinstance(reply, protocol.Needs) and supply.facts.keys() >= set(reply.keys) and given.isdisjoint(reply.keys):
        facts = supply.some(reply.keys)
        given.update(facts)
        return Facts(facts)
    return None


def _encoded(change: "Change | None") -> bytes | None:
    return None if change is None else msgspec.msgpack.encode(change)


def _batches(sources: Mapping[str, Source]) -> Iterator[list[ReadItem]]:
    batch: list[ReadItem] = []
    size = 0
    for key, source in sources.items():
        batch.append(ReadItem(key, source))
        size += len(source.data)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _unread(source: Source, reason: str) -> Unread:
    return Unread(source.path, source.blob, reason)
