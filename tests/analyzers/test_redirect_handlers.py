"""Openers of the standard library that are given what becomes of redirects."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import urllib.error
import urllib.request
from urllib.parse import urlsplit
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError

mcp = FastMCP("docs")
HOSTS = {"docs.example.com", "api.example.com"}

class Refused(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req, fp, code, msg, headers, newurl):
        raise urllib.error.HTTPError(newurl, code, "redirects are not allowed", headers, fp)

class Ignored(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req, fp, code, msg, headers, newurl):
        return None

class Asked(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if urlsplit(newurl).hostname not in HOSTS:
            raise ToolError("destination not allowed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)

class Counted(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req, fp, code, msg, headers, newurl):
        print(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)

@mcp.tool
def read(url: str) -> str:
    if urlsplit(url).hostname not in HOSTS:
        raise ToolError("destination not allowed")
    BODY

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("body", "follows"),
    [
        ("return urllib.request.build_opener(Refused).open(url).read()", False),
        ("return urllib.request.build_opener(Ignored()).open(url).read()", False),
        ("return urllib.request.build_opener(Asked).open(url).read()", False),
        ("return urllib.request.build_opener(Counted).open(url).read()", True),
        ("return urllib.request.build_opener().open(url).read()", True),
        (
            "asked = urllib.request.Request(url)\n    return urllib.request.build_opener(Refused).open(asked).read()",
            False,
        ),
        ("asked = urllib.request.Request(url)\n    return urllib.request.urlopen(asked).read()", True),
    ],
)
def test_a_handler_says_where_redirects_lead(body: str, follows: bool) -> None:
    findings = analyze(tree_of({"server.py": SERVER.replace("BODY", body)})).findings

    assert ("ssrf-redirect-after-check" in {finding.rule for finding in findings}) is follows
