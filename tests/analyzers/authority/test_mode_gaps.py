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


DECORATED = """import os
import boto3
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("caches")
caches = boto3.client("elasticache")

def writes_allowed() -> bool:
    return os.environ.get("ALLOW_WRITE", "") == "1"

def write_tool(**options):
    if not writes_allowed():
        def skip(function):
            return function
        return skip
    return mcp.tool(**options)

@{first}
def create(name: str) -> dict:
    return caches.create_cache_cluster(CacheClusterId=name)

@write_tool(name="modify")
def modify(name: str, size: int) -> dict:
    return caches.modify_cache_cluster(CacheClusterId=name, NumCacheNodes=size)

@write_tool(name="tag")
def tag(name: str, text: str) -> dict:
    return caches.add_tags_to_resource(ResourceName=name, Tags=[{{"Key": "text", "Value": text}}])

@write_tool(name="remove")
def remove(name: str) -> dict:
    return caches.delete_cache_cluster(CacheClusterId=name)

mcp.run()
"""


def test_a_decorator_that_registers_under_a_switch_asks_it_for_each(scan: Scan) -> None:
    found = scan({"server.py": DECORATED.format(first='write_tool(name="create")')}).findings

    assert "ineffective-authorization-check" not in {one.rule for one in found}


def test_a_tool_that_another_decorator_registers_is_told(scan: Scan) -> None:
    found = scan({"server.py": DECORATED.format(first='mcp.tool(name="create")')}).findings

    assert [one.message for one in found if one.rule == "ineffective-authorization-check"] == [
        "`create` changes things whatever the switch `ALLOW_WRITE` says."
    ]


SETTINGS = """import os
import boto3
from mcp.server.fastmcp import FastMCP

class Settings:
    def __init__(self) -> None:
        self.read_only = os.getenv("CACHES_READ_ONLY", "") == "true"
        self.quiet = os.getenv("CACHES_QUIET", "") == "true"

mcp = FastMCP("caches")
caches = boto3.client("elasticache")
settings = Settings()

@mcp.tool()
def create(name: str) -> dict:
    if settings.read_only:
        return {{"error": "read only"}}
    return caches.create_cache_cluster(CacheClusterId=name)

@mcp.tool()
def modify(name: str, size: int) -> dict:
    if settings.read_only:
        return {{"error": "read only"}}
    return caches.modify_cache_cluster(CacheClusterId=name, NumCacheNodes=size)

@mcp.tool()
def tag(name: str, text: str) -> dict:
    if settings.read_only:
        return {{"error": "read only"}}
    return caches.add_tags_to_resource(ResourceName=name, Tags=[{{"Key": "text", "Value": text}}])

@mcp.tool()
def remove(name: str, dry_run: bool = False) -> dict:
    if {asked}:
        return {{"error": "read only"}}
    if dry_run:
        return {{"would": name}}
    return caches.delete_cache_cluster(CacheClusterId=name)

mcp.run()
"""


def test_a_tool_that_asks_the_setting_of_a_variable_asks_the_switch(scan: Scan) -> None:
    asking = scan({"server.py": SETTINGS.format(asked="settings.read_only and not dry_run")}).findings
    others = scan({"server.py": SETTINGS.format(asked="settings.quiet and not dry_run")}).findings

    assert "ineffective-authorization-check" not in {one.rule for one in asking}
    assert [one.message for one in others if one.rule == "ineffective-authorization-check"] == [
        "`remove` changes things whatever the switch `CACHES_READ_ONLY` says."
    ]


TOLD_APART = """import os
import boto3
from mcp.server.lowlevel import Server

server = Server("caches")
caches = boto3.client("elasticache")

def is_read_only():
    return os.environ.get("READ_ONLY_MODE", "") == "true"

@server.call_tool()
async def call_tool(name, arguments):
    read_only = is_read_only()
{listed}    if name == "create":
        if read_only:
            raise ValueError("read-only")
        return caches.create_cache_cluster(CacheClusterId=arguments["name"])
    elif name == "modify":
        if read_only:
            raise ValueError("read-only")
        return caches.modify_cache_cluster(CacheClusterId=arguments["name"])
    elif name == "tag":
        if read_only:
            raise ValueError("read-only")
        return caches.add_tags_to_resource(ResourceName=arguments["name"])
    elif name == "remove" and arguments:
{asked}        return caches.delete_cache_cluster(CacheClusterId=arguments["name"])
    elif name == "show":
        return caches.describe_cache_clusters(CacheClusterId=arguments["name"])
"""
ASKED = '        if read_only:\n            raise ValueError("read-only")\n'
LISTED = '    if read_only and name in ("create", "modify"):\n        raise ValueError("read-only")\n'


def test_a_name_that_asks_no_switch_beside_others_that_do_is_told_where_it_is_told_apart(scan: Scan) -> None:
    report = scan({"server.py": TOLD_APART.format(listed="", asked="")})
    (found,) = (item for item in report.findings if item.rule == "ineffective-authorization-check")

    assert found.message == "`remove` changes things whatever the switch `READ_ONLY_MODE` says."
    assert found.location.line == TOLD_APART.format(listed="", asked="").split("delete_cache")[0].count("\n") + 1


def test_names_that_are_left_out_of_a_list_are_meant_to_be(scan: Scan) -> None:
    told = [
        [item.message for item in scan({"server.py": program}).findings if "whatever" in item.message]
        for program in (TOLD_APART.format(listed="", asked=ASKED), TOLD_APART.format(listed=LISTED, asked=""))
    ]

    assert told == [[], []]
