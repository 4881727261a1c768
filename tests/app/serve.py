"""The App as a process of a test, which may be told to die by SIGKILL at a step."""

import asyncio
import os
import signal
import socket
from collections.abc import Mapping
from multiprocessing.connection import Connection

import uvicorn

from app.logs import configure_logs
from app.main import build_app, load_worker_settings, run_worker
from app.settings import load_settings
from app.web_server import configured


def serve(environment: Mapping[str, str], log: Connection, listener: socket.socket | None, deadly_step: str) -> None:
    """Serve on a listening socket, or review where there is none; what is logged goes through a pipe."""
    # Nothing else of the process that tests run in.
    os.environ.clear()
    os.environ.update(environment)
    for descriptor in (1, 2):
        os.dup2(log.fileno(), descriptor)

    def reached(step: str) -> None:
        if step == deadly_step:
            os.kill(os.getpid(), signal.SIGKILL)

    configure_logs()
    if listener is None:
        asyncio.run(run_worker(load_worker_settings(), reached))
    else:
        uvicorn.Server(configured(build_app(load_settings(), reached))).run(sockets=[listener])
