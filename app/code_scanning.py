"""Findings as alerts of GitHub code scanning, where the policy asks for them.

Alerts of the default branch appear in the repository's security tab. Those of a pull request GitHub shows in its diff,
by its own rule: where all of a finding's lines are part of the diff. What it shows there gets no comment of ours.
"""

import functools
from typing import Final

import msgspec
import structlog

from analyzers.finding import Finding, Side
from app import uploads
from app.leases import Lease
from app.render import notes
from app.render.jsonformat import NAME
from app.render.sarif import to_alerts
from app.render.view import DiffLines, View
from app.tables import Review
from app.tools import Tools
from app.upload_watch import look_at
from github.code_scanning import TooLarge, upload_sarif
from github.errors import CallFailed, PermissionMissing, PrimaryRateLimited, RateLimited, WriteOutcomeUnknown
from github.installations import SCAN

TRIES: Final = 2
log: Final = structlog.get_logger(__name__)


class Scanned(msgspec.Struct, frozen=True):
    """What came of the upload: the fingerprints that GitHub shows in the diff, and what readers should know."""

    shown: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


async def scan_pull_request(tools: Tools, review: Review, lease: Lease, view: View) -> Scanned:
    """Upload the findings of a pull request's head. Raise RateLimited or LeaseLost."""
    failure = await _failure_before(tools, review)
    try:
        refused = await _upload(tools, review, lease, view, f"refs/pull/{review.number}/head")
    except PrimaryRateLimited as error:
        # So many uploads in an hour that this one has to wait for the next: the verdict does not.
        refused = error.message
    if refused:
        return Scanned(notes=(await _refused(tools, review, refused),))
    if failure:
        # GitHub took this upload as well, and may fail with it again.
        return Scanned(notes=(notes.alerts_failed(failure),))
    return Scanned(frozenset(item.fingerprint for item in view.report.findings if is_shown(view, item)))


async def scan_default_branch(tools: Tools, review: Review, lease: Lease, view: View) -> tuple[str, ...]:
    """Upload the findings of the default branch; return what readers should know. Raise RateLimited or LeaseLost."""
    failure = await _failure_before(tools, review)
    refused = await _upload(tools, review, lease, view, f"refs/heads/{review.base_ref}")
    if refused:
        return (await _refused(tools, review, refused),)
    return (notes.alerts_failed(failure),) if failure else ()


def is_shown(view: View, finding: Finding) -> bool:
    """Tell whether GitHub shows the alert of a loud finding in the diff: if all its lines are part of that."""
    if finding.location.side is Side.BASE or not finding.is_loud(view.verdict.min_confidence):
        return False
    span = finding.location.span
    hunks = view.diff.get(finding.location.path, DiffLines()).right
    return any(span.start.line in hunk and span.end.line in hunk for hunk in hunks)


async def _failure_before(tools: Tools, review: Review) -> str:
    """Return why GitHub could not process the upload before this one, "" if it could."""
    upload = await tools.store.run(lambda session: uploads.pending_of(session, review))
    if upload is not None:
        await look_at(tools, upload, again=False)
    return await tools.store.run(lambda session: uploads.failure(session, review))


async def _upload(tools: Tools, review: Review, lease: Lease, view: View, ref: str) -> str:
    """Upload all alerts; return "" or why that was not possible, which never keeps a review from its end."""
    repository = tools.repository(review, SCAN)
    for tries_left in reversed(range(TRIES)):
        await lease.confirm()
        try:
            receipt = await upload_sarif(repository, review.head_sha, ref, to_alerts(view), NAME)
        except RateLimited:
            raise
        except WriteOutcomeUnknown as error:
            if not tries_left:
                return error.message
        except PermissionMissing:
            return "the App was not granted security_events: write"
        except (CallFailed, TooLarge) as error:
            return error.message if isinstance(error, CallFailed) else str(error)
        else:
            made_at = tools.store.clock()
            await tools.store.run(functools.partial(uploads.note, review=review, upload_id=receipt, now=made_at))
            tools.reached("alerts uploaded")
            break
    return ""


async def _refused(tools: Tools, review: Review, reason: str) -> str:
    log.warning("code scanning refused", reason=reason)
    now = tools.store.clock()
    await tools.store.run(functools.partial(uploads.note_refusal, review=review, reason=reason, now=now))
    return notes.no_code_scanning(reason)
