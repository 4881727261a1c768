import threading

import pytest

from tests.standin.records import PullRequest
from tests.standin.repository import Repository
from tests.standin.server import StandIn


def test_a_test_waits_for_what_the_app_does(api, standin, repository: Repository, pull: PullRequest):
    def conclude() -> None:
        run = api("POST", "check-runs", json={"name": "SkillAudit", "head_sha": pull.head_sha}).json()
        api("PATCH", f"check-runs/{run['id']}", json={"conclusion": "success"})

    app = threading.Thread(target=conclude)
    app.start()
    concluded = standin.wait_concluded(pull.head_sha)
    app.join()

    assert concluded.conclusion == "success"


def test_waiting_in_vain_ends_and_tells_what_was_asked(standin):
    with pytest.raises(TimeoutError, match=r"requests so far: \[\]"):
        standin.wait_for(lambda: False, timeout=0)


def test_two_stand_ins_know_nothing_of_each_other(standin):
    with StandIn() as other:
        standin.create_repository("acme/server")

        assert other.state.repositories == {}
        assert other.url != standin.url


def test_installations_of_one_account_are_one_and_events_name_theirs(standin):
    first = standin.create_repository("acme/one")
    second = standin.create_repository("acme/two")
    third = standin.create_repository("globex/three")

    assert standin.installation(first) is standin.installation(second)
    installation = standin.installation(third)
    told = standin.webhook("installation", "deleted", installation=installation).payload
    assert (told["installation"]["id"], [found["full_name"] for found in told["repositories"]]) == (
        installation.id,
        ["globex/three"],
    )


def test_a_deleted_repository_is_gone(api, standin, repository: Repository):
    standin.delete(repository)

    assert api("GET", "").status_code == 404


def test_a_force_push_moves_the_pull_request(standin, repository: Repository, pull: PullRequest):
    before = pull.head_sha

    after = repository.commit({"other.py": "1\n"}, "feature", parent="main")

    assert pull.head_sha == after != before
    assert [file.path for file in repository.diff(pull)] == ["other.py"]
    assert repository.resolve(f"refs/pull/{pull.number}/head") == after


def test_a_merge_group_holds_base_and_head(repository: Repository, pull: PullRequest):
    repository.commit({"meanwhile.py": "1\n"})

    group = repository.open_merge_group(pull)

    assert group.base_sha == repository.head("main")
    assert repository.resolve(f"{group.head_sha}:meanwhile.py") is not None
    assert repository.resolve(f"{group.head_sha}:new.py") is not None
    assert group.head_ref.startswith("refs/heads/gh-readonly-queue/main/pr-1-")


def test_an_existing_bare_repository_is_adopted(standin, repository: Repository):
    adopted = standin.create_repository("acme/adopted", path=repository.path)

    assert adopted.head("main") == repository.head("main")
