"""Pull requests, reviews, comments, reactions and check runs in GitHub's JSON."""

from typing import Any

from tests.standin import payloads
from tests.standin.accounts import User
from tests.standin.anchors import current_line
from tests.standin.diffs import ChangedFile
from tests.standin.payloads import SITE, Json, timestamp, user
from tests.standin.records import CheckRun, Comment, PullRequest, Reaction, Review
from tests.standin.repository import Repository
from tests.standin.state import State

CONTENTS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")
PULL_LINKS = ("commits", "reviews")


def pull(state: State, repository: Repository, found: PullRequest, api: str) -> Json:
    """Return a pull request in full, as ``GET .../pulls/{n}`` and webhooks do."""
    files = repository.diff(found)
    return pull_simple(state, repository, found, api) | {
        "merged": found.merged,
        "mergeable": True,
        "rebaseable": True,
        "mergeable_state": "unknown",
        "merged_by": None,
        "comments": 0,
        "review_comments": len(state.comments_of(repository, found.number)),
        "maintainer_can_modify": False,
        "commits": 1,
        "additions": sum(file.additions for file in files),
        "deletions": sum(file.deletions for file in files),
        "changed_files": len(files),
    }


def pull_simple(state: State, repository: Repository, found: PullRequest, api: str) -> Json:
    """Return a pull request as lists do."""
    url = f"{api}/repos/{repository.full_name}/pulls/{found.number}"
    issue = f"{api}/repos/{repository.full_name}/issues/{found.number}"
    html = f"{SITE}/{repository.full_name}/pull/{found.number}"
    statuses = f"{api}/repos/{repository.full_name}/statuses/{found.head_sha}"
    links = {
        "self": url,
        "html": html,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{api}/repos/{repository.full_name}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": statuses,
    }
    return {
        "url": url,
        "id": found.id,
        "node_id": found.node_id,
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": issue,
        "commits_url": links["commits"],
        "review_comments_url": links["review_comments"],
        "review_comment_url": links["review_comment"],
        "comments_url": links["comments"],
        "statuses_url": statuses,
        "number": found.number,
        "state": found.state,
        "locked": False,
        "title": found.title,
        "user": user(found.author, api),
        "body": None,
        "labels": [],
        "milestone": None,
        "active_lock_reason": None,
        "created_at": payloads.CREATED,
        "updated_at": timestamp(found.updated_at),
        "closed_at": None,
        "merged_at": payloads.CREATED if found.merged else None,
        "merge_commit_sha": None,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "head": _head(state, repository, found, api),
        "base": _side(repository, found.base_branch, repository.base_sha(found), api),
        "_links": {name: {"href": href} for name, href in links.items()},
        "author_association": "CONTRIBUTOR",
        "auto_merge": None,
        "draft": found.draft,
    }


def _side(repository: Repository, branch: str, sha: str, api: str, fork: User | None = None) -> Json:
    owner = fork or repository.owner
    return {
        "label": f"{owner.login}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": user(owner, api),
        "repo": payloads.repository(repository, api, fork),
    }


def _head(state: State, repository: Repository, found: PullRequest, api: str) -> Json:
    fork = state.user(found.fork) if found.fork else None
    head = _side(repository, found.head_branch, found.head_sha, api, fork)
    return head | {"repo": None} if found.fork_deleted else head


def pull_minimal(repository: Repository, found: PullRequest, api: str) -> Json:
    """Return a pull request as check runs and check suites carry it."""
    short = {"id": repository.id, "name": repository.name, "url": f"{api}/repos/{repository.full_name}"}
    return {
        "id": found.id,
        "number": found.number,
        "url": f"{api}/repos/{repository.full_name}/pulls/{found.number}",
        "head": {"ref": found.head_branch, "sha": found.head_sha, "repo": short},
        "base": {"ref": found.base_branch, "sha": repository.base_sha(found), "repo": short},
    }


def changed_file(repository: Repository, file: ChangedFile, commit: str, api: str) -> Json:
    """Return one entry of a file list."""
    site, url = f"{SITE}/{repository.full_name}", f"{api}/repos/{repository.full_name}"
    entry: Json = {
        "sha": file.sha,
        "filename": file.path,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": f"{site}/blob/{commit}/{file.path}",
        "raw_url": f"{site}/raw/{commit}/{file.path}",
        "contents_url": f"{url}/contents/{file.path}?ref={commit}",
    }
    if file.previous_path is not None:
        entry["previous_filename"] = file.previous_path
    if file.patch is not None:
        entry["patch"] = file.patch
    return entry


