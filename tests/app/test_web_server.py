"""Whoever is slow or sends much costs the server neither connections nor memory."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from app.web_server import PatientProtocol, configured
from app.webhooks import MAX_BYTES
from tests.app import asking
from tests.app.served import Served
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]
MIB = 1024 * 1024
SENDERS = 12


class Hasty(PatientProtocol):
    head_seconds = 0.5


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    """Serve a page that waits for no body."""
    app = FastAPI()

    @app.api_route("/", methods=["GET", "POST"])
    async def page() -> PlainTextResponse:
        return PlainTextResponse("here")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(configured(app, protocol=Hasty))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()
        server.should_exit = True
        thread.join()


def seconds_until_closed(connection: socket.socket, piece: bytes = b"") -> float:
    """Send a piece again and again until the other side has gone."""
    connection.settimeout(0.1)
    began = time.monotonic()
    with contextlib.suppress(OSError):
        while True:
            try:
                if not connection.recv(65_536):
                    break
            except TimeoutError:
                connection.sendall(piece)
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("opening", "piece"),
    [
        (b"", b""),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", b"X-Slow: 1\r\n"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n", b"x"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"G"),
    ],
    ids=["silence", "head", "body that nobody reads", "second request"],
)
def test_a_connection_that_asks_for_nothing_is_closed(address: tuple[str, int], opening: bytes, piece: bytes) -> None:
    with socket.create_connection(address) as connection:
        connection.sendall(opening)

        assert seconds_until_closed(connection, piece) < 30


def test_one_connection_serves_many_requests(address: tuple[str, int]) -> None:
    with httpx.Client(base_url=f"http://{address[0]}:{address[1]}") as client:
        assert [client.get("/").text for _ in range(3)] == ["here"] * 3


def memory(pid: int) -> int:
    """Return the most that a process ever had in memory, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def test_many_large_bodies_at_once_are_refused_in_little_memory(
    standin: StandIn, tmp_path: Path, sqlite_only: None
) -> None:
    answers: list[int] = []

    def send(url: str) -> None:
        body = b"x" * (MAX_BYTES - MIB)
        headers = {"X-GitHub-Event": "push", "X-GitHub-Delivery": "x", "X-Hub-Signature-256": f"sha256={'0' * 64}"}
        with contextlib.suppress(httpx.TransportError):
            answers.append(httpx.post(f"{url}/webhook", content=body, headers=headers, timeout=60).status_code)

    with Served(standin, tmp_path) as served:
        served.start()
        served.wait_for("App known to GitHub")
        assert served.pid is not None
        before = memory(served.pid)
        threads = [threading.Thread(target=send, args=(served.url,)) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        grown = memory(served.pid) - before
        alive = asking.get(f"{served.url}/healthz").status_code

    assert alive == 200
    assert set(answers) <= {401, 408}
    assert 401 in answers
    assert grown < SENDERS * MAX_BYTES / 2
