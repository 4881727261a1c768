"""Ways to write credentials into code, beside what only looks like one."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import argparse
import hmac
import os
import click
import jwt
from fastmcp import FastMCP
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

mcp = FastMCP("crm")
{written}

@mcp.tool
def use() -> str:
    return "done"

mcp.run()
"""


def found(written: str) -> list[str]:
    report = analyze(tree_of({"server.py": SERVER.format(written=written)}))
    return [finding.message for finding in report.findings if finding.rule == "hardcoded-credential"]


@pytest.mark.parametrize(
    "written",
    [
        'TOKEN = os.environ.get("TOKEN") or "q7Zr2Lw9Xc4Vb8Nm1Kp6"',
        'TOKEN = os.environ["TOKEN"] if "TOKEN" in os.environ else "q7Zr2Lw9Xc4Vb8Nm1Kp6"',
        'class Settings(BaseSettings):\n    api_token: SecretStr = SecretStr("q7Zr2Lw9Xc4Vb8Nm1Kp6")',
        'class Settings(BaseSettings):\n    api_token: str = Field(default="q7Zr2Lw9Xc4Vb8Nm1Kp6")',
        'API_KEY = "q7Zr2Lw9Xc" + "4Vb8Nm1Kp6"',
        'SIGNING_KEY = "q7Zr2Lw9Xc4Vb8Nm1Kp6".encode()',
        'client = object("gh" + "p_" + "q7Zr2Lw9Xc4Vb8Nm1Kp6q7Zr2Lw9Xc4Vb8Nm1Kp6")',
        "DSN = f\"postgresql://shop:q7Zr2Lw9Xc@{os.environ['HOST']}/shop\"",
        'parser = argparse.ArgumentParser()\nparser.add_argument("-k", "--api-key", default="q7Zr2Lw9Xc4Vb8Nm1Kp6")',
        '@click.command()\n@click.option("--token", default="q7Zr2Lw9Xc4Vb8Nm1Kp6")\ndef main(token): ...',
        'def opens(password: str) -> bool:\n    return password == "q7Zr2Lw9"',
        'def opens(given: dict) -> bool:\n    return given["password"] != "q7Zr2Lw9"',
        'def opens(given: dict) -> bool:\n    return given.get("x-api-key") == "q7Zr2Lw9"',
        'def opens(password: str) -> bool:\n    return hmac.compare_digest(password, "q7Zr2Lw9")',
    ],
)
def test_a_credential_is_found_however_it_is_written(written: str) -> None:
    assert len(found(written)) == 1


@pytest.mark.parametrize(
    "written",
    [
        'TOKEN = os.environ.get("TOKEN") or "changeme"',
        'TOKEN = os.environ.get("TOKEN") or ""',
        'TOKEN = load("q7Zr2Lw9Xc4Vb8Nm1Kp6")',
        'class Settings(BaseSettings):\n    api_token: str = Field(description="q7Zr2Lw9Xc4Vb8Nm1Kp6")',
        "DSN = f\"postgresql://postgres:postgres@{os.environ['HOST']}/shop\"",
        'DSN = f"postgresql://{USER}:{PASSWORD}@{HOST}/shop"',
        'parser = argparse.ArgumentParser()\nparser.add_argument("--token-file", default="q7Zr2Lw9Xc4Vb8Nm1Kp6")',
        'def is_word(token: str) -> bool:\n    return token == "utf-8-sig" or token == "a1b2c3"',
        'def opens(password: str) -> bool:\n    return password == "changeme"',
        'class User(BaseModel):\n    class Config:\n        json_schema_extra = {"example": {"password": "q7Zr2Lw9"}}',
        'KNOWN = {"local_apikey": "shop.plugins.auth.local_apikey_provider.LocalApiKey"}',
        'row = {"token": "session_token_xyz_123"}',
        'KEY = "sk-abc123def456ghi789jkl012mno345pqr678"',
        'DSN = "postgresql://shop:MySecretPass123@db.acme.io/shop"',
        'def is_mode(kind: str) -> bool:\n    return kind == "q7Zr2Lw9Xc4Vb8Nm1Kp6"',
    ],
)
def test_placeholders_and_words_are_none(written: str) -> None:
    assert found(written) == []


