"""Asking GitHub what became of uploads to code scanning, which it takes at once and processes later.

No review waits for that. What failed is logged, and the pull request is reviewed again: its findings become comments.
"""

import asyncio
import functools
from typing import Final

import structlog
from sqlmodel import Session

from app import queue
from app.tables import Review
from app.tools import Tools
from app.uploads import Upload
from github.code_scanning import read_processing
from github.errors import CallFailed
from github.installations import SCAN

LOOK_SECONDS: Final = 30.0
DONE: Final = frozenset({"complete", "failed"})
log: Final = structlog.get_logger(__name__)


async def watch_uploads(tools: Tools) -> None:
    """Look at the uploads of this process every now and then, until cancelled."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        await look_at_uploads(tools)


async def look_at_uploads(tools: Tools) -> None:
    """Look at each upload once, and have those pull requests reviewed again whose alerts GitHub could not make."""
    for upload in tools.uploads.pending():
        review = upload.review
        failed_before = tools.uploads.failure(review.repo_id)
        await look_at(tools, upload)
        # Once the findings are comments, another failure hides nothing.
        if tools.uploads.failure(review.repo_id) and not failed_before and review.number is not None:
            await tools.store.run(functools.partial(_review_again, review=review, now=tools.store.clock()))
            tools.reached("alerts failed")


async def look_at(tools: Tools, upload: Upload) -> None:
    """Ask GitHub about one upload, and note the answer."""
    review = upload.review
    try:
        processing = await read_processing(tools.repository(review, SCAN), upload.upload_id)
    except CallFailed as error:
        log.info("upload not looked at", review=review.id, reason=str(error))
        tools.uploads.looked_at(upload)
        return
    if processing.processing_status not in DONE:
        tools.uploads.looked_at(upload)
        return
    if processing.failure:
        log.warning("GitHub could not process the alerts", review=review.id, reason=processing.failure)
    tools.uploads.over(upload, processing.failure)


def _review_again(session: Session, review: Review, now: float) -> None:
    queue.enqueue(session, queue.again(review, queue.where_of(review)), review.engine_version, now)
