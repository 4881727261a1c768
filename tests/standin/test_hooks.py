import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.standin.records import PullRequest
from tests.standin.repository import Repository
from tests.standin.server import StandIn


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((dict(self.headers), body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_):
        """Write nothing."""


@pytest.fixture
def receiver(standin: StandIn) -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.received, server.status = [], 202
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        standin.app.webhook_url = f"http://127.0.0.1:{server.server_port}/webhook"
        yield server
        server.shutdown()
        thread.join()


def test_a_delivery_is_signed_and_logged(standin, repository: Repository, pull: PullRequest, receiver, api):
    delivery = standin.deliver("pull_request", "opened", repository=repository, pull=pull)

    headers, body = receiver.received[0]
    expected = hmac.new(standin.app.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] == f"sha256={expected}"
    assert (headers["X-GitHub-Event"], headers["X-GitHub-Delivery"]) == ("pull_request", delivery.guid)
    payload = json.loads(body)
    assert (payload["action"], payload["pull_request"]["head"]["sha"]) == ("opened", pull.head_sha)
    assert payload["installation"]["id"] == standin.installation(repository).id
    listed = api.as_app()("GET", "/app/hook/deliveries").json()
    assert [(item["guid"], item["status_code"], item["event"]) for item in listed] == [
        (delivery.guid, 202, "pull_request")
    ]


def test_a_failed_delivery_is_sent_again_with_its_guid_when_asked(standin, repository, pull, receiver, api):
    receiver.status = 503
    failed = standin.deliver("pull_request", "opened", repository=repository, pull=pull)
    receiver.status = 202

    answer = api.as_app()("POST", f"/app/hook/deliveries/{failed.id}/attempts")

    assert answer.status_code == 202
    standin.wait_redelivered()
    again = api.as_app()("GET", "/app/hook/deliveries").json()
    assert [(item["guid"], item["redelivery"], item["status_code"]) for item in again] == [
        (failed.guid, True, 202),
        (failed.guid, False, 503),
    ]
    assert receiver.received[0] == receiver.received[1]


def test_a_delivery_that_reaches_nobody_is_logged_as_failed(standin, repository: Repository, pull: PullRequest):
    standin.app.webhook_url = "http://127.0.0.1:1/webhook"

    delivery = standin.deliver("pull_request", "opened", repository=repository, pull=pull)

    assert (delivery.status_code, delivery.status) == (0, "failed to connect")


def test_deliveries_are_repeated_and_reordered_as_a_test_likes(standin, repository, pull, receiver):
    opened = standin.webhook("pull_request", "opened", repository=repository, pull=pull)
    repository.commit({"more.py": "1\n"}, "feature")
    pushed = standin.webhook("pull_request", "synchronize", repository=repository, pull=pull)

    standin.hooks.send_all([pushed, opened, opened])

    assert [headers["X-GitHub-Delivery"] for headers, _ in receiver.received] == [
        pushed.guid,
        opened.guid,
        opened.guid,
    ]
    assert pushed.payload["after"] == pull.head_sha != opened.payload["pull_request"]["head"]["sha"]


def test_the_log_of_deliveries_is_paged_by_cursor(standin, repository: Repository, pull: PullRequest, api):
    for _ in range(3):
        standin.hooks.record(standin.webhook("pull_request", "opened", repository=repository, pull=pull), 202)

    first = api.as_app()("GET", "/app/hook/deliveries?per_page=2")
    second = api.as_app()("GET", first.links["next"]["url"].removeprefix(standin.url))

    assert (len(first.json()), len(second.json()), "next" in second.links) == (2, 1, False)
    one = api.as_app()("GET", f"/app/hook/deliveries/{first.json()[0]['id']}").json()
    assert one["request"]["payload"]["action"] == "opened"


def test_every_event_has_a_payload(standin, repository: Repository, pull: PullRequest, api):
    run_id = api("POST", "check-runs", json={"name": "SkillAudit", "head_sha": pull.head_sha}).json()["id"]
    comment = {"path": "server.py", "line": 10, "body": "wrong"}
    body = {"event": "COMMENT", "body": "b", "commit_id": pull.head_sha, "comments": [comment]}
    api("POST", f"pulls/{pull.number}/reviews", json=body)
    thread = standin.threads(repository, pull)[0]
    root = standin.state.comments[thread.root_id]
    asked = standin.people.comment(repository, pull, "reviewer", "/skillaudit rerun")
    group = repository.open_merge_group(pull)
    run = standin.state.check_runs[run_id]
    about = {
        ("pull_request", "closed"): {"pull": pull},
        ("pull_request", "edited"): {"pull": pull, "changes": {"base": {"ref": {"from": "dev"}}}},
        ("merge_group", "checks_requested"): {"merge_group": group},
        ("merge_group", "destroyed"): {"merge_group": group, "reason": "invalidated"},
        ("check_run", "rerequested"): {"check_run": run},
        ("check_run", "requested_action"): {"check_run": run, "requested_action": "rerun"},
        ("check_suite", "rerequested"): {"head_sha": pull.head_sha},
        ("issue_comment", "created"): {"comment": asked},
        ("pull_request_review_comment", "created"): {"pull": pull, "comment": root},
        ("pull_request_review_thread", "resolved"): {"pull": pull, "thread": thread},
        ("push", None): {"ref": "refs/heads/main", "before": pull.head_sha},
        ("installation", "created"): {},
        ("installation_repositories", "added"): {"repositories": (repository,)},
        ("github_app_authorization", "revoked"): {},
        ("ping", None): {},
    }

    payloads = {
        key: standin.webhook(*key, repository=None if "installation" in key[0] else repository, **subject).payload
        for key, subject in about.items()
    }

    assert all(payload.get("action") == action for (_, action), payload in payloads.items())
    assert all("sender" in payload for payload in payloads.values())
    assert payloads["merge_group", "checks_requested"]["merge_group"]["head_sha"] == group.head_sha
    assert payloads["check_suite", "rerequested"]["check_suite"]["pull_requests"][0]["number"] == pull.number
    assert payloads["installation_repositories", "added"]["repositories_added"][0]["full_name"] == "acme/server"


def test_an_event_without_what_it_is_about_is_refused(standin, repository: Repository):
    with pytest.raises(ValueError, match="pull="):
        standin.webhook("pull_request", "opened", repository=repository)


def test_a_merge_moves_the_base_branch(standin, repository: Repository, pull: PullRequest, api):
    merged = standin.people.merge(repository, pull)

    assert repository.head("main") == merged
    found = api("GET", f"pulls/{pull.number}").json()
    assert (found["state"], found["merged"], found["changed_files"]) == ("closed", True, 3)
