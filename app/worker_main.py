"""An analysis process: reads foreign files and judges them, with no environment, network, token or file of ours.

Arguments: the descriptor of the socket, the module of the engine, the limits. Nothing is ever printed; an
exception that escapes the engine ends the process, and only the name of its type is told.
"""

import gc
import importlib
import os
import sys
from types import ModuleType, TracebackType

import msgspec

from analyzers.source import Source, Unread
from app import worker_protocol as protocol
from app.isolation import isolate, limit_cpu

# Facts are kept between reading and analysing, and for the next review of the same repository.
# Unpacked they take many times their encoded size.
KEPT_BYTES = 16 * 1024 * 1024
# Readers leave chains of up to 1,000 operands, and each level of one takes a few calls of Python functions.
RECURSION_LIMIT = 20_000


class Channel:
    """Frames over one blocking descriptor; `socket` is not imported, to start faster."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

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


class Process:
    """Answers requests one after the other, keeping decoded facts by key."""

    def __init__(self, channel: Channel, engine: ModuleType, limits: protocol.Limits) -> None:
        self._channel = channel
        self._engine = engine
        self._limits = limits
        self._kept: dict[str, tuple[object, int]] = {}

    def serve(self) -> None:
        """Answer requests until the server closes the socket."""
        while True:
            request = self._channel.receive()
            if isinstance(request, protocol.Read):
                self._read_all(request)
            elif isinstance(request, protocol.Analyze):
                self._analyze(request)

    def _read_all(self, request: protocol.Read) -> None:
        for item in request.items:
            limit_cpu(self._limits.seconds_per_file)
            self._channel.send(self._read(item.key, item.source))
        self._tidy()

    def _read(self, key: str, source: Source) -> protocol.Reply:
        facts = self._engine.read(source)
        if isinstance(facts, Unread):
            return protocol.ReadFailed(facts.reason)
        encoded = self._engine.encode_facts(facts)
        self._kept[key] = (facts, len(encoded))
        return protocol.ReadDone(encoded)

    def _analyze(self, request: protocol.Analyze) -> None:
        limit_cpu(self._limits.seconds_analyze)
        self._complete([tree for tree in (request.head, request.base) if tree is not None])
        engine = self._engine
        change = None if request.change is None else msgspec.msgpack.decode(request.change, type=engine.Change)
        report = engine.analyze(
            self._tree(request.head),
            None if request.base is None else self._tree(request.base),
            change,
            msgspec.msgpack.decode(request.policy, type=engine.Policy),
        )
        self._channel.send(protocol.Analyzed(report))
        del report
        self._tidy()

    def _complete(self, trees: list[protocol.TreeFacts]) -> None:
        used = dict.fromkeys(key for tree in trees for key in tree.facts.values())
        missing = {key for key in used if key not in self._kept}
        self._channel.send(protocol.Needs(tuple(missing)))
        while missing:
            given = self._channel.receive()
            if isinstance(given, protocol.Facts):
                for key, encoded in given.facts.items():
                    self._kept[key] = (self._engine.decode_facts(encoded), len(encoded))
                missing -= given.facts.keys()
        for key in used:
            self._kept[key] = self._kept.pop(key)

    def _tree(self, tree: protocol.TreeFacts) -> object:
        facts = {path: self._kept[key][0] for path, key in tree.facts.items()}
        return self._engine.Tree(entries=tree.entries, facts=facts, unread=tree.unread, texts=tree.texts)

    def _tidy(self) -> None:
        # Collected by itself, garbage would be looked for a hundred times among millions of facts that are none.
        gc.collect(0)
        excess = sum(size for _, size in self._kept.values()) - KEPT_BYTES
        for key in list(self._kept):
            if excess <= 0:
                break
            excess -= self._kept.pop(key)[1]


def main() -> None:
    """Serve the descriptor given as argument until its other end is closed."""
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
