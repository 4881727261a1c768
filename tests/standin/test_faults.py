import subprocess
import threading
from datetime import timedelta

import httpx
import pytest

from tests.standin.client import HEADERS, Api
from tests.standin.faults import Fault, Kind
from tests.standin.records import PullRequest
from tests.standin.repository import Repository

CHECK = r"/check-runs$"


def create(api, repository: Repository) -> httpx.Response:
    return api("POST", "check-runs", json={"name": "SkillAudit", "head_sha": repository.head("main")})


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Kind.SERVER_ERROR, 500),
        (Kind.BAD_GATEWAY, 502),
        (Kind.UNAVAILABLE, 503),
        (Kind.GATEWAY_TIMEOUT, 504),
        (Kind.UNAUTHORIZED, 401),
        (Kind.FORBIDDEN, 403),
        (Kind.NOT_FOUND, 404),
        (Kind.PRIMARY_LIMIT, 403),
        (Kind.SECONDARY_LIMIT, 403),
        (Kind.SECONDARY_LIMIT_429, 429),
        (Kind.SECONDARY_LIMIT_SILENT, 403),
        (Kind.SECONDARY_LIMIT_429_SILENT, 429),
        (Kind.ABUSE, 422),
    ],
)
def test_a_failure_strikes_as_often_as_ordered_and_nothing_takes_effect(api, standin, repository, kind, status):
    fault = standin.faults.add(Fault("POST", CHECK, kind, times=2))

    answers = [create(api, repository).status_code for _ in range(3)]

    assert answers == [status, status, 201]
    assert fault.hits == 2
    assert len(standin.check_runs(repository.head("main"))) == 1


def test_limits_tell_what_github_tells(api, standin, repository: Repository):
    standin.faults.add(Fault("POST", CHECK, Kind.PRIMARY_LIMIT))
    standin.faults.add(Fault("POST", CHECK, Kind.SECONDARY_LIMIT, retry_after=7))
    standin.faults.add(Fault("POST", CHECK, Kind.SECONDARY_LIMIT_SILENT))
    standin.faults.add(Fault("POST", CHECK, Kind.ABUSE))

    primary, secondary, silent, abuse = (create(api, repository) for _ in range(4))

    assert primary.headers["X-RateLimit-Remaining"] == "0"
    assert secondary.headers["Retry-After"] == "7"
    assert "Retry-After" not in silent.headers
    assert "secondary rate limit" in silent.json()["message"]
    assert abuse.json()["errors"][0]["code"] == "abuse"


def test_a_graphql_limit_comes_with_status_200(api, standin):
    standin.faults.add(Fault("POST", "/graphql", Kind.GRAPHQL_LIMIT))

    answer = api("POST", "/graphql", json={"query": "{ viewer { login } }"})

    assert (answer.status_code, answer.json()["errors"][0]["type"]) == (200, "RATE_LIMITED")


def test_a_graphql_answer_can_be_partial(api, standin):
    standin.faults.add(Fault("POST", "/graphql", Kind.GRAPHQL_PARTIAL))

    answer = api.graphql('{ repository(owner: "acme", name: "server") { a: name b: name } }')

    assert answer["data"]["repository"] == {"a": "server", "b": None}
    assert answer["errors"][0]["path"] == ["repository", "b"]


def test_a_bad_gateway_can_come_after_the_write_was_stored(api, standin, repository: Repository):
    standin.faults.add(Fault("POST", CHECK, Kind.BAD_GATEWAY_AFTER))

    assert create(api, repository).status_code == 502
    assert len(standin.check_runs(repository.head("main"))) == 1


@pytest.mark.parametrize(("kind", "stored"), [(Kind.RESET, 0), (Kind.RESET_AFTER, 1)])
def test_a_connection_is_reset_before_or_after_the_write(api, standin, repository: Repository, kind, stored):
    standin.faults.add(Fault("POST", CHECK, kind))

    with pytest.raises(httpx.TransportError):
        create(api, repository)

    assert len(standin.check_runs(repository.head("main"))) == stored


@pytest.mark.anyio
async def test_a_connection_is_reset_in_process_too(standin):
    standin.faults.add(Fault("GET", "/app", Kind.RESET))

    async with httpx.AsyncClient(transport=httpx.ASGITransport(standin.asgi), base_url="http://github") as client:
        with pytest.raises(httpx.ReadError):
            await client.get("/app", headers=HEADERS)


