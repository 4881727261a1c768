import pytest

from tests.standin.accounts import App
from tests.standin.records import PullRequest
from tests.standin.repository import Repository


@pytest.fixture
def run_id(api, repository: Repository) -> int:
    body = {"name": "SkillAudit", "head_sha": repository.head("main"), "status": "in_progress", "external_id": "v1:1"}
    return api("POST", "check-runs", json=body).json()["id"]


def annotation(number: int) -> dict:
    place = {"path": "server.py", "start_line": number, "end_line": number}
    return {**place, "annotation_level": "warning", "message": f"m{number}"}


def annotated(numbers) -> dict:
    return {"output": {"title": "t", "summary": "s", "annotations": [annotation(number) for number in numbers]}}


def test_a_check_run_is_created_changed_and_read(api, standin, repository: Repository, run_id):
    done = {"conclusion": "failure", "output": {"title": "1 finding", "summary": "s", "text": "t"}}

    changed = api("PATCH", f"check-runs/{run_id}", json=done).json()

    assert (changed["status"], changed["conclusion"], changed["external_id"]) == ("completed", "failure", "v1:1")
    assert api("GET", f"check-runs/{run_id}").json() == changed
    run = standin.check_runs(repository.head("main"), "SkillAudit")[0]
    assert (run.title, run.changes) == ("1 finding", [("in_progress", None), ("completed", "failure")])


def test_annotations_are_appended(api, standin, repository: Repository, run_id):
    api("PATCH", f"check-runs/{run_id}", json=annotated(range(1, 51)))
    api("PATCH", f"check-runs/{run_id}", json=annotated(range(51, 61)))

    run = standin.check_runs(repository.head("main"))[0]
    assert [found.message for found in run.annotations] == [f"m{number}" for number in range(1, 61)]
    assert len(api("GET", f"check-runs/{run_id}/annotations?per_page=100").json()) == 60


def test_more_than_fifty_annotations_a_call_violate_the_description(api, standin, run_id):
    answer = api("PATCH", f"check-runs/{run_id}", json=annotated(range(1, 52)))

    assert answer.status_code == 500
    assert len(standin.violations) == 1
    standin.violations.clear()


@pytest.mark.parametrize("name", ["summary", "text"])
def test_texts_are_limited_in_bytes_not_in_characters(api, run_id, name):
    def status(text: str) -> int:
        return api(
            "PATCH", f"check-runs/{run_id}", json={"output": {"title": "t", "summary": "s", name: text}}
        ).status_code

    assert status("\N{PILE OF POO}" * 16_383) == 200
    assert status("\N{PILE OF POO}" * 16_384) == 422


@pytest.mark.parametrize(
    "broken",
    [
        {"end_line": 0},
        {"start_line": 0},
        {"title": "t" * 256},
        {"message": "é" * 32_769},
        {"end_line": 3, "start_column": 1},
    ],
)
def test_an_annotation_that_github_refuses_is_refused(api, run_id, broken):
    output = {"title": "t", "summary": "s", "annotations": [annotation(2) | broken]}

    assert api("PATCH", f"check-runs/{run_id}", json={"output": output}).status_code == 422


def test_a_run_needs_a_commit_of_the_repository(api):
    body = {"name": "SkillAudit", "head_sha": "a" * 40}

    assert api("POST", "check-runs", json=body).status_code == 422


def other_app(api, standin, repository: Repository) -> App:
    other = standin.state.register_app("impostor", "SkillAudit")
    standin.install(repository, other)
    return other


def test_only_the_app_that_created_a_run_may_change_it(api, standin, repository: Repository, run_id):
    other_app(api, standin, repository)
    run = standin.state.check_runs[run_id]
    run.app = next(app for app in standin.state.apps.values() if app is not standin.app)

    answer = api("PATCH", f"check-runs/{run_id}", json={"status": "queued"})

    assert (answer.status_code, answer.json()["message"][:14]) == (403, "Invalid app_id")


def test_runs_are_listed_by_app_name_and_newest_first(api, standin, repository: Repository, run_id):
    head = repository.head("main")
    again = api("POST", "check-runs", json={"name": "SkillAudit", "head_sha": head}).json()["id"]
    api("POST", "check-runs", json={"name": "other", "head_sha": head})

    def listed(query: str) -> list[int]:
        return [run["id"] for run in api("GET", f"commits/{head}/check-runs?{query}").json()["check_runs"]]

    assert listed("check_name=SkillAudit") == [again]
    assert listed("check_name=SkillAudit&filter=all") == [again, run_id]
    assert listed(f"app_id={standin.app.id + 1}") == []


def test_pull_requests_of_forks_are_not_listed_in_a_run(api, standin, repository: Repository, pull: PullRequest):
    repository.commit({"forked.py": "1\n"}, "patch", fork="contributor")
    fork = standin.open_pull(repository, "patch", fork="contributor")

    def listed(found: PullRequest) -> list[int]:
        run = api("POST", "check-runs", json={"name": "n", "head_sha": found.head_sha}).json()
        return [listed["number"] for listed in run["pull_requests"]]

    assert (listed(pull), listed(fork)) == ([pull.number], [])
