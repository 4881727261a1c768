"""GitHub code scanning: findings of a commit, uploaded as SARIF, become alerts."""

import base64
import gzip

import msgspec

from github.repositories import Repository

# https://docs.github.com/code-security/code-scanning/troubleshooting-sarif-uploads/file-too-large
MAX_COMPRESSED = 10_000_000


class TooLarge(ValueError):
    """A SARIF log that GitHub does not take for its size."""


class Receipt(msgspec.Struct, frozen=True):
    """GitHub's word that it has the log and will look into it."""

    id: str = ""


class Processing(msgspec.Struct, frozen=True):
    """How far GitHub has come with an upload: `pending`, `complete` or `failed`."""

    processing_status: str = "pending"
    errors: tuple[str, ...] | None = None

    @property
    def failure(self) -> str:
        """Why it failed, "" if it did not, or not yet."""
        if self.processing_status != "failed":
            return ""
        return "; ".join(self.errors or ()) or "GitHub gives no reason"


PROCESSING = msgspec.json.Decoder(Processing)
RECEIPT = msgspec.json.Decoder(Receipt)


async def upload_sarif(repository: Repository, commit: str, ref: str, log: bytes, tool: str) -> str:
    """Upload a SARIF log about the commit that a full ref stands at; return the upload's id.

    An upload replaces the one before it of the same commit, ref and category: doing it twice does no harm. Raise
    TooLarge or CallFailed: Refused where the App may not, or the repository has no code scanning.
    """
    packed = gzip.compress(log, mtime=0)
    if len(packed) > MAX_COMPRESSED:
        raise TooLarge(f"{len(packed):,} bytes, compressed, are more than GitHub takes")
    body = {"commit_sha": commit, "ref": ref, "sarif": base64.b64encode(packed).decode(), "tool_name": tool}
    receipt = await repository.write("POST", "/code-scanning/sarifs", RECEIPT, body)
    return receipt.id


async def read_processing(repository: Repository, upload_id: str) -> Processing:
    """Read how far GitHub has come with an upload."""
    return await repository.get("/code-scanning/sarifs/{sarif_id}", PROCESSING, sarif_id=upload_id)
