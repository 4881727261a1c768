"""Answers about repositories and their code: trees, blobs, comparisons, archives, rules."""

import base64
import secrets
from datetime import timedelta
from typing import Any

from tests.standin import diffs, git, objects, payloads, pull_payloads
from tests.standin.endpoints import for_installation
from tests.standin.exchange import Call, Refused, Reply, page
from tests.standin.repository import Repository

COMPARE_LIMIT = 300
LINK_LIFETIME = timedelta(minutes=5)
ROLES = {"maintain": "write", "triage": "read"}


@for_installation("repos/get", "metadata:read")
def get(call: Call) -> Reply:
    """Answer with a repository."""
    return Reply(200, payloads.full_repository(call.repository, call.base_url))


@for_installation("git/get-tree", "contents:read")
def get_tree(call: Call) -> Reply:
    """Answer with a tree, recursive if asked, cut with ``truncated`` beyond the limit."""
    sha = call.repository.resolve(f"{call.parameters['tree_sha']}^{{tree}}")
    if sha is None:
        raise Refused(404, "Not Found")
    found = objects.tree(call.repository.path, sha, "recursive" in call.query)
    limit = call.state.tree_limit
    entries = [_tree_entry(call, entry) for entry in found[:limit]]
    url = f"{call.base_url}/repos/{call.repository.full_name}/git/trees/{sha}"
    return Reply(200, {"sha": sha, "url": url, "tree": entries, "truncated": len(found) > limit})


def _tree_entry(call: Call, entry: objects.TreeEntry) -> dict[str, Any]:
    shown: dict[str, Any] = {"path": entry.path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha}
    if entry.size is not None:
        shown["size"] = entry.size
    if entry.kind != "commit":
        shown["url"] = f"{call.base_url}/repos/{call.repository.full_name}/git/{entry.kind}s/{entry.sha}"
    return shown


@for_installation("git/get-blob", "contents:read")
def get_blob(call: Call) -> Reply:
    """Answer with a blob: raw bytes for the raw media type, else base64."""
    sha = call.parameters["file_sha"]
    found = objects.read(call.repository.path, sha) if len(sha) == 40 else None
    if found is None or found.kind != "blob":
        raise Refused(404, "Not Found")
    if "raw" in call.accept:
        return Reply(200, content=found.data, media_type="application/vnd.github.raw; charset=utf-8")
    answer = {
        "sha": sha,
        "node_id": f"B_{sha}",
        "size": len(found.data),
        "url": f"{call.base_url}/repos/{call.repository.full_name}/git/blobs/{sha}",
        "content": base64.encodebytes(found.data).decode(),
        "encoding": "base64",
    }
    return Reply(200, answer)


@for_installation("git/get-ref", "contents:read")
def get_reference(call: Call) -> Reply:
    """Answer with what a reference points at."""
    name = f"refs/{call.parameters['ref']}"
    sha = call.repository.resolve(name)
    if sha is None and not git.text(call.repository.path, "for-each-ref", "--count=1"):
        raise Refused(409, "Git Repository is empty.")
    if sha is None:
        raise Refused(404, "Not Found")
    url = f"{call.base_url}/repos/{call.repository.full_name}/git"
    target = {"type": "commit", "sha": sha, "url": f"{url}/commits/{sha}"}
    return Reply(200, {"ref": name, "node_id": f"REF_{sha}", "url": f"{url}/{name}", "object": target})


@for_installation("repos/compare-commits-with-basehead", "contents:read")
def compare(call: Call) -> Reply:
    """Answer with the merge base of two commits and at most 300 changed files."""
    left, dots, right = call.parameters["basehead"].partition("...")
    base, head = _commit(call.repository, left), _commit(call.repository, right)
    if not dots or base is None or head is None:
        raise Refused(404, "Not Found")
    merge_base = git.merge_base(call.repository.path, base, head)
    if merge_base is None:
        raise Refused(404, f"No common ancestor between {left} and {right}.")
    files = diffs.changed_files(call.repository.path, merge_base, head)[: min(COMPARE_LIMIT, call.state.files_limit)]
    ahead, behind = (_count(call.repository, merge_base, tip) for tip in (head, base))
    url = f"{call.base_url}/repos/{call.repository.full_name}/compare/{base}...{head}"
    site = f"{payloads.SITE}/{call.repository.full_name}/compare/{base}...{head}"
    answer = {
        "url": url,
        "html_url": site,
        "permalink_url": site,
        "diff_url": f"{site}.diff",
        "patch_url": f"{site}.patch",
        "base_commit": commit_payload(call, base),
        "merge_base_commit": commit_payload(call, merge_base),
        "status": _relation(ahead, behind),
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
        "commits": [],
        "files": [pull_payloads.changed_file(call.repository, file, head, call.base_url) for file in files],
    }
    return Reply(200, answer)


def _commit(repository: Repository, name: str) -> str | None:
    owner, _, branch = name.rpartition(":")
    if owner and owner != repository.owner.login:
        return git.resolve(repository.path, f"{repository.reference(branch, owner)}^{{commit}}")
    return repository.resolve(f"{branch}^{{commit}}")


