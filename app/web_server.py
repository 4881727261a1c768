"""How the App is served: nobody keeps a connection open without asking for anything."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Final

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

# GitHub sends the whole head of a request at once.
HEAD_SECONDS: Final = 10.0
STOP_SECONDS: Final = 5


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with a limit on the time in which the head of each request must arrive.

    uvicorn itself waits for ever, and with it a file descriptor for each connection that somebody opens.
    """

    head_seconds: float = HEAD_SECONDS
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def handle_events(self) -> None:
        """Stop waiting once a request is under way."""
        super().handle_events()
        # There is none before the first request.
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Wait for the next request, and for no more of what belonged to this one."""
        # Before the rest, which may begin with a request that has arrived already.
        self._wait()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._stop_waiting()
        self._waiting = self.loop.call_later(self.head_seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


class Inner(uvicorn.Server):
    """A server inside a process that hears the signals itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


def configured(
    app: FastAPI, host: str = "127.0.0.1", port: int = 0, protocol: type[PatientProtocol] = PatientProtocol
) -> uvicorn.Config:
    """Return how the App is served."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=protocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


@contextlib.asynccontextmanager
async def beside(app: FastAPI, host: str, port: int) -> AsyncIterator[None]:
    """Serve an application within this event loop until the end of the block."""
    server = Inner(configured(app, host, port))
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await serving
