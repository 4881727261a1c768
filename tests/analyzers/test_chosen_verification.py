"""Whether a certificate is verified is no decision of a tool's caller."""

import pytest

from analyzers import analyze
from analyzers.finding import Finding
from tests.analyzers.programs import tree_of

SERVER = """
import os
import httpx
import requests
from fastmcp import FastMCP
from pydantic import BaseModel

mcp = FastMCP("shop")
VERIFY = os.environ.get("VERIFY", "true") == "true"


class Client:
    def __init__(self, verify: bool):
        self.verify = verify

    def get(self, name):
        return requests.get("https://shop.example.com/" + name, verify=self.verify).text


def fetch(name, insecure=False):
    return httpx.get("https://shop.example.com/" + name, verify=not insecure).text


@mcp.tool
def read(name: str, {parameter}) -> str:
    return {answer}


mcp.run()
"""


def found(parameter: str, answer: str) -> list[Finding]:
    program = SERVER.replace("{parameter}", parameter).replace("{answer}", answer)
    report = analyze(tree_of({"server.py": program}))
    return [item for item in report.findings if item.rule == "tls-verification-disabled"]


@pytest.mark.parametrize(
    ("parameter", "answer"),
    [
        ("skip_tls: bool = False", "httpx.get('https://shop.example.com', verify=not skip_tls).text"),
        ("verify: bool = True", "httpx.get('https://shop.example.com', verify=verify).text"),
        ("insecure: bool | None = None", "fetch(name, insecure=insecure)"),
        ("insecure: bool = False", "httpx.get('https://shop.example.com', verify=False if insecure else True).text"),
        ("verify: bool = True", "Client(verify).get(name)"),
        ("verify: bool = True", "Client(verify=verify and VERIFY).get(name)"),
    ],
)
def test_a_flag_of_a_tool_is_told(parameter: str, answer: str) -> None:
    (finding,) = found(parameter, answer)
    assert "Callers of `read` decide" in finding.message
    assert parameter.partition(":")[0] in finding.why
    assert finding.fix is not None
    assert finding.location.span.start.line == finding.evidence[-1].line


@pytest.mark.parametrize(
    ("parameter", "answer"),
    [
        ("limit: int = 1", "httpx.get('https://shop.example.com', verify=VERIFY).text"),
        ("limit: int = 1", "fetch(name)"),
        ("limit: int = 1", "Client(VERIFY).get(name)"),
        ("bundle: str = ''", "httpx.get('https://shop.example.com', verify=bundle or True).text"),
        ("plain: bool = False", "httpx.get('https://shop.example.com', verify='a.pem' if plain else True).text"),
    ],
)
def test_a_setting_or_a_bundle_is_none(parameter: str, answer: str) -> None:
    assert found(parameter, answer) == []


def test_what_is_off_by_default_is_told_once() -> None:
    (finding,) = found("verify: bool = False", "httpx.get('https://shop.example.com', verify=verify).text")
    assert "unless it is configured" in finding.message
