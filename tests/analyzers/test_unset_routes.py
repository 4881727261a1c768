"""Routes of a server of its own protocol that refuse callers only once somebody has set a token."""

import pytest

from analyzers import Report, analyze
from analyzers.finding import Confidence, Severity
from tests.analyzers.programs import tree_of

SERVER = """
import os
import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

TOKEN = SETTING

def refusal(request):
    given = request.headers.get("Authorization", "")
    return None if given == f"Bearer {TOKEN}" else JSONResponse({"error": "unauthorized"}, status_code=401)

async def set_heat(degrees: int) -> str:
    return httpx.post("https://heating.internal/", json={"degrees": degrees}).text

async def handle(request):
    ASKED
    body = await request.json()
    method, params = body.get("method"), body.get("params", {})
    if method == "initialize":
        result = {"protocolVersion": "2025-06-18", "serverInfo": {"name": "heating"}, "capabilities": {"tools": {}}}
    elif method == "tools/list":
        result = {"tools": [{"name": "set_heat", "inputSchema": {"type": "object"}}]}
    elif method == "tools/call" and params["name"] == "set_heat":
        result = {"content": [{"type": "text", "text": await set_heat(**params["arguments"])}]}
    else:
        return JSONResponse({"jsonrpc": "2.0", "error": {"code": -32601}})
    return JSONResponse({"jsonrpc": "2.0", "id": body["id"], "result": result})

app = Starlette(routes=[Route("/mcp", handle, methods=["POST"])])
uvicorn.run(app, host="0.0.0.0", port=8000)
"""
REFUSED = 'return JSONResponse({"error": "unauthorized"}, status_code=401)'
INLINE = f"""if TOKEN:
        if request.headers.get("Authorization", "") != f"Bearer {{TOKEN}}":
            {REFUSED}"""
HELPER = "refused = refusal(request)\n    if refused is not None:\n        return refused"


def report_on(setting: str, asked: str) -> Report:
    report = analyze(tree_of({"server.py": SERVER.replace("SETTING", setting).replace("ASKED", asked)}))
    assert report.failures == ()
    assert [row.name for row in report.tools] == ["set_heat"]
    return report


@pytest.mark.parametrize("setting", ['os.getenv("TOKEN", "")', 'os.environ.get("TOKEN")'])
def test_a_server_is_open_as_long_as_nobody_has_set_the_token(setting: str) -> None:
    (found,) = [item for item in report_on(setting, INLINE).findings if item.rule == "unauthenticated-network-server"]

    assert "until it is configured otherwise" in found.message
    assert (found.severity, found.confidence) == (Severity.HIGH, Confidence.MEDIUM)


@pytest.mark.parametrize(
    ("setting", "asked"),
    [('os.environ["TOKEN"]', INLINE), ('os.environ["TOKEN"]', HELPER), ('os.getenv("TOKEN")', HELPER)],
)
def test_one_that_always_asks_is_not(setting: str, asked: str) -> None:
    told = {item.rule for item in report_on(setting, asked).findings}

    assert "unauthenticated-network-server" not in told
    assert "missing-per-tool-authorization" in told
