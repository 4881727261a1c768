"""A verifier of a key pair that its own process draws sees no token without an expiry."""

from collections.abc import Callable

import pytest

from analyzers import Report
from analyzers.finding import Severity

PROGRAM = """
import os
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier, RSAKeyPair

pair = None

def verifier() -> JWTVerifier:
    global pair
    pair = RSAKeyPair.generate()
    return JWTVerifier(public_key=KEY, issuer="https://shop.example", audience="shop")

mcp = FastMCP("shop", auth=verifier())
mcp.run(transport="http")
"""
KEYS = {"pair.public_key": Severity.INFO, 'os.environ["PUBLIC_KEY"]': Severity.MEDIUM}


@pytest.mark.parametrize(("key", "severity"), KEYS.items())
def test_whose_key_it_is_decides(scan: Callable[[dict[str, str]], Report], key: str, severity: Severity) -> None:
    report = scan({"server.py": PROGRAM.replace("KEY,", f"{key},")})
    (found,) = (finding for finding in report.findings if finding.rule == "verifier-accepts-unexpiring-token")

    assert found.severity is severity
