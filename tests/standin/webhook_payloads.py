"""The payloads of webhook events, made from the state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.standin import payloads, pull_payloads
from tests.standin.accounts import App, Installation, User
from tests.standin.payloads import Json, timestamp, user
from tests.standin.records import CheckRun, Comment, IssueComment, MergeGroup, PullRequest, Thread
from tests.standin.repository import Repository
from tests.standin.state import State

ZERO = "0" * 40


@dataclass(slots=True)
class Subject:
    """What an event is about; each event uses the members that it needs."""

    repository: Repository | None = None
    pull: PullRequest | None = None
    merge_group: MergeGroup | None = None
    check_run: CheckRun | None = None
    comment: Comment | IssueComment | None = None
    thread: Thread | None = None
    installation: Installation | None = None
    repositories: tuple[Repository, ...] = ()
    head_sha: str = ""
    before: str = ""
    ref: str = ""
    reason: str = ""
    requested_action: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """One event to describe: who caused it and which installation hears of it."""

    state: State
    api: str
    app: App
    installation: Installation | None
    action: str | None
    sender: User
    subject: Subject

    def given(self, name: str) -> Any:
        """Return a member of the subject that the event cannot do without."""
        value = getattr(self.subject, name)
        if not value:
            raise ValueError(f"this event needs {name}=")
        return value


def build(name: str, event: Event) -> Json:
    """Return the payload of an event: its own members and the common ones."""
    payload = EVENTS[name](event)
    if event.action is not None:
        payload["action"] = event.action
    if event.subject.repository is not None:
        payload.setdefault("repository", payloads.full_repository(event.subject.repository, event.api))
    if event.installation is not None:
        payload.setdefault("installation", {"id": event.installation.id, "node_id": f"I_{event.installation.id}"})
    payload["sender"] = user(event.sender, event.api)
    return payload


def _pull(event: Event) -> Json:
    return pull_payloads.pull(event.state, event.given("repository"), event.given("pull"), event.api)


def _pull_request(event: Event) -> Json:
    pull = event.given("pull")
    payload: Json = {"number": pull.number, "pull_request": _pull(event)}
    if event.action == "synchronize":
        payload |= {"before": event.subject.before or ZERO, "after": pull.head_sha}
    if event.action == "edited":
        payload["changes"] = dict(event.subject.changes)
    return payload


def _merge_group(event: Event) -> Json:
    group = event.given("merge_group")
    identity = {"name": "Committer", "email": "committer@example.com"}
    commit = {
        "id": group.head_sha,
        "tree_id": event.given("repository").resolve(f"{group.head_sha}^{{tree}}"),
        "message": "Merge",
        "timestamp": payloads.CREATED,
        "author": identity,
        "committer": identity,
    }
    shown = {
        "head_sha": group.head_sha,
        "head_ref": group.head_ref,
        "base_sha": group.base_sha,
        "base_ref": group.base_ref,
        "head_commit": commit,
    }
    payload: Json = {"merge_group": shown}
    return payload | {"reason": event.subject.reason or "merged"} if event.action == "destroyed" else payload


def _check_run(event: Event) -> Json:
    repository, run = event.given("repository"), event.given("check_run")
    shown = pull_payloads.check_run(repository, run, event.api)
    shown["check_suite"] = _suite(event, run.head_sha)
    payload: Json = {"check_run": shown}
    if event.action == "requested_action":
        payload["requested_action"] = {"identifier": event.given("requested_action")}
    return payload


def _check_suite(event: Event) -> Json:
    return {"check_suite": _suite(event, event.given("head_sha"))}


def _suite(event: Event, head_sha: str) -> Json:
    repository = event.given("repository")
    pulls = pull_payloads.pulls_at(repository, head_sha, event.api)
    return {
        "id": pull_payloads.suite_id(event.app.id, head_sha),
        "head_branch": pulls[0]["head"]["ref"] if pulls else None,
        "head_sha": head_sha,
        "status": "completed",
        "conclusion": None,
        "before": ZERO,
        "after": head_sha,
        "pull_requests": pulls,
        "app": payloads.app(event.app, event.api),
        "created_at": payloads.CREATED,
        "updated_at": payloads.CREATED,
    }


def _issue_comment(event: Event) -> Json:
    repository, comment = event.given("repository"), event.given("comment")
    url = f"{event.api}/repos/{repository.full_name}"
    pull = repository.pulls[comment.number]
    issue = {
        "id": pull.id,
        "number": pull.number,
        "title": pull.title,
        "state": pull.state,
        "user": user(pull.author, event.api),
        "url": f"{url}/issues/{pull.number}",
        "pull_request": {"url": f"{url}/pulls/{pull.number}"},
    }
    shown = {
        "id": comment.id,
        "node_id": f"IC_{comment.id}",
        "url": f"{url}/issues/comments/{comment.id}",
        "user": user(comment.author, event.api),
        "body": comment.body,
        "created_at": timestamp(comment.created_at),
        "updated_at": timestamp(comment.created_at),
        "author_association": "NONE",
    }
    return {"issue": issue, "comment": shown}


def _review_comment(event: Event) -> Json:
    shown = pull_payloads.comment(event.state, event.given("repository"), event.given("comment"), event.api)
    simple = pull_payloads.pull_simple(event.state, event.given("repository"), event.given("pull"), event.api)
    return {"comment": shown, "pull_request": simple}


def _review_thread(event: Event) -> Json:
    repository, thread = event.given("repository"), event.given("thread")
    comments = [
        pull_payloads.comment(event.state, repository, comment, event.api)
        for comment in event.state.comments_in(thread)
    ]
    simple = pull_payloads.pull_simple(event.state, repository, event.given("pull"), event.api)
    return {"thread": {"node_id": thread.node_id, "comments": comments}, "pull_request": simple}


def _push(event: Event) -> Json:
    repository, ref = event.given("repository"), event.given("ref")
    after = repository.resolve(ref) or ZERO
    return {
        "ref": ref,
        "before": event.subject.before or ZERO,
        "after": after,
        "created": not event.subject.before,
        "deleted": after == ZERO,
        "forced": False,
        "base_ref": None,
        "compare": f"{payloads.SITE}/{repository.full_name}/compare",
        "commits": [],
        "head_commit": None,
        "pusher": {"name": event.sender.login, "email": "pusher@example.com"},
    }


def _installation(event: Event) -> Json:
    if event.installation is None:
        raise ValueError("this event needs an installation")
    reached = [event.state.repository_by_id(number) for number in sorted(event.installation.repository_ids)]
    return {
        "installation": payloads.installation(event.installation, event.api),
        "repositories": [payloads.minimal_repository(repository) for repository in reached],
        "requester": None,
    }


def _installation_repositories(event: Event) -> Json:
    if event.installation is None:
        raise ValueError("this event needs an installation")
    shown = [payloads.minimal_repository(repository) for repository in event.subject.repositories]
    return {
        "installation": payloads.installation(event.installation, event.api),
        "repository_selection": "selected",
        "repositories_added": shown if event.action == "added" else [],
        "repositories_removed": shown if event.action == "removed" else [],
        "requester": None,
    }


def _ping(event: Event) -> Json:
    hook = {"type": "App", "id": event.app.id, "active": True, "events": list(event.app.events)}
    return {"zen": "Keep it logically awesome.", "hook_id": event.app.id, "hook": hook}


EVENTS: dict[str, Callable[[Event], Json]] = {
    "pull_request": _pull_request,
    "merge_group": _merge_group,
    "check_run": _check_run,
    "check_suite": _check_suite,
    "issue_comment": _issue_comment,
    "pull_request_review_comment": _review_comment,
    "pull_request_review_thread": _review_thread,
    "push": _push,
    "installation": _installation,
    "installation_repositories": _installation_repositories,
    "github_app_authorization": lambda _: {},
    "ping": _ping,
}
