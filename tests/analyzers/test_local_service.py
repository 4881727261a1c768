"""A server that its own user runs, with a folder, a switch and a check of addresses, and changes of a line to it."""

import pytest

from analyzers import analyze
from analyzers.finding import Report, Severity
from tests.analyzers.matrix.cells import change
from tests.analyzers.programs import tree_of

SANDBOX = """\
from pathlib import Path


class Sandbox:
    def __init__(self, root: Path, writable: bool) -> None:
        self.root = root.resolve()
        self.writable = writable

    def path(self, name: str) -> Path:
        found = (self.root / name).resolve()
        if not found.is_relative_to(self.root):
            raise ValueError(name)
        return found

    def check_writable(self) -> None:
        if not self.writable:
            raise PermissionError("started without --write")
"""
SERVER = """\
import ipaddress
import socket
from pathlib import Path
from urllib.parse import urlsplit

import click
import httpx
from fastmcp import FastMCP

from sandbox import Sandbox

mcp = FastMCP("files")
box: Sandbox | None = None


@mcp.tool
def write_file(name: str, content: str) -> None:
    box.check_writable()
    box.path(name).write_text(content)


@mcp.tool
def delete_file(name: str) -> None:
    box.check_writable()
    box.path(name).unlink()


@mcp.tool
async def fetch(url: str) -> str:
    parts = urlsplit(url)
    for *_, address in socket.getaddrinfo(parts.hostname, parts.port or 443):
        if not ipaddress.ip_address(address[0]).is_global:
            raise ValueError("not public")
    async with httpx.AsyncClient(follow_redirects=False) as client:
        return (await client.get(url)).text


@click.command()
@click.option("--root", type=click.Path(path_type=Path), default=Path("."))
@click.option("--write", is_flag=True)
def main(root: Path, write: bool) -> None:
    global box
    box = Sandbox(root, write)
    mcp.run()
"""
FILES = {"sandbox.py": SANDBOX, "server.py": SERVER}


def _changed(old: str, new: str) -> Report:
    assert old in SERVER
    head = {**FILES, "server.py": SERVER.replace(old, new)}
    return analyze(tree_of(head), tree_of(FILES), change(FILES, head))


def test_a_switch_that_is_no_longer_asked_is_told_of_a_local_server_too() -> None:
    report = _changed("    box.check_writable()\n    box.path(name).unlink()", "    box.path(name).unlink()")

    (found,) = [item for item in report.findings if item.new]
    assert (found.rule, found.severity) == ("authorization-removed-in-change", Severity.MEDIUM)
    assert "`delete_file` changes things whatever the switch `writable` says" in found.message
    assert found.fix is not None


def test_what_only_reads_before_the_switch_is_asked_loses_nothing() -> None:
    report = _changed("    box.check_writable()\n    box.path(name).unlink()", "    box.path(name).read_text()\n" * 2)

    assert [item.rule for item in report.findings if item.new] == []


@pytest.mark.parametrize(
    ("test", "rules"),
    [
        ("ipaddress.ip_address(address[0]).is_loopback", ["ssrf-broken-guard"]),
        ("ipaddress.ip_address(address[0]).is_link_local", ["ssrf-broken-guard"]),
        (
            "ipaddress.ip_address(address[0]).is_private or ipaddress.ip_address(address[0]).is_reserved",
            [],
        ),
    ],
)
def test_addresses_that_a_test_leaves_out_pass_it(test: str, rules: list[str]) -> None:
    report = _changed("not ipaddress.ip_address(address[0]).is_global", test)

    assert [item.rule for item in report.findings if item.new] == rules
