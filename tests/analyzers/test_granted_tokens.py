"""Tokens that a service gives for what somebody was given for signing in, beside those of the server itself."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
import httpx
import redis
from fastmcp import FastMCP

mcp = FastMCP("mails")
kept = redis.Redis()

def renewed(token: str) -> str:
    form = {{"grant_type": "refresh_token", "refresh_token": token, "client_secret": os.environ["MAILS_SECRET"]}}
    return httpx.post("https://id.example/token", data=form).json()["access_token"]

def signed_in(code: str) -> str:
    form = {{"grant_type": "authorization_code", "code": code, "client_secret": os.environ["MAILS_SECRET"]}}
    return httpx.post("https://id.example/token", data=form).json()["access_token"]

def own() -> str:
    form = {{"grant_type": "client_credentials", "client_secret": os.environ["MAILS_SECRET"]}}
    return httpx.post("https://id.example/token", data=form).json()["access_token"]

@mcp.tool
def remove(session: str, mail: str) -> str:
    headers = {{"Authorization": f"Bearer {{{token}}}"}}
    return httpx.delete(f"https://mails.example/me/{{mail}}", headers=headers).text

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ('renewed(kept.get(f"login:{session}"))', False),
        ("signed_in(session)", False),
        ("own()", True),
        ('renewed(os.environ["MAILS_LOGIN"])', True),
        ('renewed(open("login.txt").read())', True),
    ],
)
def test_a_token_of_somebody_who_signed_in_is_not_the_servers(token: str, told: bool) -> None:
    found = analyze(tree_of({"server.py": SERVER.format(token=token)})).findings

    assert ("path-injection-into-downstream-url" in {one.rule for one in found}) is told
