"""A credential that the model passes is read where the model does not see it, by what the server is started on."""

import pytest

from tests.analyzers.programs import fixed_by

SERVER = """\
import argparse
import httpx
from fastmcp import FastMCP

mcp = FastMCP("orders")


@mcp.tool
def order(number: str{parameter}) -> str:
{read}    return httpx.get("https://orders.example.com/", headers={{"X-Api-Key": api_key}}).text


{run}
"""
CHOSEN = "mcp.run(transport=argparse.ArgumentParser().parse_args().transport)"
HEADER = 'get_http_headers().get("x-api-key")'


@pytest.mark.parametrize(
    ("parameter", "run", "read"),
    [
        (", api_key: str", CHOSEN, f'{HEADER} or os.environ.get("API_KEY")'),
        (', api_key: str = ""', CHOSEN, f'{HEADER} or os.environ.get("API_KEY", "")'),
        (", api_key: str | None = None", CHOSEN, f'{HEADER} or os.environ.get("API_KEY")'),
        (", api_key: str", 'mcp.run(transport="http")', 'get_http_headers()["x-api-key"]'),
        (", api_key: str", "mcp.run()", 'os.environ["API_KEY"]'),
    ],
)
def test_a_credential_is_read_from_where_the_transport_has_it(parameter: str, run: str, read: str) -> None:
    _, changed = fixed_by(
        {"server.py": SERVER.format(parameter=parameter, read="", run=run)}, "secret-as-tool-parameter"
    )

    *_, body = changed["server.py"].partition("mcp = FastMCP")
    *_, expected = SERVER.format(parameter="", read=f"    api_key = {read}\n", run=run).partition("mcp = FastMCP")
    assert body == expected
