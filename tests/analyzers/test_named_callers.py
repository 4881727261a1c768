"""Parameters that say whose data a tool is about, by whatever common name."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

PROGRAM = """
import os
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier

mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop"))

@mcp.tool
def orders(NAME: str) -> str:
    return httpx.get(os.environ["SHOP"], params={"of": NAME}, headers={"Authorization": os.environ["KEY"]}).text

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("name", "told"), [("user_id", True), ("user_identifier", True), ("tenant_key", True), ("order_key", False)]
)
def test_whose_data_is_meant_is_not_the_callers_to_say(name: str, told: bool) -> None:
    report = analyze(tree_of({"server.py": PROGRAM.replace("NAME", name)}))

    assert ("caller-supplied-identity" in {one.rule for one in report.findings}) is told
