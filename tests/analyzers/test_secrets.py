"""Credentials in constants: recognised by structure or name, and shown with at most four characters."""

import base64
import string
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers import FileFacts, Report, Source, analyze, encode_facts, read
from analyzers.finding import Confidence, Severity
from analyzers.secret_names import is_secret_name
from analyzers.secrets import (
    MARKED_PLACEHOLDERS,
    RUNS,
    find_secrets,
    named_secret,
    preview,
    secret_kind,
)
from tests.analyzers.programs import tree_of

LETTERS = string.ascii_letters + string.digits


def _is_drawn(token: str) -> bool:
    """Tell whether a token holds nothing that says that a hand typed it, between its digits or letters either."""
    lowered = token.lower()
    parts = (lowered, "".join(filter(str.isalpha, lowered)), "".join(filter(str.isdigit, lowered)))
    typed = any(word in lowered for word in MARKED_PLACEHOLDERS) or any(run in part for part in parts for run in RUNS)
    return not typed and len(set(token)) > 6


TOKENS = st.one_of(
    st.text(LETTERS, min_size=36, max_size=36).map("ghp_{}".format),
    st.text(LETTERS, min_size=40, max_size=48).map("sk-ant-{}".format),
    st.text(string.ascii_uppercase + "234567", min_size=16, max_size=16).map("AKIA{}".format),
    st.text(LETTERS + "_-", min_size=35, max_size=35).map("AIza{}".format),
    st.text(LETTERS, min_size=20, max_size=24).map("glpat-{}".format),
    st.text(string.digits + "abcdef", min_size=32, max_size=32).map("dapi{}".format),
).filter(_is_drawn)
# Places of a Python file in which a token may stand.
PLACES = (
    "KEY = '{}'\n",
    "KEY = b'{}'\n",
    "def f(value='{}'):\n    return value\n",
    "headers = {{'Authorization': f'Bearer {}'}}\n",
    "headers = {{'Authorization': 'Bearer {}'}}\n",
    "call(1, name='{}', other=['{}'])\n",
    "def f():\n    '''Use {} here.'''\n",
    "class C:\n    '''Use {} here.'''\n",
    "run('curl -H \"Authorization: Bearer {}\" https://api.internal')\n",
    "text = '''\nA = 1\nTOKEN={}\n'''\n",
    "# a comment with {}\n",
    "x = 1  # skillaudit: ignore[some-rule] because {}\n",
    "match x:\n    case '{}':\n        pass\n",
    "try:\n    pass\nexcept ValueError as error:\n    raise ValueError('{}') from error\n",
    "x = 'broken {}\n",
    "url = 'https://user:{}@git.internal/repository'\n",
    "url = 'https://git.internal/repository?token={}'\n",
)


