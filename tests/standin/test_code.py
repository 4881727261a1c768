import base64
import io
import tarfile
from datetime import timedelta

import pytest

from tests.standin import diffs
from tests.standin.records import PullRequest
from tests.standin.repository import BranchRules, Repository, StatusCheckRule, Submodule, Symlink


def test_files_have_statuses_counts_and_patches(api, repository: Repository, pull: PullRequest):
    repository.commit({"old.py": None, "moved.py": "same\n" * 9, "logo.png": b"\0\1", "empty.py": ""}, "feature")

    files = api("GET", f"pulls/{pull.number}/files?per_page=100").json()

    assert [(f["filename"], f["status"], f["additions"], f["deletions"], "patch" in f) for f in files] == [
        ("empty.py", "added", 0, 0, False),
        ("gone.py", "removed", 0, 1, True),
        ("logo.png", "added", 0, 0, False),
        ("moved.py", "renamed", 0, 0, False),
        ("new.py", "added", 2, 0, True),
        ("server.py", "modified", 2, 1, True),
    ]
    assert files[3]["previous_filename"] == "old.py"
    assert files[1]["patch"] == "@@ -1 +0,0 @@\n-gone"
    assert api("GET", f"pulls/{pull.number}").json()["changed_files"] == 6


def test_a_patch_too_large_is_left_out(api, repository: Repository, pull: PullRequest):
    repository.commit({"large.py": "x = 1\n" * 20_001}, "feature")

    large = next(f for f in api("GET", f"pulls/{pull.number}/files").json() if f["filename"] == "large.py")

    assert (large["additions"], "patch" in large) == (20_001, False)


def test_the_list_of_files_ends_at_its_limit_without_a_word(api, standin, pull: PullRequest):
    standin.state.files_limit = 2

    answer = api("GET", f"pulls/{pull.number}/files?per_page=1")

    assert api("GET", f"pulls/{pull.number}/files?per_page=100").json()[2:] == []
    assert answer.links["last"]["url"].endswith("page=2")
    assert api("GET", f"pulls/{pull.number}").json()["changed_files"] == 3


def test_odd_names_and_kinds_are_shown_as_they_are(api, repository: Repository, pull: PullRequest):
    names = ['quo"te.py', "späce and tab\t.py", "new\nline.py", "back\\slash.py"]
    repository.commit(dict.fromkeys(names, "1\n"), "feature")
    repository.commit({"link": Symlink("../etc/passwd"), "module": Submodule("b" * 40), "\udcff.py": "1\n"}, "feature")

    found = {f["filename"] for f in api("GET", f"pulls/{pull.number}/files?per_page=100").json()}
    tree = api("GET", f"git/trees/{pull.head_sha}?recursive=1").json()["tree"]

    assert {*names, "link", "module", "\ufffd.py"} <= found
    kinds = {item["path"]: (item["mode"], item["type"]) for item in tree}
    assert (kinds["link"], kinds["module"]) == (("120000", "blob"), ("160000", "commit"))


def test_a_page_never_holds_more_than_a_hundred(api, repository: Repository, pull: PullRequest):
    repository.commit({f"file{number:03}.py": "1\n" for number in range(120)}, "feature")

    assert len(api("GET", f"pulls/{pull.number}/files?per_page=200").json()) == 100


def test_the_diff_media_type_has_limits(api, repository: Repository, pull: PullRequest):
    accept = {"Accept": "application/vnd.github.diff"}

    assert api("GET", f"pulls/{pull.number}", headers=accept).text.startswith("diff --git")

    repository.commit({f"file{number}.py": "1\n" for number in range(300)}, "feature")

    assert api("GET", f"pulls/{pull.number}", headers=accept).status_code == 406


def test_compare_gives_the_merge_base_across_forks(api, standin, repository: Repository):
    base = repository.head("main")
    repository.commit({"server.py": "forked\n"}, "patch", fork="contributor")
    repository.commit({"main.py": "moved on\n"})
    fork = standin.open_pull(repository, "patch", fork="contributor")

    by_sha = api("GET", f"compare/main...{fork.head_sha}").json()
    by_label = api("GET", "compare/acme:main...contributor:patch").json()

    assert by_sha["merge_base_commit"]["sha"] == by_label["merge_base_commit"]["sha"] == base
    assert (by_sha["status"], by_sha["ahead_by"], by_sha["behind_by"]) == ("diverged", 1, 1)
    assert [file["filename"] for file in by_sha["files"]] == ["server.py"]


