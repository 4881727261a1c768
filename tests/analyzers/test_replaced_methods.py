"""Servers whose methods that make an application are replaced by the program, whatever it names them by."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import hmac
import os
from fastmcp import FastMCP
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse

mcp = FastMCP("desk")
KEY = os.environ["DESK_KEY"]


class RequireKey(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if not hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer {KEY}"):
            return JSONResponse({"error": "unauthorized"}, status_code=401)
        return await call_next(request)


def guard(server):
    names = ["NAMED"]
    for name in names:
        make = getattr(server, name)

        def guarded(*given, made=make, **options):
            app = made(*given, **options)
            app.add_middleware(RequireKey)
            return app

        setattr(server, name, guarded)


@mcp.tool
def drop(name: str) -> None:
    os.unlink("/srv/desk/" + os.path.basename(name))


def main():
    guard(mcp)
    mcp.run(transport="http", host="0.0.0.0")


if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(("named", "told"), [("http_app", 0), ("describe", 1)])
def test_middleware_of_a_replaced_application_guards_it(
    scan: Callable[[dict[str, str]], Report], named: str, told: int
) -> None:
    report = scan({"server.py": SERVER.replace("NAMED", named)})

    assert sum(finding.rule == "unauthenticated-network-server" for finding in report.findings) == told
