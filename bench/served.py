"""The server as a process of its own, connected to a stand-in for GitHub."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.standin.server import StandIn

_START_SECONDS = 30.0
_SERVE = "import sys; from app.main import serve; serve(port=int(sys.argv[1]))"


@contextlib.contextmanager
def served(github: StandIn) -> Iterator[str]:
    """Run a server for the stand-in's App, yield its address, and register its webhook with the stand-in."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as data, (Path(data) / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(port)], env=_environment(github, data), stdout=log, stderr=log
        )
        try:
            _wait_until_ready(address, process, Path(data) / "log")
            github.app.webhook_url = f"{address}/webhook"
            yield address
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
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{address}/readyz").status_code == httpx.codes.OK:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the server is not ready:\n{log.read_text()}")
