import asyncio
import datetime
import email.utils

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from github.answers import Call
from github.errors import BadCredentials, InvalidPrivateKey, NotFound, PermissionMissing
from github.installations import CHECK, READ, Account, App, AppDetails, InstallationDetails

pytestmark = pytest.mark.anyio

MINT = "POST /app/installations/9/access_tokens"
LONG = "ghs_4242_" + "eyJhbGciOi.".ljust(300, "x")


def minted(token: str, clock, seconds: int = 3600, fraction: str = "") -> httpx.Response:
    expires = datetime.datetime.fromtimestamp(clock.now + seconds, datetime.UTC)
    return httpx.Response(201, json={"token": token, "expires_at": expires.strftime(f"%Y-%m-%dT%H:%M:%S{fraction}Z")})


@pytest.fixture
def thing(script):
    script.on("GET /repos/octo/shop/pulls/1", httpx.Response(404))


async def read(repository) -> None:
    """Send one call."""
    with pytest.raises(NotFound):
        await repository.send(repository.call("GET", "/pulls/{number}", {"number": 1}))


def used(script) -> list[str]:
    return [request.headers["authorization"] for request in script.calls("GET /repos/octo/shop/pulls/1")]


async def test_the_statement_of_the_app_is_signed_and_dated_as_github_asks(app, script, clock, private_key):
    script.on("GET /app", httpx.Response(200, json={"id": 4242, "slug": "skillaudit", "extra": {}}))

    details = await app.read()

    public = load_pem_private_key(private_key.encode(), None).public_key()
    token = script.requests[0].headers["authorization"].removeprefix("Bearer ")
    key = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert details == AppDetails(4242, "skillaudit")
    assert details.login == "skillaudit[bot]"
    assert jwt.decode(token, key, algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}) == {
        "iss": "4242",
        "iat": int(clock.now) - 60,
        "exp": int(clock.now) + 540,
    }


async def test_the_statement_is_signed_anew_before_it_expires(app, script, clock):
    script.on("GET /app", httpx.Response(200, json={"id": 4242, "slug": "skillaudit"}))
    for pause in (0, 400, 100):
        clock.now += pause
        await app.read()

    first, second, third = (request.headers["authorization"] for request in script.requests)
    assert first == second != third


@pytest.mark.parametrize("ahead", [-600, 600])
async def test_a_statement_of_a_clock_that_is_wrong_is_dated_by_githubs(app, script, clock, ahead):
    stated = email.utils.formatdate(clock.now - ahead, usegmt=True)
    refused = httpx.Response(401, json={"message": "'exp' is too far in the future"}, headers={"date": stated})
    script.on("GET /app", refused, httpx.Response(200, json={"id": 4242, "slug": "skillaudit"}))

    await app.read()

    _, second = (request.headers["authorization"].removeprefix("Bearer ") for request in script.requests)
    claims = jwt.decode(second, options={"verify_signature": False})
    assert (claims["iat"], claims["exp"]) == (int(clock.now) - ahead - 60, int(clock.now) - ahead + 540)


async def test_a_statement_that_is_refused_by_a_clock_like_ours_is_not_sent_again(app, script, clock):
    stated = email.utils.formatdate(clock.now, usegmt=True)
    script.on("GET /app", httpx.Response(401, json={"message": "Bad credentials"}, headers={"date": stated}))

    with pytest.raises(BadCredentials):
        await app.read()
    assert len(script.requests) == 1


async def test_a_token_is_kept_as_long_as_githubs_clock_says(app, script, clock, thing):
    stated = email.utils.formatdate(clock.now - 600, usegmt=True)
    refused = httpx.Response(401, json={"message": "'exp' is too far in the future"}, headers={"date": stated})
    script.on(MINT, refused, minted("ghs_a", clock, 3600 - 600))
    repository = app.repository(9, 77, "octo/shop")
    await read(repository)
    assert len(script.calls(MINT)) == 2

    clock.now += 3100
    await read(repository)
    assert len(script.calls(MINT)) == 2

    clock.now += 300
    await read(repository)
    assert len(script.calls(MINT)) > 2


async def test_a_key_that_cannot_sign_is_refused_without_being_told(client):
    elliptic = ec.generate_private_key(ec.SECP256R1())
    pem = elliptic.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for key in ("", "no key", pem, "-----BEGIN RSA PRIVATE KEY-----\nZm9v\n-----END RSA PRIVATE KEY-----"):
        with pytest.raises(InvalidPrivateKey) as caught:
            App(client, "1", key)
        assert key not in str(caught.value) or not key