@given(st.text(max_size=200))
def test_a_preview_shows_at_most_four_characters(secret: str) -> None:
    shown, _, rest = preview(secret).rpartition("… (")
    assert secret.startswith(shown)
    assert len(shown) <= min(4, len(secret) // 4)
    assert rest == f"{len(secret)} characters)"


@given(st.text(max_size=120), st.sampled_from(["token", "API_KEY", "password"]))
def test_a_named_secret_tells_its_kind_and_a_preview_alone(text: str, name: str) -> None:
    found = named_secret(name, text)
    assert found is None or found in (f"named|{preview(text)}", f"high-entropy|{preview(text)}")


@given(TOKENS)
def test_a_token_is_recognised_by_its_structure_and_told_by_preview(token: str) -> None:
    found = secret_kind(token)
    assert found is not None
    assert found.rpartition("|")[2] == preview(token)


@settings(max_examples=150, deadline=None)
@given(TOKENS, st.sampled_from(PLACES))
def test_facts_of_a_file_never_hold_a_token(token: str, place: str) -> None:
    facts = read(Source("server.py", "", place.replace("{}", token).replace("{{", "{").replace("}}", "}").encode()))
    assert isinstance(facts, FileFacts)
    assert token.encode() not in encode_facts(facts)


@given(TOKENS, st.text(" \n=:'\",;()", max_size=10), st.text(" \n='\",;()é", max_size=10))
def test_a_token_is_found_in_the_text_of_a_file_without_reader(token: str, before: str, after: str) -> None:
    data = f"{before} {token} {after}".encode()
    [(start, end, found)] = find_secrets(data)
    assert data[start:end].decode() == token
    assert token not in found


@pytest.mark.parametrize(
    "text",
    [
        "ghp_" + "x" * 36,
        "AKIAIOSFODNN7EXAMPLE",
        "sk-your-key-goes-here-your-key-goes-here",
        "postgres://user:${PASSWORD}@db.internal/shop",
        "postgres://postgres:postgres@localhost/shop",
        "postgres://shop:kR8vWq2LmT@postgres:5432/shop",
        "https://shop:kR8vWq2LmT@api.example.com/",
        "https://admin:secret123@api.acme.io/",
        "https://api.internal/path",
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN PRIVATE KEY-----\nCANARY_KEY_MATERIAL_OF_A_TEST_THAT_IS_NO_BASE64\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBK...\n-----END PRIVATE KEY-----",
        "postgresql://shop:staging_password@staging-db:5432/shop",
        "Use redis://[user]:[password]@[host]:[port]/[database]",
        "https://[user[:pass]@]github.com/owner/repo",
    ],
)
def test_placeholders_and_demonstrations_are_no_credentials(text: str) -> None:
    assert secret_kind(text) is None


def test_a_password_for_a_named_machine_is_a_credential() -> None:
    assert secret_kind("postgres://shop:kR8vWq2LmT@db.internal:5432/shop") is not None
    assert secret_kind("redis://:kR8vWq2LmT@cache.internal:6379/0") is not None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("page_token", "q7Zr2Lw9Xc4Vb8Nm1Kp6"),
        ("publicKeyToken", "31bf3856ad364e35"),
        ("token", "YOUR_TOKEN_HERE"),
        ("password", "user_password"),
        ("api_key", "CRM_API_KEY"),
        ("secret_key", "changeme123"),
        ("token", "a sentence of words"),
        ("city", "q7Zr2Lw9Xc4Vb8Nm1Kp6"),
        ("COHERE_API_KEY", "rerank-v4.0-pro"),
        ("JWT_SECRET_KEY", "super-secret-key-change-in-production-12345"),
        ("DATABASE_PASSWORD", "secure-db-password-123"),
        ("POSTHOG_API_KEY", "phc_q7Zr2Lw9Xc4Vb8Nm1Kp6TdHs3Jf5Gy0BnMvCxZaQwE"),
        ("STRIPE_KEY_TOKEN", "pk_live_q7Zr2Lw9Xc4Vb8Nm1Kp6TdHs"),
        ("SERVICE_PASSWORD", "SERVICE_AUTH_TYPE=oauth"),
        ("LicenseToken", "0x7aB3c9D2e4F1058b6C7d8E9f0A1b2C3d4E5f6A7b"),
        ("OAUTH_SECRET", "ci-shop-secret-0123456789abcdef0123456789abcdef"),
    ],
)
def test_values_that_only_look_like_credentials_are_left_alone(name: str, text: str) -> None:
    assert named_secret(name, text) is None


def test_the_value_of_a_setting_is_a_credential_if_it_looks_like_one() -> None:
    assert named_secret("SERVICE_PASSWORD", "SERVICE_PASSWORD=Zr2Lw9Xc4V") == f"named|{preview('Zr2Lw9Xc4V')}"


def test_the_key_of_an_account_is_a_credential_where_its_address_is_none() -> None:
    key = "0x7aB3c9D2e4F1058b6C7d8E9f0A1b2C3d4E5f6A7b8c9D0e1F2a3B4c5D6e7F8a9B"

    assert named_secret("WALLET_PRIVATE_KEY", key) == f"high-entropy|{preview(key)}"


def test_a_password_in_a_connection_url_is_told_by_its_own_preview() -> None:
    found = secret_kind("postgresql://orders:Zr2Lw9Xc4V@orders.internal/shop")
    assert found == f"url-with-password|{preview('Zr2Lw9Xc4V')}"


def test_names_of_credentials_are_told_from_names_of_other_tokens() -> None:
    assert is_secret_name("CRM_API_KEY")
    assert is_secret_name("client-secret")
    assert not is_secret_name("next_token")
    assert not is_secret_name("token_type")


@pytest.mark.parametrize(
    "text",
    [
        "sk-ant-api03-abcdefghijklmnopqrstuvwxyz1234567890",
        "sk-fakeQ9w8E7r6T5y4U3i2O1p0AsDfGhJkLz",
        "glpat-mock-token-of-instance-1",
        "xoxb-bot-token-of-the-tests-54321",
        "-----BEGIN PRIVATE KEY-----\\nFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKE",
    ],
)
def test_what_a_hand_typed_for_a_test_is_no_token(text: str) -> None:
    assert secret_kind(text) is None


def test_a_token_of_drawn_parts_is_one_beside_those_of_words() -> None:
    assert secret_kind("-".join(("xoxb", "48291750362", "59310472861", "kQw7ZrTvLm2XcPd9HsYnBg4J"))) is not None
    assert secret_kind("-".join(("glpat", "kQw7Z", "TvLm2XcPd9HsYnBg"))) is not None