def review(repository: Repository, found: Review, api: str) -> Json:
    """Return a review."""
    pull_url = f"{api}/repos/{repository.full_name}/pulls/{found.number}"
    html = f"{SITE}/{repository.full_name}/pull/{found.number}#pullrequestreview-{found.id}"
    entry: Json = {
        "id": found.id,
        "node_id": found.node_id,
        "user": user(found.author, api),
        "body": found.body,
        "state": found.state,
        "html_url": html,
        "pull_request_url": pull_url,
        "author_association": "NONE",
        "_links": {"html": {"href": html}, "pull_request": {"href": pull_url}},
        "commit_id": found.commit_id,
    }
    if found.submitted_at:
        entry["submitted_at"] = timestamp(found.submitted_at)
    return entry


def comment(state: State, repository: Repository, found: Comment, api: str) -> Json:
    """Return a review comment; line is null once the code under it has changed."""
    root = state.comments[found.in_reply_to] if found.in_reply_to else found
    line, start_line = current_line(repository, root, root.line), current_line(repository, root, root.start_line)
    pull_url = f"{api}/repos/{repository.full_name}/pulls/{found.number}"
    url = f"{api}/repos/{repository.full_name}/pulls/comments/{found.id}"
    html = f"{SITE}/{repository.full_name}/pull/{found.number}#discussion_r{found.id}"
    links = {"self": url, "html": html, "pull_request": pull_url}
    entry: Json = {
        "url": url,
        "pull_request_review_id": found.review_id,
        "id": found.id,
        "node_id": found.node_id,
        "diff_hunk": found.diff_hunk,
        "path": found.path,
        "commit_id": repository.pulls[found.number].head_sha if line else found.commit_id,
        "original_commit_id": found.commit_id,
        "user": user(found.author, api),
        "body": found.body,
        "created_at": timestamp(found.created_at),
        "updated_at": timestamp(found.updated_at),
        "html_url": html,
        "pull_request_url": pull_url,
        "author_association": "NONE",
        "_links": {name: {"href": href} for name, href in links.items()},
        "reactions": _rollup(found, url),
        "subject_type": found.subject,
        "side": found.side,
        "start_side": found.start_side,
        "original_start_line": found.start_line,
        "start_line": start_line,
    }
    if found.subject == "line":
        entry |= {"line": line, "original_line": found.line, "position": line, "original_position": found.line}
    if found.in_reply_to:
        entry["in_reply_to_id"] = found.in_reply_to
    return entry


def _rollup(found: Comment, url: str) -> Json:
    counts = {content: sum(r.content == content for r in found.reactions) for content in CONTENTS}
    return {"url": f"{url}/reactions", "total_count": len(found.reactions), **counts}


def reaction(found: Reaction, api: str) -> Json:
    """Return a reaction."""
    return {
        "id": found.id,
        "node_id": f"REA_{found.id}",
        "user": user(found.user, api),
        "content": found.content,
        "created_at": timestamp(found.created_at),
    }


def check_run(repository: Repository, found: CheckRun, api: str) -> Json:
    """Return a check run; pull requests of forks are not listed in it."""
    url = f"{api}/repos/{repository.full_name}/check-runs/{found.id}"
    return {
        "id": found.id,
        "name": found.name,
        "node_id": found.node_id,
        "head_sha": found.head_sha,
        "external_id": found.external_id,
        "url": url,
        "html_url": f"{SITE}/{repository.full_name}/runs/{found.id}",
        "details_url": found.details_url,
        "status": found.status,
        "conclusion": found.conclusion,
        "started_at": timestamp(found.started_at),
        "completed_at": timestamp(found.completed_at),
        "output": _output(found, url),
        "check_suite": {"id": suite_id(found.app.id, found.head_sha)},
        "app": payloads.app(found.app, api),
        "pull_requests": pulls_at(repository, found.head_sha, api),
    }


def _output(found: CheckRun, url: str) -> dict[str, Any]:
    return {
        "title": found.title,
        "summary": found.summary,
        "text": found.text,
        "annotations_count": len(found.annotations),
        "annotations_url": f"{url}/annotations",
    }


def pulls_at(repository: Repository, head_sha: str, api: str) -> list[Json]:
    """Return the open pull requests from branches of the repository itself whose head is this commit."""
    return [
        pull_minimal(repository, found, api)
        for found in repository.pulls.values()
        if found.head_sha == head_sha and found.state == "open" and not found.fork
    ]


def suite_id(app_id: int, head_sha: str) -> int:
    """Return the id of the check suite that an App has on a commit."""
    return app_id * 10**9 + int(head_sha[:7], 16)
