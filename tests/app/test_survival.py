"""A server that is killed at any step finishes its review after the restart, and nothing is written twice."""

from pathlib import Path

import pytest

from tests.app import shop
from tests.app.served import Served
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]
STEPS = (
    "check created",
    "check stored",
    "subject read",
    "change read",
    "analyzed",
    "fenced",
    "review posted",
    "published",
    "check concluded",
)


@pytest.mark.parametrize("step", STEPS)
def test_a_review_is_finished_once_wherever_the_server_was_killed(standin: StandIn, tmp_path: Path, step: str) -> None:
    repository = standin.create_repository("shop/server")
    repository.commit(shop.BASE)
    repository.commit(shop.UNGUARDED, "feature")
    pull = standin.open_pull(repository, "feature")

    with Served(standin, tmp_path) as served:
        served.start(step)
        served.deliver("pull_request", "opened", repository=repository, pull=pull)
        served.wait_for_death()
        served.start()
        served.wait_for("review ended")

    (check,) = standin.check_runs(pull.head_sha)
    assert (check.status, check.conclusion) == ("completed", "failure")
    assert len(standin.reviews(repository, pull)) == 1
    assert len(standin.comments(repository, pull)) == 1


@pytest.mark.parametrize("step", ["comment closed", "published", "check concluded"])
def test_a_comment_is_closed_once_wherever_the_server_was_killed(standin: StandIn, tmp_path: Path, step: str) -> None:
    repository = standin.create_repository("shop/server")
    repository.commit(shop.BASE)
    repository.commit(shop.UNGUARDED, "feature")
    pull = standin.open_pull(repository, "feature")

    with Served(standin, tmp_path) as served:
        served.start()
        served.review("opened", repository, pull)
        served.stop()
        repository.commit(shop.GUARDED, "feature")
        served.start(step)
        served.deliver("pull_request", "synchronize", repository=repository, pull=pull)
        served.wait_for_death()
        served.start()
        served.wait_for("review ended")

    (check,) = standin.check_runs(pull.head_sha)
    assert (check.status, check.conclusion) == ("completed", "success")
    (comment,) = standin.comments(repository, pull, hidden=True)
    assert comment.body.count("Fixed in") == 1


def test_a_server_that_is_killed_each_time_concludes_that_it_failed(standin: StandIn, tmp_path: Path) -> None:
    repository = standin.create_repository("shop/server")
    repository.commit(shop.BASE)
    repository.commit(shop.UNGUARDED, "feature")
    pull = standin.open_pull(repository, "feature")

    with Served(standin, tmp_path) as served:
        for attempt in range(3):
            served.start("change read")
            if attempt == 0:
                served.deliver("pull_request", "opened", repository=repository, pull=pull)
            served.wait_for_death()
        served.start("change read")
        served.wait_for("review ended", conclusion="failure")

    (check,) = standin.check_runs(pull.head_sha)
    assert (check.status, check.conclusion) == ("completed", "failure")
    assert standin.reviews(repository, pull) == []


def test_a_second_server_on_the_same_database_refuses_to_start(
    sqlite_only: None, standin: StandIn, tmp_path: Path
) -> None:
    with Served(standin, tmp_path) as first, Served(standin, tmp_path) as second:
        first.start()
        first.wait_for("App known to GitHub")
        second.start()

        assert second.wait_for_end() != 0
        assert "AlreadyRunning" in "\n".join(second.output)


def test_a_damaged_database_is_not_worked_on(sqlite_only: None, standin: StandIn, tmp_path: Path) -> None:
    with Served(standin, tmp_path) as served:
        served.start()
        served.wait_for("App known to GitHub")
        served.stop()
        file = tmp_path / "data" / "skillaudit.db"
        whole = file.read_bytes()
        file.write_bytes(whole[:8192] + b"\xff" * 8192 + whole[16384:])
        served.start()

        assert served.wait_for_end() != 0
        assert "DatabaseDamaged" in "\n".join(served.output)
        file.write_bytes(whole)
        served.start()
        served.wait_for("App known to GitHub")
