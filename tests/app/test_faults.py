"""GitHub and the network fail, and every review ends as it should."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app import queue
from app.events import Enqueue, Where
from app.store import Store
from app.worker_protocol import Limits
from app.workers import AnalysisPool
from tests.app import asking, shop
from tests.app.here import Here
from tests.standin.faults import Fault, Kind
from tests.standin.records import PullRequest
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]
ENGINES = Path(__file__).parent / "engines"


@pytest.fixture
def here(standin: StandIn, tmp_path: Path) -> Iterator[Here]:
    with Here(standin, tmp_path) as server:
        server.repository.commit(shop.BASE)
        yield server


def opened(here: Here, **files: str) -> PullRequest:
    here.repository.commit(shop.UNGUARDED | files, "feature")
    pull = here.standin.open_pull(here.repository, "feature")
    here.start()
    return pull


def assert_reviewed_once(here: Here, pull: PullRequest) -> None:
    (check,) = here.standin.check_runs(pull.head_sha)
    assert (check.status, check.conclusion) == ("completed", "failure")
    assert shop.NAME in (check.title or "")
    assert len(here.standin.reviews(here.repository, pull)) == 1
    assert len(here.bodies(pull)) == 1


@pytest.mark.parametrize("kind", [Kind.BAD_GATEWAY_AFTER, Kind.RESET_AFTER, Kind.BAD_GATEWAY, Kind.RESET])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/check-runs$"), ("POST", "/reviews$"), ("PATCH", "/check-runs/")]
)
def test_a_write_with_an_unknown_outcome_is_done_once(here: Here, kind: Kind, method: str, path: str) -> None:
    pull = opened(here)
    fault = here.standin.faults.add(Fault(method, path, kind))

    here.review("opened", pull)

    assert fault.hits == 1
    assert_reviewed_once(here, pull)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/graphql", Kind.UNAVAILABLE),
        ("/git/trees", Kind.TRUNCATED),
        ("/files", Kind.HTML),
        ("/compare", Kind.RESET),
        ("/access_tokens", Kind.BAD_GATEWAY),
    ],
)
def test_a_read_that_fails_is_tried_again(here: Here, path: str, kind: Kind) -> None:
    pull = opened(here)
    here.standin.faults.add(Fault("*", path, kind))

    here.review("opened", pull)

    assert_reviewed_once(here, pull)


@pytest.mark.parametrize("kind", [Kind.SECONDARY_LIMIT, Kind.SECONDARY_LIMIT_429])
def test_a_limit_is_waited_for(here: Here, kind: Kind) -> None:
    pull = opened(here)
    here.standin.faults.add(Fault("POST", "/reviews$", kind, retry_after=1))

    here.review("opened", pull)

    assert_reviewed_once(here, pull)


def test_a_read_that_always_fails_ends_in_a_check_that_says_so(here: Here) -> None:
    pull = opened(here)
    here.standin.faults.add(Fault("GET", "/git/trees", Kind.HTML, times=None))

    check = here.review("opened", pull)

    assert check.conclusion == "failure"
    assert check.title == "Not reviewed: the review failed"
    assert "error id" in (check.summary or "")
    assert here.standin.reviews(here.repository, pull) == []


def test_only_the_base_policy_lets_an_error_pass(here: Here) -> None:
    here.repository.commit({".github/skillaudit.yml": "on_error: neutral\n"})
    pull = opened(here)
    here.standin.faults.add(Fault("GET", "/git/trees", Kind.HTML, times=None))

    check = here.review("opened", pull)

    assert check.conclusion == "neutral"
    assert (check.title or "").startswith("NOT ENFORCED")


def test_a_missing_permission_is_named_with_where_to_grant_it(here: Here) -> None:
    pull = opened(here)
    here.standin.faults.add(Fault("GET", "/compare/", Kind.FORBIDDEN, times=None))

    check = here.review("opened", pull)

    assert check.conclusion == "action_required"
    installation = here.standin.installation(here.repository)
    assert f"/settings/installations/{installation.id}" in (check.summary or "")


@pytest.mark.parametrize("name", ["contents", "pull_requests"])
def test_a_permission_that_was_not_granted_is_named(here: Here, name: str) -> None:
    pull = opened(here)
    granted = here.standin.installation(here.repository).permissions
    granted["pull_requests"] = "read"
    granted |= {} if name == "pull_requests" else {name: "none"}

    check = here.review("opened", pull)

    lacking = {"contents": "all of `contents: read`, `pull_requests: read`", "pull_requests": "`pull_requests: write`"}
    assert check.conclusion == "action_required"
    assert f"This App was not granted {lacking[name]}." in (check.summary or "")


def test_without_leave_to_write_checks_the_change_is_reviewed_once_that_is_granted(here: Here) -> None:
    pull = opened(here)
    granted = here.standin.installation(here.repository).permissions
    level = granted.pop("checks")
    here.deliver("pull_request", "opened", pull=pull)
    here.wait_for("given up")
    assert here.standin.check_runs(pull.head_sha) == []

    granted["checks"] = level
    here.deliver("installation", "new_permissions_accepted")
    here.wait_for("ended")

    assert_reviewed_once(here, pull)


def test_a_verdict_that_github_does_not_take_keeps_its_reason(here: Here) -> None:
    here.pool = AnalysisPool(1, Limits(), "dying_engine", [ENGINES])
    pull = opened(here)
    refusing = here.standin.faults.add(Fault("PATCH", "/check-runs/", Kind.UNAVAILABLE, times=None))
    here.deliver("pull_request", "opened", pull=pull)
    for _ in range(3):
        here.wait_for("put back")
    refusing.times = 0
    here.wait_for("ended")

    check = here.check(pull.head_sha)
    assert check.conclusion == "failure"
    assert "the analysis crashed the reader" in (check.summary or "")


def test_a_permission_that_is_granted_again_has_the_change_reviewed(here: Here) -> None:
    pull = opened(here)
    granted = here.standin.installation(here.repository).permissions
    level = granted.pop("contents")
    assert here.review("opened", pull).conclusion == "action_required"

    granted["contents"] = level
    here.deliver("installation", "new_permissions_accepted")
    here.wait_for("ended")

    assert [run.conclusion for run in here.standin.check_runs(pull.head_sha)] == ["action_required", "failure"]
    assert len(here.bodies(pull)) == 1


def test_a_suspended_installation_goes_on_where_it_stood(here: Here) -> None:
    pull = opened(here)
    installation = here.standin.installation(here.repository)
    held = here.standin.faults.hold("POST", "/graphql")
    here.deliver("pull_request", "opened", pull=pull)
    held.wait()
    here.deliver("installation", "suspend", installation=installation)
    here.wait_until_halted()
    held.release()
    here.wait_for("ended")

    here.deliver("installation", "unsuspend", installation=installation)
    here.wait_for("ended")

    assert here.check(pull.head_sha).conclusion == "failure"
    assert len(here.bodies(pull)) == 1


def test_a_repository_that_is_renamed_meanwhile_is_reviewed_under_its_new_name(here: Here) -> None:
    pull = opened(here)
    held = here.standin.faults.hold("POST", "/graphql")
    here.deliver("pull_request", "opened", pull=pull)
    held.wait()
    here.standin.rename(here.repository, "renamed")
    held.release()
    here.wait_for("ended")

    assert_reviewed_once(here, pull)
    here.repository.commit({"server.py": shop.with_tools(shop.tool("delete_order"))["server.py"]}, "feature")
    here.review("synchronize", pull)
    assert "shop/renamed" in (here.check(pull.head_sha).text or here.bodies(pull)[-1])


@pytest.mark.parametrize("fate", ["deleted", "transferred"])
def test_a_repository_that_is_gone_ends_its_review_quietly(here: Here, fate: str) -> None:
    pull = opened(here)
    held = here.standin.faults.hold("POST", "/graphql")
    here.deliver("pull_request", "opened", pull=pull)
    held.wait()
    if fate == "deleted":
        here.standin.delete(here.repository)
    else:
        # Its new owner has not installed the App.
        here.standin.installation(here.repository).repository_ids.discard(here.repository.id)
    asked = len(here.standin.log.entries)
    held.release()
    here.wait_for("given up")

    assert here.reviews() == [(pull.head_sha, "cancelled")]
    assert len(here.standin.log.entries) - asked < 30


@pytest.mark.parametrize("minutes", [-15, 15])
def test_a_clock_that_runs_apart_from_githubs_keeps_nothing_from_being_reviewed(here: Here, minutes: int) -> None:
    pull = opened(here)
    here.standin.advance(timedelta(minutes=minutes))

    here.review("opened", pull)

    assert_reviewed_once(here, pull)


def test_tokens_that_are_refused_at_first_are_tried_again(here: Here) -> None:
    pull = opened(here)
    here.standin.refuse_fresh_tokens(1)

    here.review("opened", pull)

    assert_reviewed_once(here, pull)


def test_an_analysis_that_dies_is_told_at_once_and_is_never_green(here: Here) -> None:
    here.pool = AnalysisPool(1, Limits(), "dying_engine", [ENGINES])
    pull = opened(here)

    check = here.review("opened", pull)

    assert check.conclusion == "failure"
    assert "the analysis crashed the reader" in (check.summary or "")


def test_a_file_that_kills_its_reader_is_named_and_the_check_is_not_green(here: Here) -> None:
    here.pool = AnalysisPool(1, Limits(), "fragile_engine", [ENGINES])
    here.repository.commit(shop.GUARDED | {"fragile.py": "break the reader"}, "feature")
    pull = here.standin.open_pull(here.repository, "feature")
    here.start()

    check = here.review("opened", pull)

    assert check.conclusion == "failure"
    assert "fragile.py" in (check.summary or "") + (check.text or "")


def test_every_step_has_a_token_of_its_own(here: Here) -> None:
    pull = opened(here)
    here.review("opened", pull)

    scopes = [(dict(token.permissions), set(token.repository_ids or ())) for token in here.standin.tokens()]
    assert sorted(scopes, key=str) == [
        ({"checks": "write", "metadata": "read"}, {here.repository.id}),
        ({"contents": "read", "pull_requests": "read", "metadata": "read"}, {here.repository.id}),
        ({"pull_requests": "write", "metadata": "read"}, {here.repository.id}),
    ]


def test_a_large_repository_is_read_by_one_archive_and_then_from_the_cache(here: Here) -> None:
    here.repository.commit({f"lib/part_{number}.py": f"VALUE = {number}\n" for number in range(150)})
    pull = opened(here)
    here.review("opened", pull)
    assert here.standin.log.operations().count("codeload") == 1

    here.standin.log.entries.clear()
    here.repository.commit({"other.py": "X = 1\n"}, "feature")
    here.review("synchronize", pull)

    operations = here.standin.log.operations()
    # The check is made while the change is read, one query after the other; what it becomes comes last.
    assert (sorted(operations[:5]), operations[5:]) == (
        ["checks/create", "git/get-tree", "graphql", "graphql", "repos/compare-commits-with-basehead"],
        ["checks/update"],
    )


def test_a_first_review_with_tokens_and_facts_at_hand_takes_eight_calls(here: Here) -> None:
    pull = opened(here)
    here.review("opened", pull)
    here.repository.commit(shop.with_tools(shop.tool("delete_order")), "second")
    second = here.standin.open_pull(here.repository, "second")
    here.standin.log.entries.clear()

    here.review("opened", second)

    assert len(here.standin.log.operations()) == 8
    assert len(here.bodies(second)) == 1


@pytest.mark.parametrize("wrong", ["id", "key"])
def test_wrong_credentials_are_told_and_the_server_stays_up(here: Here, wrong: str) -> None:
    stranger = here.standin.state.register_app("stranger", "Stranger")
    if wrong == "id":
        here.change(github_app_id=str(stranger.id))
    else:
        here.change(github_app_private_key=type(here.settings.github_app_private_key)(stranger.private_key_pem))
    here.start()
    here.wait_until_known()

    answer = asking.get(f"{here.url}/readyz")

    assert answer.status_code == 503
    names = [problem["name"] for problem in answer.json()["problems"]]
    assert names == ["GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY or GITHUB_APP_PRIVATE_KEY_PATH"]
    assert "refuses" in answer.json()["problems"][0]["problem"]
    assert asking.get(f"{here.url}/healthz").status_code == 200


def test_credentials_that_github_takes_at_last_are_no_problem_any_more(here: Here) -> None:
    refusing = here.standin.faults.add(Fault("GET", "/app$", Kind.UNAUTHORIZED, times=None))
    here.start()
    here.wait_until_known()
    refusing.times = 0
    here.repository.commit(shop.UNGUARDED, "feature")
    here.review("opened", here.standin.open_pull(here.repository, "feature"))

    assert asking.get(f"{here.url}/readyz").status_code == 200


def test_a_server_with_everything_is_ready(here: Here) -> None:
    here.start()

    answer = asking.get(f"{here.url}/readyz")

    assert (answer.status_code, answer.json()["problems"]) == (200, [])


def test_reviews_that_nobody_takes_are_told(here: Here) -> None:
    here.start()
    here.wait_until_ready()
    store = Store(here.settings.database_url)
    where = Where(1, here.repository.id, "shop/server")
    with store.transaction() as session:
        # As after a pause that GitHub asked for.
        review = queue.enqueue(session, Enqueue(where, "pr:7", "h", "b", "main"), "e", store.clock() - 1_200)
        review.not_before = store.clock() + 3_600

    answer = asking.get(f"{here.url}/readyz")
    store.close()

    assert answer.status_code == 200
    assert "1 review open, the oldest has waited for 20 minutes" in answer.json()["notes"]


def test_a_server_without_credentials_says_what_is_missing(here: Here) -> None:
    secret = type(here.settings.github_webhook_secret)("")
    here.change(github_app_id="", github_app_private_key=secret, github_webhook_secret=secret)
    here.start()

    answer = asking.get(f"{here.url}/readyz")

    assert answer.status_code == 503
    assert [problem["problem"] for problem in answer.json()["problems"]] == ["not set"] * 3
    assert asking.get(f"{here.url}/").status_code == 200


def test_a_flood_of_one_installation_does_not_hold_up_another(here: Here) -> None:
    here.change(skillaudit_reviews=1)
    other = here.standin.create_repository("quiet/server")
    other.commit(shop.BASE)
    other.commit(shop.GUARDED, "feature")
    quiet = here.standin.open_pull(other, "feature")
    flood = []
    for number in range(4):
        here.repository.commit(shop.GUARDED | {"notes.txt": str(number)}, f"flood-{number}")
        flood.append(here.standin.open_pull(here.repository, f"flood-{number}"))
    here.start()

    held = here.standin.faults.hold("POST", "/check-runs$")
    for pull in flood:
        here.deliver("pull_request", "opened", pull=pull)
    held.wait()
    here.standin.deliver("pull_request", "opened", repository=other, pull=quiet)
    held.release()
    for pull in flood:
        here.standin.wait_concluded(pull.head_sha)

    asked = [entry.path for entry in here.standin.log.calls("POST", "/check-runs$")]
    assert asked.index("/repos/quiet/server/check-runs") == 1


def test_metrics_tell_what_happened(here: Here) -> None:
    pull = opened(here)
    here.review("opened", pull)

    text = asking.get(f"{here.url}/metrics").text

    assert 'skillaudit_reviews_total{conclusion="failure"} 1.0' in text
    assert 'skillaudit_deliveries_total{answer="202",event="pull_request"} 1.0' in text
    assert 'skillaudit_findings_total{rule="missing-per-tool-authorization",severity="high"} 1.0' in text
    assert "skillaudit_github_calls_total{" in text
