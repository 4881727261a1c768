"""Keys that a tool is there to make, beside those that it only looks up."""

from collections.abc import Callable

from analyzers import Report
from analyzers.finding import Severity

SERVER = """
import boto3
from fastmcp import FastMCP

mcp = FastMCP("keys")
api = boto3.client("appsync")

@mcp.tool
def create_api_key(number: str) -> dict:
    response = api.create_api_key(apiId=number)
    return {"apiKey": response.get("apiKey", {})}

@mcp.tool
def show_api(number: str) -> dict:
    response = api.get_api(apiId=number)
    return {"apiKey": response.get("apiKey", {})}

mcp.run()
"""


def test_a_key_that_the_tool_makes_is_less_than_one_that_is_in_use(scan: Callable[[dict[str, str]], Report]) -> None:
    report = scan({"server.py": SERVER})

    told = [item for item in report.findings if item.rule == "secret-returned-to-model"]
    assert {item.message.split("`")[1]: item.severity for item in told} == {
        "create_api_key": Severity.MEDIUM,
        "show_api": Severity.HIGH,
    }
