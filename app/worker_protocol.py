"""What the server and an analysis process say to each other: msgpack frames over one private socket.

One side speaks at a time. The server sends a request and reads until its last reply has come:

    Read     -> one ReadDone or ReadFailed for each item, in order
    Divide   -> Divided
    Analyze  -> Needs (the facts this process does not hold), answered by some of them as Facts, until there are none;
                NeedsText now and then, answered by Text; then Analyzed

`Started` is the first thing a process says. `Died` is the last thing of one that ends by an exception.
"""

from collections.abc import Mapping

import msgspec

from analyzers.division import Division
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
    """One tree to analyse; `facts` maps a path to the key of its facts, `texts` a path to its bytes.

    `on_demand` are the paths of further texts, which the process may ask for one by one.
    """

    entries: tuple[Entry, ...]
    facts: Mapping[str, str]
    unread: tuple[Unread, ...] = ()
    texts: Mapping[str, bytes] = {}
    on_demand: tuple[str, ...] = ()
    served_elsewhere: bool = False


class TreeOutline(msgspec.Struct, frozen=True):
    """One tree to divide; `outlines` maps a path to the key of its outline."""

    entries: tuple[Entry, ...]
    outlines: Mapping[str, str]
    unread: tuple[Unread, ...] = ()


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


class Text(msgspec.Struct, frozen=True, tag="text"):
    """The text of one file, None where there is none."""

    data: bytes | None


class Divide(msgspec.Struct, frozen=True, tag="divide"):
    """Divide large trees; `outlines` are encoded, by key, change and policy as for `Analyze`."""

    head: TreeOutline
    base: TreeOutline | None
    outlines: Mapping[str, bytes]
    change: bytes | None
    policy: bytes


class Started(msgspec.Struct, frozen=True, tag="started"):
    """The process is ready; `protections` are in force, `missing` ones could not be had here."""

    protections: tuple[str, ...]
    missing: tuple[str, ...]


class ReadDone(msgspec.Struct, frozen=True, tag="read-done"):
    """One file's encoded facts, and their outline."""

    facts: bytes
    outline: bytes


class ReadFailed(msgspec.Struct, frozen=True, tag="read-failed"):
    """One file that the reader refused, with the reason shown to the user."""

    reason: str


class Needs(msgspec.Struct, frozen=True, tag="needs"):
    """Keys of the facts that the process does not hold."""

    keys: tuple[str, ...]


class NeedsText(msgspec.Struct, frozen=True, tag="needs-text"):
    """A path of the head tree whose text is wanted."""

    path: str


class Divided(msgspec.Struct, frozen=True, tag="divided"):
    """How trees are to be judged."""

    division: Division


class Analyzed(msgspec.Struct, frozen=True, tag="analyzed"):
    """The result of one analysis."""

    report: Report


class OutOfMemory(msgspec.Struct, frozen=True, tag="out-of-memory"):
    """The item at hand needed more memory than allowed; the process ends."""


class Died(msgspec.Struct, frozen=True, tag="died"):
    """The process ends by an exception of this type."""

    error: str


Request = Read | Divide | Analyze | Facts | Text
Reply = Started | ReadDone | ReadFailed | Divided | Needs | NeedsText | Analyzed | OutOfMemory | Died

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
