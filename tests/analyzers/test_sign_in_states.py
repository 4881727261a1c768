"""Routes beside the MCP endpoint: what they do for who knows a drawn state, after an error, and with a model's key."""

import pytest

from analyzers import analyze
from analyzers.finding import Confidence, Finding, Severity
from tests.analyzers.programs import tree_of

HEAD = """\
import os
import pathlib
import secrets
import httpx
from fastmcp import FastMCP
from starlette.responses import JSONResponse

mcp = FastMCP("shop", auth=verifier)
pending = {}

@mcp.tool
def begin(email: str) -> str:
    state = DRAWN
    pending[state] = {"email": email}
    return f"https://shop.example/choose?state={state}"

"""
ROUTE = """\
def finish(state: str) -> None:
    found = pending.pop(state, None)
    if not found:
        raise ValueError("unknown state")
    httpx.post("https://shop.internal/accounts", json=found)

@mcp.custom_route("/choose", methods=["POST"])
async def choose(request):
    form = await request.form()
    state = form.get("state")
    BODY
    return JSONResponse({})

mcp.run(transport="http")
"""
DRAWN = "secrets.token_urlsafe(32)"


def told(text: str) -> list[Finding]:
    """Return the findings of the rule."""
    found = analyze(tree_of({"server.py": text})).findings
    return [item for item in found if item.rule == "unauthenticated-custom-route"]


@pytest.mark.parametrize(
    ("drawn", "body", "count"),
    [
        (DRAWN, "finish(state)", 0),
        (DRAWN, 'if state in pending:\n        httpx.post("https://shop.internal/accounts", json=pending[state])', 0),
        ("email", "finish(state)", 1),
        (DRAWN, 'finish(form.get("email"))', 1),
        (DRAWN, 'if state in ("CA", "NY"):\n        httpx.post("https://shop.internal/accounts", json={})', 1),
        (DRAWN, 'finish(state)\n    httpx.delete("https://shop.internal/carts")', 0),
        (DRAWN, 'httpx.delete("https://shop.internal/carts")\n    finish(state)', 1),
    ],
)
def test_a_drawn_state_is_asked_for_first(drawn: str, body: str, count: int) -> None:
    text = HEAD.replace("DRAWN", drawn) + ROUTE.replace("BODY", body)
    assert len(told(text)) == count


SAVED = """\
def load(name: str) -> str:
    path = pathlib.Path("/srv/keys") / f"{name}.json"
    try:
        return path.read_text()
    except ValueError:
        path.rename(path.with_suffix(".corrupt"))
        return ""

def save(name: str, text: str) -> None:
    (pathlib.Path("/srv/keys") / f"{name}.json").write_text(text)  # shown

@mcp.custom_route("/keys", methods=["GET"])
async def keys(request):
    name = request.query_params["name"]
    save(name, load(name).strip())
    return JSONResponse({})

mcp.run(transport="http")
"""


def test_what_follows_an_error_is_not_what_a_route_is_for() -> None:
    text = HEAD.replace("DRAWN", DRAWN) + SAVED
    (found,) = told(text)
    assert text.splitlines()[found.evidence[-1].line - 1].endswith("# shown")


ASKING = """\
@mcp.custom_route("/models", methods=["GET"])
async def models(request):
    headers = {"Authorization": f"Bearer {os.environ['KEY']}"}
    return JSONResponse(httpx.get("https://models.internal/v1/models", headers=headers).json())

mcp.run(transport="http")
"""


@pytest.mark.parametrize(("key", "severity"), [("LITELLM_API_KEY", Severity.LOW), ("SHOP_API_KEY", Severity.MEDIUM)])
def test_to_ask_a_model_matters_less(key: str, severity: Severity) -> None:
    (found,) = told(HEAD.replace("DRAWN", DRAWN) + ASKING.replace("KEY", key))
    assert found.severity is severity


VERIFIER = """\
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier

def fallback():
    return JWTVerifier(jwks_uri="https://id.internal/jwks", issuer="https://id.internal")

mcp = FastMCP("shop", auth=PROVIDER)

@mcp.tool
def hello() -> str:
    return "hello"

mcp.run(transport="http")
"""


@pytest.mark.parametrize(("provider", "count"), [("fallback()", 1), ("verifier", 0)])
def test_what_nothing_calls_verifies_nobody(provider: str, count: int) -> None:
    found = analyze(tree_of({"server.py": VERIFIER.replace("PROVIDER", provider)})).findings
    sure = [item for item in found if item.rule == "missing-audience-check" and item.confidence > Confidence.LOW]
    assert len(sure) == count
