"""Routes of an application beside the server that is mounted in it."""

import pytest

from analyzers import analyze
from analyzers.finding import Report
from tests.analyzers.matrix.cells import change
from tests.analyzers.programs import tree_of

SERVED = """
import httpx
from mcp.server import MCPServer
from mcp.server.auth.settings import AuthSettings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from identity import RequireKey, verifier

server = MCPServer("shop", token_verifier=verifier, auth=AuthSettings(issuer_url="https://id.example"))


@server.tool()
def order(number: str) -> str:
    return httpx.get("https://orders.internal/", params={"number": number}).text


async def erase(request):
    httpx.delete("https://orders.internal/", params={"number": request.path_params["number"]})
    return PlainTextResponse("gone")


async def healthz(request):
    return PlainTextResponse("ok")


routes = [Route("/healthz", healthz), Route("/orders/{number}", erase, methods=["DELETE"]), MOUNT]
app = Starlette(routes=routesMORE)
"""
IDENTITY = """
import os
import hmac

from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import Response


class RequireKey(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if not hmac.compare_digest(request.headers.get("authorization", ""), os.environ["KEY"]):
            return Response(status_code=401)
        return await call_next(request)
"""
LOW_LEVEL = """
import httpx
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

server = Server("shop")
manager = StreamableHTTPSessionManager(app=server)


@server.call_tool()
async def call_tool(name, arguments):
    return httpx.get("https://orders.internal/", params=arguments).text


async def handle(scope, receive, send):
    await manager.handle_request(scope, receive, send)


async def speak(request):
    await manager.handle_request(request.scope, request.receive, request._send)


async def erase(request):
    httpx.delete("https://orders.internal/", params={"number": request.path_params["number"]})
    return PlainTextResponse("gone")


app = Starlette(routes=[Mount("/mcp", app=handle), Route("/speak", speak), Route("/orders/{number}", endpoint=erase)])
"""


def _served(mount: str = 'Mount("/", server.streamable_http_app())', more: str = "") -> Report:
    text = SERVED.replace("MOUNT", mount).replace("routesMORE", f"routes{more}")
    return analyze(tree_of({"server.py": text, "identity.py": IDENTITY}))


def _routes(report: Report) -> list[str]:
    return sorted(row.name for row in report.tools if row.kind == "route")


def _told(report: Report) -> list[tuple[str, ...]]:
    return [item.tools for item in report.findings if item.rule == "unauthenticated-custom-route"]


def test_routes_are_told_with_what_they_do_and_that_nothing_stands_before_them() -> None:
    report = _served()

    assert _routes(report) == ["/healthz", "/orders/{number}"]
    assert _told(report) == [("server:server:/orders/{number}",)]


def test_what_refuses_callers_of_the_whole_application_stands_before_its_routes() -> None:
    report = _served(more=", middleware=[Middleware(RequireKey)]")

    assert _routes(report) == ["/healthz", "/orders/{number}"]
    assert _told(report) == []


@pytest.mark.parametrize(
    ("mount", "more", "told"),
    [
        ('Mount("/mcp", server.streamable_http_app(), middleware=[Middleware(RequireKey)])', "", True),
        ('Mount("/mcp", RequireKey(server.streamable_http_app()))', "", True),
        (
            'Mount("/mcp", server.streamable_http_app(), middleware=[Middleware(RequireKey)])',
            ", middleware=[Middleware(RequireKey)]",
            False,
        ),
        ('Mount("/", server.streamable_http_app())', ")\napp = RequireKey(app", False),
        ('Mount("/", server.streamable_http_app())', ")\napp.add_middleware(RequireKey", False),
    ],
)
def test_what_stands_before_a_mount_alone_stands_before_no_route_beside_it(mount: str, more: str, told: bool) -> None:
    own = 'MCPServer("shop", token_verifier=verifier, auth=AuthSettings(issuer_url="https://id.example"))'
    text = SERVED.replace(own, 'MCPServer("shop")')
    text = text.replace("MOUNT", mount).replace("routesMORE", f"routes{more}")
    report = analyze(tree_of({"server.py": text, "identity.py": IDENTITY}))

    assert (_told(report) == [("server:server:/orders/{number}",)]) is told


@pytest.mark.parametrize("mount", ['Mount("/static", other)', 'Route("/more", healthz)'])
def test_an_application_that_serves_no_server_is_not_asked(mount: str) -> None:
    assert _routes(_served(mount)) == []


def test_what_hands_requests_on_to_the_protocol_is_no_route() -> None:
    report = analyze(tree_of({"server.py": LOW_LEVEL}))

    assert _routes(report) == ["/orders/{number}"]


def test_a_probe_is_none_of_those_that_lose_authentication() -> None:
    guarded = SERVED.replace("MOUNT", 'Mount("/", server.streamable_http_app())')
    before = {"server.py": guarded.replace("MORE", ", middleware=[Middleware(RequireKey)]"), "identity.py": IDENTITY}
    after = {**before, "server.py": guarded.replace("MORE", "")}

    report = analyze(tree_of(after), tree_of(before), change(before, after))

    lost = {name for item in report.findings if item.new for name in item.tools}
    assert "server:server:/orders/{number}" in lost
    assert "server:server:/healthz" not in lost


MOUNTED = 'Mount("/", server.streamable_http_app())'
ERASING = 'Route("/orders/{number}", erase, methods=["DELETE"])'
LISTS = {
    "filled": f"routes = [{ERASING}]\nroutes.append({MOUNTED})",
    "extended under a condition": f"routes = []\nif flag:\n    routes.extend([{ERASING}])\nroutes.append({MOUNTED})",
    "spread": f"routes = [*([{ERASING}] if flag else []), {MOUNTED}]",
    "added up": f"own = [{ERASING}]\nroutes = own + [{MOUNTED}]",
}


@pytest.mark.parametrize("listed", LISTS.values(), ids=LISTS)
def test_routes_are_found_however_their_list_is_filled(listed: str) -> None:
    start, end = SERVED.index("routes = ["), SERVED.index("app = Starlette")
    text = SERVED[:start] + f"flag = bool(verifier)\n{listed}\n" + SERVED[end:].replace("MORE", "")
    report = analyze(tree_of({"server.py": text, "identity.py": IDENTITY}))

    assert _routes(report) == ["/orders/{number}"]
    assert _told(report) == [("server:server:/orders/{number}",)]


AROUND = """
class Guarded:
    def __init__(self, sessions):
        self.sessions = sessions

    async def __call__(self, scope, receive, send):
        headers = dict(scope["headers"])
        if not hmac.compare_digest(headers.get(b"authorization", b"").decode(), os.environ["KEY"]):
            await Response(status_code=401)(scope, receive, send)
            return
        await self.sessions.handle_request(scope, receive, send)


async def token(request):
    httpx.delete("https://id.internal/codes", params={"code": request.query_params["code"]})
    return PlainTextResponse("token")


app = Starlette(routes=[
    Mount("/mcp", app=Guarded(manager)), Route("/token", token), Route("/orders/{number}", endpoint=erase)
])
"""


def test_an_application_around_the_sessions_stands_before_no_route_beside_it() -> None:
    head = "import hmac\nimport os\nfrom starlette.responses import Response" + LOW_LEVEL[: LOW_LEVEL.index("app = ")]
    report = analyze(tree_of({"server.py": head + AROUND}))

    assert _routes(report) == ["/orders/{number}", "/token"]
    assert _told(report) == [("server:server:/orders/{number}",)]
