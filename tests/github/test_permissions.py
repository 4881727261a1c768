import httpx
import pytest

from github.errors import PermissionMissing
from github.permissions import BranchRules, Permission, RequiredCheck, read_branch_rules, read_permission
from github.repositories import RepositoryDetails, read_repository

pytestmark = pytest.mark.anyio

RULES = "GET /repos/octo/shop/rules/branches/release/1"


@pytest.mark.parametrize(
    ("answer", "expected", "may_write"),
    [
        (httpx.Response(200, json={"permission": "admin", "role_name": "admin"}), Permission.ADMIN, True),
        (httpx.Response(200, json={"permission": "write", "role_name": "maintain"}), Permission.WRITE, True),
        (httpx.Response(200, json={"permission": "read", "role_name": "triage"}), Permission.READ, False),
        (httpx.Response(200, json={"permission": "none"}), Permission.NONE, False),
        (httpx.Response(200, json={"permission": "owner-of-all"}), Permission.NONE, False),
        (httpx.Response(404), Permission.NONE, False),
    ],
)
async def test_permissions_are_read_and_unknown_ones_grant_nothing(repository, script, answer, expected, may_write):
    script.on("GET /repos/octo/shop/collaborators/dependabot[bot]/permission", answer)

    permission = await read_permission(repository, "dependabot[bot]")

    assert (permission, permission.may_write) == (expected, may_write)


async def test_the_rules_of_a_branch_name_its_checks_and_who_must_post_them(repository, script):
    rules = [
        {"type": "deletion"},
        {"type": "merge_queue", "parameters": {"merge_method": "SQUASH"}},
        {"type": "pull_request", "parameters": {"required_review_thread_resolution": True}},
        {
            "type": "required_status_checks",
            "parameters": {"required_status_checks": [{"context": "SkillAudit", "integration_id": 4242}]},
        },
        {
            "type": "required_status_checks",
            "parameters": {"required_status_checks": [{"context": "test"}]},
        },
    ]
    script.on(RULES, httpx.Response(200, json=rules))

    assert await read_branch_rules(repository, "release/1") == BranchRules(
        (RequiredCheck("SkillAudit", 4242), RequiredCheck("test")),
        required_review_thread_resolution=True,
        merge_queue=True,
    )
    assert script.requests[0].url.raw_path.startswith(b"/repos/octo/shop/rules/branches/release%2F1?")


async def test_a_plan_without_rulesets_is_told_from_a_missing_permission(repository, script):
    script.on(
        RULES,
        httpx.Response(403, json={"message": "Upgrade to GitHub Pro or make this repository public"}),
        httpx.Response(403, json={"message": "Resource not accessible by integration"}),
    )

    assert await read_branch_rules(repository, "release/1") is None
    with pytest.raises(PermissionMissing):
        await read_branch_rules(repository, "release/1")


async def test_a_server_that_knows_no_rulesets_has_none(repository, script):
    script.on(RULES, httpx.Response(404, json={"message": "Not Found"}))

    assert await read_branch_rules(repository, "release/1") is None


async def test_the_record_of_a_repository_is_read(repository, script):
    script.on(
        "GET /repos/octo/shop", httpx.Response(200, json={"id": 1, "full_name": "octo/shop", "default_branch": "main"})
    )

    assert await read_repository(repository) == RepositoryDetails(1, "octo/shop", "main")
