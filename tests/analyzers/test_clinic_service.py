"""A mounted server with a guard of its own around each tool, and changes of a few lines to it."""

import pytest

from analyzers import analyze
from analyzers.finding import Report, ToolRow
from tests.analyzers.matrix.cells import change
from tests.analyzers.programs import tree_of

SECURITY = """\
import functools
import hashlib
import hmac
import inspect

from fastmcp.exceptions import ToolError
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token, get_http_headers
from pydantic import SecretStr
from pydantic_settings import BaseSettings


class Config(BaseSettings):
    download_key: SecretStr
    host: str = "127.0.0.1"


def verifier():
    return JWTVerifier(jwks_uri="https://id.example/keys", audience="clinic", required_scopes=["clinic"])


def practice():
    token = get_access_token()
    if token is None:
        raise ToolError("sign in first")
    return token.claims["practice"]


def requires(scope):
    def decorate(tool):
        @functools.wraps(tool)
        async def guarded(*args, **kwargs):
            token = get_access_token()
            if token is None or scope not in token.scopes:
                raise ToolError("not allowed")
            result = tool(*args, **kwargs)
            return await result if inspect.isawaitable(result) else result

        return guarded

    return decorate


def is_signed(path, given):
    key = Config().download_key.get_secret_value().encode()
    return hmac.compare_digest(hmac.new(key, path.encode(), hashlib.sha256).hexdigest(), given)
"""
LAB = """\
import httpx
from fastmcp.server.dependencies import get_access_token


class Lab:
    def __init__(self):
        self.client = httpx.AsyncClient(base_url="https://lab.example")
        self.token = ""

    async def exchanged(self):
        body = {"subject_token": get_access_token().token, "audience": "https://lab.example"}
        answer = await self.client.post("https://id.example/token", data=body)
        return answer.json()["access_token"]

    async def results(self):
        answer = await self.client.get("/samples", headers={"Authorization": f"Bearer {await self.exchanged()}"})
        return answer.text


lab = Lab()
"""
TOOLS = """\
import os

from fastmcp import FastMCP
from sqlmodel import Session, create_engine, select

from lab import lab
from models import Patient
from security import practice, requires

engine = create_engine(os.environ["DATABASE_URL"])
tools = FastMCP("tools")


@tools.tool
@requires("patients:read")
def read_patient(number: int) -> dict:
    with Session(engine) as session:
        return session.exec(select(Patient).where(Patient.practice == practice(), Patient.id == number)).one()


@tools.tool
@requires("patients:read")
def list_patients() -> list[dict]:
    with Session(engine) as session:
        return session.exec(select(Patient).where(Patient.practice == practice())).all()


@tools.tool
@requires("patients:delete")
def delete_patient(number: int) -> str:
    with Session(engine) as session:
        session.delete(session.exec(select(Patient).where(Patient.practice == practice(), Patient.id == number)).one())
        session.commit()


@tools.tool
@requires("lab:read")
async def lab_results() -> str:
    return await lab.results()
"""
APP = """\
from fastmcp import FastMCP
from starlette.responses import FileResponse, Response

from security import Config, is_signed, verifier
from tools import tools

app = FastMCP("clinic", auth=verifier())
app.mount(tools)


@app.custom_route("/documents/{name}", methods=["GET"])
async def download(request):
    name = request.path_params["name"]
    if not is_signed(name, request.query_params["signature"]):
        return Response(status_code=403)
    return FileResponse(f"/srv/documents/{name}")


app.run(transport="http", host=Config().host)
"""
FILES = {"security.py": SECURITY, "lab.py": LAB, "tools.py": TOOLS, "app.py": APP}
READ = """\
def read_patient(number: int) -> dict:
    with Session(engine) as session:
        return session.exec(select(Patient).where(Patient.practice == practice(), Patient.id == number)).one()
"""
EXCHANGED = """\
        answer = await self.client.post("https://id.example/token", data=body)
        return answer.json()["access_token"]
"""
KEPT = """\
        if not self.token:
            answer = await self.client.post("https://id.example/token", data=body)
            self.token = answer.json()["access_token"]
        return self.token
"""
CLAIMS = """\
    token = get_access_token()
    if token is None:
        raise ToolError("sign in first")
    return token.claims["practice"]
"""
AGAIN = """\
    header = get_http_headers(include={"authorization"})["authorization"]
    return jwt.decode(header.removeprefix("Bearer "), options={"verify_signature": False})["practice"]


import jwt
"""
ROSTER = """\
@tools.resource("clinic://roster")
def roster() -> str:
    with Session(engine) as session:
        return session.exec(select(Patient).where(Patient.practice == practice())).all()


@tools.tool
@requires("lab:read")"""
CHANGES: dict[str, tuple[str, str, str, tuple[tuple[str, str], ...]]] = {
    "another grant is enough": (
        "security.py",
        "scope not in token.scopes:",
        'not {scope, "admin"} & set(token.scopes):',
        (("authorization-removed-in-change", "high"),),
    ),
    "no scope of every connection": (
        "security.py",
        ', required_scopes=["clinic"]',
        "",
        (("authorization-removed-in-change", "high"),),
    ),
    "a header names the practice": (
        "security.py",
        '    return token.claims["practice"]',
        '    return get_http_headers().get("x-practice") or token.claims["practice"]',
        (("caller-supplied-identity", "high"),),
    ),
    "a parameter names the practice": (
        "tools.py",
        READ,
        READ.replace("number: int", "number: int, practice_id: str").replace("practice()", "practice_id"),
        (("ambient-service-credential", "low"), ("caller-supplied-identity", "medium")),
    ),
    "the token of one caller is kept": (
        "lab.py",
        EXCHANGED,
        KEPT,
        (("cross-session-state", "high"),),
    ),
    "a key in the code": (
        "security.py",
        "download_key: SecretStr\n",
        'download_key: SecretStr = SecretStr("b7f1c0de9a55e77d42aa18")\n',
        (("hardcoded-credential", "high"),),
    ),
    "a signature compared as it is": (
        "security.py",
        "hmac.compare_digest(hmac.new(key, path.encode(), hashlib.sha256).hexdigest(), given)",
        "hmac.new(key, path.encode(), hashlib.sha256).hexdigest() == given",
        (),
    ),
    "no signature": (
        "app.py",
        '    if not is_signed(name, request.query_params["signature"]):\n        return Response(status_code=403)\n',
        "",
        (("unauthenticated-custom-route", "medium"),),
    ),
    "a resource without a guard": (
        "tools.py",
        '@tools.tool\n@requires("lab:read")',
        ROSTER,
        (("missing-per-tool-authorization", "low"),),
    ),
    "claims read again of a verified request": (
        "security.py",
        CLAIMS,
        AGAIN,
        (("ambient-service-credential", "medium"), ("unverified-token", "low")),
    ),
}


def _changed(path: str, old: str, new: str) -> Report:
    assert FILES[path].count(old) == 1
    head = {**FILES, path: FILES[path].replace(old, new)}
    return analyze(tree_of(head), tree_of(FILES), change(FILES, head))


def _rows(report: Report) -> dict[str, ToolRow]:
    return {row.name: row for row in report.tools}


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_change_leads_to(name: str) -> None:
    path, old, new, expected = CHANGES[name]

    report = _changed(path, old, new)

    assert {(item.rule, str(item.severity)) for item in report.findings if item.new} == set(expected)


def test_each_tool_has_the_scopes_of_the_connection_and_its_own() -> None:
    rows = _rows(analyze(tree_of(FILES)))

    assert rows["delete_patient"].requires == (("clinic",), ("patients:delete",))
    assert rows["read_patient"].requires == (("clinic",), ("patients:read",))


def test_a_mounted_server_listens_where_the_other_does() -> None:
    here, everywhere = analyze(tree_of(FILES)), _changed("security.py", '"127.0.0.1"', '"0.0.0.0"')

    assert {row.bind for row in here.tools} == {"loopback"}
    assert {row.bind for row in everywhere.tools} == {"network"}
