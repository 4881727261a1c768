"""Identity providers that put an expiry into every token are known by what their settings are called."""

import pytest

from analyzers import analyze
from analyzers.finding import Severity
from tests.analyzers.programs import tree_of

VERIFIER = """
import os
import jwt
from fastmcp import FastMCP
from config import settings

mcp = FastMCP("shop")
ISSUER = ISSUED

def verify(token: str, keys: jwt.PyJWKClient) -> dict:
    key = keys.get_signing_key_from_jwt(token).key
    return jwt.decode(token, key, algorithms=["ALGORITHM"], issuer=ISSUER, audience="shop")

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("issuer", "algorithm", "severity"),
    [
        ("settings.auth0.issuer", "RS256", Severity.INFO),
        ("f\"https://{os.environ['OKTA_DOMAIN']}/\"", "RS256", Severity.INFO),
        ("settings.issuer", "RS256", Severity.MEDIUM),
        ("settings.auth0.issuer", "HS256", Severity.MEDIUM),
    ],
)
def test_a_provider_that_dates_its_tokens_makes_a_verifier_harmless(
    issuer: str, algorithm: str, severity: Severity
) -> None:
    report = analyze(
        tree_of({"server.py": VERIFIER.replace("ISSUED", issuer).replace("ALGORITHM", algorithm), "config.py": ""})
    )

    (found,) = [item for item in report.findings if item.rule == "verifier-accepts-unexpiring-token"]
    assert found.severity is severity