def test_a_tree_beyond_the_limit_says_truncated(api, standin, pull: PullRequest):
    whole = api("GET", f"git/trees/{pull.head_sha}?recursive=1").json()
    standin.state.tree_limit = 1

    cut = api("GET", f"git/trees/{pull.head_sha}?recursive=1").json()

    assert (whole["truncated"], cut["truncated"], len(cut["tree"])) == (False, True, 1)


def test_a_blob_comes_raw_or_in_base64(api, repository: Repository):
    repository.commit({"bytes": b"\xff\0\r\n"})
    sha = repository.resolve("main:bytes")

    raw = api("GET", f"git/blobs/{sha}", headers={"Accept": "application/vnd.github.raw+json"})

    assert raw.content == b"\xff\0\r\n"
    assert base64.b64decode(api("GET", f"git/blobs/{sha}").json()["content"]) == b"\xff\0\r\n"
    assert api("GET", f"git/blobs/{repository.head('main')}").status_code == 404


def test_a_tarball_is_reached_by_a_link_that_needs_no_token_and_expires(api, standin, pull: PullRequest):
    redirect = api("GET", f"tarball/{pull.head_sha}")
    location = redirect.headers["Location"]
    archive = api.client.get(location)

    assert redirect.status_code == 302
    with tarfile.open(fileobj=io.BytesIO(archive.content)) as opened:
        assert f"acme-server-{pull.head_sha[:7]}/new.py" in opened.getnames()
    standin.advance(timedelta(minutes=6))
    assert api.client.get(location).status_code == 404


def test_a_hostile_archive_can_take_the_place_of_the_real_one(api, standin, pull: PullRequest):
    standin.state.archives[pull.head_sha] = b"not an archive"

    assert api("GET", f"tarball/{pull.head_sha}", follow_redirects=True).content == b"not an archive"


def test_the_role_of_a_person_is_told(api, standin, repository: Repository):
    repository.collaborators["maintainer"] = "maintain"
    for login in ("maintainer", "stranger"):
        standin.user(login)

    def told(login: str) -> tuple:
        answer = api("GET", f"collaborators/{login}/permission").json()
        return answer["permission"], answer["role_name"]

    assert (told("maintainer"), told("stranger")) == (("write", "maintain"), ("none", "none"))
    assert api("GET", "collaborators/nobody/permission").status_code == 404


def test_the_rules_of_a_branch_are_told(api, standin, repository: Repository):
    checks = [StatusCheckRule("SkillAudit", standin.app.id), StatusCheckRule("build")]
    repository.rules["release/1"] = BranchRules(checks, conversation_resolution=True)

    status_checks, pull_request = api("GET", "rules/branches/release%2F1").json()

    assert status_checks["parameters"]["required_status_checks"] == [
        {"context": "SkillAudit", "integration_id": standin.app.id},
        {"context": "build"},
    ]
    assert pull_request["parameters"]["required_review_thread_resolution"] is True
    assert api("GET", "rules/branches/main").json() == []


def test_pull_requests_are_found_by_state_and_by_commit(api, standin, repository: Repository, pull: PullRequest):
    repository.commit({"forked.py": "1\n"}, "patch", fork="contributor")
    fork = standin.open_pull(repository, "patch", fork="contributor")
    repository.commit({"closed.py": "1\n"}, "closed")
    standin.people.close(standin.open_pull(repository, "closed"))

    def numbers(path: str) -> list[int]:
        return [found["number"] for found in api("GET", path).json()]

    assert numbers("pulls?state=open") == [fork.number, pull.number]
    assert len(numbers("pulls?state=all")) == 3
    assert numbers(f"commits/{pull.head_sha}/pulls") == [pull.number]
    assert numbers(f"commits/{fork.head_sha}/pulls") == []


def test_a_reference_is_resolved(api, repository: Repository):
    assert api("GET", "git/ref/heads/main").json()["object"]["sha"] == repository.head("main")
    assert api("GET", "git/ref/heads/none").status_code == 404


def test_an_unchanged_answer_costs_nothing(api):
    first = api("GET", "")

    assert api("GET", "", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


PATCH = "@@ -2,3 +2,4 @@\n a\n+b\n c\n d\n@@ -10,2 +10,0 @@\n-x\n-y\n@@ -20,0 +20,2 @@\n+p\n+q"


@pytest.mark.parametrize(
    ("line", "moved"),
    [(1, 1), (2, 2), (3, 4), (9, 10), (10, None), (11, None), (12, 11), (20, 19), (21, 22)],
)
def test_lines_move_with_the_hunks_before_them(line, moved):
    assert diffs.moved_line(PATCH, line) == moved
