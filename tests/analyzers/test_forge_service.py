"""A server that issues its own tokens, keeps jobs under handles and connects to addresses that it looked up."""

import pytest

from analyzers import analyze
from analyzers.finding import Report
from tests.analyzers.matrix.cells import change
from tests.analyzers.programs import tree_of

KEYS = """\
import os
import time

import jwt

OWNERS = {"k1": ("ada", frozenset({"start_job", "job_output"}))}


def exchange(api_key, wanted):
    owner, tools = OWNERS[api_key]
    now = int(time.time())
    claims = {
        "aud": "forge",
        "sub": owner,
        "allowed_tools": sorted(set(wanted) & tools),
        "iat": now,
        "exp": now + 900,
    }
    return jwt.encode(claims, os.environ["FORGE_KEY"], algorithm="HS256")
"""
AUTH = """\
import logging

from fastmcp.exceptions import ToolError
from fastmcp.server.dependencies import get_access_token
from fastmcp.server.middleware import Middleware

log = logging.getLogger("audit")
ALL = ("start_job", "job_output", "cancel_job", "notify")


def owner():
    token = get_access_token()
    if token is None:
        raise ToolError("no session")
    return token.claims["sub"]


class AllowedTools(Middleware):
    def _allowed(self):
        token = get_access_token()
        return frozenset(token.claims.get("allowed_tools", ())) if token else frozenset()

    async def on_call_tool(self, context, call_next):
        log.info("tool=%s subject=%s", context.message.name, owner())
        if context.message.name not in self._allowed():
            raise ToolError("this session may not call it")
        return await call_next(context)
"""
JOBS = """\
import secrets
from dataclasses import dataclass


@dataclass
class Job:
    owner: str
    output: str = ""


_jobs = {}


def start(owner):
    handle = secrets.token_urlsafe(24)
    _jobs[handle] = Job(owner)
    return handle


def job(owner, handle):
    found = _jobs.get(handle)
    if found is None or found.owner != owner:
        raise KeyError(handle)
    return found
"""
HOOKS = """\
import ipaddress
import os
import socket
from urllib.parse import urlsplit

import httpx

TRACKER = os.environ.get("TRACKER", "https://tracker.example.org")


async def notify(url):
    parts = urlsplit(url)
    addresses = {ipaddress.ip_address(info[4][0]) for info in socket.getaddrinfo(parts.hostname, 443)}
    if not all(address.is_global and not address.is_multicast for address in addresses):
        raise ValueError("not a public host")
    address = sorted(map(str, addresses))[0]
    async with httpx.AsyncClient(follow_redirects=False) as client:
        answer = await client.post(f"https://{address}{parts.path}", headers={"Host": parts.hostname})
    return answer.status_code


async def report(title):
    async with httpx.AsyncClient(base_url=TRACKER) as client:
        await client.post("/bugs", json={"title": title}, headers={"Authorization": os.environ["TRACKER_KEY"]})
"""
SERVER = """\
from fastmcp import FastMCP
from starlette.responses import JSONResponse

import hooks
import jobs
import keys
from auth import AllowedTools, owner
from verifier import SessionVerifier

mcp = FastMCP("forge", auth=SessionVerifier(), middleware=[AllowedTools()])


@mcp.tool
def start_job() -> str:
    return jobs.start(owner())


@mcp.tool
def job_output(handle: str) -> str:
    return jobs.job(owner(), handle).output


@mcp.tool
async def notify(url: str) -> int:
    return await hooks.notify(url)


@mcp.tool
async def report_bug(title: str) -> None:
    await hooks.report(f"{title} ({owner()})")


@mcp.custom_route("/session", methods=["POST"])
async def session(request):
    body = await request.json()
    return JSONResponse({"access_token": keys.exchange(request.headers["x-api-key"], body["tools"])})


mcp.run(transport="http", host_origin_protection=True)
"""
FILES = {"keys.py": KEYS, "auth.py": AUTH, "jobs.py": JOBS, "hooks.py": HOOKS, "server.py": SERVER}
BOUND = " or found.owner != owner"
DRAWN = "secrets.token_urlsafe(24)"
TESTED = "    if not all(address.is_global and not address.is_multicast for address in addresses):\n"
RAISED = '        raise ValueError("not a public host")\n'
CHANGES: dict[str, tuple[str, dict[str, str], tuple[tuple[str, str], ...]]] = {
    "the request says what is granted": (
        "keys.py",
        {"sorted(set(wanted) & tools)": "list(wanted)"},
        (("wildcard-tool-grant", "high"),),
    ),
    "all that the key may do": ("keys.py", {"sorted(set(wanted) & tools)": "sorted(tools)"}, ()),
    "everything for a token that says nothing": (
        "auth.py",
        {'"allowed_tools", ()': '"allowed_tools", ALL'},
        (("authorization-removed-in-change", "high"),),
    ),
    "a handle that nobody's is": ("jobs.py", {BOUND: ""}, (("state-handle-not-bound", "high"),)),
    "a handle that is counted, and bound": ("jobs.py", {DRAWN: "str(len(_jobs))"}, ()),
    "a handle that is counted": (
        "jobs.py",
        {DRAWN: "str(len(_jobs))", BOUND: ""},
        (("state-handle-not-bound", "high"),),
    ),
    "an address that nobody tested": ("hooks.py", {TESTED + RAISED: ""}, (("ssrf-model-controlled-host", "high"),)),
    "one public address is enough": ("hooks.py", {"not all(": "not any("}, (("ssrf-model-controlled-host", "high"),)),
    "redirects of a tested address": (
        "hooks.py",
        {"follow_redirects=False": "follow_redirects=True"},
        (("ssrf-redirect-after-check", "medium"),),
    ),
    "a key in the clear": (
        "hooks.py",
        {"https://tracker": "http://tracker"},
        (("plaintext-remote-endpoint", "high"),),
    ),
}


def _changed(path: str, edits: dict[str, str]) -> Report:
    text = FILES[path]
    for old, new in edits.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    head = {**FILES, path: text}
    return analyze(tree_of(head), tree_of(FILES), change(FILES, head))


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_change_leads_to(name: str) -> None:
    path, edits, expected = CHANGES[name]

    report = _changed(path, edits)

    assert {(item.rule, str(item.severity)) for item in report.findings if item.new} == set(expected)


def test_what_connects_to_an_address_that_it_tested_reaches_public_hosts() -> None:
    rows = {row.name: row for row in analyze(tree_of(FILES)).tools}

    assert rows["notify"].network == ("public hosts",)
