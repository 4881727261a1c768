"""Which tools leave out a switch that stops the others from changing anything."""

from collections.abc import Callable

from analyzers import Report

Scan = Callable[[dict[str, str]], Report]
SERVER = """import argparse
import boto3
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("caches")
caches = boto3.client("elasticache")
parser = argparse.ArgumentParser()
parser.add_argument("--disable-write", action="store_true")
parser.add_argument("--disable-delete", action="store_true")
args = parser.parse_args()

def create(name: str) -> dict:
{asked}    return caches.create_cache_cluster(CacheClusterId=name)

def modify(name: str, size: int) -> dict:
{asked}    return caches.modify_cache_cluster(CacheClusterId=name, NumCacheNodes=size)

def tag(name: str, text: str) -> dict:
{asked}    return caches.add_tags_to_resource(ResourceName=name, Tags=[{{"Key": "text", "Value": text}}])

def remove(name: str) -> dict:
    return caches.delete_cache_cluster(CacheClusterId=name)

if not args.disable_write:
    mcp.tool()(create)
    mcp.tool()(modify)
    mcp.tool()(tag)
{registered}
mcp.run()
"""


def _told(scan: Scan, *, asked: str = "", registered: str) -> list[str]:
    report = scan({"server.py": SERVER.format(asked=asked, registered=registered)})
    return [found.message for found in report.findings if found.rule == "ineffective-authorization-check"]


def test_a_tool_without_any_switch_is_told(scan: Scan) -> None:
    assert _told(scan, registered="mcp.tool()(remove)") == [
        "`remove` changes things whatever the switch `disable_write` says."
    ]


def test_a_tool_under_a_switch_of_its_own_is_not(scan: Scan) -> None:
    assert _told(scan, registered="if not args.disable_delete:\n    mcp.tool()(remove)") == []


def test_a_switch_that_all_of_them_ask_is_nobodys_own(scan: Scan) -> None:
    asked = "    if args.disable_delete:\n        raise ValueError('forbidden')\n"

    assert _told(scan, asked=asked, registered="    mcp.tool()(remove)") == [
        "`remove` changes things whatever the switch `disable_delete` says."
    ]
