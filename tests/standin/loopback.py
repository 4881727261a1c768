"""Serve an application on a loopback port from a thread, and stop at once."""

import asyncio
import socket
import threading
from collections.abc import Callable

import uvicorn

from tests.standin.application import Application
from tests.standin.protocol import AbortableProtocol


class _Server(uvicorn.Server):
    """Waits for an event instead of looking at a flag ten times a second, and cuts connections at the end."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._serving = threading.Event()
        self._ended: Callable[[], object] = lambda: None

    async def main_loop(self) -> None:
        """Serve until end() is called."""
        end = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._ended = lambda: loop.call_soon_threadsafe(end.set)
        self._serving.set()
        await end.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the listener and every connection, and end what still runs."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            if isinstance(connection, AbortableProtocol):
                connection.transport.abort()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def end(self) -> None:
        """Stop serving; callable from any thread."""
        self._serving.wait()
        self._ended()


def serve(application: Application, port: int = 0) -> tuple[Callable[[], None], str]:
    """Serve on 127.0.0.1 (port 0: any) and return what stops it and the base address."""
    listener = socket.create_server(("127.0.0.1", port), backlog=2048)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        application,
        http=AbortableProtocol,
        ws="none",
        lifespan="off",
        proxy_headers=False,
        date_header=False,
        server_header=False,
        log_config=None,
        log_level="critical",
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="standin", daemon=True)
    thread.start()

    def stop() -> None:
        server.end()
        thread.join()

    return stop, address
