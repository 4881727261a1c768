"""What context variables hold that are set from one another."""

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
from contextvars import ContextVar
import httpx
from fastmcp import FastMCP
from starlette.middleware.base import BaseHTTPMiddleware

mcp = FastMCP("shop")
current = ContextVar("current")
session = ContextVar("session")

class Keep(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        current.set(request)
        return await call_next(request)

def remember(handler):
    session.set(current.get())
    return handler()

@mcp.tool
def create_order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"item": item, "session": session.get()}).text

app = mcp.http_app()
app.add_middleware(Keep)
"""


def test_a_variable_may_be_set_to_what_another_keeps_of_a_request() -> None:
    report = analyze(tree_of({"server.py": SERVER}))

    assert report.failures == ()
    assert {entry.name for entry in report.tools} == {"create_order"}
