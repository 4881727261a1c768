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
HEADERS = "request_headers = get_http_headers(include_all=True)"


@pytest.mark.parametrize(
    ("parameter", "run", "read"),
    [
        (
            ", api_key: str",
            CHOSEN,
            f'{HEADERS}|request_headers["x-api-key"] if request_headers else os.environ["API_KEY"]',
        ),
        (
            ', api_key: str = ""',
            CHOSEN,
            f'{HEADERS}|request_headers.get("x-api-key", "") if request_headers else os.environ.get("API_KEY", "")',
        ),
        (
            ", api_key: str | None = None",
            CHOSEN,
            f'{HEADERS}|request_headers.get("x-api-key") if request_headers else os.environ.get("API_KEY")',
        ),
        (", api_key: str", 'mcp.run(transport="http")', 'get_http_headers()["x-api-key"]'),
        (", api_key: str", "mcp.run()", 'os.environ["API_KEY"]'),
    ],
)
def test_a_credential_is_read_from_where_the_transport_has_it(parameter: str, run: str, read: str) -> None:
    _, changed = fixed_by(
        {"server.py": SERVER.format(parameter=parameter, read="", run=run)}, "secret-as-tool-parameter"
    )

    *_, body = changed["server.py"].partition("mcp = FastMCP")
    *before, source = read.split("|")
    lines = "".join(f"    {line}\n" for line in (*before, f"api_key = {source}"))
    *_, expected = SERVER.format(parameter="", read=lines, run=run).partition("mcp = FastMCP")
    assert body == expected


ELSEWHERE = """\
import httpx
from fastmcp import FastMCP

mcp = FastMCP("notebooks")


@mcp.tool
def read(server_url: str, token: str) -> str:
    return httpx.get(server_url + "/api", headers={{"Authorization": f"token {{token}}"}}).text


mcp.run({transport})
"""


def test_a_credential_is_for_the_destination_that_the_model_chooses() -> None:
    fix, changed = fixed_by({"server.py": ELSEWHERE.format(transport="")}, "secret-as-tool-parameter")

    assert fix is not None
    assert "one for each `server_url`" in fix.title
    assert 'token = json.loads(os.environ["TOKEN_BY_SERVER_URL"])[server_url]' in changed["server.py"]


def test_a_credential_of_a_request_is_not_sent_where_the_model_chooses() -> None:
    fix, _ = fixed_by({"server.py": ELSEWHERE.format(transport='transport="http"')}, "secret-as-tool-parameter")

    assert fix is None


@pytest.mark.parametrize(
    ("others", "is_offered"),
    [
        ("shop = Shop()\n\n\ndef again():\n    return shop.order('1')", True),
        ("def again():\n    return order('1', 'key')", False),
    ],
)
def test_a_method_of_the_same_name_is_no_call_of_the_tool(others: str, is_offered: bool) -> None:
    shop = "class Shop:\n    def order(self, number):\n        return number\n\n\n"
    text = SERVER.format(parameter=", api_key: str", read="", run=f"{shop}{others}\n\n\nmcp.run()")
    fix, _ = fixed_by({"server.py": text}, "secret-as-tool-parameter")

    assert (fix is not None) == is_offered
