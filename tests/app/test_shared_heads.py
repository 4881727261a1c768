"""Two pull requests with one head share one truthful check."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app import shop
from tests.app.here import Here
from tests.standin.faults import Fault
from tests.standin.records import PullRequest
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]


@pytest.fixture
def here(standin: StandIn, tmp_path: Path) -> Iterator[Here]:
    with Here(standin, tmp_path) as server:
        server.repository.commit(shop.BASE)
        # What is new against main was there already in develop.
        server.repository.commit(shop.UNGUARDED, "develop")
        yield server


def pulls(here: Here) -> tuple[PullRequest, PullRequest]:
    """Open two pull requests from one branch: a bad one against main, a good one against develop."""
    head = here.repository.commit({"notes.txt": "x"}, "feature", parent="develop")
    bad = here.standin.open_pull(here.repository, "feature")
    good = here.standin.open_pull(here.repository, "feature", "develop")
    assert bad.head_sha == good.head_sha == head
    here.start()
    return bad, good


def held_beside_parked(here: Here, first: PullRequest, second: PullRequest) -> Fault:
    """Hold the review of one pull request while it reads, until that of another with its head has a result."""
    held = here.standin.faults.hold("GET", "/git/trees/")
    here.deliver("pull_request", "opened", pull=first)
    held.wait()
    here.deliver("pull_request", "opened", pull=second)
    here.wait_for("parked")
    return held


@pytest.mark.parametrize("first", ["bad", "good"])
def test_the_last_check_is_that_of_the_worst(here: Here, first: str) -> None:
    bad, good = pulls(here)
    order = [bad, good] if first == "bad" else [good, bad]

    here.review("opened", order[0])
    check = here.review("opened", order[1])

    assert check.conclusion == "failure"
    assert f"`#{order[0].number}`" in (check.summary or "")
    assert f"`#{order[1].number}`" in (check.summary or "")
    assert shop.NAME in (check.title or "")


def test_reviews_that_run_together_conclude_one_check_once(here: Here) -> None:
    bad, good = pulls(here)
    held = held_beside_parked(here, good, bad)
    held.release()
    here.wait_for("ended")
    here.wait_for("ended")

    (check,) = here.standin.check_runs(bad.head_sha)
    assert (check.status, check.conclusion) == ("completed", "failure")
    assert [state for _, state in here.reviews()] == ["done", "done"]
    assert len(here.bodies(bad)) == 1


def test_a_check_that_another_review_is_making_is_shared(here: Here) -> None:
    bad, good = pulls(here)
    held = here.standin.faults.hold("POST", "/check-runs")
    here.deliver("pull_request", "opened", pull=good)
    held.wait()
    here.deliver("pull_request", "opened", pull=bad)
    while [state for _, state in here.reviews()] != ["running", "running"]:
        pass
    held.release()
    here.wait_for("ended")
    here.wait_for("ended")

    (check,) = here.standin.check_runs(bad.head_sha)
    assert (check.status, check.conclusion) == ("completed", "failure")


def test_a_closed_pull_request_does_not_count(here: Here) -> None:
    bad, good = pulls(here)
    here.review("opened", bad)
    here.standin.people.close(bad)
    here.deliver("pull_request", "closed", pull=bad)

    assert here.review("opened", good).conclusion == "success"


def test_a_pull_request_that_moved_on_leaves_the_check_to_the_other(here: Here) -> None:
    bad, good = pulls(here)
    shared = good.head_sha
    held = held_beside_parked(here, bad, good)
    here.standin.people.close(bad)
    here.deliver("pull_request", "closed", pull=bad)
    held.release()
    here.wait_for("ended")
    here.wait_for("ended")

    (check,) = here.standin.check_runs(shared)
    assert (check.status, check.conclusion) == ("completed", "success")


def test_a_closure_that_no_event_told_of_yet_counts(here: Here) -> None:
    bad, good = pulls(here)
    shared = good.head_sha
    held = held_beside_parked(here, bad, good)
    here.standin.people.close(bad)
    held.release()
    here.wait_for("ended")
    here.wait_for("ended")

    (check,) = here.standin.check_runs(shared)
    assert (check.status, check.conclusion) == ("completed", "success")


def test_a_halted_review_leaves_the_result_of_the_others(here: Here) -> None:
    bad, good = pulls(here)
    here.review("opened", good)
    here.at["analyzed"] = lambda: here.standin.people.close(bad)
    check = here.review("opened", bad)

    assert (check.status, check.conclusion) == ("completed", "success")
    assert (check.title or "").startswith(f"#{good.number}: ")
    assert [state for _, state in here.reviews()] == ["done", "cancelled"]


@pytest.mark.parametrize("way", ["closed", "pushed"])
def test_who_leaves_a_head_frees_the_others_of_its_result(here: Here, way: str) -> None:
    bad, good = pulls(here)
    shared = good.head_sha
    here.review("opened", good)
    assert here.review("opened", bad).conclusion == "failure"
    if way == "closed":
        here.standin.people.close(bad)
        here.deliver("pull_request", "closed", pull=bad)
    else:
        # Only one of the two moves: the other is of another branch with this head.
        here.repository.force("kept", shared)
        good.head_branch = "kept"
        here.repository.commit({"notes.txt": "y"}, "feature")
        here.deliver("pull_request", "synchronize", pull=bad)
        here.wait_for("ended")
    here.wait_for("ended")

    check = here.check(shared)
    assert (check.status, check.conclusion) == ("completed", "success")


def test_a_closure_asks_nothing_of_others_that_are_no_better(here: Here) -> None:
    bad, good = pulls(here)
    here.review("opened", bad)
    here.review("opened", good)
    here.standin.people.close(good)
    here.deliver("pull_request", "closed", pull=good)
    here.review("reopened", bad)

    assert len(here.reviews()) == 3


def test_who_concludes_already_shares_no_check_with_a_newcomer(here: Here) -> None:
    bad, good = pulls(here)
    held = here.standin.faults.hold("PATCH", "/check-runs/")
    here.deliver("pull_request", "opened", pull=good)
    held.wait()
    here.deliver("pull_request", "opened", pull=bad)
    here.wait_for("parked")
    held.release()
    here.wait_for("ended")
    here.wait_for("ended")

    assert [run.conclusion for run in here.standin.check_runs(bad.head_sha)] == ["success", "failure"]


def test_a_check_that_was_concluded_without_a_result_of_ones_own_is_none(here: Here) -> None:
    bad, _ = pulls(here)

    def fail() -> None:
        (run,) = here.standin.check_runs(bad.head_sha)
        run.status, run.conclusion = "completed", "success"
        raise RuntimeError

    here.at["check stored"] = fail
    assert here.review("opened", bad).conclusion == "failure"
    assert len(here.standin.check_runs(bad.head_sha)) == 2
