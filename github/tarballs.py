"""A tar stream read piece by piece, without a file system.

Only regular files give bytes; links, devices and everything else are named and passed over. Formats: ustar, the pax
headers that git writes, and GNU long names. The input is hostile: every length in it is checked before it is used.
"""

from collections.abc import Callable, Iterator

import msgspec

BLOCK = 512
# git's paths end at 4,096 bytes; a header of this size is no path.
MAX_HEADER_BYTES = 65_536
MAX_DIGITS = 15
END = bytes(BLOCK)
REGULAR = (b"0", b"\0", b"7")
PAX, PAX_GLOBAL, LONG_NAME, LONG_LINK = b"x", b"g", b"L", b"K"
KINDS = {b"1": "hard link", b"2": "symbolic link"}


class MalformedTar(ValueError):
    """Bytes that are no tar."""


class Member(msgspec.Struct, frozen=True):
    """One entry; `data` is None unless it is a regular file that was asked for, `kind` says what it is otherwise."""

    name: str
    size: int
    kind: str = "file"
    data: bytes | None = None


class Header(msgspec.Struct, frozen=True):
    """One header block, with what the extended headers before it changed."""

    name: bytes
    size: int
    type: bytes

    @property
    def padded(self) -> int:
        """The bytes that the content takes in the stream."""
        return -(-self.size // BLOCK) * BLOCK


class TarReader:
    """Takes the stream in pieces of any length; memory stays at one wanted file and one piece."""

    def __init__(self, wants: Callable[[str, int], bool]) -> None:
        self._wants = wants
        self._buffer = bytearray()
        self._skip = 0
        self._extended: dict[bytes, bytes] = {}
        self.ended = False

    def feed(self, piece: bytes) -> Iterator[Member]:
        """Yield the entries that are complete with this piece; raise MalformedTar."""
        self._buffer += piece
        at = 0
        while not self.ended:
            step = min(self._skip, len(self._buffer) - at)
            self._skip -= step
            at += step
            if len(self._buffer) - at < BLOCK:
                break
            taken, member = self._take(at)
            if not taken:
                break
            at += taken
            if member is not None:
                yield member
        del self._buffer[:at]

    def _take(self, at: int) -> tuple[int, Member | None]:
        block = bytes(self._buffer[at : at + BLOCK])
        if block == END:
            self.ended = True
            return BLOCK, None
        header = self._header(block)
        if header.type in (PAX, PAX_GLOBAL, LONG_NAME, LONG_LINK):
            return self._take_extension(at, header), None
        name = header.name.decode("utf-8", "replace")
        if header.type not in REGULAR:
            return self._pass_over(Member(name, header.size, KINDS.get(header.type, "special file")), header)
        if not self._wants(name, header.size):
            return self._pass_over(Member(name, header.size), header)
        if len(self._buffer) - at < BLOCK + header.padded:
            return 0, None
        self._extended = {}
        data = bytes(self._buffer[at + BLOCK : at + BLOCK + header.size])
        return BLOCK + header.padded, Member(name, header.size, data=data)

    def _pass_over(self, member: Member, header: Header) -> tuple[int, Member]:
        self._extended = {}
        # Links and devices have no content, whatever size they claim.
        self._skip = header.padded if header.type in REGULAR or header.type not in b"123456" else 0
        return BLOCK, member

    def _take_extension(self, at: int, header: Header) -> int:
        if header.size > MAX_HEADER_BYTES:
            raise MalformedTar("an extended header is too large")
        if len(self._buffer) - at < BLOCK + header.padded:
            return 0
        data = bytes(self._buffer[at + BLOCK : at + BLOCK + header.size])
        if header.type == PAX:
            self._extended = {**self._extended, **pax_records(data)}
        elif header.type == LONG_NAME:
            self._extended = {**self._extended, b"path": data.rstrip(b"\0")}
        return BLOCK + header.padded

    def _header(self, block: bytes) -> Header:
        written = octal(block[148:156])
        if written != sum(block) - sum(block[148:156]) + 8 * 0x20:
            raise MalformedTar("a header's checksum is wrong")
        kind = block[156:157]
        name = block[:100].partition(b"\0")[0]
        prefix = block[345:500].partition(b"\0")[0] if block[257:263] == b"ustar\0" else b""
        size = octal(block[124:136])
        if kind in (PAX, PAX_GLOBAL, LONG_NAME, LONG_LINK):
            return Header(name, size, kind)
        if b"size" in self._extended:
            size = decimal(self._extended[b"size"])
        return Header(self._extended.get(b"path", prefix + b"/" + name if prefix else name), size, kind)


def pax_records(data: bytes) -> dict[bytes, bytes]:
    """Read the records (`length key=value`) of a pax header; raise MalformedTar."""
    records: dict[bytes, bytes] = {}
    while data:
        digits = data.partition(b" ")[0]
        length = decimal(digits)
        record = data[len(digits) + 1 : length]
        if length > len(data) or not record.endswith(b"\n"):
            raise MalformedTar("a pax record does not end where it says")
        key, _, value = record[:-1].partition(b"=")
        records[key] = value
        data = data[length:]
    return records


def octal(field: bytes) -> int:
    """Read a number field: octal text, or GNU's binary form for what does not fit."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    text = field.strip(b"\0 ")
    if not all(digit in b"01234567" for digit in text):
        raise MalformedTar("a header holds no number where one belongs")
    return int(text or b"0", 8)


def decimal(text: bytes) -> int:
    """Read a number written in decimal digits."""
    if not text.isdigit() or len(text) > MAX_DIGITS:
        raise MalformedTar("an extended header holds no number where one belongs")
    return int(text)
