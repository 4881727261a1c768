"""Processes that read and judge foreign files, so that a file can cost no more than itself.

A process gets an empty environment, no descriptor but its socket, and the limits of `isolation`. One that dies or
stalls is killed and replaced; only the file at hand is lost, after a second try in a fresh process. The calling
process never decodes facts.
"""

import contextlib
import queue
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from analyzers.finding import Report
from analyzers.source import Source, Unread
from app import worker_protocol as protocol
from app.worker_process import Worker, WorkerLost
from app.worker_protocol import Limits, ReadItem, TreeFacts

if TYPE_CHECKING:
    from analyzers import Change, Policy

BATCH_BYTES = 256 * 1024
# Facts are sent in parts, so that neither side ever holds a second copy of all of them.
FACTS_BYTES = 4 * 1024 * 1024


class AnalysisFailed(Exception):
    """The trees could not be judged; the text is the reason, fit to be shown."""


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
        # Last in, first out: the process that worked last holds the facts of that work.
        self._idle: queue.LifoQueue[Worker | None] = queue.LifoQueue()
        for _ in range(processes):
            self._idle.put(None)
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="analysis")
        # What the system refused to take away from the processes; None until one has worked.
        self.missing_protections: tuple[str, ...] | None = None

    def start(self) -> None:
        """Start one process, without waiting for it."""
        self._idle.put(self._idle.get() or self._spawn())

    def read(self, sources: Mapping[str, Source]) -> dict[str, bytes | Unread]:
        """Read files given by the key of their facts; return encoded facts, or why a file was not read."""
        batches = deque(_batches(sources))
        results: dict[str, bytes | Unread] = {}
        lanes = min(self.processes, len(batches))
        if lanes <= 1:
            self._drain(batches, results)
        else:
            for lane in [self._threads.submit(self._drain, batches, results) for _ in range(lanes)]:
                lane.result()
        return {key: results[key] for key in sources}

    def analyze(
        self,
        head: TreeFacts,
        base: TreeFacts | None,
        change: "Change | None",
        policy: "Policy",
        facts: Mapping[str, bytes],
    ) -> Report:
        """Judge head against base; `facts` are what `read` or a cache returned, by key. Raise AnalysisFailed."""
        encoded_change = None if change is None else msgspec.msgpack.encode(change)
        request = protocol.Analyze(head, base, encoded_change, msgspec.msgpack.encode(policy))
        while True:
            with self._worker() as worker:
                fresh = worker.completed == 0
                try:
                    return self._analyze(worker, request, facts)
                except WorkerLost as lost:
                    if fresh:
                        raise AnalysisFailed(f"the analysis {lost.reason}") from lost

    def close(self) -> None:
        """Let calls under way finish, then end all processes."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        for _ in range(self.processes):
            worker = self._idle.get()
            if worker is not None:
                worker.kill()
        for _ in range(self.processes):
            self._idle.put(None)

    def __enter__(self) -> "AnalysisPool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _spawn(self) -> Worker:
        return Worker(self._engine, self._limits, self._search_path)

    @contextlib.contextmanager
    def _worker(self) -> Iterator[Worker]:
        worker = self._idle.get()
        try:
            if worker is None or worker.lost:
                worker = self._spawn()
            yield worker
        finally:
            if worker is not None and worker.missing_protections is not None:
                self.missing_protections = worker.missing_protections
            self._idle.put(None if worker is None or worker.lost else worker)

    def _drain(self, batches: deque[list[ReadItem]], results: dict[str, bytes | Unread]) -> None:
        while batches:
            try:
                batch = batches.popleft()
            except IndexError:
                return
            self._read_batch(batch, results)

    def _read_batch(self, batch: list[ReadItem], results: dict[str, bytes | Unread]) -> None:
        pending = deque(batch)
        while pending:
            with self._worker() as worker:
                try:
                    self._read_pending(worker, pending, results)
                except WorkerLost as lost:
                    # A process that had already worked may have died of an earlier file: try again in a fresh one.
                    if worker.completed == 0:
                        source = pending.popleft()
                        results[source.key] = _unread(source.source, lost.reason)

    def _read_pending(self, worker: Worker, pending: deque[ReadItem], results: dict[str, bytes | Unread]) -> None:
        worker.send(protocol.Read(tuple(pending)))
        while pending:
            reply = worker.receive(self._limits.seconds_per_file)
            item = pending.popleft()
            if isinstance(reply, protocol.ReadDone):
                results[item.key] = reply.facts
            elif isinstance(reply, protocol.ReadFailed):
                results[item.key] = _unread(item.source, reply.reason)
            worker.completed += 1

    def _analyze(self, worker: Worker, request: protocol.Analyze, facts: Mapping[str, bytes]) -> Report:
        seconds = self._limits.seconds_analyze
        worker.send(request)
        needed = worker.receive(seconds)
        if isinstance(needed, protocol.Needs):
            for part in _parts(needed.keys, facts):
                worker.send(protocol.Facts(part))
        reply = worker.receive(seconds)
        worker.completed += 1
        if not isinstance(reply, protocol.Analyzed):
            raise worker.disorder()
        return reply.report


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


def _parts(keys: Sequence[str], facts: Mapping[str, bytes]) -> Iterator[dict[str, bytes]]:
    part: dict[str, bytes] = {}
    size = 0
    for key in keys:
        part[key] = facts[key]
        size += len(facts[key])
        if size >= FACTS_BYTES:
            yield part
            part, size = {}, 0
    if part:
        yield part


def _unread(source: Source, reason: str) -> Unread:
    return Unread(source.path, source.blob, reason)
