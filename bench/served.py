"""The server, and workers beside it, as processes of their own, connected to a stand-in for GitHub."""

import contextlib
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import httpx
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.standin.server import StandIn

# One installation that asks for a review each second would meet the pace that GitHub asks writers to keep.
UNPACED = {"SKILLAUDIT_PACE_WRITES": "false"}
_START_SECONDS = 120.0
_SERVE = "import sys; from app.main import serve; serve(port=int(sys.argv[1]))"
_WORK = "from app.main import work; work()"


@contextlib.contextmanager
def served(github: StandIn, settings: Mapping[str, str] | None = None, *, workers: int = 0) -> Iterator[str]:
    """Run a server for the stand-in's App, yield its address, and register its webhook with the stand-in.

    With workers, which need Postgres in the settings, the server itself reviews nothing.
    """
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as data, (Path(data) / "log").open("w") as log, contextlib.ExitStack() as stack:
        environment = _environment(github, data) | dict(settings or {})
        web = environment | ({"SKILLAUDIT_REVIEWS": "0"} if workers else {})
        server = stack.enter_context(_running([sys.executable, "-c", _SERVE, str(port)], web, log))
        _wait_until_ready(address, server, Path(data) / "log")
        github.app.webhook_url = f"{address}/webhook"
        for number in range(workers):
            own = environment | {"SKILLAUDIT_WORKER_PORT": str(_free_port())}
            own["SKILLAUDIT_DATA_DIR"] = f"{data}/worker-{number}"
            worker = stack.enter_context(_running([sys.executable, "-c", _WORK], own, log))
            _wait_until_ready(f"http://127.0.0.1:{own['SKILLAUDIT_WORKER_PORT']}", worker, Path(data) / "log")
        yield address


@contextlib.contextmanager
def _running(command: list[str], environment: Mapping[str, str], log: IO[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _environment(github: StandIn, data: str) -> dict[str, str]:
    key = github.app.private_key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return {
        **os.environ,
        "GITHUB_API_URL": github.url,
        "GITHUB_URL": github.url,
        "GITHUB_APP_ID": str(github.app.id),
        "GITHUB_APP_PRIVATE_KEY": key.decode(),
        "GITHUB_WEBHOOK_SECRET": github.app.webhook_secret,
        "SKILLAUDIT_DATA_DIR": data,
    }


def _free_port() -> int:
    # Below those that the system gives to connections, which could take it before the process that is to have it.
    while True:
        port = random.randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def _wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{address}/readyz").status_code == httpx.codes.OK:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the server is not ready:\n{log.read_text()}")
