"""What no event told of is found and made good, once, by one process, however often it is cut off."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from app.branch_requirements import BranchRequirements
from app.changesets import TreeCache
from app.duties import Turn
from app.facts_cache import FileCache
from app.identity import Identity
from app.metrics import Metrics
from app.reconcile import DUTY, MAX_REPOSITORIES, Reconciler
from app.redeliveries import MAX_AT_ONCE
from app.settings import Settings
from app.store import Store
from app.tables import Delivery, Duty, Halt, Redelivery, Review, ReviewState
from app.tools import Tools
from app.workers import AnalysisPool
from app.writer import Writer
from github.client import Client
from github.installations import App
from github.retries import Timing
from tests.app import shop
from tests.app.here import Here
from tests.standin.faults import Fault, Kind
from tests.standin.records import CheckRun, PullRequest
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]
HOUR = 3600.0


async def at_once(_seconds: float) -> None:
    """Wait for nothing."""


class Desk:
    """A reconciler with a clock of its own, at a stand-in with one repository."""

    def __init__(self, store: Store, standin: StandIn, directory: Path) -> None:
        self.store = store
        self.standin = standin
        self.now = time.time()
        store.clock = lambda: self.now
        self.woken = 0
        self.max_repositories = MAX_REPOSITORIES
        self.metrics = Metrics()
        self.settings = Settings(github_api_url=standin.url, github_app_id=str(standin.app.id))
        self._directory = directory
        self.repository = standin.create_repository("shop/server")
        self.repository.commit({"server.py": "one"})
        standin.app.webhook_url = "http://127.0.0.1:1/webhook"

    def open(self, branch: str = "feature", **options: object) -> PullRequest:
        self.repository.commit({"server.py": branch}, branch)
        return self.standin.open_pull(self.repository, branch, **options)

    def reconcile(self, owner: str = "one", rounds: int = 1, at_once: bool = False) -> float:
        """Do some rounds, five minutes apart, and return the pause that is asked for after the last."""

        async def work(reconciler: Reconciler) -> float:
            pause = 0.0
            for _ in range(rounds):
                pause = await reconciler.reconcile(at_once=at_once)
                self.now += 300
            return pause

        return self.with_reconciler(owner, work)

    def with_reconciler(self, owner: str, work: Callable) -> float:
        async def run() -> float:
            async with Client(self.standin.url, timing=Timing(sleep=at_once)) as client:
                app = App(client, str(self.standin.app.id), self.standin.app.private_key_pem)
                return await work(
                    Reconciler(self.tools(app), owner, self.wake, lambda: self.now, self.max_repositories)
                )

        return asyncio.run(run())

    def tools(self, app: App) -> Tools:
        return Tools(
            app=app,
            store=self.store,
            identity=Identity(app, self.standin.url),
            pool=AnalysisPool(1),
            writer=Writer(self.store),
            cache=FileCache(self._directory / "facts.db"),
            trees=TreeCache(),
            requirements=BranchRequirements(),
            settings=self.settings,
            metrics=self.metrics,
            threads=ThreadPoolExecutor(1),
            reached=lambda _: None,
        )

    def wake(self) -> None:
        self.woken += 1

    def review(self, pull: PullRequest, **values: object) -> Review:
        """Store a review of a pull request's head."""
        row = Review(
            **{
                "id": f"review-{pull.number}-{pull.head_sha[:7]}",
                "installation_id": self.standin.installation(self.repository).id,
                "repo_id": self.repository.id,
                "full_name": self.repository.full_name,
                "subject": f"pr:{pull.number}",
                "head_sha": pull.head_sha,
                "base_sha": self.repository.head("main"),
                "base_ref": "main",
                "engine_version": "e1",
                "priority": 1,
                "state": ReviewState.DONE,
                "conclusion": "success",
                "created_at": self.now - 60,
                "finished_at": self.now - 30,
                "deadline": self.now + 600,
            }
            | values
        )
        with self.store.transaction() as session:
            session.add(row)
        return row

    def check(self, head_sha: str, conclusion: str | None, external_id: str = "") -> CheckRun:
        """Leave a check run of ours at GitHub, in progress without a conclusion."""
        run = CheckRun(
            id=next(self.standin.state.ids),
            repository_id=self.repository.id,
            app=self.standin.app,
            name="SkillAudit",
            head_sha=head_sha,
            status="completed" if conclusion else "in_progress",
            conclusion=conclusion,
            external_id=external_id,
            details_url="",
            started_at=datetime.now(UTC),
        )
        self.standin.state.check_runs[run.id] = run
        return run

    def done(self, at: float) -> None:
        """Let the last round have been then."""
        with self.store.transaction() as session:
            session.merge(Duty(name=DUTY, done_at=at))

    def fail_delivery(self, event: str = "pull_request", status: int = 0, **about: object) -> str:
        webhook = self.standin.webhook(
            event, "opened" if "pull" in about else None, repository=self.repository, **about
        )
        return self.standin.hooks.record(webhook, status).guid

    def queued(self) -> list[tuple[str, str]]:
        with self.store.transaction() as session:
            rows = session.exec(select(Review).where(Review.state == ReviewState.QUEUED).order_by(Review.subject))
            return [(row.subject, row.head_sha) for row in rows]

    def rows(self, table: type) -> list:
        with self.store.transaction() as session:
            return list(session.exec(select(table)))

    def redelivered(self) -> list[str]:
        """Return the GUIDs that were sent again."""
        self.standin.wait_redelivered()
        return [delivery.guid for delivery in self.standin.state.deliveries.values() if delivery.redelivery]

    def calls(self) -> list[str]:
        return self.standin.log.operations()


