"""People tell the App what to do, as far as they may."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from app.store import Store
from app.tables import Decision
from tests.app import shop
from tests.app.here import Here
from tests.standin import git
from tests.standin.faults import Fault, Kind
from tests.standin.records import CheckRun, Comment, IssueComment, PullRequest
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]
MAINTAINER, AUTHOR, STRANGER = "maintainer", "contributor", "stranger"


@pytest.fixture
def here(standin: StandIn, tmp_path: Path) -> Iterator[Here]:
    with Here(standin, tmp_path) as server:
        server.repository.commit(shop.BASE)
        server.repository.collaborators[MAINTAINER] = "write"
        yield server


@pytest.fixture
def pull(here: Here) -> PullRequest:
    """A pull request whose review has found the tool without authorization."""
    here.repository.commit(shop.UNGUARDED, "feature")
    opened = here.standin.open_pull(here.repository, "feature")
    here.start()
    here.review("opened", opened, sender=AUTHOR)
    return opened


def fingerprint(here: Here, pull: PullRequest) -> str:
    (comment,) = here.standin.comments(here.repository, pull)[:1]
    return comment.body.rpartition("/skillaudit accept ")[2][:8]


def say(here: Here, pull: PullRequest, login: str, text: str) -> IssueComment:
    """Comment in the conversation, deliver the event and wait until it was dealt with."""
    comment = here.standin.people.comment(here.repository, pull, login, text)
    told = here.deliver("issue_comment", "created", comment=comment, sender=login)
    if told.status_code == 202:
        here.wait_for("inquiry answered")
    return comment


def answer(here: Here, pull: PullRequest, root: Comment, login: str, text: str) -> Comment:
    """Reply in a thread, deliver the event and wait until it was dealt with."""
    comment = here.standin.people.reply(root, login, text)
    here.deliver("pull_request_review_comment", "created", comment=comment, pull=pull, sender=login)
    here.wait_for("inquiry answered")
    return comment


def reactions(comment: Comment | IssueComment) -> list[str]:
    return [reaction.content for reaction in comment.reactions]


def decisions(here: Here) -> list[Decision]:
    store = Store(here.settings.database_url)
    with store.transaction() as session:
        found = list(session.exec(select(Decision).order_by(Decision.made_at)))
    store.close()
    return found


def conclusions(here: Here, pull: PullRequest) -> list[str | None]:
    return [run.conclusion for run in here.standin.check_runs(pull.head_sha)]


def ours(here: Here, pull: PullRequest) -> list[str]:
    bot = here.standin.app.bot
    return [item.body for item in here.repository.issue_comments.values() if item.author == bot]


def push(here: Here, pull: PullRequest, files: dict[str, str], pusher: str = AUTHOR) -> CheckRun:
    here.repository.commit(files, "feature")
    return here.review("synchronize", pull, sender=pusher)


def test_an_accepted_finding_clears_the_gate(here: Here, pull: PullRequest) -> None:
    comment = say(here, pull, MAINTAINER, f"/skillaudit accept {fingerprint(here, pull)} the gateway checks it")
    here.wait_for("ended")

    assert reactions(comment) == ["+1"]
    assert conclusions(here, pull) == ["failure", "success"]
    assert "the gateway checks it" in (here.check(pull.head_sha).text or "")
    (decision,) = decisions(here)
    assert (decision.verb, decision.login, decision.reason) == ("accept", MAINTAINER, "the gateway checks it")
    assert (decision.number, decision.head_sha, len(decision.evidence)) == (pull.number, pull.head_sha, 32)


def test_a_command_counts_in_a_locked_conversation(here: Here, pull: PullRequest) -> None:
    here.standin.faults.add(Fault("POST", "/reactions$", Kind.LOCKED, times=None))

    say(here, pull, MAINTAINER, f"/skillaudit accept {fingerprint(here, pull)} the gateway checks it")
    here.wait_for("ended")

    assert conclusions(here, pull) == ["failure", "success"]


def test_an_acceptance_lasts_while_the_evidence_does(here: Here, pull: PullRequest) -> None:
    say(here, pull, MAINTAINER, f"/skillaudit accept {fingerprint(here, pull)} fine")
    here.wait_for("ended")

    moved = {"server.py": "# moved\n" * 50 + shop.UNGUARDED["server.py"]}
    assert push(here, pull, moved).conclusion == "success"

    more = shop.UNGUARDED["server.py"].replace(
        'return "deleted"', 'import subprocess\n    subprocess.run(customer_id, shell=True)\n    return "deleted"'
    )
    assert push(here, pull, {"server.py": more}).conclusion == "failure"


def test_an_acceptance_holds_in_a_renamed_file(here: Here, pull: PullRequest) -> None:
    say(here, pull, MAINTAINER, f"/skillaudit accept {fingerprint(here, pull)} fine")
    here.wait_for("ended")

    renamed = {"server.py": None, "shop/tools.py": shop.UNGUARDED["server.py"]}

    assert push(here, pull, renamed).conclusion == "success"


def test_an_acceptance_holds_in_the_merge_group(here: Here, pull: PullRequest) -> None:
    say(here, pull, MAINTAINER, f"/skillaudit accept {fingerprint(here, pull)} fine")
    here.wait_for("ended")
    group = here.repository.open_merge_group(pull)

    here.deliver("merge_group", "checks_requested", merge_group=group)
    here.wait_for("ended")

    assert here.check(group.head_sha).conclusion == "success"


@pytest.mark.parametrize("who", ["author", "pusher", "committer"])
def test_nobody_accepts_what_they_brought(here: Here, pull: PullRequest, who: str) -> None:
    involved = {"author": AUTHOR, "pusher": "helper", "committer": "coauthor"}[who]
    here.repository.collaborators[involved] = "admin"
    if who == "pusher":
        push(here, pull, {"other.txt": "x"}, involved)
    here.repository.authors[pull.head_sha] = here.standin.user("coauthor")

    comment = say(here, pull, involved.upper(), f"/skillaudit accept {fingerprint(here, pull)} trust me")

    assert reactions(comment) == ["confused"] or decisions(here) == []
    assert decisions(here) == []
    assert "success" not in conclusions(here, pull)


def test_nobody_accepts_where_github_does_not_list_every_commit(here: Here, pull: PullRequest) -> None:
    commit = "commit refs/heads/feature\ncommitter C <c@example.com> 1800000000 +0000\ndata 4\nMore\n"
    lines = [commit, f"from {pull.head_sha}\n", *[commit] * 248]
    git.run(here.repository.path, "fast-import", "--quiet", "--force", stdin="".join(lines).encode())
    push(here, pull, {"other.txt": "x"})

    comment = say(here, pull, MAINTAINER, f"/skillaudit accept {fingerprint(here, pull)} trust me")

    assert reactions(comment) == ["confused"]
    assert decisions(here) == []


def test_an_ignored_finding_is_not_commented_on_again_and_still_gates(here: Here, pull: PullRequest) -> None:
    comment = say(here, pull, MAINTAINER, f"/skillaudit ignore {fingerprint(here, pull)} not here")
    push(here, pull, shop.GUARDED)
    check = push(here, pull, shop.UNGUARDED)

    assert reactions(comment) == ["+1"]
    assert check.conclusion == "failure"
    assert [body for body in here.bodies(pull) if "Back in" in body] == []


@pytest.mark.parametrize("text", ["ignore {} x", "accept {} x", "explain {}", "rerun", "help", "nonsense"])
def test_a_drive_by_command_is_not_even_answered(here: Here, pull: PullRequest, text: str) -> None:
    before = len(here.standin.log.operations())

    comment = say(here, pull, STRANGER, "/skillaudit " + text.format(fingerprint(here, pull)))

    assert reactions(comment) == []
    assert decisions(here) == []
    assert ours(here, pull) == []
    assert set(here.standin.log.operations()[before:]) == {"pulls/get", "repos/get-collaborator-permission-level"}


def test_a_bot_an_edit_and_an_issue_give_no_commands(here: Here, pull: PullRequest) -> None:
    comment = here.standin.people.comment(here.repository, pull, MAINTAINER, "/skillaudit rerun")
    webhook = here.standin.webhook("issue_comment", "created", comment=comment, repository=here.repository)
    bot, issue = webhook.payload, webhook.payload
    bot["sender"]["type"] = "Bot"
    del issue["issue"]["pull_request"]

    answers = [
        here.standin.hooks.send(webhook.changed(bot)).status_code,
        here.standin.hooks.send(webhook.changed(issue)).status_code,
        here.deliver("issue_comment", "edited", comment=comment, sender=MAINTAINER).status_code,
        here.deliver("issue_comment", "created", comment=comment, sender=STRANGER).status_code,
    ]

    assert answers == [200, 200, 200, 200]


def test_an_author_may_rerun_three_times_an_hour(here: Here, pull: PullRequest) -> None:
    comments = []
    for _ in range(4):
        comments.append(say(here, pull, AUTHOR, "/skillaudit rerun"))
        if reactions(comments[-1]) == ["eyes"]:
            here.wait_for("ended")

    assert [reactions(comment) for comment in comments] == [["eyes"], ["eyes"], ["eyes"], ["confused"]]
    assert conclusions(here, pull) == ["failure"] * 4
    assert len(here.bodies(pull)) == 1


def test_reruns_that_are_asked_for_together_are_counted_together(here: Here, pull: PullRequest) -> None:
    held = [here.standin.faults.hold("POST", "/reactions") for _ in range(5)]
    for _ in held:
        comment = here.standin.people.comment(here.repository, pull, AUTHOR, "/skillaudit rerun")
        here.deliver("issue_comment", "created", comment=comment, sender=AUTHOR)
    for fault in held:
        fault.wait()
    for fault in held:
        fault.release()
    for _ in held:
        here.wait_for("inquiry answered")

    assert [decision.verb for decision in decisions(here)] == ["rerun"] * 3


def test_an_explanation_is_given_once_in_the_thread(here: Here, pull: PullRequest) -> None:
    (root,) = here.standin.comments(here.repository, pull)
    here.standin.faults.add(Fault("POST", "/replies$", Kind.BAD_GATEWAY_AFTER))

    asked = answer(here, pull, root, MAINTAINER, f"/skillaudit explain {fingerprint(here, pull)}")

    assert reactions(asked) == ["eyes"]
    answers = [item for item in here.standin.comments(here.repository, pull) if item.author == here.standin.app.bot]
    assert len(answers) == 2
    assert answers[1].in_reply_to == root.id
    assert "Why it matters" in answers[1].body
    assert "missing-per-tool-authorization" in answers[1].body


def test_help_is_given_once_in_the_conversation(here: Here, pull: PullRequest) -> None:
    here.standin.faults.add(Fault("POST", "/issues/1/comments$", Kind.BAD_GATEWAY_AFTER))

    asked = say(here, pull, AUTHOR, "/skillaudit help")

    assert reactions(asked) == ["eyes"]
    (body,) = ours(here, pull)
    assert "/skillaudit accept FINGERPRINT reason" in body


@pytest.mark.parametrize("text", ["explain ffffffff", "accept ffffffff x", "dance", "accept", ""])
def test_a_command_that_is_not_understood_gets_a_confused_look(here: Here, pull: PullRequest, text: str) -> None:
    comment = say(here, pull, MAINTAINER, f"/skillaudit {text}")

    assert reactions(comment) == ["confused"]
    assert decisions(here) == []


def test_a_button_of_the_check_reviews_again(here: Here, pull: PullRequest) -> None:
    check = here.check(pull.head_sha)
    assert {action["identifier"] for action in check.actions} == {"rerun", "explain"}

    here.deliver("check_run", "requested_action", check_run=check, requested_action="rerun", sender=MAINTAINER)
    here.wait_for("ended")

    assert conclusions(here, pull) == ["failure", "failure"]


def test_a_button_of_the_check_explains_once(here: Here, pull: PullRequest) -> None:
    check = here.check(pull.head_sha)
    for _ in range(2):
        here.deliver("check_run", "requested_action", check_run=check, requested_action="explain", sender=MAINTAINER)
        here.wait_for("inquiry answered")

    (body,) = ours(here, pull)
    assert "missing-per-tool-authorization" in body


@pytest.mark.parametrize("button", ["rerun", "explain", "other"])
def test_a_button_pressed_without_permission_does_nothing(here: Here, pull: PullRequest, button: str) -> None:
    check = here.check(pull.head_sha)

    here.deliver("check_run", "requested_action", check_run=check, requested_action=button, sender=STRANGER)
    here.wait_for("inquiry answered")

    assert conclusions(here, pull) == ["failure"]
    assert ours(here, pull) == []


def test_comments_say_how_a_finding_is_dismissed(here: Here, pull: PullRequest) -> None:
    (body,) = here.bodies(pull)

    assert f"/skillaudit accept {fingerprint(here, pull)} reason" in body
