"""Asking GitHub what became of uploads to code scanning, which it takes at once and processes later.

No review waits for that. What failed is logged; a pull request is reviewed again, so that its findings become comments,
and the default branch is uploaded again, a few times.
"""

import asyncio
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app import uploads
from app.tools import Tools
from app.uploads import LOOK_SECONDS, Pending
from github.code_scanning import read_processing
from github.errors import CallFailed
from github.installations import SCAN

DONE: Final = frozenset({"complete", "failed"})
log: Final = structlog.get_logger(__name__)


async def watch_uploads(tools: Tools) -> None:
    """Look at the uploads of all processes every now and then, until cancelled."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            await look_at_uploads(tools)
        except SQLAlchemyError:
            log.exception("uploads not looked at: the database cannot be used")


async def look_at_uploads(tools: Tools) -> None:
    """Look at each upload once, and have those made good of which GitHub could not make alerts."""
    for upload in await tools.store.run(lambda session: uploads.due(session, tools.store.clock())):
        await look_at(tools, upload, again=True)
    for review in await tools.store.run(lambda session: uploads.upload_again(session, tools.store.clock())):
        log.info("the alerts of a default branch are uploaded again", review=review.id)
        tools.reached("alerts due again")


async def look_at(tools: Tools, upload: Pending, *, again: bool) -> None:
    """Ask GitHub about one upload, and note the answer; `again` has it made good if it failed."""
    review = upload.review
    try:
        processing = await read_processing(tools.repository(review, SCAN), upload.upload_id)
    except CallFailed as error:
        log.info("upload not looked at", review=review.id, reason=str(error))
        return
    if processing.processing_status not in DONE:
        return
    reason, now = processing.failure, tools.store.clock()
    if reason:
        log.warning("GitHub could not process the alerts", review=review.id, reason=reason)
    if await tools.store.run(lambda session: uploads.over(session, upload, reason, now, again=again)):
        tools.reached("alerts failed")