async def test_a_token_is_narrowed_to_the_repository_and_the_step(app, script, clock, thing):
    script.on(MINT, minted("ghs_a", clock), minted(LONG, clock, fraction=".123"))
    await read(app.repository(9, 77, "octo/shop", READ))
    await read(app.repository(9, 77, "octo/shop", CHECK))

    assert script.bodies(MINT) == [
        {"repository_ids": [77], "permissions": {"contents": "read", "pull_requests": "read"}},
        {"repository_ids": [77], "permissions": {"checks": "write"}},
    ]
    assert used(script)[0] == "Bearer ghs_a"
    assert used(script)[-1] == f"Bearer {LONG}"


async def test_a_token_that_was_not_granted_names_what_it_was_for(app, script, thing):
    message = "The permissions requested are not granted to this installation."
    script.on(MINT, httpx.Response(422, json={"message": message}))

    with pytest.raises(PermissionMissing) as caught:
        await app.repository(9, 77, "octo/shop", READ).send(Call("GET", "/thing", repeatable=True))
    assert caught.value.asked == ("contents: read", "pull_requests: read")


async def test_a_token_is_kept_until_five_minutes_before_it_expires(app, script, clock, thing):
    script.on(MINT, minted("ghs_a", clock), minted("ghs_b", clock, 7200))
    repository = app.repository(9, 77, "octo/shop")
    for pause in (0, 3299 - 7, 2):
        clock.now += pause
        await read(repository)

    assert len(script.calls(MINT)) == 2
    assert used(script)[-1] == "Bearer ghs_b"


async def test_calls_at_once_share_one_token(app, script, clock):
    script.on(MINT, minted("ghs_a", clock))
    script.on("GET /repos/octo/shop/pulls/1", httpx.Response(200, json={}))
    repository = app.repository(9, 77, "octo/shop")
    call = repository.call("GET", "/pulls/{number}", {"number": 1})
    await asyncio.gather(*(repository.send(call) for _ in range(10)))

    assert len(script.calls(MINT)) == 1


async def test_a_refused_token_is_minted_anew_once(app, script, clock):
    script.on(MINT, minted("ghs_a", clock), minted("ghs_b", clock))
    script.on(
        "GET /repos/octo/shop/pulls/1",
        httpx.Response(200, json={}),
        httpx.Response(401),
        httpx.Response(200, json={}),
    )
    repository = app.repository(9, 77, "octo/shop")
    call = repository.call("GET", "/pulls/{number}", {"number": 1})
    await repository.send(call)
    await repository.send(call)

    assert used(script) == ["Bearer ghs_a", "Bearer ghs_a", "Bearer ghs_b"]


async def test_the_tokens_of_a_deleted_installation_are_forgotten(app, script, clock, thing):
    script.on(MINT, minted("ghs_a", clock), minted("ghs_b", clock))
    repository = app.repository(9, 77, "octo/shop")
    await read(repository)
    app.forget(8)
    await read(repository)
    app.forget(9)
    await read(repository)

    assert len(script.calls(MINT)) == 2


async def test_installations_are_listed_over_all_pages(app, script):
    link = {"link": '<https://api.github.com/app/installations?page=2>; rel="next"'}
    first = {"id": 1, "account": {"login": "octo", "id": 5}, "permissions": {"checks": "write"}, "events": ["push"]}
    script.on(
        "GET /app/installations",
        httpx.Response(200, headers=link, json=[first]),
        httpx.Response(200, json=[{"id": 2, "account": None, "suspended_at": "2026-01-01T00:00:00Z"}]),
    )

    assert await app.installations() == (
        InstallationDetails(1, Account("octo", 5), {"checks": "write"}, ("push",)),
        InstallationDetails(2, suspended_at="2026-01-01T00:00:00Z"),
    )
    assert [request.url.params["page"] for request in script.requests] == ["1", "2"]


async def test_the_installation_of_a_repository_is_found(app, script):
    script.on("GET /repos/octo/shop/installation", httpx.Response(200, json={"id": 9}))

    assert await app.installation_of("octo/shop") == InstallationDetails(9)


@pytest.mark.parametrize("name", ["octo", "octo/", "octo/shop/x", "octo/sh op", "octo/shop?x"])
async def test_a_repository_is_named_by_owner_and_name(app, name):
    with pytest.raises(ValueError, match="owner/name"):
        app.repository(9, 77, name)
