"""One process of the App in a schedule, which dies by SIGKILL at the step that it is told to."""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Mapping
from multiprocessing.connection import Connection

import uvicorn

from app.logs import configure_logs
from app.main import build_app, load_worker_settings, run_worker
from app.settings import load_settings


class Orders:
    """At which step to die, as the other end of a pipe says."""

    def __init__(self, orders: Connection) -> None:
        self._orders = orders
        self._step = ""
        threading.Thread(target=self._listen, daemon=True).start()

    def reached(self, step: str) -> None:
        if step == self._step:
            os.kill(os.getpid(), signal.SIGKILL)

    def _listen(self) -> None:
        while True:
            try:
                self._step = self._orders.recv()
            except (EOFError, OSError):
                return


def run(environment: Mapping[str, str], log: str, listener: socket.socket | None, orders: Connection) -> None:
    """Serve on a listening socket, or review where there is none."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.environ.update(environment)
    configure_logs()
    reached = Orders(orders).reached
    if listener is None:
        asyncio.run(run_worker(load_worker_settings(), reached))
        return
    app = build_app(load_settings(), reached)
    uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False)).run(sockets=[listener])