@pytest.fixture
def desk(store: Store, standin: StandIn, tmp_path: Path) -> Desk:
    return Desk(store, standin, tmp_path)


def test_a_head_that_nobody_reviewed_is_queued_after_an_outage(desk: Desk) -> None:
    pull = desk.open()
    desk.done(desk.now - 5 * HOUR)

    desk.reconcile()

    assert desk.queued() == [("pr:1", pull.head_sha)]
    (review,) = desk.rows(Review)
    assert (review.priority, review.base_sha, review.base_ref) == (2, desk.repository.head("main"), "main")
    assert desk.woken


def test_the_first_round_ever_looks_everywhere(desk: Desk) -> None:
    pull = desk.open()

    desk.reconcile(at_once=True)

    assert desk.queued() == [("pr:1", pull.head_sha)]


def test_rounds_after_another_ask_for_nothing_twice(desk: Desk) -> None:
    desk.open()
    desk.reconcile()
    before = desk.rows(Review)

    desk.reconcile(rounds=3)

    assert [row.id for row in desk.rows(Review)] == [row.id for row in before]
    assert "apps/list-installations" not in desk.calls()[desk.calls().index("apps/list-webhook-deliveries") :]


def test_a_repository_with_a_review_today_is_looked_at_each_time(desk: Desk) -> None:
    desk.done(desk.now - 300)
    desk.review(desk.open())
    missed = desk.open("other")

    desk.reconcile()

    assert desk.queued() == [("pr:2", missed.head_sha)]


def test_a_quiet_repository_is_left_alone_without_an_outage(desk: Desk) -> None:
    desk.done(desk.now - 300)
    desk.open()

    desk.reconcile()

    assert desk.queued() == []
    assert desk.calls() == ["apps/list-webhook-deliveries"]


def test_pull_requests_that_nobody_touched_in_days_stay_silent(desk: Desk) -> None:
    pull = desk.open()
    pull.updated_at = datetime.fromtimestamp(desk.now - 30 * 24 * HOUR, UTC)

    desk.reconcile()

    assert desk.queued() == []


def test_a_push_amid_a_long_outage_is_found(desk: Desk) -> None:
    desk.done(desk.now - 10 * 24 * HOUR)
    pull = desk.open()
    pull.updated_at = datetime.fromtimestamp(desk.now - 9 * 24 * HOUR, UTC)

    desk.reconcile()

    assert desk.queued() == [("pr:1", pull.head_sha)]


@pytest.mark.parametrize("conclusion", ["success", "failure", "neutral", "timed_out", "action_required"])
def test_a_head_with_a_concluded_check_is_left_alone_though_the_database_was_lost(desk: Desk, conclusion: str) -> None:
    desk.check(desk.open().head_sha, conclusion)

    desk.reconcile()

    assert desk.queued() == []


def test_a_cancelled_check_says_nothing_about_an_open_head(desk: Desk) -> None:
    pull = desk.open()
    desk.check(pull.head_sha, "cancelled")

    desk.reconcile()

    assert desk.queued() == [("pr:1", pull.head_sha)]


def test_a_review_that_we_know_of_costs_no_call(desk: Desk) -> None:
    desk.review(desk.open())

    desk.reconcile()

    assert "checks/list-for-ref" not in desk.calls()


