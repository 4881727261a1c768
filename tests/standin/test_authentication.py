import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.standin.records import PullRequest
from tests.standin.repository import Repository


def foreign_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def test_a_good_jwt_names_the_app(api, standin):
    answer = api.as_app()("GET", "/app").json()

    assert (answer["id"], answer["slug"], answer["installations_count"]) == (standin.app.id, "skillaudit", 1)


@pytest.mark.parametrize(
    ("claims", "status", "message"),
    [
        ({"exp": lambda now: now + 700}, 401, "too far in the future"),
        ({"exp": lambda now: now - 1}, 401, "numeric value representing the future"),
        ({"iat": lambda now: now + 60}, 401, "'Issued at' claim"),
        ({"iss": lambda _: "999"}, 404, "Integration not found"),
        ({"key": lambda _: foreign_key()}, 401, "could not be decoded"),
    ],
)
def test_a_bad_jwt_is_refused(api, claims, status, message):
    now = int(time.time())
    answer = api.as_app(**{name: value(now) for name, value in claims.items()})("GET", "/app")

    assert answer.status_code == status
    assert message in answer.json()["message"]


def test_an_installation_token_is_no_jwt(api):
    assert api("GET", "/app").status_code == 401


def test_a_jwt_reads_no_repository(api):
    assert api.as_app()("GET", "").status_code == 401


def test_a_token_is_narrowed_to_permissions(api, pull: PullRequest):
    narrow = api.with_token(permissions={"contents": "read"})

    assert narrow("GET", f"git/trees/{pull.head_sha}").status_code == 200
    refused = narrow("GET", f"pulls/{pull.number}")
    assert (refused.status_code, refused.json()["message"]) == (403, "Resource not accessible by integration")


def test_a_token_is_narrowed_to_repositories(api, standin, repository: Repository):
    other = standin.create_repository("acme/other")

    narrow = api.with_token(repository_ids=[other.id])

    assert narrow("GET", "").status_code == 404
    assert narrow("GET", f"/repos/{other.full_name}").status_code == 200
    assert repository.full_name not in narrow("GET", "/installation/repositories").text


@pytest.mark.parametrize("asked", [{"permissions": {"contents": "write"}}, {"repository_ids": [1]}])
def test_a_token_cannot_hold_more_than_was_granted(api, standin, repository: Repository, asked):
    installation = standin.installation(repository)

    answer = api.as_app()("POST", f"/app/installations/{installation.id}/access_tokens", json=asked)

    assert answer.status_code == 422


def test_tokens_have_the_form_of_today_or_the_classic_one(api, standin):
    standin.state.classic_tokens = True
    api.with_token()
    today, classic = standin.tokens()

    assert today.value.startswith(f"ghs_{standin.app.id}_")
    assert len(today.value) > 200
    assert len(classic.value) == 40


def test_an_expired_token_is_refused(api, standin):
    standin.expire_tokens()

    assert api("GET", "").status_code == 401


def test_a_revoked_token_is_refused(api):
    assert api("DELETE", "/installation/token").status_code == 204
    assert api("GET", "").status_code == 401


def test_a_fresh_token_can_be_refused_at_first(api, standin):
    standin.refuse_fresh_tokens(2)
    fresh = api.with_token()

    assert [fresh("GET", "").status_code for _ in range(3)] == [401, 401, 200]


def test_a_suspended_installation_is_refused(api, standin, repository: Repository):
    standin.installation(repository).suspended_at = standin.state.now()

    assert api("GET", "").status_code == 403


def test_an_uninstalled_app_is_refused(api, standin, repository: Repository):
    standin.uninstall(standin.installation(repository))

    assert api("GET", "").status_code == 401
    assert api.as_app()("GET", "installation").status_code == 404


def test_a_permission_withdrawn_later_is_refused(api, standin, repository: Repository):
    standin.installation(repository).permissions["checks"] = "read"

    answer = api("POST", "check-runs", json={"name": "n", "head_sha": repository.head("main")})

    assert answer.status_code == 403


def test_the_old_name_of_a_repository_redirects(api, standin, repository: Repository):
    standin.rename(repository, "renamed")

    answer = api("GET", "/repos/acme/server/pulls?state=open")

    assert (answer.status_code, answer.headers["Location"]) == (
        301,
        f"{standin.url}/repos/acme/renamed/pulls?state=open",
    )
