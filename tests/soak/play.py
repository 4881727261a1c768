"""One schedule against the stand-in, with real processes, until everything has come to rest."""

import contextlib
import random
import sqlite3
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, func, select

from analyzers.source import MAX_SOURCE_BYTES
from app.backlog import backlog
from app.store import Store
from app.tables import Delivery, DeliveryState
from tests.app import shop
from tests.app.cluster import Cluster
from tests.soak.fleet import Fleet
from tests.soak.invariants import Played, Written, is_at_rest, violations
from tests.soak.schedules import (
    Act,
    Catch,
    Close,
    Content,
    Kill,
    Outage,
    Push,
    Schedule,
    Slow,
    Talk,
    Trouble,
    Way,
)
from tests.standin.faults import Fault
from tests.standin.hooks import Webhook
from tests.standin.records import PullRequest
from tests.standin.server import StandIn

# A lease, the attempts after it, and the reconciler's rounds.
REST_SECONDS = 240.0
MIGRATING = threading.Lock()
SOURCES = {
    Content.UNGUARDED: shop.UNGUARDED["server.py"],
    Content.TWO_UNGUARDED: shop.with_tools(shop.tool(), shop.tool("refund_order"))["server.py"],
    Content.TOO_LARGE: shop.UNGUARDED["server.py"] + "# padding\n" * (MAX_SOURCE_BYTES // 10 + 1),
    Content.BROKEN: shop.SERVER + "def (:\n" + shop.MAIN,
    Content.GUARDED: shop.GUARDED["server.py"],
}


@dataclass
class Outcome:
    """What became of a schedule."""

    seed: int
    problems: list[str]
    deaths: int
    conclusions: Counter[str]
    seconds: float


@dataclass
class Stage:
    """Where a schedule is played."""

    standin: StandIn
    fleet: Fleet
    store: Store
    cluster: Cluster | None
    played: Played
    late: list[Webhook] = field(default_factory=list)
    pushes: int = 0

    def act(self, act: Act) -> None:
        """Do one act."""
        match act:
            case Push():
                self._push(act)
            case Close():
                self._close(act)
            case Talk():
                self._talk(act)
            case Catch():
                self.catch_up(random.Random(act.order))
            case Kill():
                self.fleet.kill(act.process, act.step)
            case Trouble():
                self.standin.faults.add(Fault(act.method, act.path, act.kind, act.times, reset_after=2, delay=0.001))
            case Slow():
                self.standin.latency(0.0, act.seconds)
            case Outage():
                self._outage(act.seconds)

    def catch_up(self, chance: random.Random) -> None:
        """Let the late events arrive, in any order."""
        late, self.late = self.late, []
        chance.shuffle(late)
        self.standin.hooks.send_all(late)

    def end(self) -> None:
        """End every trouble, and wait until nothing is left to do."""
        self.standin.faults.clear()
        self.standin.latency(0.0)
        self.fleet.pardon()
        self.catch_up(random.Random(0))
        end = time.monotonic() + REST_SECONDS
        while time.monotonic() < end and not self._is_at_rest():
            with self.standin.state.changed:
                self.standin.state.changed.wait(0.5)

    def _is_at_rest(self) -> bool:
        if not is_at_rest(self.standin, self.played):
            return False
        try:
            with self.store.transaction() as session:
                return backlog(session)[0] == 0 and _undone(session) == 0
        except SQLAlchemyError:
            return False

    def _push(self, push: Push) -> None:
        repository, branch = self.played.repository, f"branch-{push.pull}"
        self.pushes += 1
        files = {f"notes/{self.pushes}.md": "words\n"}
        if push.content in SOURCES:
            files["server.py"] = "# moved\n" * push.shift + SOURCES[push.content]
        head = repository.commit(files, branch)
        pull = self.played.pulls.get(push.pull)
        before = Written(Content.WORDS) if pull is None else self.played.written[self.played.heads[push.pull]]
        content = push.content if push.content in SOURCES else before.content
        # What was asked for on the head before may be heard of only now, and then it is this one that is meant.
        self.played.written[head] = Written(content, before.asked_again)
        self.played.heads[push.pull] = head
        action = "synchronize"
        if pull is None:
            pull = self.played.pulls[push.pull] = self.standin.open_pull(repository, branch)
            action = "opened"
        self._send(push.way, self._event("pull_request", action, pull))

    def _close(self, close: Close) -> None:
        pull = self.played.pulls.get(close.pull)
        if pull is None:
            return
        self.standin.people.close(pull)
        self._send(close.way, self._event("pull_request", "closed", pull))
        self.standin.people.reopen(pull)
        self.played.written[pull.head_sha].asked_again += 1
        self._send(Way.AT_ONCE, self._event("pull_request", "reopened", pull))

    def _talk(self, talk: Talk) -> None:
        pull = self.played.pulls.get(talk.pull)
        if pull is None:
            return
        people, repository = self.standin.people, self.played.repository
        if talk.deed in ("comment", "rerun"):
            body = "/skillaudit rerun" if talk.deed == "rerun" else "Nice."
            self.played.written[pull.head_sha].asked_again += talk.deed == "rerun"
            made = people.comment(repository, pull, "maintainer", body)
            self._send(Way.AT_ONCE, self._event("issue_comment", "created", pull, comment=made, sender="maintainer"))
            return
        threads = self.standin.threads(repository, pull)
        if not threads:
            return
        if talk.deed == "resolve":
            people.resolve(threads[0], "maintainer")
            event = self._event("pull_request_review_thread", "resolved", pull, thread=threads[0], sender="maintainer")
        else:
            root = self.standin.state.comments_in(threads[0])[0]
            made_reply = people.reply(root, "maintainer", "Is that so?")
            event = self._event("pull_request_review_comment", "created", pull, comment=made_reply, sender="maintainer")
        self._send(Way.AT_ONCE, event)

    def _event(self, event: str, action: str, pull: PullRequest, **about: Any) -> Webhook:
        return self.standin.webhook(event, action, repository=self.played.repository, pull=pull, **about)

    def _send(self, way: Way, webhook: Webhook) -> None:
        hooks = self.standin.hooks
        match way:
            case Way.AT_ONCE:
                hooks.send(webhook)
            case Way.TWICE:
                hooks.send_all([webhook, webhook])
            case Way.AS_TWO:
                hooks.send_all([webhook, replace(webhook, guid=str(uuid.uuid4()))])
            case Way.LATE:
                self.late.append(webhook)
            case Way.LOST:
                hooks.record(webhook, 502, "lost")

    def _outage(self, seconds: float) -> None:
        if self.cluster is not None:
            self.cluster.stop()
            time.sleep(seconds)
            self.cluster.start()
            return
        with contextlib.closing(sqlite3.connect(str(self.store.url.database), timeout=30)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)
            connection.rollback()


def play(schedule: Schedule, cluster: Cluster | None, keep: Callable[[Path], object] = lambda _: None) -> Outcome:
    """Play a schedule, on Postgres with two workers where there is a cluster; `keep` is shown the logs of a failure."""
    started = time.monotonic()
    address = cluster.create() if cluster is not None else ""
    with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        try:
            return _played(schedule, directory, cluster, address, started, keep)
        finally:
            if cluster is not None:
                cluster.drop(address)


def _played(
    schedule: Schedule,
    directory: Path,
    cluster: Cluster | None,
    address: str,
    started: float,
    keep: Callable[[Path], object],
) -> Outcome:
    store = Store(address or f"sqlite:///{directory / 'data' / 'skillaudit.db'}")
    # Alembic keeps what it works on in variables of the whole process.
    with MIGRATING:
        store.migrate()
    standin = StandIn()
    with contextlib.ExitStack() as stack:
        stack.callback(standin.close)
        stack.callback(store.close)
        repository = standin.create_repository("shop/server")
        repository.commit(shop.BASE)
        repository.collaborators["maintainer"] = "write"
        played = Played(repository, {}, {}, {})
        environment = _environment(standin, directory, address)
        fleet = stack.enter_context(Fleet(environment, directory, workers=2 if cluster else 0))
        standin.app.webhook_url = f"{fleet.url}/webhook"
        stage = Stage(standin, fleet, store, cluster, played)
        for pause, act in schedule.acts:
            threading.Event().wait(pause)
            stage.act(act)
        stage.end()
        problems = violations(standin, played)
        if not stage._is_at_rest():
            problems.append("it never came to rest")
        if problems:
            keep(directory)
        heads = [pull.head_sha for pull in played.pulls.values()]
        conclusions = Counter(
            f"{run.conclusion}: {run.title}" for head in heads for run in standin.check_runs(head)[-1:]
        )
        return Outcome(schedule.seed, problems, fleet.deaths, conclusions, time.monotonic() - started)


def _undone(session: Session) -> int:
    return session.exec(
        select(func.count()).select_from(Delivery).where(Delivery.state == DeliveryState.RECEIVED)
    ).one()


def _environment(standin: StandIn, directory: Path, address: str) -> dict[str, str]:
    return {
        "GITHUB_API_URL": standin.url,
        "GITHUB_APP_ID": str(standin.app.id),
        "GITHUB_APP_PRIVATE_KEY": standin.app.private_key_pem,
        "GITHUB_WEBHOOK_SECRET": standin.app.webhook_secret,
        "SKILLAUDIT_DATA_DIR": str(directory / "data"),
        "SKILLAUDIT_PROCESSES": "1",
        "SKILLAUDIT_RECONCILE_SECONDS": "5",
        "SKILLAUDIT_LEASE_SECONDS": "8",
        "SKILLAUDIT_PACE_WRITES": "false",
        "DATABASE_URL": address,
    }
