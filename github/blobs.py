"""Blobs, believed only where their bytes have the object id that was asked for.

GraphQL gives text: cut near 500 KB, absent for binary files, and re-encoded where it is not UTF-8. What does not hash
to its id is read again, raw.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence

import msgspec

from github.concurrency import gather
from github.errors import Forbidden, NotFound, PermissionMissing, ServerFailed
from github.graphql import Answer, query
from github.repositories import Repository

MAX_BATCH = 50
MAX_BYTES = 1_000_000
OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
RAW = "application/vnd.github.raw+json"


class Blob(msgspec.Struct, frozen=True, rename="camel"):
    """A blob as GraphQL tells it; every field is absent when the object is something else."""

    oid: str = ""
    text: str | None = None
    byte_size: int = 0
    is_truncated: bool = False
    is_binary: bool | None = None


class Objects(msgspec.Struct, frozen=True):
    """The objects of one batch by alias."""

    repository: dict[str, Blob | None] | None = None


class Blobs(msgspec.Struct, frozen=True):
    """Bytes by object id, and for each blob that is missing the reason (`too large`, `not found`, `altered`)."""

    data: Mapping[str, bytes]
    missing: Mapping[str, str]


OBJECTS = msgspec.json.Decoder(Answer[Objects])
FIELDS = "... on Blob { oid text byteSize isTruncated isBinary }"


def blob_oid(data: bytes, algorithm: str = "sha1") -> str:
    """Return git's object id of a blob."""
    return hashlib.new(algorithm, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def is_blob(data: bytes, oid: str) -> bool:
    """Tell whether the bytes have this object id, in either of git's hashes."""
    return blob_oid(data, "sha1" if len(oid) == 40 else "sha256") == oid


async def read_blobs(repository: Repository, oids: Sequence[str], max_bytes: int = MAX_BYTES) -> Blobs:
    """Read blobs, 50 a call; what GraphQL does not give exactly is read raw, one call each."""
    distinct = tuple(dict.fromkeys(oids))
    batches = [distinct[start : start + MAX_BATCH] for start in range(0, len(distinct), MAX_BATCH)]
    found: dict[str, Blob] = {}
    for batch in await gather(batches, lambda batch: _read_batch(repository, batch)):
        found.update(batch)
    results = await gather(distinct, lambda oid: read_exact(repository, oid, found.get(oid), max_bytes))
    read = dict(zip(distinct, results, strict=True))
    return Blobs(
        {oid: data for oid, data in read.items() if isinstance(data, bytes)},
        {oid: reason for oid, reason in read.items() if isinstance(reason, str)},
    )


async def read_exact(repository: Repository, oid: str, blob: Blob | None, max_bytes: int) -> bytes | str:
    """Return a blob's bytes, from its text if that is exact, else raw; or the reason why there are none."""
    if blob is not None and blob.byte_size > max_bytes:
        return "too large"
    if blob is not None and blob.text is not None and not blob.is_truncated:
        data = blob.text.encode()
        if is_blob(data, oid):
            return data
    return await _read_raw(repository, oid, max_bytes)


async def _read_batch(repository: Repository, oids: Sequence[str]) -> dict[str, Blob]:
    for oid in oids:
        if not OID.fullmatch(oid):
            raise ValueError("not an object id")
    aliases = " ".join(f'b{at}: object(oid: "{oid}") {{ {FIELDS} }}' for at, oid in enumerate(oids))
    text = f"query($owner: String!, $name: String!) {{ repository(owner: $owner, name: $name) {{ {aliases} }} }}"
    try:
        answer = await query(repository, text, {"owner": repository.owner, "name": repository.name}, OBJECTS)
    except ServerFailed:
        # Too much for GraphQL's ten seconds: each blob is read by itself instead.
        return {}
    objects = (answer.data.repository if answer.data else None) or {}
    read = ((oid, objects.get(f"b{at}")) for at, oid in enumerate(oids))
    return {oid: blob for oid, blob in read if blob is not None and blob.oid == oid}


async def _read_raw(repository: Repository, oid: str, max_bytes: int) -> bytes | str:
    call = repository.call("GET", "/git/blobs/{file_sha}", {"file_sha": oid})
    try:
        response = await repository.send(msgspec.structs.replace(call, accept=RAW))
    except NotFound:
        return "not found"
    except Forbidden as refused:
        if isinstance(refused, PermissionMissing) or "too large" not in refused.message.lower():
            raise
        return "too large"
    if len(response.content) > max_bytes:
        return "too large"
    return response.content if is_blob(response.content, oid) else "altered"