@pytest.mark.parametrize("state", [ReviewState.QUEUED, ReviewState.RUNNING])
def test_a_pull_request_under_review_is_left_to_it(desk: Desk, state: ReviewState) -> None:
    pull = desk.open()
    review = desk.review(pull, state=state, conclusion="", head_sha="0" * 40)
    run = desk.check(pull.head_sha, None, f"v1:1:pr:1:base:{review.id}")

    desk.reconcile()

    assert [row.id for row in desk.rows(Review)] == [review.id]
    assert run.conclusion is None


def test_closed_pull_requests_are_left_alone(desk: Desk) -> None:
    desk.open().state = "closed"

    desk.reconcile()

    assert desk.queued() == []


def test_a_check_that_nobody_works_at_is_taken_over_by_a_new_review(desk: Desk) -> None:
    pull = desk.open()
    run = desk.check(pull.head_sha, None, "v1:1:pr:1:base:lost")

    desk.reconcile()

    (review,) = desk.rows(Review)
    assert (review.check_run_id, run.conclusion) == (run.id, None)
    desk.reconcile()
    assert run.conclusion is None


def test_an_older_check_that_nobody_works_at_is_concluded(desk: Desk) -> None:
    pull = desk.open()
    older = desk.check(pull.head_sha, None)
    newer = desk.check(pull.head_sha, None)

    desk.reconcile()

    (review,) = desk.rows(Review)
    assert review.check_run_id == newer.id
    assert (older.conclusion, newer.conclusion) == ("cancelled", None)


def test_a_check_in_progress_beside_a_newer_conclusion_is_concluded(desk: Desk) -> None:
    pull = desk.open()
    older = desk.check(pull.head_sha, None)
    desk.check(pull.head_sha, "success")

    desk.reconcile()

    assert desk.queued() == []
    assert older.conclusion == "cancelled"


def test_a_head_whose_reviews_keep_ending_without_a_result_is_given_up(desk: Desk) -> None:
    pull = desk.open()
    for number in range(3):
        desk.review(pull, id=f"r{number}", rerun=number, state=ReviewState.CANCELLED, conclusion="")

    desk.reconcile()

    assert desk.queued() == []


def test_reviews_that_late_events_ended_do_not_count_against_a_head(desk: Desk) -> None:
    pull = desk.open()
    ended = {"state": ReviewState.CANCELLED, "conclusion": "cancelled", "halt": Halt.CLOSED}
    for number in range(3):
        desk.review(pull, id=f"r{number}", rerun=number, **ended)

    desk.reconcile()

    assert desk.queued() == [(f"pr:{pull.number}", pull.head_sha)]


def test_the_check_of_a_review_that_gave_up_is_concluded(desk: Desk) -> None:
    pull = desk.open()
    run = desk.check(pull.head_sha, None)
    pull.state = "closed"
    desk.review(pull, state=ReviewState.CANCELLED, conclusion="", check_run_id=run.id, halt=Halt.CLOSED)

    desk.reconcile(rounds=2)

    assert run.changes == [("completed", "cancelled")]
    assert desk.rows(Review)[0].conclusion == "cancelled"


def test_an_error_without_a_conclusion_is_never_green(desk: Desk) -> None:
    pull = desk.open()
    run = desk.check(pull.head_sha, None)
    pull.state = "closed"
    desk.review(pull, state=ReviewState.CANCELLED, conclusion="", check_run_id=run.id, error="GitHub was down.")

    desk.reconcile()

    assert run.conclusion == "failure"
    assert "GitHub was down." in (run.summary or "")


def test_a_check_out_of_reach_is_forgotten(desk: Desk) -> None:
    pull = desk.open()
    desk.review(pull, state=ReviewState.CANCELLED, conclusion="", check_run_id=4711)
    pull.state = "closed"

    desk.reconcile()

    assert desk.rows(Review)[0].conclusion == "gone"


def test_a_failed_delivery_is_sent_again(desk: Desk) -> None:
    desk.done(desk.now - 300)
    pull = desk.open()
    guid = desk.fail_delivery(pull=pull, status=503)
    desk.fail_delivery(pull=pull, status=202)

    desk.reconcile()

    assert desk.redelivered() == [guid]


def test_a_delivery_is_sent_again_three_times_with_growing_pauses_and_never_more(desk: Desk) -> None:
    guid = desk.fail_delivery(pull=desk.open())
    sent = []

    for _ in range(10):
        desk.done(desk.now - 300)
        desk.reconcile()
        sent.append(len(desk.redelivered()))
        desk.now += 1500

    assert sent == [1, 2, 2, 3, 3, 3, 3, 3, 3, 3]
    assert [(row.guid, row.attempts) for row in desk.rows(Redelivery)] == [(guid, 3)]


