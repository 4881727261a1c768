"""Answers that name the address of a request, with the credential in its query."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
import httpx
from fastmcp import FastMCP

mcp = FastMCP("shop")
KEY = os.environ["SHOP_API_KEY"]

async def ask(path, item):
    asked = {"q": item}
    BEFORE
    async with httpx.AsyncClient() as client:
        try:
            answer = await client.get(f"https://orders.internal/{path}", SENT)
            answer.raise_for_status()
            return answer.json()
        except httpx.HTTPStatusError as error:
            return {"error": SAID}

@mcp.tool
async def get_order(item: str) -> dict:
    return await ask("orders", item)

mcp.run(transport="http")
"""
PUT = 'asked["api_key"] = KEY'
IN_QUERY = 'params={"q": item, "api_key": KEY}'
IN_HEADER = 'params={"q": item}, headers={"x-api-key": KEY}'


@pytest.mark.parametrize(
    ("sent", "said", "is_told"),
    [
        ("params=asked", "str(error.request.url)", True),
        (IN_QUERY, "str(error.request.url)", True),
        (IN_QUERY, "str(error.response.url)", True),
        (IN_QUERY, "str(error.response.request.url)", True),
        (IN_QUERY, "error.response.status_code", False),
        (IN_QUERY, "str(error.request.url.path)", False),
        (IN_HEADER, "str(error.request.url)", False),
    ],
)
def test_an_error_names_what_was_asked_for(sent: str, said: str, is_told: bool) -> None:
    text = SERVER.replace("SENT", sent).replace("SAID", said).replace("BEFORE", PUT if "asked" in sent else "pass")
    report = analyze(tree_of({"server.py": text}))

    assert ("secret-returned-to-model" in {finding.rule for finding in report.findings}) is is_told
