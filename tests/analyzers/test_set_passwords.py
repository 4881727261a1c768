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
def create_share_link(path: str, password: str = "") -> str:
    return httpx.post("https://files.example/links", json={"path": path, "password": password}).text

@mcp.tool
def open_share_link(link: str, link_password: str) -> str:
    return httpx.get(link, auth=("", link_password)).text

def ask(path: str, body: dict, user: str, password: str) -> str:
    return httpx.post("https://directory.example/" + path, json=body, auth=(user, password)).text

@mcp.tool
def add_user(name: str, password: str, owner: str, owner_password: str) -> str:
    body = {"name": name, "password": password}
    return ask("users", body, user=owner, password=owner_password)

@mcp.tool
def create_container(name: str, root_password: str) -> str:
    return httpx.post("https://directory.example/", json={"name": name, "password": root_password}).text

@mcp.tool
def create_wlan(name: str, password: str) -> str:
    return httpx.post("https://directory.example/", json={"name": name, "key": password}).text

@mcp.tool(name="CreateDbCluster")
def create(name: str, password: str) -> str:
    return httpx.post("https://directory.example/", json={"name": name, "key": password}).text

@mcp.tool
def join_wlan(name: str, wlan_password: str) -> str:
    return httpx.post("https://directory.example/", json={"name": name, "key": wlan_password}).text

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
        "`create_container` has the model pass `root_password`, a password that it sets.": Severity.LOW,
        "`upload_sample` has the model pass `archive_password`, a password that it sets.": Severity.LOW,
        "`add_user` has the model pass `owner_password`, a credential.": Severity.MEDIUM,
        "5 tools have the model pass `password`, a password that it sets.": Severity.LOW,
        "`join_wlan` has the model pass `wlan_password`, a credential.": Severity.MEDIUM,
        "`open_share_link` has the model pass `link_password`, a credential.": Severity.MEDIUM,
        "`list_users` has the model pass `admin_password`, a credential.": Severity.MEDIUM,
    }
