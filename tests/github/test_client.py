import asyncio

import httpx
import pytest

from github.answers import Call
from github.client import Client
from github.errors import (
    BadCredentials,
    CallFailed,
    DeadlineExceeded,
    Forbidden,
    InstallationSuspended,
    NotFound,
    PermissionMissing,
    PrimaryRateLimited,
    Refused,
    SecondaryRateLimited,
    ServerFailed,
    Unprocessable,
    Unreachable,
    WriteOutcomeUnknown,
)
from github.retries import Timing
from github.transport import CallRecord

pytestmark = pytest.mark.anyio

READ = Call("GET", "/thing", repeatable=True)
WRITE = Call("POST", "/thing", body={"a": 1})
BAD_GATEWAY = httpx.Response(502)
OK = httpx.Response(200, json={"ok": True})


async def test_a_call_carries_token_version_media_type_and_body(client, script, keys):
    script.on("POST /repos/octo/shop/labels/a/b", OK)
    call = Call("POST", "/repos/{o}/{r}/labels/{l}", {"o": "octo", "r": "shop", "l": "a/b"}, {"page": 2}, {"é": 1})

    response = await client.send(call, keys())

    (request,) = script.requests
    assert response.content == OK.content
    assert request.url == "https://api.github.com/repos/octo/shop/labels/a%2Fb?page=2"
    assert request.content == '{"é":1}'.encode()
    assert request.headers["authorization"] == "Bearer t0"
    assert request.headers["x-github-api-version"] == "2022-11-28"
    assert request.headers["accept"] == "application/vnd.github+json"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"] == "skillaudit"


@pytest.mark.parametrize("value", ["", ".", ".."])
async def test_a_value_cannot_change_the_route(client, keys, value):
    with pytest.raises(ValueError, match="path segment"):
        await client.send(Call("GET", "/repos/{owner}", {"owner": value}), keys())


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://git.example.com/api/v3/", "https://git.example.com/api/graphql"),
        ("http://127.0.0.1:8123", "http://127.0.0.1:8123/graphql"),
    ],
)
async def test_graphql_is_served_where_the_edition_serves_it(script, keys, base_url, expected):
    script.on("POST /graphql", OK)
    script.on("POST /api/graphql", OK)
    async with Client(base_url, transport=script) as client:
        await client.send(Call("POST", "/graphql", body={}), keys())

    assert [str(request.url) for request in script.requests] == [expected]


async def test_rest_is_served_below_the_path_of_an_enterprise_server(script, keys):
    script.on("GET /api/v3/app", OK)
    async with Client("https://git.example.com/api/v3", transport=script) as client:
        await client.send(Call("GET", "/app"), keys())


@pytest.mark.parametrize(
    "failure", [BAD_GATEWAY, httpx.ReadTimeout("slow"), httpx.ConnectError("down"), httpx.RemoteProtocolError("cut")]
)
async def test_a_read_is_repeated_with_growing_pauses(client, script, keys, clock, failure):
    script.on("GET /thing", failure, failure, failure, OK)

    await client.send(READ, keys())

    assert clock.slept == [1.0, 2.0, 4.0]


async def test_a_read_is_given_up_after_three_retries(client, script, keys):
    script.on("GET /thing", BAD_GATEWAY)

    with pytest.raises(ServerFailed):
        await client.send(READ, keys())
    assert len(script.requests) == 4


async def test_a_read_without_any_answer_is_unreachable(client, script, keys):
    script.on("GET /thing", httpx.ConnectError("no route to secret.example"))

    with pytest.raises(Unreachable, match="GET /thing: ConnectError") as caught:
        await client.send(READ, keys())
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "failure",
    [BAD_GATEWAY, httpx.Response(504), httpx.ReadTimeout("slow"), httpx.WriteError("cut"), httpx.ReadError("x")],
)
async def test_a_write_that_may_have_been_stored_is_sent_once(client, script, keys, failure):
    script.on("POST /thing", failure)

    with pytest.raises(WriteOutcomeUnknown):
        await client.send(WRITE, keys())
    assert len(script.requests) == 1


