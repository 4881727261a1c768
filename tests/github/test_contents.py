import json
import re

import httpx
import pytest

from github.blobs import Blobs, blob_oid, read_blobs
from github.contents import File, Tree, TreeEntry, read_file, read_tree
from github.errors import BadCredentials, Forbidden, GraphQLFailed, PrimaryRateLimited, SecondaryRateLimited

pytestmark = pytest.mark.anyio

GRAPHQL = "POST /graphql"


def node(data: bytes, **changes) -> dict:
    text = data.decode("utf-8", "replace")
    known = {"oid": blob_oid(data), "text": text, "byteSize": len(data), "isTruncated": False, "isBinary": False}
    return {**known, **changes}


def serve(script, nodes: dict[str, dict | None], errors: list | None = None) -> None:
    """Answer blob queries from nodes by object id."""

    def answer(request: httpx.Request) -> httpx.Response:
        aliases = re.findall(r'(b\d+): object\(oid: "([0-9a-f]+)"\)', json.loads(request.content)["query"])
        found = {alias: nodes.get(oid) for alias, oid in aliases}
        return httpx.Response(200, json={"data": {"repository": found}, **({"errors": errors} if errors else {})})

    script.on(GRAPHQL, answer)


def raw(script, oid: str, *answers: httpx.Response) -> None:
    script.on(f"GET /repos/octo/shop/git/blobs/{oid}", *answers)


async def test_blobs_are_read_fifty_a_call(repository, script):
    datas = [b"file %d\n" % n for n in range(120)]
    oids = [blob_oid(data) for data in datas]
    serve(script, {oid: node(data) for oid, data in zip(oids, datas, strict=True)})

    blobs = await read_blobs(repository, [*oids, oids[0]])

    assert blobs == Blobs(dict(zip(oids, datas, strict=True)), {})
    assert sorted(len(re.findall("object", body["query"])) for body in script.bodies(GRAPHQL)) == [20, 50, 50]


@pytest.mark.parametrize(
    ("data", "changes"),
    [
        (b"x" * 900, {"text": "x" * 500, "isTruncated": True}),
        (b"\x00binary", {"text": None, "isBinary": True}),
        (b"caf\xe9 latin", {}),
        (b"silently cut", {"text": "silently"}),
    ],
    ids=["truncated", "binary", "re-encoded", "altered"],
)
async def test_what_graphql_does_not_give_exactly_is_read_raw(repository, script, data, changes):
    oid = blob_oid(data)
    serve(script, {oid: node(data, **changes)})
    raw(script, oid, httpx.Response(200, content=data))

    assert await read_blobs(repository, [oid]) == Blobs({oid: data}, {})
    assert script.requests[-1].headers["accept"] == "application/vnd.github.raw+json"


async def test_a_partial_answer_with_errors_is_completed_raw(repository, script):
    first, second = b"one", b"two"
    serve(script, {blob_oid(first): node(first)}, errors=[{"message": "timeout", "path": ["repository", "b1"]}])
    raw(script, blob_oid(second), httpx.Response(200, content=second))

    blobs = await read_blobs(repository, [blob_oid(first), blob_oid(second)])

    assert blobs == Blobs({blob_oid(first): first, blob_oid(second): second}, {})


async def test_a_query_that_is_too_much_for_graphql_is_read_raw(repository, script):
    script.on(GRAPHQL, httpx.Response(502))
    raw(script, blob_oid(b"one"), httpx.Response(200, content=b"one"))

    assert await read_blobs(repository, [blob_oid(b"one")]) == Blobs({blob_oid(b"one"): b"one"}, {})


async def test_blobs_that_cannot_be_had_are_named_with_the_reason(repository, script):
    large, long, gone, lies, huge = (blob_oid(name) for name in (b"large", b"long", b"gone", b"lies", b"huge"))
    serve(script, {large: node(b"large", oid=large, byteSize=2_000_000, text=None)})
    raw(script, long, httpx.Response(200, content=b"x" * 1_000_001))
    raw(script, gone, httpx.Response(404))
    raw(script, lies, httpx.Response(200, content=b"something else"))
    raw(script, huge, httpx.Response(403, json={"message": "This blob is too large to fetch"}))

    assert await read_blobs(repository, [large, long, gone, lies, huge]) == Blobs(
        {}, {large: "too large", long: "too large", gone: "not found", lies: "altered", huge: "too large"}
    )


