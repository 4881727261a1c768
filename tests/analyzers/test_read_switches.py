"""Switches that a helper reads from the environment, and that methods of a class give to what they make."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import os
import ssl
from dataclasses import dataclass
import httpx
from fastmcp import FastMCP

mcp = FastMCP("shop")


def is_on(name: str, default: str = "{default}") -> bool:
    return os.getenv(name, default).lower() not in ("false", "0")


@dataclass
class Settings:
    verified: bool = True

    @classmethod
    def load(cls):
        return cls(verified=is_on("SHOP_VERIFIED"))


def context(settings: Settings) -> ssl.SSLContext:
    made = ssl.create_default_context()
    if not settings.verified:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


@mcp.tool
def orders() -> str:
    return httpx.get("https://orders.internal/all", verify=context(Settings.load())).text


mcp.run(transport="http")
"""


@pytest.mark.parametrize(("default", "loud"), [("true", False), ("false", True)])
def test_a_switch_is_as_its_helper_reads_it_by_default(
    scan: Callable[[dict[str, str]], Report], default: str, loud: bool
) -> None:
    report = scan({"server.py": SERVER.format(default=default)})
    told = [item for item in report.findings if item.rule == "tls-verification-disabled"]

    assert any(item.severity.name in ("HIGH", "CRITICAL") for item in told) is loud
