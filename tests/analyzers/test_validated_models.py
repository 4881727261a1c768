"""What is caught where a model is made of what a caller gave is about that, however broadly it is caught."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """\
import httpx
from fastmcp import FastMCP
from pydantic import BaseModel, field_validator

mcp = FastMCP("orders")

class Order(BaseModel):
    number: str

    @field_validator("number")
    @classmethod
    def known(cls, number):
        LOOKED
        return number

@mcp.tool
def place(fields: dict) -> str:
    try:
        order = MADE
    except Exception as error:
        return f"no order: {error}"
    return httpx.post("https://orders.internal/orders", json={"number": order.number}).text

mcp.run(transport="http")
"""
ASKED = 'httpx.get("https://orders.internal/known", params={"n": number}).raise_for_status()'


@pytest.mark.parametrize(
    ("made", "looked", "told"),
    [
        ("Order(**fields)", "number.strip()", 0),
        ("Order.model_validate(fields)", "number.strip()", 0),
        ("Order(**fields)", ASKED, 1),
        ('Order(**httpx.get("https://orders.internal/next").json())', "number.strip()", 1),
        ("Unknown(**fields)", "number.strip()", 1),
    ],
)
def test_errors_of_models_are_about_what_they_were_given(
    scan: Callable[[dict[str, str]], Report], made: str, looked: str, told: int
) -> None:
    report = scan({"server.py": SERVER.replace("MADE", made).replace("LOOKED", looked)})

    assert sum(finding.rule == "internal-error-to-model" for finding in report.findings) == told
