"""How a review ends whose attempt failed: tried again, told in its check, or left quietly."""

from typing import Final

import msgspec

from app.queue import MAX_ATTEMPTS
from app.render import github as render
from app.tables import Halt, Review
from app.workers import AnalysisFailed
from github.checks import Output
from github.errors import (
    ArchiveRefused,
    BadCredentials,
    CallFailed,
    InstallationSuspended,
    NotFound,
    PermissionMissing,
    RateLimited,
)

# What GitHub's pauses may add to a review's life before it is given up.
MAX_PAUSED_SECONDS: Final = 6 * 3600.0
MAX_CONCLUDING_SECONDS: Final = 24 * 3600.0
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 900.0


class Exhausted(Exception):
    """All attempts at a review failed; the text is the last one's reason."""


class Again(msgspec.Struct, frozen=True):
    """Try again at this time; a pause that GitHub asked for costs no attempt."""

    at: float
    reason: str
    free: bool = False


class Told(msgspec.Struct, frozen=True):
    """Conclude the check with this."""

    conclusion: str
    output: Output


class Quiet(msgspec.Struct, frozen=True):
    """There is nothing left to write to."""

    reason: str


def ending_of(error: Exception, review: Review, permissions_url: str, now: float) -> Again | Told:
    """Return how a review goes on after an error."""
    match error:
        case RateLimited() if error.retry_at < review.created_at + MAX_PAUSED_SECONDS:
            return Again(max(error.retry_at, now), "GitHub asked to pause", free=True)
        case TimeoutError():
            return Told("timed_out", render.timed_out(round(now - review.created_at)))
        case PermissionMissing():
            return Told("action_required", render.permission_missing(error.asked, error.route, permissions_url))
    reason = reason_of(error)
    if isinstance(error, AnalysisFailed | Exhausted):
        return _failure(review, reason)
    if review.attempts < MAX_ATTEMPTS and now < review.deadline:
        return Again(now + FIRST_PAUSE * 2.0 ** (review.attempts - 1), reason)
    return _failure(review, reason)


def concluding_again(review: Review, error: Exception, now: float) -> Again | Quiet:
    """Return when to try again to conclude, after an error, a check that GitHub did not take."""
    if now > review.created_at + MAX_CONCLUDING_SECONDS:
        return Quiet("GitHub did not take the conclusion for a day")
    return Again(now + min(FIRST_PAUSE * 2.0**review.attempts, LONGEST_PAUSE), reason_of(error))


def is_shut_out(error: CallFailed, review: Review) -> bool:
    """Tell whether nothing of a check can be written: without access to the repository, or leave to begin one."""
    if isinstance(error, PermissionMissing):
        return review.check_run_id is None
    return isinstance(error, NotFound | InstallationSuspended | BadCredentials)


def halted(review: Review) -> Told:
    """Return the conclusion of a review that was ended before its result."""
    if review.halt == Halt.SUPERSEDED:
        return Told("cancelled", render.superseded(review.halted_by))
    what = {
        Halt.CLOSED: "the pull request was closed",
        Halt.DESTROYED: "the merge group was dissolved",
        Halt.UNINSTALLED: "the App was taken out of the repository",
    }[Halt(review.halt)]
    return Told("cancelled", Output(f"Cancelled: {what}", f"The review ended without a result, because {what}."))


def reason_of(error: Exception) -> str:
    """Return what may be told of an error: GitHub's side in its own words, of ours hardly more than the type."""
    if isinstance(error, AnalysisFailed | Exhausted):
        return str(error)
    if isinstance(error, TimeoutError):
        return "There was no result in time."
    if isinstance(error, CallFailed):
        return f"GitHub's API failed: {error}"
    if isinstance(error, ArchiveRefused):
        return f"The repository's archive could not be read: {error}"
    return f"An error of this App ({type(error).__name__})."


def _failure(review: Review, reason: str) -> Told:
    # Only the policy of the base branch can have chosen to let errors pass.
    advisory = review.on_error == "neutral"
    return Told("neutral" if advisory else "failure", render.failed(review.id, reason, advisory))
