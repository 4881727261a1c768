"""What is sent to a shell on another machine runs there; what changes something by its name does so."""

from collections.abc import Callable

import pytest

from analyzers import Report

SESSION = """
from dataclasses import dataclass, field
import paramiko
from fastmcp import FastMCP

mcp = FastMCP("machines")


@dataclass
class Session:
    client: paramiko.SSHClient
    channel: paramiko.Channel | None = field(default=None, repr=False)

    def opened(self) -> None:
        self.channel = self.client.invoke_shell()

    def send(self, data: str) -> None:
        self.channel.{method}(data.encode())


SESSIONS: dict[str, Session] = {{}}


@mcp.tool
def shell_send(number: str, data: str) -> str:
    SESSIONS[number].send(data)
    return "sent"


mcp.run(transport="http")
"""
CAMPAIGNS = """
from fastmcp import FastMCP
from google.ads.googleads.client import GoogleAdsClient

mcp = FastMCP("campaigns")
client = GoogleAdsClient.load_from_env()


@mcp.tool
def link(campaign: str) -> str:
    return client.get_service("CampaignSharedSetService").mutate_campaign_shared_sets(campaign=campaign)


mcp.run(transport="http")
"""


@pytest.mark.parametrize("method", ["send", "sendall"])
def test_what_is_sent_to_a_shell_runs(method: str, scan: Callable[[dict[str, str]], Report]) -> None:
    report = scan({"server.py": SESSION.format(method=method)})

    (tool,) = report.tools
    assert tool.capabilities[0] == "exec"
    assert "unbounded-capability-tool" in {finding.rule for finding in report.findings}


def test_what_mutates_writes(scan: Callable[[dict[str, str]], Report]) -> None:
    (tool,) = scan({"server.py": CAMPAIGNS}).tools

    assert tool.capabilities[0] == "write"
