"""Values taken out of the text of a query that has some bound already."""

import pytest

from tests.analyzers.programs import fixed_by

PROGRAM = """\
from fastmcp import FastMCP
from sqlalchemy import create_engine, text

mcp = FastMCP("shop")
engine = create_engine("postgresql:///shop")

@mcp.tool
def find(name: str, city: str) -> list:
    with engine.connect() as connection:
        return connection.execute(QUERY).all()

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("query", "fixed"),
    [
        pytest.param(
            """text(f"SELECT * FROM people WHERE city = :city AND name = '{name}'"), {"city": city}""",
            """text("SELECT * FROM people WHERE city = :city AND name = :name"), {"city": city, "name": name}""",
            id="beside one",
        ),
        pytest.param(
            """text(f"SELECT * FROM people WHERE city = :city AND name = '{name}'"), {"city": city,}""",
            """text("SELECT * FROM people WHERE city = :city AND name = :name"), {"city": city, "name": name}""",
            id="behind a comma",
        ),
        pytest.param(
            """text(f"SELECT * FROM people WHERE name = '{name}'"), {}""",
            """text("SELECT * FROM people WHERE name = :name"), {"name": name}""",
            id="into an empty table",
        ),
        pytest.param(
            """text(f"SELECT * FROM people WHERE city = :name AND name = '{name}'"), {"name": city}""", "", id="taken"
        ),
        pytest.param(
            """text(f"SELECT * FROM people WHERE city = :city AND name = '{name}'"), dict(city=city)""", "", id="made"
        ),
    ],
)
def test_values_are_bound_beside_those_that_are(query: str, fixed: str) -> None:
    fix, files = fixed_by({"server.py": PROGRAM.replace("QUERY", query)}, "query-injection")

    assert (fix is not None) == bool(fixed)
    assert files == ({"server.py": PROGRAM.replace("QUERY", fixed)} if fixed else {})
