"""Who GitHub says that we are."""

import asyncio
from typing import Final

import structlog

from github.errors import CallFailed, Refused
from github.installations import App, AppDetails

FIRST_RETRY_SECONDS: Final = 1.0
LAST_RETRY_SECONDS: Final = 60.0
# What GitHub refuses may have come of a clock that was not set yet, or of an incident.
REFUSED_RETRY_SECONDS: Final = 300.0
log: Final = structlog.get_logger(__name__)


class Identity:
    """Who GitHub says that we are; asked until it answers."""

    def __init__(self, app: App, api_url: str) -> None:
        self.problem = ""
        self.note = "GitHub was not asked yet whether it knows the App"
        self._app = app
        self._api_url = api_url
        self._details: AppDetails | None = None

    async def details(self) -> AppDetails:
        """Return the App's record. Raise github.errors.CallFailed."""
        if self._details is None:
            self._details = await self._app.read()
            self.problem = self.note = ""
        return self._details

    async def establish(self) -> None:
        """Ask GitHub who we are until it says so."""
        pause = FIRST_RETRY_SECONDS
        while True:
            try:
                details = await self.details()
            except Refused as error:
                self.note = ""
                self.problem = f"{self._api_url} refuses it ({error.status}): id and key are not those of one App"
                log.error("GitHub refuses the App's credentials", problem=self.problem)
                await asyncio.sleep(REFUSED_RETRY_SECONDS)
            except CallFailed as error:
                self.note = f"{self._api_url} cannot be asked whether it knows the App: {error.message}"
                log.warning("GitHub not reached", reason=self.note)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LAST_RETRY_SECONDS)
            else:
                log.info("App known to GitHub", slug=details.slug)
                return
