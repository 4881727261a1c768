"""The App as a process: ``python -m tests.app.serve (FD|worker) [STEP]`` dies by SIGKILL when it reaches the step."""

import asyncio
import os
import signal
import socket
import sys

import uvicorn

from app.logs import configure_logs
from app.main import build_app, load_worker_settings, run_worker
from app.settings import load_settings
from app.web_server import configured


def main() -> None:
    place, deadly = sys.argv[1], sys.argv[2:]

    def reached(step: str) -> None:
        if step in deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    configure_logs()
    if place == "worker":
        asyncio.run(run_worker(load_worker_settings(), reached))
        return
    app = build_app(load_settings(), reached)
    server = uvicorn.Server(configured(app))
    server.run(sockets=[socket.socket(fileno=int(place))])


if __name__ == "__main__":
    main()
