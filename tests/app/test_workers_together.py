"""Servers and workers that share a database: whoever is killed, the others finish what it began, once."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app import databases, shop
from tests.app.cluster import Cluster
from tests.app.served import Served, Worker
from tests.standin.records import PullRequest
from tests.standin.repository import Repository
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]
STEPS = ("check created", "check stored", "analyzed", "fenced", "review posted", "published", "check concluded")
# What a web process does not do itself is left to the workers.
WEB_ONLY = {"SKILLAUDIT_REVIEWS": "0"}


class Site:
    """A web process without reviews of its own, two workers, and a repository."""

    def __init__(self, standin: StandIn, directory: Path) -> None:
        self.standin = standin
        self.web = Served(standin, directory)
        self.workers = (Worker(standin, directory), Worker(standin, directory))
        self.repository: Repository = standin.create_repository("shop/server")
        self.repository.commit(shop.BASE)
        self.repository.commit(shop.UNGUARDED, "feature")
        self.pull: PullRequest = standin.open_pull(self.repository, "feature")

    def start(self) -> None:
        """Start everything."""
        self.start_web()
        for worker in self.workers:
            worker.start()
            worker.wait_for("worker started")

    def start_web(self) -> None:
        """Start the web process alone."""
        self.web.start(**WEB_ONLY)
        self.web.wait_for("App known to GitHub")

    def open(self) -> None:
        """Deliver that the pull request was opened."""
        delivered = self.web.deliver("pull_request", "opened", repository=self.repository, pull=self.pull)
        assert delivered.status_code == 202

    def assert_reviewed_once(self) -> None:
        check = self.standin.wait_concluded(self.pull.head_sha, timeout=90)
        assert (check.status, check.conclusion) == ("completed", "failure")
        assert shop.NAME in (check.title or ""), check.summary
        assert len(self.standin.check_runs(self.pull.head_sha)) == 1
        assert len(self.standin.reviews(self.repository, self.pull)) == 1
        assert len(self.standin.comments(self.repository, self.pull)) == 1


@pytest.fixture
def site(standin: StandIn, sqlite_only: None, cluster: Cluster, tmp_path: Path) -> Iterator[Site]:
    address = cluster.create()
    databases.assign(tmp_path, address)
    made = Site(standin, tmp_path)
    with made.web, made.workers[0], made.workers[1]:
        yield made
    databases.forget(tmp_path)
    cluster.drop(address)


@pytest.mark.parametrize("step", STEPS)
def test_one_worker_finishes_what_the_other_began(site: Site, step: str) -> None:
    first, second = site.workers
    site.start_web()
    first.start(step)
    site.open()
    first.wait_for_death()
    second.start()

    site.assert_reviewed_once()


def test_what_a_dead_worker_holds_is_free_after_a_while(site: Site) -> None:
    first, second = site.workers
    site.start_web()
    first.start("analyzed", SKILLAUDIT_LEASE_SECONDS="10")
    site.open()
    assert first.wait_for_end() == -signal.SIGKILL
    second.start(SKILLAUDIT_LEASE_SECONDS="10")

    site.assert_reviewed_once()


@pytest.mark.parametrize("step", ["check created", "analyzed", "published"])
def test_a_worker_that_is_started_again_finishes_what_both_left(site: Site, step: str) -> None:
    first, _ = site.workers
    site.start_web()
    site.open()
    for worker in site.workers:
        worker.start(step)
        worker.wait_for_death()
    first.start()
    first.wait_for("review ended")

    site.assert_reviewed_once()


def test_a_worker_that_is_asked_to_stop_hands_its_review_over(site: Site) -> None:
    held = site.standin.faults.hold("GET", "/git/trees")
    site.web.start(**WEB_ONLY)
    first, second = site.workers
    first.start()
    first.wait_for("worker started")
    site.open()
    held.wait(60)
    first.ask_to_stop()
    second.start()
    second.wait_for("worker started")
    held.release()

    site.assert_reviewed_once()
    assert first.wait_for_end() == 0


def test_reviews_survive_a_crash_of_the_database(site: Site, cluster: Cluster) -> None:
    held = site.standin.faults.hold("GET", "/git/trees")
    site.start()
    site.open()
    held.wait(60)
    cluster.stop()
    held.release()
    assert site.web.deliver("pull_request", "labeled", repository=site.repository, pull=site.pull).status_code == 200
    refused = site.web.deliver("pull_request", "synchronize", repository=site.repository, pull=site.pull)
    assert refused.status_code == 503
    cluster.start()

    site.assert_reviewed_once()
