"""Where findings are told: at the lines a reader sees, and in the check where the diff has no place for them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app import shop
from tests.app.here import Here
from tests.standin.records import PullRequest
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]
GUARDS = """\
from fastmcp.exceptions import ToolError
from fastmcp.server.dependencies import get_access_token


def require_tool(name: str) -> None:
    token = get_access_token()
    if token is None or name not in token.claims.get("allowed_tools", []):
        raise ToolError("not allowed")
"""
GUTTED = GUARDS.replace('raise ToolError("not allowed")', "pass")
OWN_GUARD = GUARDS.partition("\n\n\n")[2]


@pytest.fixture
def here(standin: StandIn, tmp_path: Path) -> Iterator[Here]:
    with Here(standin, tmp_path) as server:
        yield server


def opened(here: Here, files: dict[str, str | None]) -> PullRequest:
    here.repository.commit(files, "feature")
    pull = here.standin.open_pull(here.repository, "feature")
    here.start()
    return pull


def judged(here: Here, pull: PullRequest) -> str | None:
    group = here.repository.open_merge_group(pull)
    here.deliver("merge_group", "checks_requested", merge_group=group)
    here.wait_for("ended")
    return here.check(group.head_sha).conclusion


def test_a_removed_check_is_commented_on_where_it_stood(here: Here) -> None:
    here.repository.commit(shop.BASE | shop.GUARDED)
    pull = opened(here, shop.UNGUARDED)

    check = here.review("opened", pull)

    (comment,) = here.standin.comments(here.repository, pull)
    lines = shop.GUARDED["server.py"].splitlines()
    assert (comment.side, lines[(comment.line or 0) - 1]) == ("LEFT", f'    require_tool("{shop.NAME}")')
    assert (check.conclusion, check.annotations) == ("failure", [])


def test_one_refused_place_is_annotated_and_the_others_are_commented_on(here: Here) -> None:
    here.repository.commit(shop.BASE)
    first = here.repository.commit(shop.UNGUARDED, "feature")
    other = shop.with_tools(shop.tool("delete_order"))["server.py"].replace('FastMCP("shop"', 'FastMCP("orders"')
    pull = opened(here, {"orders.py": other})
    # Meanwhile the base branch takes the first commit: its lines are part of the diff no more.
    here.at["fenced"] = lambda: here.repository.commit({"README.md": "x"}, "main", parent=first)

    check = here.review("opened", pull)

    assert {comment.path for comment in here.standin.comments(here.repository, pull)} == {"orders.py"}
    assert {item.path for item in check.annotations} == {"server.py"}
    assert (check.conclusion, len(here.standin.log.calls("POST", "/reviews$"))) == ("failure", 2)


def test_a_finding_in_a_file_whose_patch_github_leaves_out_is_annotated(here: Here) -> None:
    here.repository.commit(shop.BASE)
    filler = '"""' + "words\n" * 20_001 + '"""\n'
    pull = opened(here, {"server.py": shop.UNGUARDED["server.py"] + filler})

    check = here.review("opened", pull)

    assert (check.conclusion, here.bodies(pull)) == ("failure", [])
    assert [item.path for item in check.annotations] == ["server.py"]


def test_a_merge_group_with_a_renamed_file_finds_nothing_new_in_it(here: Here) -> None:
    here.repository.commit(shop.BASE | shop.UNGUARDED)
    pull = opened(here, {"server.py": None, "api.py": f"{shop.UNGUARDED['server.py']}# renamed\n"})
    assert here.review("opened", pull).conclusion == "success"

    assert judged(here, pull) == "success"


def test_a_merge_group_fails_for_what_only_two_changes_together_do(here: Here) -> None:
    server = f"from guards import require_tool\n{shop.BASE['server.py']}".replace(f"{OWN_GUARD}\n", "")
    assert "def require_tool" not in server
    here.repository.commit(shop.BASE | {"server.py": server, "guards.py": GUARDS})
    pull = opened(here, {"server.py": server.replace(shop.MAIN, shop.tool(guarded=True) + shop.MAIN)})
    assert here.review("opened", pull).conclusion == "success"

    here.repository.commit({"guards.py": GUTTED})

    assert judged(here, pull) == "failure"
