"""What programs keep in attributes of their servers and applications."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import paramiko
from fastmcp import FastMCP
from starlette.applications import Starlette

mcp = FastMCP("hosts")
app = Starlette()
OWNER.shell = None

class Shell:
    def __init__(self, host):
        self.client = paramiko.SSHClient()
        self.client.connect(host)

    def run(self, command):
        return self.client.exec_command(command)[1].read()

@mcp.tool
def connect(host: str) -> str:
    OWNER.shell = Shell(host)
    return host

@mcp.tool
def run(command: str) -> str:
    return OTHER.shell.run(command)

mcp.run()
"""


@pytest.mark.parametrize(
    ("owner", "other", "is_found"),
    [("mcp", "mcp", True), ("app", "app", True), ("app", "mcp", False)],
)
def test_an_attribute_of_a_server_is_what_it_is_set_to(
    scan: Callable[[dict[str, str]], Report], owner: str, other: str, is_found: bool
) -> None:
    report = scan({"server.py": SERVER.replace("OWNER", owner).replace("OTHER", other)})

    assert ["exec" in row.capabilities for row in report.tools] == [False, is_found]
