"""How far our clock is from GitHub's."""

import email.utils
import time
from collections.abc import Callable

import httpx


class DateRecorder(httpx.AsyncBaseTransport):
    """Passes requests on, and notes by the Date header of each answer how far our clock is ahead."""

    def __init__(self, inner: httpx.AsyncBaseTransport, clock: Callable[[], float] = time.time) -> None:
        # Seconds, negative when our clock is behind; None while there was no answer with a date.
        self.ahead: float | None = None
        self._inner = inner
        self._clock = clock

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        sent = self._clock()
        response = await self._inner.handle_async_request(request)
        stated = moment(response.headers.get("date", ""))
        if stated is not None:
            # The header counts whole seconds: whatever lies within the request and that second is no difference.
            earliest, latest = sent - stated - 1.0, self._clock() - stated
            self.ahead = max(earliest, min(latest, 0.0))
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def moment(text: str) -> float | None:
    """Return the moment that a Date header names, in seconds since the epoch, None for any other text."""
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except ValueError:
        return None
