"""An analysis process: reads foreign files and judges them, with no environment, network, token or file of ours.

Arguments: the descriptor of the socket, the module of the engine, the limits. Nothing is ever printed; an
exception that escapes the engine ends the process, and only the name of its type is told.
"""

import gc
import importlib
import os
import select
import signal
import sys
from collections.abc import Container, Iterator, Mapping
from types import FrameType, ModuleType, TracebackType
from typing import Any

import msgspec

from analyzers.source import Source, Unread
from app import worker_protocol as protocol
from app.isolation import isolate, limit_cpu

# Facts are kept between reading and analysing, and for the next review of the same repository. Unpacked they take
# many times their encoded size.
KEPT_BYTES = 8 * 1024 * 1024
# Readers leave chains of up to 1,000 operands, and each level of one takes a few calls of Python functions.
RECURSION_LIMIT = 20_000
# A process that is not asked for more by then tidies up: one that ends with its command never has to.
IDLE_SECONDS = 0.25
# What may be read and judged until garbage is looked for all the same.
UNTIDY_BYTES = 1024 * 1024
# How often a process looks whether the one that started it is still there.
ORPHAN_SECONDS = 2.0


class Channel:
    """Frames over one blocking descriptor; `socket` is not imported, to start faster."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def is_asked(self, seconds: float) -> bool:
        """Wait at most so long for a request to come, and tell whether one has."""
        return bool(select.select([self._descriptor], [], [], seconds)[0])

    def receive(self) -> protocol.Request:
        """Wait for a request; end the process when the server has gone."""
        length = int.from_bytes(self._exactly(protocol.LENGTH_BYTES), "big")
        return protocol.decode_request(self._exactly(length))

    def send(self, reply: protocol.Reply) -> None:
        """Send one reply whole."""
        data = memoryview(protocol.frame(protocol.encode(reply)))
        while data:
            data = data[os.write(self._descriptor, data) :]

    def _exactly(self, count: int) -> bytes:
        chunks = bytearray()
        while len(chunks) < count:
            chunk = os.read(self._descriptor, min(count - len(chunks), 1 << 20))
            if not chunk:
                sys.exit(0)
            chunks += chunk
        return bytes(chunks)


class Texts(Mapping[str, bytes]):
    """The texts of a tree: those at hand, and those that the server is asked for, held until the tree is judged."""

    def __init__(self, tree: protocol.TreeFacts, channel: Channel) -> None:
        self._known: dict[str, bytes | None] = dict(tree.texts)
        self._further = frozenset(tree.on_demand)
        self._channel = channel

    def __getitem__(self, path: str) -> bytes:
        if path not in self._known and path in self._further:
            self._channel.send(protocol.NeedsText(path))
            given = self._channel.receive()
            self._known[path] = given.data if isinstance(given, protocol.Text) else None
        data = self._known.get(path)
        if data is None:
            raise KeyError(path)
        return data

    def __iter__(self) -> Iterator[str]:
        return iter(self._known.keys() | self._further)

    def __len__(self) -> int:
        return len(self._known.keys() | self._further)


class Process:
    """Answers requests one after the other, keeping decoded facts by key."""

    def __init__(self, channel: Channel, engine: ModuleType, limits: protocol.Limits) -> None:
        self._channel = channel
        self._engine = engine
        self._limits = limits
        self._kept: dict[str, tuple[object, int]] = {}
        self._memory: Any = None
        self._untidy_bytes = 0

    def serve(self) -> None:
        """Answer requests until the server closes the socket."""
        while True:
            if self._untidy_bytes and (not self._channel.is_asked(IDLE_SECONDS) or self._untidy_bytes > UNTIDY_BYTES):
                self._tidy()
            request = self._channel.receive()
            if isinstance(request, protocol.Read):
                self._read_all(request)
            elif isinstance(request, protocol.Divide):
                self._divide(request)
            elif isinstance(request, protocol.Analyze):
                self._analyze(request)

    def _read_all(self, request: protocol.Read) -> None:
        for item in request.items:
            limit_cpu(self._limits.seconds_per_file)
            self._channel.send(self._read(item.key, item.source))
            self._untidy_bytes += len(item.source.data)
        self._forget()

    def _read(self, key: str, source: Source) -> protocol.Reply:
        facts = self._engine.read(source)
        if isinstance(facts, Unread):
            return protocol.ReadFailed(facts.reason)
        encoded = self._engine.encode_facts(facts)
        self._kept[key] = (facts, len(encoded))
        return protocol.ReadDone(encoded, self._engine.encode_outline(facts))

    def _divide(self, request: protocol.Divide) -> None:
        limit_cpu(self._limits.seconds_analyze)
        engine = self._engine
        # One object for one blob, so that what both trees have is soon told.
        outlines = {key: engine.decode_outline(data) for key, data in request.outlines.items()}

        def sketch(tree: protocol.TreeOutline) -> object:
            return engine.Sketch(
                tree.entries, {path: outlines[key] for path, key in tree.outlines.items()}, tree.unread
            )

        base = None if request.base is None else sketch(request.base)
        division = engine.divide(sketch(request.head), base, *self._asked(request))
        self._channel.send(protocol.Divided(division))

    def _analyze(self, request: protocol.Analyze) -> None:
        limit_cpu(self._limits.seconds_analyze)
        trees = [tree for tree in (request.head, request.base) if tree is not None]
        used = dict.fromkeys(key for tree in trees for key in tree.facts.values())
        self._complete(used)
        head = self._tree(request.head)
        base = None if request.base is None else self._tree(request.base)
        change, policy = self._asked(request)
        if base is not None and (self._memory is None or not self._memory.holds(base, policy)):
            self._forget_base()
            self._memory = self._engine.Memory()
        report = self._engine.analyze(head, base, change, policy, self._memory)
        self._channel.send(protocol.Analyzed(report))
        del report, head, base
        judged = sum(self._kept[key][1] for key in used)
        self._untidy_bytes += judged
        if judged > KEPT_BYTES:
            self._forget_base()
        self._forget()

    def _forget_base(self) -> None:
        if self._memory is not None:
            self._memory = None
            gc.collect()

    def _asked(self, request: protocol.Divide | protocol.Analyze) -> tuple[object, object]:
        """Return the change and the policy of a request."""
        engine = self._engine
        change = None if request.change is None else msgspec.msgpack.decode(request.change, type=engine.Change)
        return change, msgspec.msgpack.decode(request.policy, type=engine.Policy)

    def _complete(self, used: dict[str, None]) -> None:
        """Hold the facts of these keys: ask for what is missing, until all of it is here."""
        for key in used.keys() & self._kept.keys():
            self._kept[key] = self._kept.pop(key)
        while missing := tuple(key for key in used if key not in self._kept):
            self._channel.send(protocol.Needs(missing))
            given = self._channel.receive()
            if not isinstance(given, protocol.Facts) or not given.facts:
                raise ValueError("facts were asked for")
            for key, encoded in given.facts.items():
                self._kept[key] = (self._engine.decode_facts(encoded), len(encoded))
            self._forget(used)

    def _tree(self, tree: protocol.TreeFacts) -> object:
        facts = {path: self._kept[key][0] for path, key in tree.facts.items()}
        texts = Texts(tree, self._channel) if tree.on_demand else tree.texts
        return self._engine.Tree(tree.entries, facts, tree.unread, texts, tree.served_elsewhere)

    def _tidy(self) -> None:
        # Collected by itself, garbage would be looked for a hundred times among millions of facts that are none.
        gc.collect(0)
        self._untidy_bytes = 0

    def _forget(self, used: Container[str] = ()) -> None:
        """Drop the facts that were used the longest time ago, but none of these."""
        excess = sum(size for _, size in self._kept.values()) - KEPT_BYTES
        for key in [key for key in self._kept if key not in used]:
            if excess <= 0:
                break
            excess -= self._kept.pop(key)[1]


def _end_with(parent: int) -> None:
    """End this process soon after the one that started it, however that ended: nobody waits for its answers."""

    def look(_number: int, _frame: FrameType | None) -> None:
        if os.getppid() != parent:
            os._exit(1)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, ORPHAN_SECONDS, ORPHAN_SECONDS)


def main() -> None:
    """Serve the descriptor given as argument until its other end is closed."""
    _end_with(os.getppid())
    _, descriptor, engine_name, encoded_limits = sys.argv
    channel = Channel(int(descriptor))

    def tell(kind: type[BaseException], _value: BaseException, _trace: TracebackType | None) -> None:
        outcome = protocol.OutOfMemory() if issubclass(kind, MemoryError) else protocol.Died(kind.__name__)
        channel.send(outcome)

    sys.excepthook = tell
    gc.disable()
    sys.setrecursionlimit(RECURSION_LIMIT)
    limits = msgspec.json.decode(encoded_limits, type=protocol.Limits)
    engine = importlib.import_module(engine_name)
    protections, missing = isolate(limits.memory_bytes)
    channel.send(protocol.Started(protections, missing))
    Process(channel, engine, limits).serve()
