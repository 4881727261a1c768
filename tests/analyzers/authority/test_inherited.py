"""Authentication that a server class of the program gives its base, always or where a setting asks for it."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import os
import httpx
from fastmcp import FastMCP
from crm_auth import build_provider

class Settings:
    issuer = os.getenv("CRM_ISSUER")

settings = Settings()

class Server(FastMCP):
    def __init__(self, name: str, *, base_url: str = "https://crm.internal"):
        provider = PROVIDER
        super().__init__(name=name, auth=provider)
        self.base_url = base_url

mcp = Server("crm")

@mcp.tool
def add_customer(name: str) -> str:
    return httpx.post("https://crm.internal", json={"name": name}).text

mcp.run(transport="http", host="0.0.0.0")
"""
MESSAGES = {
    "build_provider()": [],
    "build_provider() if settings.issuer else None": ["`mcp` answers everyone until it is configured otherwise"],
    "None": ["`mcp` answers everyone"],
}


@pytest.mark.parametrize("provider", MESSAGES)
def test_what_a_class_gives_its_base_authenticates(scan: Callable[[dict[str, str]], Report], provider: str) -> None:
    report = scan({"server.py": SERVER.replace("PROVIDER", provider)})
    told = [
        finding.message.partition(":")[0]
        for finding in report.findings
        if finding.rule == "unauthenticated-network-server"
    ]

    assert told == MESSAGES[provider]
