"""Uploads to code scanning of which GitHub has not said yet what became of them."""

from typing import Final, NamedTuple

from app.tables import Review

MAX_LOOKS: Final = 10
MAX_WATCHED: Final = 1_000


class Upload(NamedTuple):
    """An upload whose processing is not known to be over."""

    review: Review
    upload_id: str
    looks_left: int = MAX_LOOKS


class Uploads:
    """The last upload of each repository, and why the last that was processed failed, where it did."""

    def __init__(self) -> None:
        self._pending: dict[int, Upload] = {}
        self._failed: dict[int, str] = {}

    def note(self, review: Review, upload_id: str) -> None:
        """Remember an upload, instead of the repository's one before it."""
        self._keep(Upload(review, upload_id))

    def pending(self) -> tuple[Upload, ...]:
        """Return what is to be looked at."""
        return tuple(self._pending.values())

    def pending_of(self, repo_id: int) -> Upload | None:
        """Return a repository's upload that is to be looked at."""
        return self._pending.get(repo_id)

    def failure(self, repo_id: int) -> str:
        """Return why a repository's last processed upload failed, "" if it did not."""
        return self._failed.get(repo_id, "")

    def looked_at(self, upload: Upload) -> None:
        """Note a look that told nothing; after a few of them nobody looks any more."""
        if self._pending.get(upload.review.repo_id) is upload:
            self._pending.pop(upload.review.repo_id)
            if upload.looks_left > 1:
                self._keep(upload._replace(looks_left=upload.looks_left - 1))

    def over(self, upload: Upload, failure: str) -> None:
        """Note that an upload was processed, or why not."""
        repo_id = upload.review.repo_id
        if self._pending.get(repo_id) is upload:
            self._pending.pop(repo_id)
        self._failed.pop(repo_id, None)
        if failure:
            self._failed[repo_id] = failure
            while len(self._failed) > MAX_WATCHED:
                self._failed.pop(next(iter(self._failed)))

    def _keep(self, upload: Upload) -> None:
        self._pending.pop(upload.review.repo_id, None)
        self._pending[upload.review.repo_id] = upload
        while len(self._pending) > MAX_WATCHED:
            self._pending.pop(next(iter(self._pending)))
