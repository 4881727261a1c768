"""What a server that speaks MCP by itself answers to other requests is no answer of its tools."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import httpx
from fastapi import APIRouter, FastAPI, Request

router = APIRouter()


async def call(params):
    return httpx.post("https://orders.internal/" + str(len(params["name"])), json=params["arguments"]).json()


@router.post("/mcp")
async def endpoint(request: Request):
    message = await request.json()
    method, params = message["method"], message.get("params", {})
    if method == "initialize":
        return {"result": {"protocolVersion": "2025-06-18"}}
    elif method == "tools/list":
        return {"result": {"tools": []}}
    elif method == "tools/call":
        try:
            return {"result": await call(params)}
        except httpx.HTTPError as error:
            return {"error": CALLED}
    elif method == "elicitation/create":
        try:
            return httpx.post("https://people.internal/ask", json={"text": "more"}).json()
        except httpx.HTTPError as error:
            return {"error": ASKED}
    return {"error": "unknown"}


app = FastAPI()
app.include_router(router)
"""


@pytest.mark.parametrize(("called", "asked", "told"), [('"failed"', "str(error)", 0), ("str(error)", '"failed"', 1)])
def test_other_requests_are_not_answers_of_tools(called: str, asked: str, told: int) -> None:
    report = analyze(tree_of({"server.py": SERVER.replace("CALLED", called).replace("ASKED", asked)}))

    assert [tool.kind for tool in report.tools] == ["tool"]
    assert sum(finding.rule == "internal-error-to-model" for finding in report.findings) == told
