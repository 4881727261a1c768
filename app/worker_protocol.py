"""What the server and an analysis process say to each other: msgpack frames over one private socket.

One side speaks at a time. The server sends a request and reads until its last reply has come:

    Read     -> one ReadDone or ReadFailed for each item, in order
    Analyze  -> Needs (the facts this process does not hold), answered by Facts; then Analyzed or AnalyzeFailed

`Started` is the first thing a process says. `Died` is the last thing of one that ends by an exception.
"""

from collections.abc import Mapping

import msgspec

from analyzers.finding import Report
from analyzers.source import Entry, Source, Unread

LENGTH_BYTES = 4
MAX_FRAME_BYTES = 512 * 1024 * 1024


class Limits(msgspec.Struct, frozen=True):
    """CPU seconds for one file and for one analysis, and bytes of address space for the process."""

    seconds_per_file: float = 10.0
    seconds_analyze: float = 60.0
    memory_bytes: int = 1024 * 1024 * 1024


class TreeFacts(msgspec.Struct, frozen=True):
    """One tree to analyse; `facts` maps a path to the key of its facts, `texts` a path to its bytes."""

    entries: tuple[Entry, ...]
    facts: Mapping[str, str]
    unread: tuple[Unread, ...] = ()
    texts: Mapping[str, bytes] = {}


class ReadItem(msgspec.Struct, frozen=True):
    """A file to read, with the key under which its facts are kept."""

    key: str
    source: Source


class Read(msgspec.Struct, frozen=True, tag="read"):
    """Read these files and answer each of them."""

    items: tuple[ReadItem, ...]


class Analyze(msgspec.Struct, frozen=True, tag="analyze"):
    """Judge one tree against another; change and policy are encoded values of the engine."""

    head: TreeFacts
    base: TreeFacts | None
    change: bytes | None
    policy: bytes


class Facts(msgspec.Struct, frozen=True, tag="facts"):
    """Encoded facts by key; some of those that the process needs."""

    facts: Mapping[str, bytes]


class Started(msgspec.Struct, frozen=True, tag="started"):
    """The process is ready; `protections` are in force, `missing` ones could not be had here."""

    protections: tuple[str, ...]
    missing: tuple[str, ...]


class ReadDone(msgspec.Struct, frozen=True, tag="read-done"):
    """One file's encoded facts."""

    facts: bytes


class ReadFailed(msgspec.Struct, frozen=True, tag="read-failed"):
    """One file that the reader refused, with the reason shown to the user."""

    reason: str


class Needs(msgspec.Struct, frozen=True, tag="needs"):
    """Keys of the facts that the process does not hold."""

    keys: tuple[str, ...]


class Analyzed(msgspec.Struct, frozen=True, tag="analyzed"):
    """The result of one analysis."""

    report: Report


class OutOfMemory(msgspec.Struct, frozen=True, tag="out-of-memory"):
    """The item at hand needed more memory than allowed; the process ends."""


class Died(msgspec.Struct, frozen=True, tag="died"):
    """The process ends by an exception of this type."""

    error: str


Request = Read | Analyze | Facts
Reply = Started | ReadDone | ReadFailed | Needs | Analyzed | OutOfMemory | Died

_REQUESTS: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_REPLIES: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


def encode(message: Request | Reply) -> bytes:
    """Encode either side's message."""
    return msgspec.msgpack.encode(message)


def decode_request(payload: bytes) -> Request:
    """Decode what the server said. Raise msgspec.DecodeError."""
    return _REQUESTS.decode(payload)


def decode_reply(payload: bytes | bytearray) -> Reply:
    """Decode what an analysis process said. Raise msgspec.DecodeError."""
    return _REPLIES.decode(payload)


def frame(payload: bytes) -> bytes:
    """Put the length before a payload."""
    return len(payload).to_bytes(LENGTH_BYTES, "big") + payload