async def test_a_write_that_was_never_sent_is_repeated(client, script, keys):
    script.on("POST /thing", httpx.ConnectTimeout("down"), OK)

    assert (await client.send(WRITE, keys())).status == 200


class Silent(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request):
        await asyncio.Event().wait()


@pytest.mark.parametrize(("call", "expected"), [(READ, DeadlineExceeded), (WRITE, WriteOutcomeUnknown)])
async def test_a_call_ends_at_its_deadline(keys, call, expected):
    async with Client(transport=Silent(), timing=Timing(call_deadline=0.01)) as client:
        with pytest.raises(expected, match=r"no answer within 0\.01 s"):
            await client.send(call, keys())


@pytest.mark.parametrize("status", [401, 404])
async def test_a_new_token_is_given_time_to_spread(client, script, keys, clock, status):
    refusal = httpx.Response(status, json={"message": "Bad credentials"})
    script.on("POST /thing", refusal, refusal, refusal, OK)

    await client.send(WRITE, keys(minted_at=clock.now))

    assert clock.slept == [1.0, 2.0, 4.0]


async def test_a_new_token_that_never_spreads_is_dropped(client, script, keys, clock):
    script.on("GET /thing", httpx.Response(401))
    token = keys(minted_at=clock.now)

    with pytest.raises(BadCredentials):
        await client.send(READ, token)
    assert (len(script.requests), token.dropped) == (4, ["Bearer t0"])


async def test_a_token_that_worked_before_is_replaced_once(client, script, keys, clock):
    script.on("GET /thing", httpx.Response(401), OK)
    token = keys(["Bearer old", "Bearer new"])

    await client.send(READ, token)

    assert [request.headers["authorization"] for request in script.requests] == ["Bearer old", "Bearer new"]
    assert clock.slept == [0.0]


async def test_a_replaced_token_that_is_refused_too_ends_the_call(client, script, keys):
    script.on("GET /thing", httpx.Response(401))

    with pytest.raises(BadCredentials):
        await client.send(READ, keys(["Bearer old", "Bearer new", "Bearer newer"]))
    assert len(script.requests) == 2


async def test_what_is_missing_for_an_accepted_token_is_missing_at_once(client, script, keys, clock):
    script.on("GET /thing", OK, httpx.Response(404))
    token = keys(minted_at=clock.now)
    await client.send(READ, token)

    with pytest.raises(NotFound):
        await client.send(READ, token)
    assert clock.slept == []


LIMITS = {
    "secondary-with-retry-after": (403, {"retry-after": "30"}, {"message": "secondary rate limit"}, 30),
    "429-with-retry-after": (429, {"retry-after": "7"}, {}, 7),
    "secondary-without-retry-after": (
        403,
        {"x-ratelimit-remaining": "4000", "x-ratelimit-reset": "1800003600"},
        {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."},
        60,
    ),
    "429-without-anything": (429, {}, {}, 60),
    "429-of-a-proxy": (429, {"retry-after": "Fri, 15 Jan 2027 08:00:00 GMT"}, b"<html>", 60),
    "422-abuse": (422, {}, {"message": "Validation Failed", "errors": [{"code": "abuse", "field": "base"}]}, 60),
    "422-too-quickly": (422, {}, {"message": "was submitted too quickly"}, 60),
    "absurd": (429, {"retry-after": "999999999"}, {}, 86400),
}


@pytest.mark.parametrize(("status", "headers", "body", "pause"), LIMITS.values(), ids=LIMITS)
async def test_every_shape_of_a_secondary_limit_names_the_time_to_go_on(
    client, script, keys, clock, status, headers, body, pause
):
    content = {"content": body} if isinstance(body, bytes) else {"json": body}
    script.on("POST /thing", httpx.Response(status, headers=headers, **content))

    with pytest.raises(SecondaryRateLimited) as caught:
        await client.send(WRITE, keys())
    assert caught.value.retry_at == clock.now + pause
    assert (len(script.requests), clock.slept) == (1, [])


@pytest.mark.parametrize("status", [403, 429])
async def test_a_primary_limit_lasts_until_the_reset(client, script, keys, clock, status):
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(clock.now) + 1200)}
    script.on("GET /thing", httpx.Response(status, headers=headers, json={"message": "API rate limit exceeded"}))

    with pytest.raises(PrimaryRateLimited) as caught:
        await client.send(READ, keys())
    assert caught.value.retry_at == clock.now + 1200


