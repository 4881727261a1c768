"""Records of calls by loggers that were given the caller or the tool before."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import httpx
import structlog
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token
from fastmcp.server.middleware import Middleware
from verifier import verifier

logger = structlog.get_logger("calls")

def caller():
    claims = getattr(get_access_token(), "claims", {}) or {}
    return {"who": claims.get("sub")}

class Recorder(Middleware):
    async def on_call_tool(self, context, call_next):
        name = getattr(getattr(context, "message", None), "name", "?")
        log = LOGGER
        log.info("call")
        return await call_next(context)

mcp = FastMCP("orders", auth=verifier, middleware=[Recorder()])

@mcp.tool
def create_order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"item": item}).text

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("logger", "rule"),
    [
        pytest.param("logger.bind(tool=name, **caller())", set(), id="tool and caller"),
        pytest.param("logger.bind(tool=name)", {"audit-without-tool-or-subject"}, id="the tool alone"),
        pytest.param("logger.bind(request=1)", {"audit-without-tool-or-subject"}, id="neither"),
    ],
)
def test_a_record_holds_what_its_logger_was_given(
    scan: Callable[[dict[str, str]], Report], logger: str, rule: set[str]
) -> None:
    report = scan({"server.py": SERVER.replace("LOGGER", logger)})

    assert {"audit-without-tool-or-subject", "missing-tool-call-audit"} & {
        item.rule for item in report.findings
    } == rule
