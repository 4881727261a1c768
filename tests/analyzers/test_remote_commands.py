"""Commands that `ssh` runs on another machine, and lists of words that are put together in more than one place."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import shlex
import subprocess
from fastmcp import FastMCP

mcp = FastMCP("machines")
HOSTS = {"web": "web1.internal"}


def connect(host: str, key: str) -> list[str]:
    words = ["ssh", "-o", "BatchMode=yes"]
    if key:
        words.extend(["-i", key])
    words.append(f"ops@{host}")
    return words


@mcp.tool
def run(machine: str, name: str) -> str:
    host = HOSTS[machine]
    return subprocess.run(COMMAND, capture_output=True, text=True).stdout


mcp.run(transport="http")
"""
INJECTED = "`run` gives `name` to the shell behind ssh as part of what it runs."
OPTION = "`run` gives `name` to `ssh` where it may begin with `-` and be an option."


def told(scan: Callable[[dict[str, str]], Report], command: str) -> list[str]:
    """Return what is said of the command of a tool."""
    findings = scan({"server.py": SERVER.replace("COMMAND", command)}).findings
    rules = ("command-injection", "unbounded-capability-tool")
    return [finding.message for finding in findings if finding.rule in rules]


@pytest.mark.parametrize(
    ("command", "messages"),
    [
        ('["ssh", host, "mv", name, "/srv/old"]', [INJECTED]),
        ('["ssh", "-p", "2222", "-o", "BatchMode=yes", host, "rm", "-f", f"/srv/{name}"]', [INJECTED]),
        ('["ssh", host] + ["mv", f"/srv/{name}", "/srv/old"]', [INJECTED]),
        ('[*connect(host, "/key"), "mv", f"/srv/{name}", "/srv/old"]', [INJECTED]),
        ('connect(host, "/key") + [f"ls /srv/{name}"]', [INJECTED]),
        ('["sshpass", "-e", "ssh", host, "rm", "-rf", name]', [INJECTED]),
        ('["ssh", host, "mv", shlex.quote(name), "/srv/old"]', []),
        ('connect(host, "/key") + ["mv", shlex.quote(name), "/srv/old"]', []),
        ('connect(host, "/key") + ["uptime"]', []),
        ('["ssh", name, "uptime"]', [OPTION]),
        ('["ssh", "-p", "2222", name, "uptime"]', [OPTION]),
        ('["ssh", "-l", name, host, "uptime"]', []),
    ],
)
def test_all_words_behind_the_host_are_one_line_for_a_shell(
    scan: Callable[[dict[str, str]], Report], command: str, messages: list[str]
) -> None:
    assert told(scan, command) == messages


@pytest.mark.parametrize(
    ("line", "is_told"),
    [
        ('" ".join(map(shlex.quote, ["tar", "c", name]))', False),
        ('" ".join(shlex.quote(word) for word in ["tar", "c", name])', False),
        ('" ".join(map(str, ["tar", "c", name]))', True),
        ('" ".join(map(str.strip, ["tar", "c", name]))', True),
    ],
)
def test_words_that_are_quoted_one_by_one_are_quoted(
    scan: Callable[[dict[str, str]], Report], line: str, is_told: bool
) -> None:
    assert bool(told(scan, f"{line}, shell=True")) is is_told


LOOKED_UP = """
import subprocess
from fastmcp import FastMCP
from fastmcp.tools.tool import ToolResult

mcp = FastMCP("machines")
HOSTS = {"web": "web1.internal"}


def refused(text: str) -> dict:
    return {"error": text}


async def both(first: str, second: str):
    for name in (first, second):
        if len(name) > 20:
            return FAILED
    return FOUND


@mcp.tool
async def compare(first: str, second: str) -> str:
    found = await both(first, second)
    if not isinstance(found, tuple):
        return "no such machine"
    one, other = found
    return subprocess.run(f"diff {one} {other}", shell=True, capture_output=True, text=True).stdout


mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    "failed", ['{"error": name}', "refused(name)", "ToolResult(content=name)", "None", 'f"no {name}"']
)
@pytest.mark.parametrize(("found", "is_told"), [("HOSTS[first], HOSTS[second]", False), ("first, HOSTS[second]", True)])
def test_what_says_that_something_failed_is_not_unpacked(
    scan: Callable[[dict[str, str]], Report], failed: str, found: str, is_told: bool
) -> None:
    text = LOOKED_UP.replace("FAILED", failed).replace("FOUND", found)

    assert ("command-injection" in {item.rule for item in scan({"server.py": text}).findings}) is is_told


def test_another_tuple_that_is_unpacked_counts(scan: Callable[[dict[str, str]], Report]) -> None:
    text = LOOKED_UP.replace("FAILED", "name, name").replace("FOUND", "HOSTS[first], HOSTS[second]")

    assert "command-injection" in {item.rule for item in scan({"server.py": text}).findings}