def test_secondary_limits_are_enforced_for_each_installation_when_asked(api, standin, repository: Repository):
    other = standin.create_repository("globex/server")
    other.commit({"server.py": "1\n"})
    elsewhere = Api(api.client, standin, other, HEADERS).with_token()
    standin.enforce_limits(points_per_minute=10)

    answers = [create(api, repository) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 403]
    assert int(answers[2].headers["Retry-After"]) > 0
    assert create(elsewhere, other).status_code == 201
    standin.advance(timedelta(minutes=1))
    assert create(api, repository).status_code == 201


def test_content_is_limited_apart_from_points(api, standin, pull: PullRequest):
    standin.enforce_limits(content_per_minute=1)
    review = {"event": "COMMENT", "body": "b"}

    posted = [api("POST", f"pulls/{pull.number}/reviews", json=review).status_code for _ in range(2)]

    assert posted == [200, 403]
    assert api("GET", f"pulls/{pull.number}").status_code == 200


def test_a_body_is_cut_short(api, standin):
    standin.faults.add(Fault("GET", "/repos", Kind.TRUNCATED))

    with pytest.raises(httpx.RemoteProtocolError):
        api("GET", "")


def test_a_body_drips_but_is_whole(api, standin):
    whole = api("GET", "").json()
    standin.faults.add(Fault("GET", "/repos", Kind.DRIP, delay=0))

    assert api("GET", "").json() == whole


def test_a_page_of_html_comes_with_status_200(api, standin):
    standin.faults.add(Fault("GET", "/repos", Kind.HTML))

    answer = api("GET", "")

    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (200, "text/html")


def test_a_failure_can_let_some_requests_pass_and_look_into_the_body(api, standin, repository: Repository):
    standin.faults.add(Fault("POST", CHECK, Kind.UNAVAILABLE, skip=1, times=None, body="SkillAudit"))

    assert [create(api, repository).status_code for _ in range(3)] == [201, 503, 503]
    other = api("POST", "check-runs", json={"name": "other", "head_sha": repository.head("main")})
    assert other.status_code == 201


@pytest.mark.parametrize(("after", "stored"), [(False, 0), (True, 1)])
def test_a_request_is_held_before_or_after_it_takes_effect(api, standin, repository: Repository, after, stored):
    held = standin.faults.hold("POST", CHECK, after=after)
    answers = []
    caller = threading.Thread(target=lambda: answers.append(create(api, repository).status_code))
    caller.start()

    held.wait()
    assert len(standin.check_runs(repository.head("main"))) == stored
    held.release()
    caller.join()

    assert answers == [201]


def test_clearing_the_failures_releases_what_they_hold(api, standin, repository: Repository):
    held = standin.faults.hold("POST", CHECK)
    caller = threading.Thread(target=lambda: create(api, repository))
    caller.start()
    held.wait()

    standin.faults.clear()
    caller.join()

    assert create(api, repository).status_code == 201


def test_waiting_for_a_request_that_does_not_come_ends(standin):
    with pytest.raises(TimeoutError):
        standin.faults.hold("POST", CHECK).wait(timeout=0)


def test_the_log_tells_calls_points_and_repetitions(api: Api, standin, repository: Repository, pull: PullRequest):
    standin.log.clear()
    create(api, repository)
    create(api, repository)
    api("GET", f"pulls/{pull.number}")

    assert standin.log.operations() == ["checks/create", "checks/create", "pulls/get"]
    assert [entry.status for entry in standin.log.calls("POST", CHECK)] == [201, 201]
    assert standin.log.points(standin.installation(repository).id) == 11
    assert [request[:2] for request in standin.log.repeated()] == [("POST", "/repos/acme/server/check-runs")]


def test_latency_is_added_to_every_answer_and_counts_as_concurrency(api, standin):
    standin.latency(0.001, 0.002)
    standin.log.clear()

    assert api("GET", "").status_code == 200
    assert standin.log.most_concurrent == 1


def test_a_real_process_reaches_it_over_the_network(standin):
    answer = subprocess.run(
        ["git", "ls-remote", f"{standin.url}/acme/server.git"], capture_output=True, text=True, check=False
    )

    assert answer.returncode != 0
    assert standin.log.calls("GET", "info/refs")[0].operation == "unknown"
    standin.violations.clear()
