"""Records that middleware around a server makes of requests, though it refuses nobody."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import json
import logging
import os
import uvicorn
from mcp.server.fastmcp import FastMCP
from starlette.applications import Starlette
from starlette.routing import Mount

mcp = FastMCP("files")
audit_log = logging.getLogger("audit")

@mcp.tool()
def remove(name: str) -> str:
    os.remove("/data/" + os.path.basename(name))
    return "removed"

class Recording:
    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        message = await receive()
        call = json.loads(message.get("body", b""))

        async def again():
            return message

        try:
            await self._app(scope, again, send)
        finally:
            RECORD

def main() -> None:
    if os.environ.get("TRANSPORT") == "sse":
        app = Starlette(routes=[Mount("/", app=mcp.sse_app())])
        WRAP
        uvicorn.run(app, host="0.0.0.0")
    else:
        mcp.run()

main()
"""
RECORD = 'audit_log.info("%s by %s", call["params"]["name"], scope["client"])'
WRAP = "app = Recording(app)"


@pytest.mark.parametrize(
    ("record", "wrap", "told"),
    [
        (RECORD, WRAP, False),
        (RECORD, "app.add_middleware(Recording)", False),
        (RECORD, "pass", True),
        (RECORD, 'app = Recording(app) if os.environ.get("RECORDS") else app', True),
        ('logging.info("asked")', WRAP, True),
    ],
)
def test_what_middleware_records_of_each_request_is_a_record(record: str, wrap: str, told: bool) -> None:
    found = analyze(
        tree_of({"server.py": SERVER.replace("            RECORD", f"            {record}").replace("WRAP", wrap)})
    ).findings

    assert ("missing-tool-call-audit" in {one.rule for one in found}) is told
