"""A change that registers more tools out of sight is not told what its server lacked before."""

from analyzers import Change, analyze
from tests.analyzers.programs import tree_of

SERVER = """
import httpx
from fastmcp import FastMCP
from registry import first, second, third

mcp = FastMCP("shop")

def add(tools) -> None:
    for tool in tools():
        mcp.tool(tool)

@mcp.tool
def pay(number: str) -> str:
    return httpx.post("https://pay.internal", json={"number": number}).text

for tool in first():
    mcp.tool(tool)
MORE
mcp.run(transport="http", host="0.0.0.0")
"""
STANDING = ("origin-validation-off", "unauthenticated-network-server", "missing-tool-call-audit")


def test_another_tool_without_a_name_makes_no_standing_cause_new() -> None:
    before = tree_of({"server.py": SERVER.replace("MORE", "for tool in second():\n    mcp.tool(tool)")})
    more = "for tool in third():\n    mcp.tool(tool)\nfor tool in second():\n    mcp.tool(tool)"
    report = analyze(tree_of({"server.py": SERVER.replace("MORE", more)}), before, Change(changed=("server.py",)))
    told = {finding.rule: finding.new for finding in report.findings if finding.rule in STANDING}

    assert told == dict.fromkeys(STANDING, False)
