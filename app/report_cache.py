"""Reports of trees, or parts of one, kept under everything that they depend on.

Only for the one who asks on his own machine: fixes in a report hold lines of source.
"""

import functools
import hashlib
from pathlib import Path

import msgspec

import analyzers
from analyzers import Policy, Report
from app.facts_cache import FactsCache
from app.worker_protocol import TreeFacts


class ReportCache:
    """Keeps reports beside the facts that they were made of; a cache without a place keeps nothing."""

    def __init__(self, place: FactsCache | None = None) -> None:
        self._place = place

    def key(self, tree: TreeFacts, policy: Policy) -> str:
        """Return what a report of a tree under a policy is kept under, "" where it is not kept."""
        if self._place is None:
            return ""
        # The texts are those of the entries' blobs.
        without = msgspec.structs.replace(tree, texts=dict.fromkeys(tree.texts, b""), on_demand=sorted(tree.on_demand))
        parts = (_code(), msgspec.msgpack.encode(policy), msgspec.msgpack.encode(without))
        return f"report:{hashlib.sha256(b''.join(parts)).hexdigest()}"

    def get(self, key: str) -> Report | None:
        """Return a report that was kept."""
        found = self._place.get([key]) if self._place is not None and key else {}
        return msgspec.msgpack.decode(found[key], type=Report) if key in found else None

    def put(self, key: str, report: Report) -> None:
        """Keep a report, except one of an analysis that went wrong somewhere."""
        if self._place is not None and key and not report.failures:
            self._place.put({key: msgspec.msgpack.encode(report)})


@functools.cache
def _code() -> bytes:
    """Return a digest of the analysis itself: a report is only as old as the code that made it."""
    digest = hashlib.sha256()
    folder = Path(analyzers.__file__).parent
    for file in sorted(folder.rglob("*.py")):
        digest.update(f"{file.relative_to(folder)}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.digest()
