"""What a review says on GitHub: the check run's texts, inline comments, annotations and their later edits.

Every text is held to GitHub's limits in UTF-8 bytes and cut at a line with fences and folds closed. Nothing that
comes from a repository reaches Markdown except through `app.render.escape`.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from analyzers.finding import Finding
from app.render.view import View


class CheckText(msgspec.Struct, frozen=True):
    """The `output` of a check run."""

    title: str
    summary: str
    text: str = ""


class Annotation(msgspec.Struct, frozen=True):
    """One annotation of a check run; lines are 1-based, both included."""

    path: str
    start_line: int
    end_line: int
    annotation_level: Literal["notice", "warning", "failure"]
    title: str
    message: str
    raw_details: str = ""


class InlineComment(msgspec.Struct, frozen=True):
    """One comment of a review; `start_line` is None for a comment on one line."""

    path: str
    line: int
    side: Literal["LEFT", "RIGHT"]
    start_line: int | None
    body: str
    fingerprint: str


class Marker(msgspec.Struct, frozen=True):
    """What a hidden marker of ours says: `fingerprint` is "" in the body of a review."""

    fingerprint: str
    job: str


def read_marker(body: str) -> Marker | None:
    """Return the marker in a comment's or review's body; only valid if our App is the author."""
    raise NotImplementedError


def inline_comment(view: View, finding: Finding) -> InlineComment | None:
    """Render a finding as a comment in the diff, None when its lines lie in no hunk."""
    raise NotImplementedError


def annotation(view: View, finding: Finding) -> Annotation | None:
    """Render a finding as an annotation, None when it lies in the base tree."""
    raise NotImplementedError


def review_body(view: View, comments: Sequence[InlineComment]) -> str:
    """Render the body of the review that carries the comments."""
    raise NotImplementedError


def in_progress(view_job: str) -> CheckText:
    """Say that the review is running."""
    raise NotImplementedError


def concluded(view: View, elsewhere: frozenset[str] = frozenset()) -> CheckText:
    """Render the finished review; `elsewhere` are fingerprints that have an inline comment already."""
    raise NotImplementedError


def superseded(head: str) -> CheckText:
    """Say that a newer push replaced the reviewed commit."""
    raise NotImplementedError


def timed_out(seconds: int) -> CheckText:
    """Say that the review did not end before its deadline."""
    raise NotImplementedError


def failed(error_id: str, reason: str, advisory: bool) -> CheckText:
    """Say that the review could not be done; `advisory` when the policy lets that pass."""
    raise NotImplementedError


def permission_missing(permissions: Sequence[str], settings_url: str) -> CheckText:
    """Say which permissions the App lacks and where they are granted."""
    raise NotImplementedError


def fixed_comment(body: str, commit: str) -> str:
    """Return our own comment with its first line struck through, fixed in `commit`; idempotent."""
    raise NotImplementedError


def returned_reply(view: View, finding: Finding) -> str:
    """Render the reply in an old thread whose finding came back."""
    raise NotImplementedError
