"""An engine that does what the files tell it, for tests of the processes around it."""

import ctypes
import os
import socket
import sys
from pathlib import Path

import msgspec

from analyzers.finding import Failure, Report
from analyzers.source import Entry, Source, Unread


class FileFacts(msgspec.Struct, frozen=True):
    text: str


class Tree(msgspec.Struct, frozen=True):
    entries: tuple[Entry, ...]
    facts: dict[str, FileFacts]
    unread: tuple[Unread, ...]
    texts: dict[str, bytes]
    served_elsewhere: bool


class Change(msgspec.Struct, frozen=True):
    changed: tuple[str, ...] = ()


class Policy(msgspec.Struct, frozen=True):
    order: str = ""


class Memory:
    def holds(self, _base: Tree | None, _policy: Policy) -> bool:
        return False


encode_facts = msgspec.msgpack.Encoder().encode


def encode_outline(_: FileFacts) -> bytes:
    return b""


def decode_facts(data: bytes) -> FileFacts:
    return msgspec.msgpack.decode(data, type=FileFacts)


def read(source: Source) -> FileFacts | Unread:
    order = source.data.decode()
    if order == "refuse":
        return Unread(source.path, source.blob, "is not for reading")
    return FileFacts(obey(order))


def analyze(
    head: Tree, base: Tree | None, change: Change | None, policy: Policy, _memory: Memory | None = None
) -> Report:
    said = [Failure("head", path, "", facts.text) for path, facts in sorted(head.facts.items())]
    said += [Failure("unread", item.path, "", item.reason) for item in head.unread]
    if base is not None:
        said += [Failure("base", path, "", facts.text) for path, facts in sorted(base.facts.items())]
    if change is not None:
        said += [Failure("changed", path, "", head.texts[path].decode()) for path in change.changed]
    return Report(failures=tuple(said), engine_version=obey(policy.order))


def obey(order: str) -> str:
    if order == "crash":
        os.abort()
    if order == "segfault":
        ctypes.string_at(0)
    if order == "spin":
        while True:
            pass
    if order == "stall":
        while True:
            os.read(os.pipe()[0], 1)
    if order == "hog":
        bytearray(1 << 40)
    if order == "raise":
        raise ValueError("text of the source")
    return REPORTS.get(order, lambda: order)()


def can_connect() -> str:
    with socket.socket() as sock:
        return str(sock.connect_ex(("127.0.0.1", 9)))


def can_fork() -> str:
    try:
        pid = os.fork()
    except OSError:
        return "refused"
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return "allowed"


def is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def can_read(place: str) -> str:
    try:
        Path(place).read_bytes()
    except OSError:
        return "refused"
    return "allowed"


def can_write() -> str:
    try:
        Path("/tmp/written by an analysis process").write_bytes(b"x")
    except OSError:
        return "refused"
    return "allowed"


REPORTS = {
    "pid": lambda: str(os.getpid()),
    "environment": lambda: repr(dict(os.environ)),
    "descriptors": lambda: ",".join(str(number) for number in range(100) if is_open(number)),
    "modules": lambda: ",".join(sorted(sys.modules)),
    "session": lambda: str(os.getsid(0) == os.getpid()),
    "connect": can_connect,
    "fork": can_fork,
    "read": lambda: can_read("/etc/passwd"),
    "spy": lambda: can_read(f"/proc/{os.getppid()}/environ"),
    "write": can_write,
    "import": lambda: can_read(os.__file__),
}
