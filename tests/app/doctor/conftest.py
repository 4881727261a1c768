"""An App at the stand-in that has nothing wrong with it, for tests to spoil."""

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.doctor.examination import examine_github
from app.doctor.outcome import Outcome, Status
from app.settings import Settings
from tests.standin.records import PullRequest
from tests.standin.server import StandIn

Judgement = tuple[Status, str]


class Receiver(BaseHTTPRequestHandler):
    """Answers as SkillAudit's webhook does to those who do not POST."""

    def do_GET(self) -> None:
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Write nothing."""


class Patient:
    """A healthy installation."""

    def __init__(self, standin: StandIn, receiver: ThreadingHTTPServer) -> None:
        self.standin = standin
        self.receiver = receiver
        self.repository = standin.create_repository("shop/server")
        self.repository.commit({"server.py": "one"})
        self.repository.commit({"server.py": "two"}, "feature")
        self.pull: PullRequest = standin.open_pull(self.repository, "feature")
        root = f"http://127.0.0.1:{receiver.server_port}"
        standin.app.webhook_url = f"{root}/webhook"
        self.settings = Settings(
            github_api_url=standin.url,
            github_app_id=str(standin.app.id),
            github_app_private_key=standin.app.private_key_pem,
            github_webhook_secret=standin.app.webhook_secret,
            skillaudit_public_url=root,
        )

    def change(self, **settings: object) -> None:
        self.settings = self.settings.model_copy(update=settings)

    def delivered(self, *statuses: int) -> None:
        """Log deliveries, the newest last."""
        for status in statuses:
            webhook = self.standin.webhook("pull_request", "opened", repository=self.repository, pull=self.pull)
            self.standin.hooks.record(webhook, status)

    def examine(self, repository: str = "") -> tuple[Outcome, ...]:
        return asyncio.run(examine_github(self.settings, repository))

    def judgements(self, check: str, repository: str = "") -> list[Judgement]:
        """Return status and message of what one check found."""
        return [(one.status, one.message) for one in self.examine(repository) if one.check == check]


@pytest.fixture
def receiver() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.status = 405
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def patient(standin: StandIn, receiver: ThreadingHTTPServer, sqlite_only: None) -> Patient:
    made = Patient(standin, receiver)
    made.delivered(202)
    return made
