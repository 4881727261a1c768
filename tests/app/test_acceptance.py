"""Promises about a pull request's life that no other file holds; docs/acceptance.md lists them all."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.app import shop
from tests.app.here import Here
from tests.standin.records import PullRequest
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]


@pytest.fixture
def here(standin: StandIn, tmp_path: Path) -> Iterator[Here]:
    with Here(standin, tmp_path) as server:
        server.repository.commit(shop.BASE)
        yield server


def opened(here: Here, files: dict[str, str | None] = shop.UNGUARDED) -> PullRequest:
    here.repository.commit(files, "feature")
    pull = here.standin.open_pull(here.repository, "feature")
    here.start()
    return pull


def test_a_storm_of_pushes_costs_two_analyses_and_ends_on_the_last(here: Here) -> None:
    pull = opened(here, shop.GUARDED)
    heads = [pull.head_sha]
    held = here.standin.faults.hold("GET", "/git/trees/")
    here.deliver("pull_request", "opened", pull=pull)
    held.wait()
    for number in range(20):
        heads.append(here.repository.commit({"notes.txt": str(number)}, "feature"))
        here.deliver("pull_request", "synchronize", pull=pull)
    held.release()
    here.standin.wait_concluded(heads[-1])
    here.wait_for("ended")
    here.wait_for("ended")

    concluded = [head for head in heads for run in here.standin.check_runs(head) if run.conclusion == "success"]
    assert concluded == [heads[-1]]
    assert sum(bool(here.standin.check_runs(head)) for head in heads) <= 2
    assert here.standin.log.operations().count("repos/compare-commits-with-basehead") <= 2


def test_a_push_that_is_heard_of_before_the_opening_is_reviewed_once(here: Here) -> None:
    pull = opened(here)
    opening = here.standin.webhook("pull_request", "opened", repository=here.repository, pull=pull)
    here.repository.commit({"notes.txt": "x"}, "feature")

    here.review("synchronize", pull)
    here.standin.hooks.send(opening)
    here.wait_for("ended")

    assert here.check(pull.head_sha).conclusion == "failure"
    assert len(here.standin.reviews(here.repository, pull)) == 1
    assert len(here.bodies(pull)) == 1


def renamed(here: Here, files: dict[str, str] = shop.UNGUARDED, old: str = "server.py", new: str = "api.py") -> None:
    here.repository.commit({old: None, new: files["server.py"]}, "feature")


def test_a_renamed_file_brings_no_new_comment(here: Here) -> None:
    pull = opened(here)
    here.review("opened", pull)
    renamed(here)

    check = here.review("synchronize", pull)
    renamed(here, old="api.py", new="shop/tools.py")
    here.review("synchronize", pull)

    assert check.conclusion == "failure"
    assert check.annotations == []
    assert len(here.standin.reviews(here.repository, pull)) == 1
    (comment,) = here.bodies(pull)
    assert "shop/tools.py" in comment
    assert not comment.startswith("~~")


def test_a_finding_in_a_renamed_file_is_closed_when_it_is_fixed(here: Here) -> None:
    pull = opened(here)
    here.review("opened", pull)
    renamed(here)
    here.review("synchronize", pull)
    renamed(here, shop.GUARDED, "api.py", "api.py")

    check = here.review("synchronize", pull)

    assert check.conclusion == "success"
    assert here.bodies(pull) == []
    (closed,) = here.standin.comments(here.repository, pull, hidden=True)
    assert closed.body.startswith("~~")


def test_what_a_human_resolved_or_deleted_stays_quiet_in_a_renamed_file(here: Here) -> None:
    pull = opened(here, shop.with_tools(shop.tool("delete_order"), shop.tool("delete_customer")))
    here.review("opened", pull)
    first, second = here.standin.threads(here.repository, pull)
    here.standin.people.resolve(first, "maintainer")
    here.standin.state.comments[second.root_id].deleted = True
    renamed(here, shop.with_tools(shop.tool("delete_order"), shop.tool("delete_customer")))

    here.review("synchronize", pull)

    assert len(here.standin.reviews(here.repository, pull)) == 1
    assert len(here.standin.comments(here.repository, pull, hidden=True)) == 2


def test_a_comment_says_what_is_true_today_unless_somebody_answered_to_it(here: Here) -> None:
    pull = opened(here, shop.with_tools(shop.tool("delete_one"), shop.tool("delete_two")))
    here.review("opened", pull)
    said = here.bodies(pull)
    roots = [thread.root_id for thread in here.standin.threads(here.repository, pull)]
    comments = here.standin.state.comments
    here.standin.people.reply(comments[roots[0]], "maintainer", "The gateway decides.")
    more = 'await client.post("https://ledger.internal/entries")\n        await client.delete('
    tools = shop.with_tools(shop.tool("delete_one"), shop.tool("delete_two"))["server.py"]
    here.repository.commit({"server.py": tools.replace("await client.delete(", more)}, "feature")

    here.review("synchronize", pull)

    assert len(here.standin.reviews(here.repository, pull)) == 1
    answered, renewed = (comments[root].body for root in roots)
    assert answered == said[0]
    assert renewed != said[1]
    assert renewed.partition("\n")[0] == said[1].partition("\n")[0]


def test_another_tool_in_a_renamed_file_is_another_finding(here: Here) -> None:
    pull = opened(here)
    here.review("opened", pull)
    renamed(here, shop.with_tools(shop.tool("delete_order")))

    here.review("synchronize", pull)

    (comment,) = here.bodies(pull)
    assert "`delete_order`" in comment
    assert len(here.standin.reviews(here.repository, pull)) == 2


def test_a_list_of_files_that_is_not_whole_is_not_green(here: Here) -> None:
    here.standin.state.files_limit = 2
    pull = opened(here, shop.GUARDED | {f"notes/{number}.txt": "x" for number in range(3)})

    check = here.review("opened", pull)

    assert check.conclusion == "failure"
    assert "GitHub lists only 2 of the files" in (check.summary or "")


def test_a_dissolved_merge_group_cancels_its_check(here: Here) -> None:
    pull = opened(here)
    group = here.repository.open_merge_group(pull)
    held = here.standin.faults.hold("GET", "/git/trees/")
    here.deliver("merge_group", "checks_requested", merge_group=group)
    held.wait()
    here.deliver("merge_group", "destroyed", merge_group=group, reason="dequeued")
    here.wait_until_halted()
    held.release()
    here.wait_for("ended")

    check = here.check(group.head_sha)
    assert (check.status, check.conclusion) == ("completed", "cancelled")
    assert check.title == "Cancelled: the merge group was dissolved"


def test_a_suppression_that_comes_with_the_pull_request_is_shown_and_does_not_clear_the_gate(here: Here) -> None:
    line = f"async def {shop.NAME}("
    excuse = "# skillaudit: ignore[missing-per-tool-authorization] trust me\n"
    pull = opened(here, {"server.py": shop.UNGUARDED["server.py"].replace(line, excuse + line)})

    check = here.review("opened", pull)

    assert check.conclusion == "failure"
    shown = (check.summary or "").partition("Suppressions that this change brings along")[2]
    assert "missing-per-tool-authorization" in shown
    assert "trust me" in shown


def test_a_suspended_installation_ends_its_review_quietly(here: Here) -> None:
    pull = opened(here)
    held = here.standin.faults.hold("POST", "/graphql")
    here.deliver("pull_request", "opened", pull=pull)
    held.wait()
    suspended = here.standin.webhook("installation", "suspend", repository=here.repository)
    here.standin.installation(here.repository).suspended_at = datetime.now(UTC)
    here.standin.hooks.send(suspended)
    held.release()
    here.wait_for("given up")

    assert here.reviews() == [(pull.head_sha, "cancelled")]
    assert here.bodies(pull) == []
