"""What the App does about the default branch itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app import shop
from tests.app.here import Here
from tests.standin.records import PullRequest
from tests.standin.repository import BranchRules, Repository, StatusCheckRule
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]
POLICY = ".github/skillaudit.yml"


@pytest.fixture
def here(standin: StandIn, tmp_path: Path) -> Iterator[Here]:
    with Here(standin, tmp_path) as server:
        server.repository.commit(shop.BASE)
        yield server


def opened(here: Here, files: dict[str, str], branch: str = "feature") -> PullRequest:
    here.repository.commit(files, branch)
    return here.standin.open_pull(here.repository, branch)


def push(here: Here, files: dict[str, str | None], branch: str = "main") -> str:
    """Push to a base branch, deliver the event and wait until it was followed."""
    before = here.repository.head(branch)
    after = here.repository.commit(files, branch)
    here.standin.deliver("push", repository=here.repository, ref=f"refs/heads/{branch}", before=before)
    here.wait_for("ended")
    return after


def installed(here: Here, event: str, action: str, *repositories: Repository) -> None:
    told = here.standin.deliver(
        event, action, installation=here.standin.installation(here.repository), repositories=repositories
    )
    assert told.status_code == 202, told.response


@pytest.mark.parametrize(("event", "action"), [("installation", "created"), ("installation_repositories", "added")])
def test_a_repository_with_a_server_gets_a_check_whose_name_can_be_required(
    here: Here, event: str, action: str
) -> None:
    here.repository.commit(shop.UNGUARDED)
    here.start()

    installed(here, event, action, here.repository)
    here.wait_for("ended")

    check = here.check(here.repository.head("main"))
    assert (check.name, check.status, check.conclusion) == ("SkillAudit", "completed", "success")
    assert (check.title or "").startswith("2 tools audited, ")
    assert (check.title or "").endswith(" known before any change")
    assert "missing-per-tool-authorization" in (check.text or "")
    assert check.annotations == []


def test_a_repository_without_a_server_gets_no_check(here: Here) -> None:
    other = here.standin.create_repository("shop/website")
    other.commit({"index.html": "<p>Hello</p>", "build.py": "print(1)\n"})
    here.start()

    installed(here, "installation_repositories", "added", other)
    here.wait_for("ended")

    assert here.standin.check_runs(other.head("main")) == []


def test_an_empty_repository_is_passed_over(here: Here) -> None:
    empty = here.standin.create_repository("shop/empty")
    here.start()

    installed(here, "installation_repositories", "added", empty, here.repository)
    here.wait_for("ended")

    assert here.check(here.repository.head("main")).conclusion == "success"


def test_a_default_branch_that_cannot_be_read_whole_is_not_green(here: Here) -> None:
    here.repository.commit({"server.py": shop.GUARDED["server.py"] + "def broken(:\n"})
    here.start()

    installed(here, "installation", "created", here.repository)
    here.wait_for("ended")

    assert here.check(here.repository.head("main")).conclusion == "failure"


def test_a_policy_that_changes_reviews_the_open_pull_requests_again(here: Here) -> None:
    pull = opened(here, shop.UNGUARDED)
    docs = opened(here, {"README.md": "words"}, "docs")
    here.start()
    assert here.review("opened", pull).conclusion == "failure"
    here.review("opened", docs)

    push(here, {POLICY: "gate: critical\n"})
    here.wait_for("ended")

    assert [run.conclusion for run in here.standin.check_runs(pull.head_sha)] == ["failure", "success"]
    assert len(here.standin.check_runs(docs.head_sha)) == 1


def test_a_review_that_has_begun_when_its_base_changes_is_made_again(here: Here) -> None:
    pull = opened(here, shop.UNGUARDED)
    here.start()
    held = here.standin.faults.hold("POST", "/reviews")
    here.deliver("pull_request", "opened", pull=pull)
    held.wait(60)
    push(here, {POLICY: "gate: critical\n"})
    held.release()

    # That which had begun and the one after it.
    here.wait_for("ended")
    here.wait_for("ended")
    assert here.check(pull.head_sha).conclusion == "success"


def test_a_server_that_loses_its_guard_reviews_the_open_pull_requests_again(here: Here) -> None:
    pull = opened(here, shop.with_tools(shop.tool("delete_order", guarded=True)))
    here.start()
    here.review("opened", pull)

    weaker = shop.BASE["server.py"].replace('FastMCP("shop", auth=verifier)', 'FastMCP("shop")')
    push(here, {"server.py": weaker})
    here.wait_for("ended")

    assert len(here.standin.check_runs(pull.head_sha)) == 2


def test_a_push_to_another_base_branch_reviews_its_pull_requests_again(here: Here) -> None:
    here.repository.commit({"notes.txt": "x"}, "develop")
    theirs = opened(here, shop.with_tools(shop.tool("delete_order", guarded=True)))
    here.repository.commit(shop.with_tools(shop.tool("delete_cart", guarded=True)), "topic", parent="develop")
    ours = here.standin.open_pull(here.repository, "topic", "develop")
    here.start()
    here.review("opened", theirs)
    here.review("opened", ours)

    weaker = shop.BASE["server.py"].replace('FastMCP("shop", auth=verifier)', 'FastMCP("shop")')
    after = push(here, {"server.py": weaker}, "develop")
    here.wait_for("ended")

    assert len(here.standin.check_runs(ours.head_sha)) == 2
    assert len(here.standin.check_runs(theirs.head_sha)) == 1
    assert here.standin.check_runs(after) == []


def test_a_push_to_a_branch_that_is_nobodys_base_asks_github_nothing(here: Here) -> None:
    pull = opened(here, shop.GUARDED)
    here.start()
    here.review("opened", pull)
    here.standin.log.entries.clear()

    pushed = here.deliver("push", None, ref="refs/heads/feature", before=here.repository.head("main"))
    here.deliver("pull_request", "closed", pull=pull)
    here.review("reopened", pull)

    assert pushed.status_code == 202
    assert [row for row in here.reviews() if row[0] != pull.head_sha] == []
    assert here.standin.log.operations().count("repos/compare-commits-with-basehead") == 1
    assert set(here.standin.log.operations()) == {
        "checks/create",
        "checks/update",
        "graphql",
        "repos/compare-commits-with-basehead",
    }


def test_a_push_that_changes_no_server_reviews_nothing_again(here: Here) -> None:
    pull = opened(here, shop.UNGUARDED)
    here.start()
    here.review("opened", pull)

    after = push(here, {"README.md": "words"})

    assert len(here.standin.check_runs(pull.head_sha)) == 1
    assert here.standin.check_runs(after) == []


def test_a_review_says_that_its_base_has_moved(here: Here) -> None:
    pull = opened(here, shop.GUARDED)
    here.repository.commit({"README.md": "words"})
    here.start()

    check = here.review("opened", pull)

    assert "has moved since" in (check.summary or "")


def test_a_review_on_the_tip_of_its_base_says_nothing_of_it(here: Here) -> None:
    pull = opened(here, shop.GUARDED)
    here.start()

    assert "has moved" not in (here.review("opened", pull).summary or "")


@pytest.mark.parametrize(("source", "warned"), [("anyone", True), ("another App", True), ("this App", False)])
def test_a_required_check_that_anyone_could_post_is_warned_of(here: Here, source: str, warned: bool) -> None:
    sources = {"anyone": None, "another App": 4711, "this App": here.standin.app.id}
    required = [StatusCheckRule("build"), StatusCheckRule("SkillAudit", sources[source])]
    here.repository.rules["main"] = BranchRules(status_checks=required)
    pull = opened(here, shop.GUARDED)
    here.start()

    check = here.review("opened", pull)

    assert ("from any source" in (check.summary or "")) == warned
    assert check.conclusion == "success"


@pytest.mark.parametrize(("source", "warned"), [("anyone", True), ("this App", False)])
def test_classic_protection_that_takes_the_check_from_anyone_is_warned_of(
    here: Here, source: str, warned: bool
) -> None:
    required = [StatusCheckRule("build"), StatusCheckRule("SkillAudit", here.standin.app.id if not warned else None)]
    here.repository.rules["main"] = BranchRules(protected_checks=required)
    pull = opened(here, shop.GUARDED)
    here.start()

    check = here.review("opened", pull)

    assert ("from any source" in (check.summary or "")) == warned, source
    assert check.conclusion == "success"


def test_a_policy_in_the_pull_request_is_tried_and_its_effect_told(here: Here) -> None:
    pull = opened(here, shop.UNGUARDED | {POLICY: "gate: never\n"})
    here.start()

    check = here.review("opened", pull)

    assert check.conclusion == "failure"
    assert "from `failure` to `success`" in (check.summary or "")


def test_a_policy_in_the_pull_request_that_is_not_understood_is_told(here: Here) -> None:
    pull = opened(here, shop.GUARDED | {POLICY: "fence: high\n"})
    here.start()

    check = here.review("opened", pull)

    assert check.conclusion == "success"
    assert "is not understood" in (check.summary or "")
