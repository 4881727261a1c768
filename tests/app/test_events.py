"""What events ask for."""

import json

import pytest

from app.commands import Request, Verb
from app.events import (
    BaseMoved,
    Command,
    Enqueue,
    HaltInstallation,
    HaltSubject,
    Press,
    Rerequest,
    Resume,
    Welcome,
    Where,
    decode_action,
    encode_action,
    plan,
)
from app.tables import Halt
from github.webhooks import parse_event

APP = "42"
WHERE = Where(installation_id=1, repo_id=2, full_name="shop/server")
REPOSITORY = {"id": 2, "full_name": "shop/server", "default_branch": "main"}
COMMON = {"repository": REPOSITORY, "installation": {"id": 1}, "sender": {"id": 3, "login": "octo"}}
PULL = {
    "number": 7,
    "state": "open",
    "head": {"ref": "feature", "sha": "h" * 40, "repo": None},
    "base": {"ref": "main", "sha": "b" * 40, "repo": REPOSITORY},
}
GROUP = {
    "head_sha": "h" * 40,
    "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-abc",
    "base_sha": "b" * 40,
    "base_ref": "refs/heads/main",
}


def asked(name: str, **payload: object) -> object:
    return plan(parse_event(name, json.dumps(COMMON | payload).encode()), APP)


def pull_request(action: str, **payload: object) -> object:
    return asked("pull_request", action=action, number=7, pull_request=PULL, **payload)


@pytest.mark.parametrize(
    ("action", "again"), [("opened", False), ("synchronize", False), ("reopened", True), ("ready_for_review", True)]
)
def test_a_pull_request_is_reviewed(action: str, again: bool) -> None:
    pusher = "" if action == "ready_for_review" else "octo"
    assert pull_request(action) == Enqueue(WHERE, "pr:7", "h" * 40, "b" * 40, "main", again, pusher)


@pytest.mark.parametrize("action", ["labeled", "converted_to_draft", "assigned", "stacked", "edited"])
def test_what_changes_no_code_is_ignored(action: str) -> None:
    assert pull_request(action) is None


def test_another_base_is_reviewed_again() -> None:
    changes = {"base": {"ref": {"from": "develop"}, "sha": {"from": "c" * 40}}}

    assert pull_request("edited", changes=changes) == Enqueue(WHERE, "pr:7", "h" * 40, "b" * 40, "main", True)
    assert pull_request("edited", changes={"title": {"from": "old"}}) is None


def test_closing_ends_the_review() -> None:
    assert pull_request("closed") == HaltSubject(2, "pr:7", Halt.CLOSED)


def test_an_event_without_installation_asks_for_nothing() -> None:
    payload = {"action": "opened", "number": 7, "pull_request": PULL, "repository": REPOSITORY}

    assert plan(parse_event("pull_request", json.dumps(payload).encode()), APP) is None


def test_a_merge_group_is_reviewed_and_ended() -> None:
    subject = "mg:refs/heads/gh-readonly-queue/main/pr-7-abc"

    assert asked("merge_group", action="checks_requested", merge_group=GROUP) == Enqueue(
        WHERE, subject, "h" * 40, "b" * 40, "main"
    )
    assert asked("merge_group", action="destroyed", merge_group=GROUP) == HaltSubject(2, subject, Halt.DESTROYED)


@pytest.mark.parametrize("pulls", [[], [{"number": 7}]])
def test_a_rerequested_check_run_is_known_by_our_id(pulls: list[dict[str, int]]) -> None:
    run = {"id": 5, "head_sha": "h" * 40, "external_id": "v1:2:pr:7:b:j", "app": {"id": 42}, "pull_requests": pulls}

    assert asked("check_run", action="rerequested", check_run=run) == Rerequest(
        WHERE, "h" * 40, "v1:2:pr:7:b:j", tuple(link["number"] for link in pulls)
    )


def test_a_rerequested_check_suite_is_known_by_its_commit() -> None:
    suite = {"id": 5, "head_sha": "h" * 40, "head_branch": None, "app": {"id": 42}, "pull_requests": []}

    assert asked("check_suite", action="rerequested", check_suite=suite) == Rerequest(WHERE, "h" * 40)
    assert asked("check_suite", action="requested", check_suite=suite) is None


def test_another_apps_check_is_not_ours() -> None:
    run = {"id": 5, "head_sha": "h" * 40, "app": {"id": 43}, "pull_requests": []}

    assert asked("check_run", action="rerequested", check_run=run) is None
    assert asked("check_run", action="requested_action", check_run=run) is None