def test_a_delivery_that_arrived_the_second_time_is_left_alone(desk: Desk) -> None:
    guid = desk.fail_delivery(pull=desk.open())
    desk.reconcile()
    assert desk.redelivered() == [guid]
    # Nobody listens in this test: let GitHub have found somebody.
    again = max(desk.standin.state.deliveries.values(), key=lambda delivery: delivery.id)
    again.status, again.status_code = "OK", 200

    desk.now += 2 * HOUR
    desk.reconcile()

    assert desk.redelivered() == [guid]


def test_a_delivery_that_we_stored_is_not_sent_again(desk: Desk) -> None:
    guid = desk.fail_delivery(pull=desk.open(), status=504)
    with desk.store.transaction() as session:
        app_id = str(desk.standin.app.id)
        session.add(Delivery(guid=guid, app_id=app_id, event="pull_request", payload=b"", received_at=0, state="done"))

    desk.reconcile()

    assert desk.redelivered() == []


def test_events_that_nothing_listens_to_are_not_sent_again(desk: Desk) -> None:
    guid = desk.fail_delivery(pull=desk.open())
    (delivery,) = (one for one in desk.standin.state.deliveries.values() if one.guid == guid)
    delivery.event = "star"

    desk.reconcile()

    assert desk.redelivered() == []


def test_one_round_sends_no_more_than_its_share(desk: Desk) -> None:
    pull = desk.open()
    guids = [desk.fail_delivery(pull=pull) for _ in range(MAX_AT_ONCE + 5)]

    desk.reconcile()
    assert sorted(desk.redelivered()) == sorted(guids[:MAX_AT_ONCE])

    desk.reconcile()
    assert sorted(desk.redelivered()) == sorted(guids)


def test_a_delivery_too_old_for_github_does_not_hold_up_the_others(desk: Desk) -> None:
    pull = desk.open()
    first, second = desk.fail_delivery(pull=pull), desk.fail_delivery(pull=pull)
    desk.standin.faults.add(Fault("POST", "/attempts", Kind.NOT_FOUND))

    desk.reconcile()

    assert desk.redelivered() == [second]
    assert {row.guid for row in desk.rows(Redelivery)} == {first, second}


def test_only_one_process_reconciles_at_a_time(desk: Desk) -> None:
    desk.open()
    assert asyncio.run(Turn(desk.store, DUTY, "other", lambda: desk.now).take(desk.now)) is not None

    desk.reconcile(at_once=True)

    assert (desk.queued(), desk.calls()) == ([], [])


def test_the_turn_of_a_process_that_died_is_taken_over(desk: Desk) -> None:
    pull = desk.open()
    asyncio.run(Turn(desk.store, DUTY, "other", lambda: desk.now).take(desk.now))
    desk.now += 61

    desk.reconcile()

    assert desk.queued() == [("pr:1", pull.head_sha)]


def test_a_process_that_lost_its_turn_writes_nothing_more(desk: Desk) -> None:
    desk.open()
    held = desk.standin.faults.hold("GET", "/pulls$")

    async def work(reconciler: Reconciler) -> float:
        task = asyncio.create_task(reconciler.reconcile())
        await asyncio.to_thread(held.wait)
        desk.now += 61
        assert await Turn(desk.store, DUTY, "other", lambda: desk.now).take(desk.now) is not None
        held.release()
        return await task

    desk.with_reconciler("one", work)

    assert desk.queued() == []
    assert desk.rows(Duty)[0].lease_owner == "other"


def test_a_round_that_another_process_has_just_done_is_left_out(desk: Desk) -> None:
    desk.done(desk.now - 10)

    pause = desk.reconcile()

    assert desk.calls() == []
    assert pause == 60.0


def test_an_outage_of_github_itself_is_made_good(desk: Desk) -> None:
    desk.done(desk.now - 300)
    pull = desk.open()
    desk.standin.faults.add(Fault("*", "/app/", Kind.UNAVAILABLE, times=None))
    desk.reconcile(rounds=12)
    assert desk.queued() == []
    desk.standin.faults.clear()

    desk.reconcile()

    assert desk.queued() == [("pr:1", pull.head_sha)]