@pytest.mark.parametrize(
    ("claims", "is_one"),
    [
        ('{"sub": "1234567890", "name": "John Doe"}', False),
        ('{"iss": "https://id.example.com", "sub": "7"}', False),
        ('{"sub": "48813", "aud": "billing", "iss": "https://id.corp"}', True),
    ],
)
def test_a_jwt_is_one_unless_its_claims_are_made_up(claims: str, is_one: bool) -> None:
    header, body = (
        base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in ('{"alg": "HS256", "typ": 1}', claims)
    )
    token = f"{header}.{body}.Rq8vKx3nTz0LwYpC7sGdJ5hUe2oBmVfX"

    assert (secret_kind(token) is not None) == is_one


SERVER = """
from fastmcp import FastMCP
from keys import password

mcp = FastMCP("crm")

@mcp.tool
def count() -> int:
    return len(password)

mcp.run()
"""


def test_a_short_value_of_a_script_that_no_server_loads_is_a_guess(scan: Callable[[dict[str, str]], Report]) -> None:
    value = "password = 'carol77'\n"
    importing = "import server\n\npassword = 'heidi53'\n"
    files = {"keys.py": value, "setup_realm.py": value, "realm.py": importing, "scripts/realm.py": importing}
    report = scan({"server.py": SERVER, **files})
    found = {
        finding.location.path: finding.confidence
        for finding in report.findings
        if finding.rule == "hardcoded-credential"
    }

    assert found == {
        "keys.py": Confidence.MEDIUM,
        "realm.py": Confidence.MEDIUM,
        "scripts/realm.py": Confidence.LOW,
        "setup_realm.py": Confidence.LOW,
    }


CLIENT = """
import httpx
from fastmcp import FastMCP

mcp = FastMCP("drive")
CLIENT_SECRET = "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"

@mcp.tool
def sign_in(code: str) -> str:
    form = {"client_secret": CLIENT_SECRET, "grant_type": "GRANT", "device_code": code}
    return str(httpx.post("https://oauth2.example/token", data=form).status_code)

mcp.run()
"""
GRANTS = {
    "urn:ietf:params:oauth:grant-type:device_code": Severity.LOW,
    "authorization_code": Severity.HIGH,
}


@pytest.mark.parametrize(("grant", "severity"), GRANTS.items())
def test_the_secret_of_an_installed_client_is_of_little_harm(
    scan: Callable[[dict[str, str]], Report], grant: str, severity: Severity
) -> None:
    report = scan({"server.py": CLIENT.replace("GRANT", grant)})
    (found,) = (finding for finding in report.findings if finding.rule == "hardcoded-credential")

    assert found.severity is severity


def _drawn(length: int) -> str:
    return "".join(LETTERS[(7 * number + number * number) % len(LETTERS)] for number in range(3, 3 + length))


CHAT = "https://chat.googleapis.com/v1/spaces/AAAAbcd/messages?key="


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"{CHAT}AIza{_drawn(35)}&token={_drawn(43)}", "google-chat-webhook"),
        (f"post to {CHAT}AIza{_drawn(35)}&token={_drawn(43)} now", "google-chat-webhook"),
        (f"{CHAT}AIza{_drawn(35)}", ""),
        (f"https://maps.googleapis.com/maps/api/js?key=AIza{_drawn(35)}", "google-api-key"),
        (
            "https://hooks.slack.com/services/" + f"T0{_drawn(8).upper()}/B0{_drawn(8).upper()}/{_drawn(24)}",
            "slack-webhook",
        ),
        ("https://hooks.slack.com/services/" + "T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX", ""),
        ("https://discord.com/api/webhooks/" + f"123456789012345678/{_drawn(68)}", "discord-webhook"),
    ],
)
def test_the_part_of_a_webhook_that_is_secret_is_told(text: str, kind: str) -> None:
    found = secret_kind(text) or ""

    assert found.partition("|")[0] == kind
    assert len(find_secrets(text.encode())) == (1 if kind else 0)
    assert not found or found.partition("|")[2][:4] in (_drawn(4), "AIza")


def _signed(claims: str) -> str:
    parts = ('{"alg":"HS256","typ":"JWT"}', claims)
    encoded = [base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts]
    return ".".join((*encoded, "GeZ7gBesVKVODm52BFy4gYboqU9ytX9hPnK9SPrabQw"))


@pytest.mark.parametrize(
    ("claims", "severity"),
    [
        ('{"id":"81a35282-0149-4eb3","exp":1777432638}', Severity.HIGH),
        ('{"id":"81a35282-0149-4eb3"}', Severity.CRITICAL),
        ('{"id":"81a35282-0149-4eb3","exp":null}', Severity.CRITICAL),
    ],
)
def test_a_token_that_expires_by_itself_does_less_harm_than_one_that_never_does(
    claims: str, severity: Severity
) -> None:
    (found,) = analyze(tree_of({"server.py": f'TOKEN = "{_signed(claims)}"\n'})).findings

    assert (found.rule, found.severity) == ("hardcoded-credential", severity)
