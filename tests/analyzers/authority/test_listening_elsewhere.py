"""Where an application listens that another file serves, by settings that a file and the environment change."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import httpx
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

async def answer(request):
    body = await request.json()
    if body["method"] == "tools/list":
        return JSONResponse({"id": body["id"], "result": {"tools": [{"name": "order", "inputSchema": {}}]}})
    if body["method"] == "tools/call":
        arguments = body["params"]["arguments"]
        text = httpx.post("https://orders.internal/orders", json=arguments).text
        return JSONResponse({"id": body["id"], "result": {"content": [{"type": "text", "text": text}]}})
    return JSONResponse({"id": body["id"], "error": {"code": -32601}})

def create_app():
    return Starlette(routes=[Route("/mcp", answer, methods=["POST"])])
"""
SETTINGS = """
import json
import os
from dataclasses import dataclass

HOST = "{host}"

@dataclass
class Settings:
    host: str

def overridden(settings: Settings) -> Settings:
    return Settings(host=os.environ.get("SHOP_HOST", settings.host))

def load() -> Settings:
    raw = json.load(open("settings.json"))
    return overridden(Settings(host=raw.get("host", HOST)))
"""
MAIN = """
import uvicorn
from server import create_app
from settings import load

def main():
    settings = load()
    uvicorn.run(create_app(), host=settings.host)
"""


@pytest.mark.parametrize(("host", "reached"), [("127.0.0.1", "from this machine"), ("0.0.0.0", "over the network")])
def test_the_only_start_of_a_package_tells_where_it_listens(host: str, reached: str) -> None:
    report = analyze(tree_of({"server.py": SERVER, "settings.py": SETTINGS.format(host=host), "main.py": MAIN}))

    (told,) = [one.message for one in report.findings if one.rule == "unauthenticated-network-server"]
    assert reached in told
