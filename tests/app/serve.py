"""The server as a process: ``python -m tests.app.serve FD [STEP]`` dies by SIGKILL when it reaches the step."""

import os
import signal
import socket
import sys

import uvicorn

from app.logs import configure_logs
from app.main import build_app
from app.settings import load_settings


def main() -> None:
    descriptor, deadly = int(sys.argv[1]), sys.argv[2:]

    def reached(step: str) -> None:
        if step in deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    configure_logs()
    app = build_app(load_settings(), reached)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    server.run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main()