def test_a_large_outage_is_made_good_round_by_round(desk: Desk) -> None:
    desk.done(desk.now - 5 * HOUR)
    pulls = [desk.open()]
    for number in range(4):
        other = desk.standin.create_repository(f"other-{number}/server")
        other.commit({"server.py": "one"})
        other.commit({"server.py": "two"}, "feature")
        pulls.append(desk.standin.open_pull(other, "feature"))
    desk.max_repositories = 2

    pauses = [desk.reconcile() for _ in range(4)]

    assert len(desk.queued()) == 5
    assert pauses == [30.0, 30.0, 300.0, 300.0]
    assert len({row.repo_id for row in desk.rows(Review)}) == 5


def test_what_is_wrong_with_one_installation_does_not_hold_up_the_others(desk: Desk) -> None:
    names = ("suspended/server", "narrowed/server", "removed/server")
    others = [desk.standin.create_repository(name) for name in names]
    for other in others:
        other.commit({"server.py": "one"})
        other.commit({"server.py": "two"}, "feature")
        desk.standin.open_pull(other, "feature")
    suspended, narrowed, removed = (desk.standin.installation(other) for other in others)
    suspended.suspended_at = datetime.now(UTC)
    narrowed.permissions = {"metadata": "read"}
    desk.standin.faults.add(Fault("POST", f"/{removed.id}/access_tokens", Kind.NOT_FOUND, times=None))
    last = desk.standin.create_repository("last/server")
    last.commit({"server.py": "one"})
    last.commit({"server.py": "two"}, "feature")
    pull = desk.standin.open_pull(last, "feature")

    desk.reconcile()

    assert desk.queued() == [("pr:1", pull.head_sha)]


def test_a_limit_on_one_installation_is_respected_and_the_rest_comes_later(desk: Desk) -> None:
    pull = desk.open()
    desk.standin.faults.add(Fault("GET", "/pulls$", Kind.SECONDARY_LIMIT))

    desk.reconcile()
    assert desk.queued() == []

    desk.reconcile()
    assert desk.queued() == [("pr:1", pull.head_sha)]


def test_what_was_made_good_is_counted(desk: Desk) -> None:
    pull = desk.open()
    desk.fail_delivery(pull=pull)
    desk.check(pull.head_sha, None)
    desk.check(pull.head_sha, None)

    desk.reconcile()

    counts = {
        what: desk.metrics.registry.get_sample_value("skillaudit_reconciled_total", {"what": what})
        for what in ("delivery", "head", "check")
    }
    assert counts == {"delivery": 1.0, "head": 1.0, "check": 1.0}


def test_old_redeliveries_are_forgotten(desk: Desk) -> None:
    with desk.store.transaction() as session:
        session.add(Redelivery(guid="old", app_id=str(desk.standin.app.id), asked_at=desk.now - 7 * 24 * HOUR))

    desk.reconcile()

    assert desk.rows(Redelivery) == []


@pytest.fixture
def here(standin: StandIn, tmp_path: Path) -> Iterator[Here]:
    with Here(standin, tmp_path) as server:
        server.change(skillaudit_reconcile_seconds=300)
        server.repository.commit(shop.BASE)
        yield server


def test_a_server_reviews_what_was_pushed_while_it_was_down(here: Here) -> None:
    here.repository.commit(shop.UNGUARDED, "feature")
    pull = here.standin.open_pull(here.repository, "feature")

    here.start()
    here.wait_for("ended")

    assert here.check(pull.head_sha).conclusion == "failure"
    assert len(here.bodies(pull)) == 1


def test_a_server_finishes_the_check_that_a_lost_database_left_in_progress(here: Here) -> None:
    here.repository.commit(shop.GUARDED, "feature")
    pull = here.standin.open_pull(here.repository, "feature")
    here.standin.state.check_runs[1] = CheckRun(
        id=1,
        repository_id=here.repository.id,
        app=here.standin.app,
        name="SkillAudit",
        head_sha=pull.head_sha,
        status="in_progress",
        conclusion=None,
        external_id="v1:1:pr:1:base:lost",
        details_url="",
        started_at=datetime.now(UTC),
    )

    here.start()
    here.wait_for("ended")

    (check,) = here.standin.check_runs(pull.head_sha)
    assert check.conclusion == "success"


def test_a_merge_group_whose_event_failed_is_answered(here: Here) -> None:
    here.repository.commit(shop.GUARDED, "feature")
    pull = here.standin.open_pull(here.repository, "feature")
    group = here.repository.open_merge_group(pull)
    pull.state = "closed"
    webhook = here.standin.webhook("merge_group", "checks_requested", repository=here.repository, merge_group=group)
    here.standin.hooks.record(webhook, 502)

    here.start()
    here.wait_for("ended")

    assert here.check(group.head_sha).conclusion == "success"
