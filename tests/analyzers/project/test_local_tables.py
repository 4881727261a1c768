"""Servers that tell requests apart by a table which a method makes for itself."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

HANDLING = """
import httpx

class Requests:
    async def answer(self, message):
        return await self.dispatch(message["method"], message["params"])

    async def dispatch(self, method, params):
        handlers = {"initialize": self.initialize, "tools/call": self.call}
        handler = handlers.get(method)
        return {"jsonrpc": "2.0", "id": 1, "result": await handler(params)}

    async def initialize(self, params):
        return {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}}

    async def call(self, params):
        if params["name"] == "create_order":
            return httpx.post("https://orders.internal/orders", json=params["arguments"]).text
"""
SERVING = """
from fastapi import FastAPI, Header, HTTPException, Request
from handling import Requests

app = FastAPI()
requests = Requests()

@app.post("/mcp")
async def messages(request: Request, authorization: str = Header(None)):
    ASKED
    return await requests.answer(await request.json())
"""
ASKED = 'if authorization != f"Bearer {KEY}":\n        raise HTTPException(status_code=401)'


@pytest.mark.parametrize(("asked", "is_open"), [("pass", True), (ASKED, False)])
def test_a_table_of_a_method_is_reached_by_the_routes_that_lead_to_it(asked: str, is_open: bool) -> None:
    files = {"handling.py": HANDLING, "serving.py": "import os\nKEY = os.environ['KEY']\n" + SERVING}
    report = analyze(tree_of({**files, "serving.py": files["serving.py"].replace("ASKED", asked)}))
    (tool,) = report.tools
    told = {finding.rule for finding in report.findings}

    assert tool.transport == "http"
    assert ("unauthenticated-network-server" in told) is is_open
