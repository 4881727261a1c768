"""A server in this process, on a loopback port, whose steps a test can wait for and act at."""

import atexit
import functools
import queue
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import structlog
import uvicorn
from sqlmodel import select

from app.main import build_app
from app.settings import Settings
from app.store import Store
from app.tables import Review
from app.workers import AnalysisPool
from tests.app import asking, databases
from tests.standin.delivery import Delivery
from tests.standin.records import CheckRun, PullRequest
from tests.standin.server import StandIn

PATIENCE_SECONDS = 180
PAUSE_SECONDS = 0.02


class LastingPool(AnalysisPool):
    """One analysis process for server after server: starting it takes longer than most reviews."""

    def start(self) -> None:
        """Leave starting to the first who needs it."""

    def close(self) -> None:
        """Leave ending it to the end of all tests."""

    def end(self) -> None:
        super().close()


@functools.cache
def lasting_pool() -> LastingPool:
    pool = LastingPool(1)
    atexit.register(pool.end)
    return pool


class Here:
    """One server; `at` names what a test does when a review reaches a step, in the server's own thread."""

    def __init__(self, standin: StandIn, directory: Path) -> None:
        self.standin = standin
        self.at: dict[str, Callable[[], object]] = {}
        self._steps: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.settings = Settings(
            github_api_url=standin.url,
            github_app_id=str(standin.app.id),
            github_app_private_key=standin.app.private_key_pem,
            github_webhook_secret=standin.app.webhook_secret,
            skillaudit_data_dir=directory,
            DATABASE_URL=databases.configured(directory),
            skillaudit_processes=1,
            # It would find the pull requests of a test before their events are sent.
            skillaudit_reconcile_seconds=0,
        )
        self.repository = standin.create_repository("shop/server")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        standin.app.webhook_url = f"{self.url}/webhook"
        self.pool: AnalysisPool = lasting_pool()
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def change(self, **settings: object) -> None:
        """Change settings, before the start."""
        self.settings = self.settings.model_copy(update=settings)

    def start(self) -> None:
        # By default exceptions are shown with all their variables, which takes longer than any test.
        plain = [structlog.contextvars.merge_contextvars, structlog.processors.format_exc_info]
        structlog.configure(processors=[*plain, structlog.processors.KeyValueRenderer()])
        self._server = uvicorn.Server(
            uvicorn.Config(build_app(self.settings, self._reached, self.pool), log_config=None)
        )
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]})
        self._thread.start()

    def deliver(self, event: str, action: str, **about: object) -> Delivery:
        return self.standin.deliver(event, action, repository=self.repository, **about)

    def wait_for(self, step: str) -> None:
        """Block until a review has reached a step."""
        while self._steps.get(timeout=PATIENCE_SECONDS) != step:
            pass

    def review(self, action: str, pull: PullRequest, **about: object) -> CheckRun:
        """Deliver an event of a pull request and wait for the end of the next review."""
        delivered = self.deliver("pull_request", action, pull=pull, **about)
        assert delivered.status_code == 202, delivered.response
        self.wait_for("ended")
        return self.check(pull.head_sha)

    def check(self, head_sha: str) -> CheckRun:
        return self.standin.check_runs(head_sha)[-1]

    def bodies(self, pull: PullRequest) -> list[str]:
        """Return the comments that a reader sees."""
        return [comment.body for comment in self.standin.comments(self.repository, pull)]

    def wait_until_known(self) -> None:
        """Block until GitHub was asked who the App is."""
        while not asking.get(f"{self.url}/readyz").json()["problems"]:
            time.sleep(PAUSE_SECONDS)

    def wait_until_ready(self) -> None:
        """Block until the database is there and GitHub knows the App."""
        while asking.get(f"{self.url}/readyz").status_code != 200:
            time.sleep(PAUSE_SECONDS)

    def reviews(self) -> list[tuple[str, str]]:
        """Return heads and states of the stored reviews."""
        store = Store(self.settings.database_url)
        with store.transaction() as session:
            found = [(row.head_sha, row.state) for row in session.exec(select(Review).order_by(Review.created_at))]
        store.close()
        return found

    def wait_until_halted(self) -> None:
        """Block until an event was dispatched that halts a review under way."""
        store = Store(self.settings.database_url)
        halted = False
        while not halted:
            with store.transaction() as session:
                halted = any(row.halt for row in session.exec(select(Review)))
        store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.standin.faults.clear()
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
        self._listener.close()

    def _reached(self, step: str) -> None:
        act = self.at.pop(step, None)
        if act is not None:
            act()
        self._steps.put(step)
