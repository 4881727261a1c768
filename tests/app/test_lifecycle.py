"""A pull request's life, as the App lives it on GitHub."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app import shop
from tests.app.here import Here
from tests.standin import git
from tests.standin.records import PullRequest
from tests.standin.repository import BranchRules
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]
POLICY = ".github/skillaudit.yml"


@pytest.fixture
def here(standin: StandIn, tmp_path: Path) -> Iterator[Here]:
    with Here(standin, tmp_path) as server:
        server.repository.commit(shop.BASE)
        yield server


def opened(here: Here, files: dict[str, str] = shop.UNGUARDED, **options: object) -> PullRequest:
    """Open a pull request and start the server."""
    here.repository.commit(files, "feature", fork=options.get("fork"))
    pull = here.standin.open_pull(here.repository, "feature", **options)
    here.start()
    return pull


def test_a_clean_change_gets_a_green_check_and_no_comment(here: Here) -> None:
    pull = opened(here, shop.GUARDED)

    check = here.review("opened", pull)

    assert check.conclusion == "success"
    assert here.bodies(pull) == []
    assert here.standin.reviews(here.repository, pull) == []


def test_a_change_without_server_code_says_so(here: Here) -> None:
    pull = opened(here, {"README.md": "words"})

    check = here.review("opened", pull)

    assert (check.conclusion, check.title) == ("success", "No MCP surface changed")


def test_the_check_is_in_progress_whatever_keeps_the_rest_from_being_read(here: Here) -> None:
    pull = opened(here)
    held = [here.standin.faults.hold(method, path) for method, path in (("POST", "/graphql"), ("GET", "/git/trees/"))]
    here.deliver("pull_request", "opened", pull=pull)
    here.wait_for("check stored")
    begun = here.check(pull.head_sha)
    assert (begun.status, begun.conclusion) == ("in_progress", None)

    for hold in held:
        hold.release()
    here.wait_for("ended")

    assert here.check(pull.head_sha).conclusion == "failure"


def test_pushing_again_posts_nothing_twice(here: Here) -> None:
    pull = opened(here)
    here.review("opened", pull)
    here.repository.commit({"server.py": "# moved\n" * 100 + shop.UNGUARDED["server.py"]}, "feature")

    check = here.review("synchronize", pull)

    assert check.conclusion == "failure"
    assert len(here.bodies(pull)) == 1
    assert len(here.standin.reviews(here.repository, pull)) == 1


def test_an_event_delivered_twice_is_reviewed_once(here: Here) -> None:
    pull = opened(here)
    webhook = here.standin.webhook("pull_request", "opened", repository=here.repository, pull=pull)

    answers = [delivery.status_code for delivery in here.standin.hooks.send_all([webhook, webhook])]
    here.wait_for("ended")

    assert answers == [202, 200]
    assert here.reviews() == [(pull.head_sha, "done")]


def test_a_fork_is_reviewed_alike(here: Here) -> None:
    pull = opened(here, fork="mona", author="mona")

    check = here.review("opened", pull)

    assert check.conclusion == "failure"
    assert len(here.bodies(pull)) == 1


def test_a_draft_is_judged_and_commented_on_once_it_is_ready(here: Here) -> None:
    pull = opened(here, draft=True)

    assert here.review("opened", pull).conclusion == "failure"
    assert here.bodies(pull) == []

    pull.draft = False
    assert here.review("ready_for_review", pull).conclusion == "failure"
    assert len(here.bodies(pull)) == 1


def test_a_human_who_resolved_a_thread_is_not_argued_with(here: Here) -> None:
    pull = opened(here)
    here.review("opened", pull)
    (thread,) = here.standin.threads(here.repository, pull)
    here.standin.people.resolve(thread, "maintainer")
    here.repository.commit({"other.txt": "x"}, "feature")

    check = here.review("synchronize", pull)

    assert check.conclusion == "failure"
    assert len(here.standin.comments(here.repository, pull, hidden=True)) == 1


def test_a_comment_that_a_human_deleted_stays_away(here: Here) -> None:
    pull = opened(here)
    here.review("opened", pull)
    here.standin.comments(here.repository, pull)[0].deleted = True
    here.repository.commit({"other.txt": "x"}, "feature")

    check = here.review("synchronize", pull)

    assert check.conclusion == "failure"
    assert here.bodies(pull) == []


def test_a_fixed_finding_that_comes_back_is_told_in_its_old_thread(here: Here) -> None:
    pull = opened(here)
    here.review("opened", pull)
    here.repository.commit(shop.GUARDED, "feature")
    here.review("synchronize", pull)
    here.repository.commit(shop.UNGUARDED, "feature")

    check = here.review("synchronize", pull)

    assert check.conclusion == "failure"
    root, reply = here.standin.comments(here.repository, pull, hidden=True)
    assert not root.body.startswith("~~")
    assert reply.in_reply_to == root.id
    assert "Back in" in reply.body

    here.repository.commit({"other.txt": "x"}, "feature")
    here.review("synchronize", pull)
    assert len(here.standin.comments(here.repository, pull, hidden=True)) == 2


def test_a_fixed_comment_is_deleted_where_the_branch_wants_every_thread_resolved(here: Here) -> None:
    here.repository.rules["main"] = BranchRules(conversation_resolution=True)
    pull = opened(here)
    here.review("opened", pull)
    here.repository.commit(shop.GUARDED, "feature")

    here.review("synchronize", pull)

    (comment,) = here.standin.comments(here.repository, pull, hidden=True)
    assert comment.deleted


def test_an_answered_comment_is_edited_and_stays_open_to_read(here: Here) -> None:
    pull = opened(here)
    here.review("opened", pull)
    (root,) = here.standin.comments(here.repository, pull)
    here.standin.people.reply(root, "maintainer", "Is that so?")
    here.repository.commit(shop.GUARDED, "feature")

    here.review("synchronize", pull)

    first, second = here.bodies(pull)
    assert first.startswith("~~")
    assert second == "Is that so?"


def test_threads_are_resolved_where_the_operator_opted_in(here: Here) -> None:
    here.standin.app.permissions["contents"] = "write"
    here.standin.installation(here.repository).permissions["contents"] = "write"
    here.change(skillaudit_resolve_threads=True)
    pull = opened(here)
    here.review("opened", pull)
    here.repository.commit(shop.GUARDED, "feature")

    here.review("synchronize", pull)

    (thread,) = here.standin.threads(here.repository, pull)
    assert thread.resolved_by is not None


def test_a_push_during_the_review_posts_nothing_on_the_old_head(here: Here) -> None:
    pull = opened(here)
    old = pull.head_sha
    here.at["analyzed"] = lambda: here.repository.commit(shop.GUARDED, "feature")

    here.deliver("pull_request", "opened", pull=pull)
    here.wait_for("ended")

    assert here.check(old).conclusion == "failure"
    assert here.standin.reviews(here.repository, pull) == []


def test_a_late_event_reviews_the_head_that_is_there_now(here: Here) -> None:
    pull = opened(here)
    late = here.standin.webhook("pull_request", "opened", repository=here.repository, pull=pull)
    old = pull.head_sha
    here.repository.commit(shop.GUARDED, "feature")
    here.review("synchronize", pull)

    here.standin.hooks.send(late)
    here.wait_for("ended")

    assert here.check(old).conclusion == "cancelled"
    assert "Superseded" in here.check(old).title
    assert [check.conclusion for check in here.standin.check_runs(pull.head_sha)] == ["success"]


def test_a_missed_push_is_noticed_by_the_review_of_an_older_head(here: Here) -> None:
    pull = opened(here)
    late = here.standin.webhook("pull_request", "opened", repository=here.repository, pull=pull)
    old = pull.head_sha
    here.repository.commit(shop.GUARDED, "feature")

    here.standin.hooks.send(late)
    here.wait_for("ended")
    here.wait_for("ended")

    assert here.check(old).conclusion == "cancelled"
    assert here.check(pull.head_sha).conclusion == "success"


def test_a_newer_push_ends_the_review_under_way(here: Here) -> None:
    pull = opened(here)
    old = pull.head_sha
    held = here.standin.faults.hold("GET", "/git/trees/")
    here.deliver("pull_request", "opened", pull=pull)
    held.wait()
    here.repository.commit(shop.GUARDED, "feature")
    here.deliver("pull_request", "synchronize", pull=pull)
    held.release()
    here.wait_for("ended")
    here.wait_for("ended")

    assert here.check(pull.head_sha).conclusion == "success"
    assert here.check(old).status == "completed"
    assert here.standin.reviews(here.repository, pull) == []


def test_a_closed_pull_request_ends_its_review(here: Here) -> None:
    pull = opened(here)
    here.standin.people.close(pull)

    check = here.review("opened", pull)

    assert (check.conclusion, check.title) == ("cancelled", "Cancelled: the pull request was closed")


def test_a_reopened_pull_request_is_reviewed_again(here: Here) -> None:
    pull = opened(here)
    here.review("opened", pull)

    here.review("reopened", pull)

    assert [run.conclusion for run in here.standin.check_runs(pull.head_sha)] == ["failure", "failure"]
    assert len(here.bodies(pull)) == 1


def test_another_base_branch_is_reviewed_against(here: Here) -> None:
    here.repository.commit(shop.UNGUARDED, "develop")
    pull = opened(here)
    assert here.review("opened", pull).conclusion == "failure"
    pull.base_branch = "develop"

    check = here.review("edited", pull, changes={"base": {"ref": {"from": "main"}, "sha": {"from": "0" * 40}}})

    assert check.conclusion == "success"


def test_a_tag_with_the_name_of_the_base_branch_hides_no_change(here: Here) -> None:
    pull = opened(here)
    git.run(here.repository.path, "tag", "main", pull.head_sha)

    check = here.review("opened", pull)

    assert check.conclusion == "failure"
    assert len(here.bodies(pull)) == 1


def test_a_merge_group_is_judged_without_comments(here: Here) -> None:
    pull = opened(here)
    group = here.repository.open_merge_group(pull)

    assert here.deliver("merge_group", "checks_requested", merge_group=group).status_code == 202
    here.wait_for("ended")

    assert here.check(group.head_sha).conclusion == "failure"
    assert here.bodies(pull) == []


@pytest.mark.parametrize("fork", [None, "mona"])
def test_a_rerequested_check_is_run_again(here: Here, fork: str | None) -> None:
    pull = opened(here, fork=fork)
    first = here.review("opened", pull)

    assert here.deliver("check_run", "rerequested", check_run=first).status_code == 202
    here.wait_for("ended")

    first, second = here.standin.check_runs(pull.head_sha)
    assert (first.conclusion, second.conclusion) == ("failure", "failure")
    assert len(here.bodies(pull)) == 1


def test_a_rerequested_suite_of_a_fork_is_run_again_also_without_our_database(here: Here) -> None:
    pull = opened(here, fork="mona")

    assert here.deliver("check_suite", "rerequested", head_sha=pull.head_sha).status_code == 202
    here.wait_for("ended")

    assert here.check(pull.head_sha).conclusion == "failure"


def test_the_policy_is_that_of_the_base_branch(here: Here) -> None:
    here.repository.commit({POLICY: "gate: never\n"})
    pull = opened(here, shop.UNGUARDED | {POLICY: "gate: low\n"})

    check = here.review("opened", pull)

    assert check.conclusion == "success"
    assert POLICY in check.summary


def test_a_pull_request_cannot_bring_a_policy(here: Here) -> None:
    pull = opened(here, shop.UNGUARDED | {POLICY: "gate: never\n"})

    assert here.review("opened", pull).conclusion == "failure"


def test_a_policy_that_is_not_understood_fails_and_is_named(here: Here) -> None:
    here.repository.commit({POLICY: "gate: low\nfence: high\n"})
    pull = opened(here, shop.GUARDED)

    check = here.review("opened", pull)

    assert check.conclusion == "failure"
    assert "line 2" in check.title
    assert "of the base branch is not understood, line 2" in (check.summary or "")


def test_advisory_mode_is_neutral_and_says_so(here: Here) -> None:
    here.repository.commit({POLICY: "mode: advisory\n"})
    pull = opened(here)

    check = here.review("opened", pull)

    assert check.conclusion == "neutral"
    assert check.title.startswith("NOT ENFORCED")


def test_a_file_that_cannot_be_read_is_named_and_not_green(here: Here) -> None:
    pull = opened(here, {"server.py": shop.GUARDED["server.py"] + "def broken(:\n"})

    check = here.review("opened", pull)

    assert check.conclusion == "failure"
    assert "server.py" in check.summary + (check.text or "")


def test_what_stands_outside_the_hunks_is_annotated(here: Here) -> None:
    fetching = "import httpx\n\n\nasync def fetched(url: str) -> str:\n    return httpx.get(url).text\n"
    here.repository.commit({"net.py": fetching})
    guard = '    require_tool("preview")\n'
    tool = f"@mcp.tool\nasync def preview(url: str) -> str:\n{guard}    return await fetched(url)\n\n\n"
    pull = opened(here, {"server.py": f"from net import fetched\n{shop.SERVER}{tool}{shop.MAIN}"})

    check = here.review("opened", pull)

    assert check.conclusion == "failure", check.summary
    assert here.bodies(pull) == []
    assert {(item.path, item.annotation_level) for item in check.annotations} == {("net.py", "failure")}


def test_many_findings_are_capped_and_the_rest_told_in_the_check(here: Here) -> None:
    names = [f"delete_{word}" for word in ("one", "two", "three", "four", "five")]
    pull = opened(here, shop.with_tools(*(shop.tool(name) for name in names)))

    check = here.review("opened", pull)

    told = "\n".join([*here.bodies(pull), *(item.message for item in check.annotations)])
    assert [name for name in names if name not in told] == []
    assert len(here.bodies(pull)) <= 3


def test_an_uninstalled_app_stops_quietly(here: Here) -> None:
    pull = opened(here)
    held = here.standin.faults.hold("POST", "/graphql")
    here.deliver("pull_request", "opened", pull=pull)
    held.wait()
    gone = here.standin.webhook("installation", "deleted", repository=here.repository)
    here.standin.uninstall(here.standin.installation(here.repository))
    assert here.standin.hooks.send(gone).status_code == 202
    held.release()
    here.wait_for("given up")

    assert here.reviews() == [(pull.head_sha, "cancelled")]
    assert here.bodies(pull) == []
