import json

import httpx
import pytest

from scripts.slice_openapi import OPERATIONS
from tests.standin import contract
from tests.standin.client import HEADERS
from tests.standin.endpoints import ENDPOINTS
from tests.standin.server import ContractViolation, StandIn

SHA = "a" * 40
CHECK = {"name": "SkillAudit", "head_sha": SHA, "status": "in_progress"}
ANNOTATION = {"path": "a.py", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}


def errors(method, path, query=None, body=None):
    found = contract.match(method, path)
    assert found is not None, path
    operation, parameters = found
    request = {"path": operation.coerced("path", parameters), "query": operation.coerced("query", query or {})}
    return operation.request_errors(request if body is None else request | {"body": body})


def test_every_operation_of_the_description_is_answered():
    assert {operation.id for operation in contract.operations()} == set(ENDPOINTS)


@pytest.mark.parametrize(
    ("method", "path", "operation", "parameters"),
    [
        ("GET", "/repos/o/r/pulls/7", "pulls/get", {"owner": "o", "repo": "r", "pull_number": "7"}),
        ("GET", "/repos/o/r/pulls/comments/7", "pulls/get-review-comment", {"comment_id": "7"}),
        ("GET", "/repos/o/r/commits/feat/x/check-runs", "checks/list-for-ref", {"ref": "feat/x"}),
        ("GET", "/repos/o/r/compare/main...a%2Fb", "repos/compare-commits-with-basehead", {"basehead": "main...a/b"}),
        ("GET", "/repos/o/r/rules/branches/rel%2F1", "repos/get-branch-rules", {"branch": "rel/1"}),
    ],
)
def test_a_path_finds_its_operation_and_its_unquoted_parameters(method, path, operation, parameters):
    found = contract.match(method, path)

    assert found is not None
    assert found[0].id == operation
    assert parameters.items() <= found[1].items()


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("POST", "/repos/o/r/check-runs", {}, CHECK),
        ("POST", "/repos/o/r/check-runs", {}, {**CHECK, "status": "completed", "conclusion": "success"}),
        ("PATCH", "/repos/o/r/check-runs/1", {}, {"output": {"summary": "s", "annotations": [ANNOTATION] * 50}}),
        ("POST", "/app/installations/1/access_tokens", {}, {"repository_ids": [1], "permissions": {"checks": "write"}}),
        ("POST", "/app/installations/1/access_tokens", {}, None),
        ("GET", "/repos/o/r/pulls/7/files", {"per_page": "100", "page": "2"}, None),
        ("GET", "/repos/o/r/commits/main/check-runs", {"app_id": "1", "check_name": "n", "filter": "all"}, None),
        ("GET", f"/repos/o/r/git/trees/{SHA}", {"recursive": "1"}, None),
        ("POST", "/repos/o/r/pulls/7/reviews", {}, {"event": "COMMENT", "body": "b", "comments": []}),
    ],
)
def test_a_good_request_is_accepted(method, path, query, body):
    assert errors(method, path, query, body) == []


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("POST", "/repos/o/r/check-runs", {}, None),
        ("POST", "/repos/o/r/check-runs", {}, {"name": "SkillAudit"}),
        ("POST", "/repos/o/r/check-runs", {}, {**CHECK, "conclusion": "passed"}),
        ("POST", "/repos/o/r/check-runs", {}, {**CHECK, "started_at": "yesterday"}),
        ("POST", "/repos/o/r/check-runs", {}, {**CHECK, "output": {"title": "t"}}),
        ("POST", "/repos/o/r/check-runs", {}, {**CHECK, "head": SHA}),
        ("PATCH", "/repos/o/r/check-runs/1", {}, {"output": {"summary": "s", "annotations": [ANNOTATION] * 51}}),
        ("PATCH", "/repos/o/r/check-runs/1", {}, {"output": {"summary": "s" * 65_536}}),
        ("PATCH", "/repos/o/r/check-runs/1", {}, {"status": "completed"}),
        ("PATCH", "/repos/o/r/check-runs/one", {}, {"status": "queued"}),
        ("POST", "/app/installations/1/access_tokens", {}, {"permissions": {"checks": "everything"}}),
        ("GET", "/repos/o/r/pulls/7/files", {"pages": "2"}, None),
        ("GET", "/repos/o/r/pulls/7/files", {"page": "two"}, None),
        ("GET", "/repos/o/r/pulls/7/files", {}, {"page": 2}),
        ("POST", "/repos/o/r/pulls/7/reviews", {}, {"event": "BLOCK", "body": "b"}),
        ("POST", "/repos/o/r/pulls/7/reviews", {}, {"comments": [{"path": "a.py", "lines": 1, "body": "b"}]}),
    ],
)
def test_a_broken_request_is_rejected(method, path, query, body):
    assert errors(method, path, query, body) != []


@pytest.mark.parametrize("missing", ["Accept", "User-Agent", "X-GitHub-Api-Version", "Authorization"])
def test_a_request_without_a_required_header_is_a_violation(missing):
    headers = {name.lower(): value for name, value in (HEADERS | {"Authorization": "Bearer x"}).items()}
    assert contract.header_errors(headers) == []

    del headers[missing.lower()]

    assert [missing in error for error in contract.header_errors(headers)] == [True]


def visited(standin, path):
    return httpx.get(standin.url + path, headers=HEADERS | {"Authorization": "Bearer x"}, verify=False).status_code


def test_a_violation_is_answered_with_500_and_fails_the_test_at_its_end():
    with pytest.raises(ContractViolation, match="no such operation"), StandIn() as standin:
        assert visited(standin, "/repos/o/r/pull/7") == 500


def test_a_body_that_is_not_json_is_a_violation(api, standin):
    answer = api("POST", "check-runs", content=b"{")

    assert answer.status_code == 500
    assert len(standin.violations) == 1
    standin.violations.clear()


def test_the_error_of_a_test_is_not_hidden_by_its_violations():
    with pytest.raises(KeyError), StandIn() as standin:
        raise KeyError(visited(standin, "/nowhere"))


def test_the_slice_holds_the_operations_that_the_script_cuts_out():
    assert {(found.method.lower(), found.template) for found in contract.operations()} == set(OPERATIONS)


def test_the_slice_names_the_description_it_was_cut_from():
    description = json.loads(contract.DESCRIPTION.read_text(encoding="utf-8"))

    assert description["info"]["version"].split(".")[0] == "23"