@pytest.mark.parametrize(
    ("status", "message", "expected"),
    [
        (403, "Resource not accessible by integration", PermissionMissing),
        (422, "The permissions requested are not granted to this installation.", PermissionMissing),
        (422, "There is at least one repository that does not exist or is not accessible", NotFound),
        (403, "This installation has been suspended", InstallationSuspended),
        (403, "Must have admin rights", Forbidden),
        (410, "Gone", NotFound),
        (451, "Unavailable", NotFound),
        (422, "Validation Failed", Unprocessable),
        (409, "Conflict", Refused),
    ],
)
async def test_refusals_are_told_apart(client, script, keys, status, message, expected):
    script.on("POST /thing", httpx.Response(status, json={"message": message}))

    with pytest.raises(Refused, match=message) as caught:
        await client.send(WRITE, keys())
    assert (type(caught.value), caught.value.status) == (expected, status)


async def test_a_refused_anchor_is_told_from_other_validation_errors(client, script, keys):
    diff = {"message": "Unprocessable Entity", "errors": ["Line could not be resolved"]}
    body = {"message": "Validation Failed", "errors": [{"code": "missing_field", "field": "body"}]}
    script.on("POST /thing", httpx.Response(422, json=diff), httpx.Response(422, json=body))

    concerns = []
    for _ in range(2):
        with pytest.raises(Unprocessable) as caught:
            await client.send(WRITE, keys())
        concerns.append(caught.value.concerns_diff)
    assert concerns == [True, False]


@pytest.mark.parametrize("status", [301, 307])
async def test_a_renamed_repository_is_followed_on_the_same_host(client, script, keys, status):
    script.on("POST /thing", httpx.Response(status, headers={"location": "https://api.github.com/repositories/1"}))
    script.on("POST /repositories/1", OK)

    await client.send(WRITE, keys())

    assert script.bodies("POST /repositories/1") == [{"a": 1}]


@pytest.mark.parametrize("location", ["https://evil.example/x", "http://api.github.com/x", "//evil.example", ""])
async def test_no_token_follows_a_redirect_elsewhere(client, script, keys, location):
    script.on("GET /thing", httpx.Response(302, headers={"location": location}))

    with pytest.raises(Refused, match="redirect"):
        await client.send(READ, keys())
    assert {request.url.host for request in script.requests} == {"api.github.com"}
    assert {request.url.scheme for request in script.requests} == {"https"}


async def test_every_request_is_counted(script, keys, timing):
    seen: list[CallRecord] = []
    script.on("GET /repos/octo", BAD_GATEWAY, httpx.ReadError("cut"), OK)
    async with Client(transport=script, timing=timing, on_call=seen.append) as client:
        await client.send(Call("GET", "/repos/{owner}", {"owner": "octo"}, repeatable=True), keys())

    assert [(record.method, record.route, record.status) for record in seen] == [
        ("GET", "/repos/{owner}", 502),
        ("GET", "/repos/{owner}", 0),
        ("GET", "/repos/{owner}", 200),
    ]
    assert all(record.seconds >= 0 for record in seen)


async def test_no_error_tells_the_token(client, script, keys):
    script.on("GET /thing", httpx.Response(401, json={"message": "Bad credentials"}))

    with pytest.raises(CallFailed) as caught:
        await client.send(READ, keys(["Bearer very-secret"]))
    assert "very-secret" not in f"{caught.value!r} {caught.value} {vars(caught.value)}"
