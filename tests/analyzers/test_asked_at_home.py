"""A context that only goes to the machine itself verifies nobody, also where it is made in some runs only."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

PROGRAM = """
import ssl
import urllib.request
from fastmcp import FastMCP

mcp = FastMCP("shop")

def ready(secure: bool) -> bool:
    url = f"{'https' if secure else 'http'}://HOST:8443/health"
    context = None
    if secure:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    with urllib.request.urlopen(url, timeout=1, context=context) as answer:
        OTHER
        return answer.status == 200

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("host", "other", "told"),
    [
        ("localhost", "pass", False),
        ("shop.example", "pass", True),
        ("localhost", 'urllib.request.urlopen("https://shop.example", context=context)', True),
    ],
    ids=["at home", "elsewhere", "both"],
)
def test_a_context_that_stays_at_home_is_silent(host: str, other: str, told: bool) -> None:
    report = analyze(tree_of({"server.py": PROGRAM.replace("HOST", host).replace("OTHER", other)}))

    assert ("tls-verification-disabled" in {one.rule for one in report.findings}) is told