async def test_a_refusal_is_not_taken_for_a_missing_blob(repository, script):
    serve(script, {})
    raw(script, blob_oid(b"x"), httpx.Response(403, json={"message": "Blocked"}))

    with pytest.raises(Forbidden):
        await read_blobs(repository, [blob_oid(b"x")])


async def test_one_refusal_ends_all_calls_with_its_own_error(repository, script):
    script.on(GRAPHQL, httpx.Response(401))

    with pytest.raises(BadCredentials):
        await read_blobs(repository, [blob_oid(b"%d" % n) for n in range(120)])


async def test_only_object_ids_enter_a_query(repository):
    with pytest.raises(ValueError, match="object id"):
        await read_blobs(repository, ['"){...} evil: object(oid: "'])


async def test_no_blobs_take_no_call(repository, script):
    assert await read_blobs(repository, []) == Blobs({}, {})
    assert script.requests == []


@pytest.mark.parametrize(
    ("error", "headers", "expected", "pause"),
    [
        ({"type": "RATE_LIMITED", "message": "x"}, {"x-ratelimit-reset": "1800000900"}, PrimaryRateLimited, 900),
        ({"type": "RATE_LIMIT", "message": "x"}, {}, PrimaryRateLimited, 60),
        ({"message": "You have exceeded a secondary rate limit"}, {"retry-after": "5"}, SecondaryRateLimited, 5),
    ],
)
async def test_limits_of_graphql_come_with_status_200(repository, script, clock, error, headers, expected, pause):
    script.on(GRAPHQL, httpx.Response(200, headers=headers, json={"data": None, "errors": [error]}))

    with pytest.raises(expected) as caught:
        await read_file(repository, "aa", "x.yml")
    assert caught.value.retry_at == clock.now + pause


async def test_a_tree_lists_files_and_submodules_and_tells_when_it_is_cut(repository, script):
    listing = {
        "sha": "t0",
        "truncated": True,
        "tree": [
            {"path": "src", "mode": "040000", "type": "tree", "sha": "t1"},
            {"path": "src/a.py", "mode": "100644", "type": "blob", "sha": "b1", "size": 12},
            {"path": "link", "mode": "120000", "type": "blob", "sha": "b2", "size": 4},
            {"path": "vendor", "mode": "160000", "type": "commit", "sha": "c1"},
        ],
    }
    script.on("GET /repos/octo/shop/git/trees/aa", httpx.Response(200, json=listing))

    assert await read_tree(repository, "aa") == Tree(
        "t0",
        (
            TreeEntry("src/a.py", "100644", "blob", "b1", 12),
            TreeEntry("link", "120000", "blob", "b2", 4),
            TreeEntry("vendor", "160000", "commit", "c1"),
        ),
        truncated=True,
    )
    assert script.requests[0].url.params["recursive"] == "1"


def file_answer(blob: dict | None) -> httpx.Response:
    return httpx.Response(200, json={"data": {"repository": {"file": blob}}})


@pytest.mark.parametrize(
    ("blob", "expected"),
    [
        (node(b"gate: high\n"), File(blob_oid(b"gate: high\n"), b"gate: high\n")),
        (None, None),
        ({}, None),
        (node(b"x", byteSize=1_000_001), File(blob_oid(b"x"), None)),
    ],
    ids=["file", "missing", "folder", "too large"],
)
async def test_a_file_is_read_at_a_revision(repository, script, blob, expected):
    script.on(GRAPHQL, file_answer(blob))

    assert await read_file(repository, "aa", ".github/x.yml") == expected
    assert script.bodies(GRAPHQL)[0]["variables"] == {"owner": "octo", "name": "shop", "file": "aa:.github/x.yml"}


async def test_a_file_that_cannot_be_read_is_not_taken_for_none(repository, script):
    errors = [{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}]
    script.on(GRAPHQL, httpx.Response(200, json={"data": {"repository": {"file": None}}, "errors": errors}))

    with pytest.raises(GraphQLFailed) as caught:
        await read_file(repository, "aa", "x.yml")
    assert caught.value.types == ("FORBIDDEN",)


async def test_a_file_whose_blob_is_gone_is_not_taken_for_none(repository, script):
    script.on(GRAPHQL, file_answer(node(b"x", text=None)))
    raw(script, blob_oid(b"x"), httpx.Response(404))

    with pytest.raises(GraphQLFailed):
        await read_file(repository, "aa", "x.yml")
