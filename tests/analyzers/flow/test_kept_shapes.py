"""Texts that objects keep, made of a parameter of their constructor that is known in other ways as well."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import httpx
from fastmcp import FastMCP
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    NAME: str
    other: str = "x"


class Api:
    def __init__(self, settings: Settings) -> None:
        self.base = settings.NAME.rstrip("/")

    def get(self, number):
        return httpx.get(self.base + "/orders/" + number).text


api = Api(Settings())
mcp = FastMCP("shop")


@mcp.tool
def order(number: str) -> str:
    return api.get(number)


mcp.run()
"""


@pytest.mark.parametrize("name", ["api_url", "base_url", "shop_url", "orders_url", "root_url", "host_url", "site_url"])
def test_what_a_setting_says_is_the_host_whatever_it_is_called(name: str) -> None:
    (row,) = analyze(tree_of({"server.py": SERVER.replace("NAME", name)})).tools

    assert row.network == (name.upper(),)
