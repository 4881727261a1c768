"""Real servers and workers under test: processes of their own, a database, the stand-in as their GitHub."""

import json
import os
import queue
import signal
import socket
import threading
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Self

from app.queue import void_leases
from app.settings import DATABASE_FILE
from app.store import Store
from tests.app import databases, serve
from tests.app.forks import FORKS
from tests.standin.delivery import Delivery
from tests.standin.records import CheckRun, PullRequest
from tests.standin.repository import Repository
from tests.standin.server import StandIn

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 180


class Started:
    """A process of the App that can be started, stopped and killed as often as a test likes."""

    def __init__(self, standin: StandIn, directory: Path) -> None:
        self.standin = standin
        self.output: list[str] = []
        self._directory = directory
        self._lines: queue.SimpleQueue[dict[str, object]] = queue.SimpleQueue()
        self._process: BaseProcess | None = None

    def start(self, deadly_step: str = "", **environment: str) -> None:
        if not databases.is_postgres(self._directory):
            databases.lay(self._directory / "data" / DATABASE_FILE)
        ours, theirs = FORKS.Pipe(duplex=False)
        arguments = (self._environment() | environment, theirs, self._listening(), deadly_step)
        self._process = FORKS.Process(target=serve.serve, args=arguments, daemon=True)
        self._process.start()
        theirs.close()
        threading.Thread(target=self._read, args=(os.dup(ours.fileno()),), daemon=True).start()
        ours.close()

    @property
    def pid(self) -> int | None:
        """The running process."""
        return None if self._process is None else self._process.pid

    def ask_to_stop(self) -> None:
        """Ask the process to end."""
        if self._process is not None:
            self._process.terminate()

    def stop(self) -> None:
        """Ask the process to end, and wait."""
        if self._process is not None:
            self.ask_to_stop()
            self.wait_for_end()

    def kill(self) -> None:
        """Kill the process as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self.wait_for_end()

    def wait_for_end(self) -> int:
        assert self._process is not None
        self._process.join(PATIENCE_SECONDS)
        assert self._process.exitcode is not None, "it does not end"
        return self._process.exitcode

    def wait_for_death(self) -> None:
        """Wait until the process has died of its deadly step, and let its leases run out, as they do with time."""
        assert self.wait_for_end() == -signal.SIGKILL
        store = Store(self._environment()["DATABASE_URL"] or f"sqlite:///{self._directory / 'data' / DATABASE_FILE}")
        with store.transaction() as session:
            void_leases(session)
        store.close()

    def wait_for(self, event: str, **fields: object) -> dict[str, object]:
        """Block until the server logs this."""
        while True:
            try:
                line = self._lines.get(timeout=PATIENCE_SECONDS)
            except queue.Empty:
                raise AssertionError(f"never logged {event!r}; it said:\n" + "\n".join(self.output[-40:])) from None
            if line.get("event") == event and fields.items() <= line.items():
                return line

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _listening(self) -> socket.socket | None:
        raise NotImplementedError

    def _environment(self) -> dict[str, str]:
        app = self.standin.app
        return {
            "GITHUB_API_URL": self.standin.url,
            "GITHUB_APP_ID": str(app.id),
            "GITHUB_APP_PRIVATE_KEY": app.private_key_pem,
            "GITHUB_WEBHOOK_SECRET": app.webhook_secret,
            "SKILLAUDIT_DATA_DIR": str(self._directory / "data"),
            "SKILLAUDIT_PUBLIC_URL": "https://skillaudit.example",
            "SKILLAUDIT_PROCESSES": "1",
            "DATABASE_URL": databases.configured(self._directory),
            # It would find the pull requests of a test before their events are sent.
            "SKILLAUDIT_RECONCILE_SECONDS": "0",
        }

    def _read(self, log: int) -> None:
        with open(log, encoding="utf-8") as stream:
            for line in stream:
                self.output.append(line.rstrip())
                try:
                    self._lines.put(json.loads(line))
                except ValueError:
                    continue


class Worker(Started):
    """A worker, on the database of the server with the same directory."""

    def _listening(self) -> None:
        return None


class Served(Started):
    """A server that keeps one listening socket, so that its address outlives its process."""

    def __init__(self, standin: StandIn, directory: Path) -> None:
        super().__init__(standin, directory)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        standin.app.webhook_url = f"{self.url}/webhook"

    def review(self, action: str, repository: Repository, pull: PullRequest, **about: object) -> CheckRun:
        """Deliver an event of a pull request and wait for the end of its review."""
        delivered = self.deliver("pull_request", action, repository=repository, pull=pull, **about)
        assert delivered.status_code == 202, delivered.response
        self.wait_for("review ended", head=pull.head_sha)
        return self.standin.check_runs(pull.head_sha)[-1]

    def deliver(self, event: str, action: str, **about: object) -> Delivery:
        return self.standin.deliver(event, action, **about)

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self._listener.close()

    def _listening(self) -> socket.socket:
        return self._listener
