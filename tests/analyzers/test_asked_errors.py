"""What a function gives back because it is an error is none of what it gives otherwise."""

from collections.abc import Callable

from analyzers import Report

SERVER = """
import os
import httpx
from fastmcp import FastMCP

mcp = FastMCP("twins", auth=verifier)

def is_error(found) -> bool:
    return isinstance(found, dict) and "error" in found

def resolve(name: str):
    if not name:
        return {"error": "no name"}
    return name, os.environ["TWIN_TOKEN"]

def read_twin(name: str) -> object:
    resolved = resolve(name)
    if is_error(resolved):
        return resolved
    twin, token = resolved
    return httpx.get("https://twins.internal", params={"twin": twin}, headers={"Authorization": token}).json()

@mcp.tool
def read(name: str) -> object:
    return read_twin(name)

@mcp.tool
def whole(name: str) -> object:
    return resolve(name)

mcp.run(transport="http")
"""


def test_a_token_beside_an_error_is_not_given_back(scan: Callable[[dict[str, str]], Report]) -> None:
    found = [item for item in scan({"server.py": SERVER}).findings if item.rule == "secret-returned-to-model"]

    assert [finding.tools for finding in found] == [("server:mcp:whole",)]