@pytest.mark.parametrize(
    ("key", "told"),
    [
        pytest.param('KEY = os.environ.get("JWT_SECRET") or "dev-secret"', True, id="or"),
        pytest.param('KEY = os.getenv("JWT_SECRET", "changeme")', True, id="default of a variable"),
        pytest.param(
            'class Settings(BaseSettings):\n    secret: str = "dev"\n\nKEY = Settings().secret', True, id="setting"
        ),
        pytest.param('KEY = os.environ["JWT_SECRET"]', False, id="none without a variable"),
        pytest.param('KEY = "-----BEGIN PUBLIC KEY-----"', False, id="published"),
        pytest.param('KEY = os.getenv("DEBUG") and "dev-secret"', False, id="asked for"),
        pytest.param(
            'KEY = os.getenv("JWT_SECRET", "changeme")\nif KEY == "changeme":\n    raise SystemExit(1)',
            False,
            id="refused at the start",
        ),
    ],
)
@pytest.mark.parametrize(
    "use",
    [
        "def mint(claims: dict) -> str:\n    return jwt.encode(claims, KEY, algorithm='HS256')",
        "def read(token: str) -> dict:\n    return jwt.decode(token, KEY.encode(), algorithms=['HS256'])",
    ],
)
def test_a_key_that_everyone_knows_lets_everyone_sign(key: str, told: bool, use: str) -> None:
    assert len(found(f"{key}\n\n{use}")) == told


def test_credentials_are_called_as_their_providers_spell_them() -> None:
    (message,) = found('client = object("AKIA" + "Q2M7XR4VT6ZLN3WP")')

    assert message.startswith("An AWS access key is written into the code")


@pytest.mark.parametrize(("asked", "told"), [("os.getenv('TEST_KEYS', 'no') == 'yes'", False), ("True", True)])
def test_a_key_that_a_function_holds_counts_where_it_is_called(asked: str, told: bool) -> None:
    made = "def made() -> str:\n    secret = 'key-for-a-test'\n    return mint(secret)"
    mint = "def mint(secret: str) -> str:\n    return jwt.encode({'sub': 'a'}, secret, algorithm='HS256')"
    token = f"def token() -> str | None:\n    if {asked}:\n        return made()\n    return None"

    assert len(found(f"{mint}\n\n{made}\n\n{token}\n\ntoken()")) == told


@pytest.mark.parametrize(
    ("given", "told"),
    [('"SIGNING", fallback=DRAWN', 0), ('"SIGNING", fallback="key-for-a-test"', 1), ('"SIGNING"', 1)],
)
def test_what_stands_in_for_another_secret_is_no_key(given: str, told: int) -> None:
    kept = "def kept(name: str, fallback: str = 'plain-key') -> str:\n    return os.environ.get(name) or fallback"
    mint = f"def mint() -> str:\n    return jwt.encode({{'sub': 'a'}}, kept({given}), algorithm='HS256')"
    ping = "def ping() -> bool:\n    return kept('PING', fallback='pong-of-it') != ''"

    assert len(found(f"DRAWN = os.urandom(32).hex()\n\n{kept}\n\n{mint}\n\n{ping}")) == told


GRANTED = """
import os
import httpx
from fastmcp import FastMCP

mcp = FastMCP("shop")

def token() -> str:
    answer = httpx.post("https://id.example.com/login", json=BODY)
    return answer.json()["accessToken"]

@mcp.tool
def cancel(order: str) -> str:
    headers = {"Authorization": f"Bearer {token()}"}
    return httpx.delete("https://shop.example.com/orders/" + order, headers=headers).text

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("body", "credentials"),
    [
        ('{"refreshToken": os.environ["SHOP_LOGIN"]}', ("SHOP_LOGIN",)),
        ('{"user": "shop", "password": os.environ["SHOP_LOGIN"]}', ("SHOP_LOGIN",)),
        ('{"name": os.environ["SHOP_LOGIN"]}', ()),
    ],
)
def test_a_token_that_was_given_for_a_secret_stands_for_it(body: str, credentials: tuple[str, ...]) -> None:
    (row,) = analyze(tree_of({"server.py": GRANTED.replace("BODY", body)})).tools
    assert row.credentials == credentials
