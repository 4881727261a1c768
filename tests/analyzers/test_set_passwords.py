"""Passwords that a tool sets, beside those that it signs in with."""

from collections.abc import Callable

from analyzers import Report
from analyzers.finding import Severity

SERVER = """
import httpx
from fastmcp import FastMCP

mcp = FastMCP("directory")

@mcp.tool
def reset_user_password(name: str, password: str) -> str:
    return httpx.put("https://directory.example/" + name, json={"password": password}).text

@mcp.tool
def upload_sample(path: str, archive_password: str) -> str:
    return httpx.post("https://scan.example/", json={"path": path, "password": archive_password}).text

@mcp.tool
def list_users(admin_password: str) -> str:
    return httpx.get("https://directory.example/", auth=("admin", admin_password)).text

mcp.run()
"""


def test_a_password_to_set_is_of_little_harm(
    scan: Callable[[dict[str, str]], Report],
) -> None:
    found = {
        finding.message: finding.severity
        for finding in scan({"server.py": SERVER}).findings
        if finding.rule == "secret-as-tool-parameter"
    }

    assert found == {
        "`reset_user_password` has the model pass `password`, a password that it sets.": Severity.LOW,
        "`upload_sample` has the model pass `archive_password`, a password that it sets.": Severity.LOW,
        "`list_users` has the model pass `admin_password`, a credential.": Severity.MEDIUM,
    }
