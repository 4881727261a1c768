"""Routes that are added to the application of a server once it is made."""

import pytest

from analyzers import analyze
from analyzers.finding import Report
from tests.analyzers.programs import tree_of

SERVED = """
import hmac
import os

import httpx
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

verifier = JWTVerifier(jwks_uri="https://id.example/keys", issuer="https://id.example", audience="shop")
mcp = FastMCP("shop", auth=verifier)


@mcp.tool
def order(number: str) -> str:
    return httpx.get("https://orders.internal/", params={"number": number}).text


class RequireKey(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if not hmac.compare_digest(request.headers.get("authorization", ""), os.environ["KEY"]):
            return Response(status_code=401)
        return await call_next(request)


APPLICATION
DECORATOR
async def erase(request):
    httpx.delete("https://orders.internal/", params={"number": request.path_params["number"]})
    return PlainTextResponse("gone")

ADDED
"""
OWN = "app = mcp.http_app()"
ADDITIONS = {
    "decorated": ('@app.route("/orders/{number}", methods=["DELETE"])', ""),
    "added": ("", 'app.add_route("/orders/{number}", erase, methods=["DELETE"])'),
    "added to the router": ("", 'app.router.add_route("/orders/{number}", erase, methods=["DELETE"])'),
    "appended": ("", 'app.routes.append(Route("/orders/{number}", erase, methods=["DELETE"]))'),
    "inserted": ("", 'app.router.routes.insert(0, Route("/orders/{number}", erase, methods=["DELETE"]))'),
    "in a function": ("", 'def add():\n    app.add_route("/orders/{number}", erase)\n\nadd()'),
}
START = '\nif __name__ == "__main__":\n    import uvicorn\n    uvicorn.run(app, host="0.0.0.0")\n'


def _report(application: str, addition: tuple[str, str], after: str = "") -> Report:
    decorator, added = addition
    text = SERVED.replace("APPLICATION", application).replace("DECORATOR", decorator).replace("ADDED", added)
    return analyze(tree_of({"server.py": text + after + START}))


def _told(report: Report) -> list[tuple[str, ...]]:
    return [found.tools for found in report.findings if found.rule == "unauthenticated-custom-route"]


@pytest.mark.parametrize("addition", ADDITIONS.values(), ids=ADDITIONS)
@pytest.mark.parametrize("application", [OWN, 'app = Starlette(routes=[Mount("/", mcp.http_app())])'])
def test_no_provider_of_the_server_stands_before_routes_that_are_added(
    application: str, addition: tuple[str, str]
) -> None:
    assert _told(_report(application, addition)) == [("server:mcp:/orders/{number}",)]


@pytest.mark.parametrize("addition", ADDITIONS.values(), ids=ADDITIONS)
def test_what_refuses_callers_of_the_application_stands_before_them(addition: tuple[str, str]) -> None:
    report = _report(OWN, addition, "\napp.add_middleware(RequireKey)\n")

    assert "/orders/{number}" in [tool.name for tool in report.tools]
    assert _told(report) == []


@pytest.mark.parametrize(
    "application", ["app = Starlette()", 'app = Starlette(routes=[Mount("/", other)])', "app = mcp.table()"]
)
@pytest.mark.parametrize("addition", ADDITIONS.values(), ids=ADDITIONS)
def test_what_is_added_to_another_application_is_no_route_of_the_server(
    application: str, addition: tuple[str, str]
) -> None:
    report = _report(f"{OWN}\nserved = app\n{application}", addition)

    assert [tool.name for tool in report.tools] == ["order"]
