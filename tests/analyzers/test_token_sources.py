"""Where a token that is read without its signature comes from decides whether anybody could have written it."""

import textwrap

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

PROGRAM = """
import base64
import json
from dataclasses import dataclass
import httpx
import jwt
from fastmcp import FastMCP
from store import accounts, remember

mcp = FastMCP("shop")
"""
CLAIMS_OF = """
def claims_of(token: str) -> dict:
    return jwt.decode(token, options={"verify_signature": False})
"""
BELIEVED = {
    "from the body of a request": """
        async def login(request):
            body = await request.json()
            remember(body["refresh_token"])
            accounts.user = claims_of(body["id_token"])["sub"]
    """,
    "from the model of a body": """
        @app.post("/login")
        async def login(body: Login):
            remember(body.refresh_token)
            accounts.user = claims_of(body.id_token)["sub"]
    """,
    "from the record that a body is made": """
        async def login(request):
            body = Login(**await request.json())
            remember(body.refresh_token)
            claims = jwt.decode(body.access_token, options={"verify_signature": False})
            accounts.user = claims["sub"]

        class Login:
            def __init__(self, access_token: str, refresh_token: str) -> None:
                self.access_token = access_token
                self.refresh_token = refresh_token
    """,
    "from a table of unknown origin": """
        def login(table: dict) -> None:
            accounts.user = claims_of(table["token"])["sub"]
    """,
    "before the request is handed on": """
        class Users:
            async def __call__(self, scope, receive, send):
                claims = jwt.decode(scope["token"], options={"verify_signature": False})
                scope["state"]["user"] = claims["sub"]
                await self.app(scope, receive, send)
    """,
    "where it is handed on only sometimes": """
        class Users:
            async def __call__(self, scope, receive, send):
                if scope["type"] != "http":
                    await self.app(scope, receive, send)
                claims = jwt.decode(scope["token"], options={"verify_signature": False})
                scope["state"]["user"] = claims["sub"]
                await self.app(scope, receive, send)
    """,
}
VOUCHED_FOR = {
    "an issuer's answer": """
        async def exchanged(answer: dict) -> None:
            remember(answer.get("refresh_token"))
            accounts.user = claims_of(answer["id_token"])["sub"]
    """,
    "its payload, cut out": """
        async def exchanged(answer: dict) -> None:
            remember(answer.get("refresh_token"))
            part = answer.get("id_token").split(".")[1]
            accounts.user = json.loads(base64.urlsafe_b64decode(part + "=" * (4 - len(part) % 4)))["sub"]
    """,
    "the record of an issuer's answer": """
        @dataclass
        class Answer:
            access_token: str
            refresh_token: str

        async def exchange(code: str) -> Answer:
            answer = (await httpx.AsyncClient().post("https://id.example/token", data={"code": code})).json()
            return Answer(access_token=answer["access_token"], refresh_token=answer["refresh_token"])

        async def login(code: str) -> None:
            answer = await exchange(code)
            claims = jwt.decode(answer.access_token, options={"verify_signature": False})
            remember(answer.refresh_token)
            accounts.user = claims["sub"]
    """,
    "stored and decrypted": """
        class Tokens:
            async def of(self, user: str) -> str | None:
                record = await accounts.get(user)
                if record is None:
                    return None
                if record.refresh_token and record.is_old():
                    await self.renew(record)
                return await self.cipher.decrypt(record.access_token)

        async def forward(user: str) -> None:
            accounts.user = claims_of(await Tokens().of(user))["sub"]
    """,
    "the request is answered": """
        class Usage:
            async def __call__(self, scope, receive, send):
                await self.app(scope, receive, send)
                claims = jwt.decode(scope["token"], options={"verify_signature": False})
                accounts.user = claims["jti"]
    """,
}


def told_of(body: str) -> list[str]:
    read = CLAIMS_OF if "claims_of" in body else ""
    program = f"{PROGRAM}\n{read}\n{textwrap.dedent(body)}\nmcp.run(transport='http')\n"
    report = analyze(tree_of({"server.py": program}))
    assert report.failures == ()
    return [finding.rule for finding in report.findings if finding.rule == "unverified-token"]


@pytest.mark.parametrize("body", BELIEVED.values(), ids=BELIEVED)
def test_a_token_that_a_caller_may_have_written_is_told_of(body: str) -> None:
    assert told_of(body) == ["unverified-token"]


@pytest.mark.parametrize("body", VOUCHED_FOR.values(), ids=VOUCHED_FOR)
def test_a_token_that_its_issuer_gave_or_that_decides_nothing_is_not(body: str) -> None:
    assert told_of(body) == []
