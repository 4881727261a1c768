"""Accounts, repositories and Apps in the JSON that GitHub's REST API and webhooks use."""

from datetime import datetime
from typing import Any

from tests.standin.accounts import App, Installation, User
from tests.standin.repository import Repository

Json = dict[str, Any]
SITE = "https://github.example"
USER_LINKS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
REPOSITORY_LINKS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}
COUNTS = ("forks", "forks_count", "open_issues", "open_issues_count", "stargazers_count", "watchers", "watchers_count")
CREATED = "2026-01-01T00:00:00Z"


def timestamp(moment: datetime | None) -> str | None:
    """Return a moment as GitHub writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def user(account: User, api: str) -> Json:
    """Return a simple user."""
    url = f"{api}/users/{account.login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": account.node_id,
        "avatar_url": f"{SITE}/avatars/{account.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{SITE}/{account.login}",
        "type": account.type,
        "site_admin": False,
        "user_view_type": "public",
        **{name: url + suffix for name, suffix in USER_LINKS.items()},
    }


def minimal_repository(repository: Repository) -> Json:
    """Return the few fields that installation webhooks carry."""
    return {
        "id": repository.id,
        "node_id": repository.node_id,
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
    }


def repository(repository: Repository, api: str, fork: User | None = None) -> Json:
    """Return a full repository; with ``fork`` the fork of it that this account owns."""
    owner = fork or repository.owner
    full_name = f"{owner.login}/{repository.name}"
    url = f"{api}/repos/{full_name}"
    return {
        "id": repository.id if fork is None else repository.id * 1000 + fork.id,
        "node_id": repository.node_id if fork is None else f"R_{repository.id}_{fork.id}",
        "name": repository.name,
        "full_name": full_name,
        "owner": user(owner, api),
        "private": repository.private,
        "visibility": "private" if repository.private else "public",
        "html_url": f"{SITE}/{full_name}",
        "description": None,
        "fork": fork is not None,
        "url": url,
        "git_url": f"git://github.example/{full_name}.git",
        "ssh_url": f"git@github.example:{full_name}.git",
        "clone_url": f"{SITE}/{full_name}.git",
        "svn_url": f"{SITE}/{full_name}",
        "mirror_url": None,
        "homepage": None,
        "language": "Python",
        "default_branch": repository.default_branch,
        "archived": repository.archived,
        "disabled": False,
        "is_template": False,
        "topics": [],
        "license": None,
        "size": 1,
        "has_issues": True,
        "has_projects": False,
        "has_downloads": True,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": False,
        "allow_forking": True,
        "web_commit_signoff_required": False,
        "created_at": CREATED,
        "updated_at": CREATED,
        "pushed_at": CREATED,
        **dict.fromkeys(COUNTS, 0),
        **{name: url + suffix for name, suffix in REPOSITORY_LINKS.items()},
    }


def full_repository(found: Repository, api: str) -> Json:
    """Return a repository as ``GET /repos/{owner}/{repo}`` does."""
    extra = {"network_count": 0, "subscribers_count": 0}
    return repository(found, api) | extra


def app(registered: App, api: str) -> Json:
    """Return an App as the public sees it."""
    return {
        "id": registered.id,
        "slug": registered.slug,
        "node_id": f"A_{registered.id}",
        "client_id": registered.client_id,
        "owner": user(registered.owner, api),
        "name": registered.name,
        "description": "",
        "external_url": f"{SITE}/{registered.slug}",
        "html_url": f"{SITE}/apps/{registered.slug}",
        "created_at": CREATED,
        "updated_at": CREATED,
        "permissions": registered.permissions,
        "events": list(registered.events),
    }


def installation(installed: Installation, api: str) -> Json:
    """Return an installation."""
    return {
        "id": installed.id,
        "account": user(installed.account, api),
        "repository_selection": "selected",
        "access_tokens_url": f"{api}/app/installations/{installed.id}/access_tokens",
        "repositories_url": f"{api}/installation/repositories",
        "html_url": f"{SITE}/settings/installations/{installed.id}",
        "app_id": installed.app.id,
        "client_id": installed.app.client_id,
        "app_slug": installed.app.slug,
        "target_id": installed.account.id,
        "target_type": installed.account.type,
        "permissions": installed.permissions,
        "events": list(installed.app.events),
        "created_at": timestamp(installed.created_at),
        "updated_at": timestamp(installed.created_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None,
        "suspended_at": timestamp(installed.suspended_at),
    }
