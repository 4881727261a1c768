"""Checks of the host that are turned off on a server which is there already."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import fixed_by, tree_of

SERVER = """
import argparse
import httpx
from mcp.server.fastmcp import FastMCP

server = FastMCP("shop")
other = FastMCP("news")
parser = argparse.ArgumentParser()
parser.add_argument("--transport", default="stdio")
parser.add_argument("--any-host", action="store_true")

@server.tool()
def create_order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"item": item}).text

def main():
    args = parser.parse_args()
    if args.transport == "http":
        SWITCH
        server.run(transport="streamable-http")
    else:
        server.run()
"""
OFF = "server.settings.transport_security.enable_dns_rebinding_protection = False"


@pytest.mark.parametrize(
    ("switch", "is_told"),
    [
        (OFF, True),
        (OFF.replace("False", "True"), False),
        (OFF.replace("server.", "other."), False),
        (f"if args.any_host:\n            {OFF}", False),
    ],
)
def test_a_check_may_be_turned_off_later(switch: str, is_told: bool) -> None:
    report = analyze(tree_of({"server.py": SERVER.replace("SWITCH", switch)}))

    assert ("origin-validation-off" in {finding.rule for finding in report.findings}) is is_told


def test_the_switch_is_turned_back() -> None:
    text = SERVER.replace("SWITCH", OFF)
    _, changed = fixed_by({"server.py": text}, "origin-validation-off")

    assert changed == {"server.py": text.replace("= False", "= True")}