def test_a_button_of_our_check_is_pressed_by_a_person() -> None:
    run = {"id": 5, "head_sha": "h" * 40, "external_id": "v1:2:pr:7:b:j", "app": {"id": 42}, "pull_requests": []}
    press = {"action": "requested_action", "check_run": run, "requested_action": {"identifier": "rerun"}}

    assert asked("check_run", **press) == Press(Rerequest(WHERE, "h" * 40, "v1:2:pr:7:b:j"), "rerun", "octo")
    assert asked("check_run", **press, sender={"id": 9, "login": "x[bot]", "type": "Bot"}) is None


COMMENT = {"id": 11, "body": "/skillaudit rerun", "user": {"id": 3, "login": "octo"}}


def test_a_command_in_the_conversation_is_obeyed_when_it_is_written() -> None:
    issue = {"number": 7, "pull_request": {"url": "x"}}

    asked_for = asked("issue_comment", action="created", issue=issue, comment=COMMENT)

    assert asked_for == Command(WHERE, 7, "issues/11", 0, "octo", Request(Verb.RERUN))
    assert asked("issue_comment", action="edited", issue=issue, comment=COMMENT) is None
    assert asked("issue_comment", action="created", issue={"number": 7}, comment=COMMENT) is None
    assert asked("issue_comment", action="created", issue=issue, comment=COMMENT | {"body": "nice"}) is None


@pytest.mark.parametrize(("replied_to", "thread"), [({}, 11), ({"in_reply_to_id": 4}, 4)])
def test_a_command_in_a_thread_knows_its_first_comment(replied_to: dict[str, int], thread: int) -> None:
    asked_for = asked("pull_request_review_comment", action="created", pull_request=PULL, comment=COMMENT | replied_to)

    assert asked_for == Command(WHERE, 7, "pulls/11", thread, "octo", Request(Verb.RERUN))


def test_a_command_in_the_name_of_another_is_ignored() -> None:
    foreign = COMMENT | {"user": {"id": 4, "login": "admin"}}

    assert asked("pull_request_review_comment", action="created", pull_request=PULL, comment=foreign) is None


def test_a_push_counts_on_branches_only() -> None:
    push = {"after": "h" * 40, "before": "b" * 40}
    other = BaseMoved(WHERE, "release/1", "b" * 40, "h" * 40, is_default=False)

    assert asked("push", ref="refs/heads/main", **push) == BaseMoved(WHERE, "main", "b" * 40, "h" * 40)
    assert asked("push", ref="refs/heads/release/1", **push) == other
    assert asked("push", ref="refs/tags/main", **push) is None
    assert asked("push", ref="refs/heads/main", deleted=True, **push) is None


def test_repositories_that_come_are_looked_at() -> None:
    new = [{"id": 2, "full_name": "shop/server"}]
    welcome = Welcome((WHERE,))

    assert asked("installation", action="created", repositories=new) == welcome
    assert asked("installation_repositories", action="added", repositories_added=new) == welcome


@pytest.mark.parametrize("action", ["unsuspend", "new_permissions_accepted"])
def test_an_installation_that_can_do_more_than_before_goes_on(action: str) -> None:
    assert asked("installation", action=action) == Resume(1)


@pytest.mark.parametrize("action", ["deleted", "suspend"])
def test_an_installation_that_goes_ends_its_reviews(action: str) -> None:
    assert asked("installation", action=action) == HaltInstallation(1)


def test_repositories_that_go_end_their_reviews() -> None:
    removed = [{"id": 2, "full_name": "shop/server"}, {"id": 3, "full_name": "shop/other"}]

    assert asked("installation_repositories", action="removed", repositories_removed=removed) == HaltInstallation(
        1, (2, 3)
    )


@pytest.mark.parametrize("name", ["ping", "star", "deployment_status"])
def test_other_events_ask_for_nothing(name: str) -> None:
    assert asked(name, action="created") is None


@pytest.mark.parametrize(
    "action",
    [
        Enqueue(WHERE, "pr:7", "h", "b", "main", True),
        HaltSubject(2, "pr:7", Halt.CLOSED),
        HaltInstallation(1, (2, 3)),
        HaltInstallation(1),
        Resume(1),
        Rerequest(WHERE, "h", "e", (7,)),
        Command(WHERE, 7, "issues/1", 0, "octo", Request(Verb.ACCEPT, "0123abcd", "why")),
        Press(Rerequest(WHERE, "h"), "rerun", "octo"),
        Welcome((WHERE,)),
        BaseMoved(WHERE, "main", "b", "h"),
    ],
)
def test_an_action_is_stored_and_read_back(action: object) -> None:
    assert decode_action(encode_action(action)) == action
