"""Functions that a dispatcher calls: what it gives them of its own is not filled by the model."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
import httpx
from mcp.server.lowlevel import Server

server = Server("forge")
config = {"access_token": os.environ["FORGE_TOKEN"]}

async def merge(url, access_token, arguments):
    headers = {"Private-Token": access_token}
    return httpx.put(f"{url}/merge", headers=headers, json={"request": arguments["request"]}).text

@server.call_tool()
async def call_tool(name, arguments):
    access_token = GIVEN
    if name == "merge_request":
        return await merge("https://forge.internal", PASSED)
    raise ValueError(name)
"""
IN_ORDER = "access_token, arguments"


@pytest.mark.parametrize(
    ("given", "passed", "is_told"),
    [
        ('config["access_token"]', IN_ORDER, False),
        ('os.environ["FORGE_TOKEN"]', "access_token=access_token, arguments=arguments", False),
        ('arguments["access_token"]', IN_ORDER, True),
        ('arguments.get("access_token") or config["access_token"]', IN_ORDER, True),
        ("None", "**arguments", True),
    ],
)
def test_a_credential_of_the_server_is_no_argument_of_the_tool(given: str, passed: str, is_told: bool) -> None:
    text = SERVER.replace("GIVEN", given).replace("PASSED", passed)
    rules = {finding.rule for finding in analyze(tree_of({"server.py": text})).findings}
    assert ("secret-as-tool-parameter" in rules) == is_told