def _count(repository: Repository, base: str, tip: str) -> int:
    return int(git.text(repository.path, "rev-list", "--count", f"{base}..{tip}"))


def _relation(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    return "ahead" if ahead else "behind" if behind else "identical"


def commit_payload(call: Call, sha: str) -> dict[str, Any]:
    """Return a commit; author and committer are the accounts that GitHub knows for it, if any."""
    author = call.repository.authors.get(sha)
    account = payloads.user(author, call.base_url) if author else None
    url = f"{call.base_url}/repos/{call.repository.full_name}"
    tree, parents, subject = git.text(call.repository.path, "show", "-s", "--format=%T%n%P%n%s", sha).split("\n")
    identity = {"name": "Committer", "email": "committer@example.com", "date": payloads.CREATED}
    links = {"html_url": f"{payloads.SITE}/{call.repository.full_name}/commit/{sha}"}
    return {
        "url": f"{url}/commits/{sha}",
        "sha": sha,
        "node_id": f"C_{sha}",
        "comments_url": f"{url}/commits/{sha}/comments",
        "commit": {
            "url": f"{url}/git/commits/{sha}",
            "author": identity,
            "committer": identity,
            "message": subject,
            "comment_count": 0,
            "tree": {"sha": tree, "url": f"{url}/git/trees/{tree}"},
        },
        "author": account,
        "committer": account,
        "parents": [{"sha": parent, "url": f"{url}/commits/{parent}"} for parent in parents.split()],
        **links,
    }


@for_installation("repos/download-tarball-archive", "contents:read")
def download(call: Call) -> Reply:
    """Redirect to the archive, by a link that works for five minutes without the token."""
    sha = call.repository.resolve(f"{call.parameters['ref']}^{{commit}}")
    if sha is None:
        raise Refused(404, "Not Found")
    secret = secrets.token_urlsafe(16)
    path = f"/_codeload/{call.repository.full_name}/legacy.tar.gz/{sha}"
    call.state.download_links[secret] = (path, call.state.now() + LINK_LIFETIME)
    return Reply(302, headers={"Location": f"{call.base_url}{path}?token={secret}"})


@for_installation("repos/get-collaborator-permission-level", "metadata:read")
def get_permission(call: Call) -> Reply:
    """Answer with a person's permission and role."""
    login = call.parameters["username"]
    account = call.state.users.get(login)
    if account is None:
        raise Refused(404, f"{login} is not a user")
    role = call.repository.permission(login)
    answer = {
        "permission": ROLES.get(role, role),
        "role_name": role,
        "user": payloads.user(account, call.base_url) | {"role_name": role},
    }
    return Reply(200, answer)


@for_installation("repos/get-branch-rules", "metadata:read")
def get_rules(call: Call) -> Reply:
    """Answer with the rules in force on a branch."""
    rules = call.repository.rules.get(call.parameters["branch"])
    source = {
        "ruleset_source_type": "Repository",
        "ruleset_source": call.repository.full_name,
        "ruleset_id": call.repository.id,
    }
    found: list[dict[str, Any]] = []
    if rules and rules.status_checks:
        checks = [_required_check(rule.context, rule.app_id) for rule in rules.status_checks]
        parameters = {"required_status_checks": checks, "strict_required_status_checks_policy": False}
        found.append({"type": "required_status_checks", "parameters": parameters, **source})
    if rules and rules.conversation_resolution:
        parameters = {
            "required_review_thread_resolution": True,
            "dismiss_stale_reviews_on_push": False,
            "require_code_owner_review": False,
            "require_last_push_approval": False,
            "required_approving_review_count": 0,
        }
        found.append({"type": "pull_request", "parameters": parameters, **source})
    items, headers = page(call, found, f"/repos/{call.repository.full_name}/rules/branches")
    return Reply(200, items, headers=headers)


@for_installation("repos/get-branch", "contents:read")
def get_branch(call: Call) -> Reply:
    """Answer with a branch and what those see of its classic protection who may not administer the repository."""
    name = call.parameters["branch"]
    sha = call.repository.resolve(f"refs/heads/{name}^{{commit}}")
    if sha is None:
        raise Refused(404, "Branch not found")
    rules = call.repository.rules.get(name)
    required = rules.protected_checks if rules else []
    url = f"{call.base_url}/repos/{call.repository.full_name}/branches/{name}"
    checks = {
        "enforcement_level": "non_admins" if required else "off",
        "contexts": [rule.context for rule in required],
        "checks": [{"context": rule.context, "app_id": rule.app_id} for rule in required],
    }
    answer = {
        "name": name,
        "commit": commit_payload(call, sha),
        "_links": {"self": url, "html": f"{payloads.SITE}/{call.repository.full_name}/tree/{name}"},
        "protected": bool(required),
        "protection": {"enabled": bool(required), "required_status_checks": checks},
        "protection_url": f"{url}/protection",
    }
    return Reply(200, answer)


def _required_check(context: str, app_id: int | None) -> dict[str, Any]:
    check: dict[str, Any] = {"context": context}
    return check if app_id is None else check | {"integration_id": app_id}
