"""Answers about pull requests and their files."""

from datetime import UTC, datetime

from tests.standin import git, pull_payloads
from tests.standin.code_endpoints import commit_payload
from tests.standin.endpoints import for_installation
from tests.standin.exchange import Call, Refused, Reply, page
from tests.standin.records import PullRequest

EPOCH = datetime.fromtimestamp(0, UTC)
DIFF_FILES = 300
DIFF_LINES = 20_000
LISTED_COMMITS = 250


def pull_of(call: Call) -> PullRequest:
    """Return the pull request that the path names, or refuse."""
    found = call.repository.pulls.get(call.parameters["pull_number"])
    if found is None:
        raise Refused(404, "Not Found")
    return found


@for_installation("pulls/get", "pull_requests:read")
def get(call: Call) -> Reply:
    """Answer with a pull request, or with its diff for the diff media type."""
    pull = pull_of(call)
    if "diff" in call.accept:
        return _diff(call, pull)
    return Reply(200, pull_payloads.pull(call.state, call.repository, pull, call.base_url))


def _diff(call: Call, pull: PullRequest) -> Reply:
    files = call.repository.diff(pull)
    if len(files) > DIFF_FILES:
        problem = {"resource": "PullRequest", "field": "diff", "code": "too_large"}
        raise Refused(406, f"Sorry, the diff exceeded the maximum number of files ({DIFF_FILES}).", [problem])
    if sum(file.additions + file.deletions for file in files) > DIFF_LINES:
        problem = {"resource": "PullRequest", "field": "diff", "code": "too_large"}
        raise Refused(406, f"Sorry, the diff exceeded the maximum number of lines ({DIFF_LINES}).", [problem])
    base = git.merge_base(call.repository.path, call.repository.base_sha(pull), pull.head_sha) or ""
    text = git.run(call.repository.path, "diff", "-M", base, pull.head_sha)
    return Reply(200, content=text, media_type="application/vnd.github.diff; charset=utf-8")


@for_installation("pulls/list", "pull_requests:read")
def list_pulls(call: Call) -> Reply:
    """Answer with the pull requests of a state (open by default), the newest or the last updated first."""
    state = call.query.get("state", "open")
    found = [
        pull
        for pull in call.repository.pulls.values()
        if state in ("all", pull.state)
        and call.query.get("base", pull.base_branch) == pull.base_branch
        and call.query.get("head", _label(call, pull)) == _label(call, pull)
    ]
    by_update = call.query.get("sort") == "updated"
    found.sort(
        key=lambda pull: (pull.updated_at if by_update else EPOCH, pull.number),
        reverse=call.query.get("direction", "desc") == "desc",
    )
    items, headers = page(call, found, f"/repos/{call.repository.full_name}/pulls")
    shown = [pull_payloads.pull_simple(call.state, call.repository, pull, call.base_url) for pull in items]
    return Reply(200, shown, headers=headers)


def _label(call: Call, pull: PullRequest) -> str:
    return f"{pull.fork or call.repository.owner.login}:{pull.head_branch}"


@for_installation("repos/list-pull-requests-associated-with-commit", "pull_requests:read")
def list_pulls_of_commit(call: Call) -> Reply:
    """Answer with the open pull requests that hold a commit; those of forks are not found, as on GitHub."""
    sha = call.repository.resolve(f"{call.parameters['commit_sha']}^{{commit}}")
    if sha is None:
        raise Refused(422, f"No commit found for SHA: {call.parameters['commit_sha']}")
    found = [
        pull
        for pull in call.repository.pulls.values()
        if pull.state == "open"
        and not pull.fork
        and git.is_ancestor(call.repository.path, sha, pull.head_sha)
        and not git.is_ancestor(call.repository.path, sha, call.repository.base_sha(pull))
    ]
    items, headers = page(call, found, f"/repos/{call.repository.full_name}/commits/{sha}/pulls")
    shown = [pull_payloads.pull_simple(call.state, call.repository, pull, call.base_url) for pull in items]
    return Reply(200, shown, headers=headers)


@for_installation("pulls/list-files", "pull_requests:read")
def list_files(call: Call) -> Reply:
    """Answer with a page of the changed files; beyond the limit of 3,000 GitHub tells nothing."""
    pull = pull_of(call)
    path = f"/repos/{call.repository.full_name}/pulls/{pull.number}/files"
    items, headers = page(call, list(call.repository.diff(pull)), path, cap=call.state.files_limit)
    files = [pull_payloads.changed_file(call.repository, file, pull.head_sha, call.base_url) for file in items]
    return Reply(200, files, headers=headers)


@for_installation("pulls/list-commits", "pull_requests:read")
def list_commits(call: Call) -> Reply:
    """Answer with the commits of a pull request, oldest first, at most 250 of them."""
    pull = pull_of(call)
    merge_base = git.merge_base(call.repository.path, call.repository.base_sha(pull), pull.head_sha) or ""
    shas = git.text(call.repository.path, "rev-list", "--reverse", f"{merge_base}..{pull.head_sha}").split()
    path = f"/repos/{call.repository.full_name}/pulls/{pull.number}/commits"
    items, headers = page(call, shas, path, cap=LISTED_COMMITS)
    return Reply(200, [commit_payload(call, sha) for sha in items], headers=headers)
