import httpx
import pytest

from github import pulls
from github.errors import MalformedResponse
from github.patches import Diff, Hunk
from github.pulls import Account, Branch, BranchRepository, Pull, PullFile, PullFiles

pytestmark = pytest.mark.anyio

NEXT = {"link": '<https://api.github.com/x?page=2>; rel="next", <https://api.github.com/x?page=9>; rel="last"'}
FILES = "GET /repos/octo/shop/pulls/7/files"
BY_COMMIT = "GET /repos/octo/shop/commits/aa/pulls"


def pull(number: int, sha: str = "aa", state: str = "open", repo: dict | None = None) -> dict:
    return {
        "number": number,
        "state": state,
        "head": {"ref": "topic", "sha": sha, "repo": repo},
        "base": {"ref": "main", "sha": "bb", "repo": {"id": 1, "full_name": "octo/shop"}},
        "user": None,
    }


async def test_a_pull_request_is_read_also_when_its_fork_is_gone(repository, script):
    answer = {**pull(7), "changed_files": 3, "draft": True, "user": {"login": "ann", "id": 3}, "mergeable": None}
    script.on("GET /repos/octo/shop/pulls/7", httpx.Response(200, json=answer))

    assert await pulls.read_pull(repository, 7) == Pull(
        number=7,
        state="open",
        head=Branch("topic", "aa"),
        base=Branch("main", "bb", BranchRepository(1, "octo/shop")),
        changed_files=3,
        draft=True,
        user=Account("ann", 3),
    )


async def test_an_answer_that_is_no_pull_request_is_named(repository, script):
    script.on("GET /repos/octo/shop/pulls/7", httpx.Response(200, json={"number": "seven"}))

    with pytest.raises(MalformedResponse, match=r"GET /repos/\{owner\}/\{repo\}/pulls/\{pull_number\}"):
        await pulls.read_pull(repository, 7)


async def test_files_are_listed_over_all_pages_with_unknown_words_tolerated(repository, script):
    first = {"filename": "a.py", "status": "modified", "sha": "c1", "patch": "@@ -1 +1 @@\n-a\n+b", "changes": 2}
    second = {"filename": "b.py", "status": "transmogrified", "sha": None, "previous_filename": "c.py"}
    script.on(FILES, httpx.Response(200, headers=NEXT, json=[first]), httpx.Response(200, json=[second]))

    assert await pulls.list_files(repository, 7, 2) == PullFiles(
        (
            PullFile("a.py", "modified", "c1", patch="@@ -1 +1 @@\n-a\n+b", changes=2),
            PullFile("b.py", "transmogrified", previous_filename="c.py"),
        ),
        complete=True,
    )
    assert [dict(request.url.params) for request in script.requests] == [
        {"per_page": "100", "page": "1"},
        {"per_page": "100", "page": "2"},
    ]


async def test_a_list_that_ends_before_the_pull_request_does_is_not_complete(repository, script):
    page = [{"filename": f"{n}.py", "status": "added"} for n in range(100)]
    script.on(FILES, httpx.Response(200, headers=NEXT, json=page))

    listed = await pulls.list_files(repository, 7, 3001)

    assert (len(listed.files), listed.complete, len(script.requests)) == (3000, False, 30)


def test_files_without_a_readable_patch_have_unknown_hunks():
    files = [
        PullFile("a.py", "modified", patch="@@ -1 +1 @@\n-a\n+b", changes=2),
        PullFile("large.py", "modified", changes=9000),
        PullFile("binary.bin", "added"),
        PullFile("moved.py", "renamed", previous_filename="x.py"),
        PullFile("odd.py", "modified", patch="@@ broken", changes=1),
    ]

    assert pulls.diff_of(files) == Diff(
        {
            "a.py": (Hunk(1, 1, 1, 1, frozenset({1}), frozenset({1})),),
            "large.py": None,
            "binary.bin": None,
            "moved.py": (),
            "odd.py": None,
        }
    )


async def test_a_comparison_tells_the_merge_base_and_what_changed_since(repository, script):
    answer = {"merge_base_commit": {"sha": "m0"}, "files": [{"filename": "a.py", "status": "added", "changes": 1}]}
    script.on("GET /repos/octo/shop/compare/main...aa", httpx.Response(200, json=answer))

    compared = await pulls.compare(repository, "main", "aa")

    assert (compared.merge_base, compared.files) == ("m0", (PullFile("a.py", "added", changes=1),))


async def test_open_pull_requests_are_found_by_their_head(repository, script):
    answer = [pull(7), pull(8, sha="other"), pull(9, state="closed"), pull(10)]
    script.on(BY_COMMIT, httpx.Response(200, json=answer))

    found = await pulls.list_open_pulls_by_head(repository, "aa")

    assert [one.number for one in found] == [7, 10]


async def test_pull_requests_from_forks_are_found_where_github_does_not_list_them(repository, script):
    script.on(BY_COMMIT, httpx.Response(200, json=[]))
    script.on("GET /repos/octo/shop/pulls", httpx.Response(200, json=[pull(7, sha="x"), pull(8)]))

    found = await pulls.list_open_pulls_by_head(repository, "aa")

    assert [one.number for one in found] == [8]
    assert script.requests[-1].url.params["state"] == "open"
