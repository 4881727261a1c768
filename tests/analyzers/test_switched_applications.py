"""Applications that are put around a server only where somebody makes a setting."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import argparse
import hmac
import os
import sys
import click
import uvicorn
from fastmcp import FastMCP
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse

mcp = FastMCP("desk")


class RequireKey(BaseHTTPMiddleware):
    def __init__(self, app, key):
        super().__init__(app)
        self.key = key

    async def dispatch(self, request, call_next):
        if not hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer {self.key}"):
            return JSONResponse({"error": "unauthorized"}, status_code=401)
        return await call_next(request)


@mcp.tool
def drop(name: str) -> None:
    os.unlink("/srv/desk/" + os.path.basename(name))


START


if __name__ == "__main__":
    main()
"""
ATTACHED = """    app = mcp.http_app()
    if key:
        app.add_middleware(RequireKey, key=key)
    uvicorn.run(app, host="0.0.0.0")"""
PATCHED = """    if key:
        make = mcp.http_app

        def guarded():
            app = make()
            app.add_middleware(RequireKey, key=key)
            return app

        mcp.http_app = guarded
    uvicorn.run(mcp.http_app(), host="0.0.0.0")"""
OPTION = '@click.command()\n@click.option("--key", {})\ndef main(key):\n'
PARSED = (
    "def main():\n    parser = argparse.ArgumentParser()\n"
    '    parser.add_argument("--key", {})\n    key = parser.parse_args().key\n'
)


@pytest.mark.parametrize(
    ("start", "found"),
    [
        (OPTION.format("default=None") + ATTACHED, True),
        (OPTION.format('envvar="DESK_KEY"') + ATTACHED, True),
        (OPTION.format("default=None") + PATCHED, True),
        (PARSED.format("default=None") + ATTACHED, True),
        (PARSED.format('default=os.environ.get("DESK_KEY")') + ATTACHED, True),
        ('def main():\n    key = os.environ.get("DESK_KEY")\n' + ATTACHED, True),
        (OPTION.format("required=True") + ATTACHED, False),
        (PARSED.format("required=True") + ATTACHED, False),
        ('def main():\n    key = os.environ["DESK_KEY"]\n' + ATTACHED, False),
        ('def main():\n    key = os.environ.get("DESK_KEY")\n' + ATTACHED.replace("if key:", "if True:"), False),
        (
            'def main():\n    key = os.environ.get("DESK_KEY")\n    if not key:\n        sys.exit("no key")\n'
            + ATTACHED,
            False,
        ),
    ],
)
def test_a_server_is_open_until_its_key_is_given(
    scan: Callable[[dict[str, str]], Report], start: str, found: bool
) -> None:
    report = scan({"server.py": SERVER.replace("START", start)})

    told = [item for item in report.findings if item.rule == "unauthenticated-network-server"]
    assert bool(told) is found
    assert all("until it is configured otherwise" in item.message for item in told)


@pytest.mark.parametrize(
    ("options", "transport"),
    [
        ('dict(transport="http", host=host)', "http"),
        ('{"transport": "sse", "host": host}', "http"),
        ('dict(host="127.0.0.1")', "both"),
    ],
)
def test_a_table_of_options_says_how_a_server_is_started(
    scan: Callable[[dict[str, str]], Report], options: str, transport: str
) -> None:
    start = f'def main(host="127.0.0.1"):\n    options = {options}\n    mcp.run(**options)'
    (row,) = scan({"server.py": SERVER.replace("START", start)}).tools

    assert row.transport == transport


REBOUND = """
ASKED = os.getenv("ASKED", "{default}").lower() == "true"
if ASKED and not os.getenv("DESK_KEY"):
    ASKED = {rebound}

def main():
    app = mcp.http_app()
    if ASKED:
        app.add_middleware(RequireKey, key=os.environ["DESK_KEY"])
    uvicorn.run(app, host="0.0.0.0")
"""


@pytest.mark.parametrize(
    ("default", "rebound", "found"),
    [("false", "False", True), ("true", "False", False), ("false", "bool(os.getenv('OLD_KEY', 'old'))", False)],
)
def test_a_switch_is_off_where_all_that_it_is_set_to_is(
    scan: Callable[[dict[str, str]], Report], default: str, rebound: str, found: bool
) -> None:
    report = scan({"server.py": SERVER.replace("START", REBOUND.format(default=default, rebound=rebound))})

    assert ("unauthenticated-network-server" in {finding.rule for finding in report.findings}) is found
