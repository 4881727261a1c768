"""Libraries that evaluate the texts that they are given as expressions."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import ast
import pandas as pd
import sympy as sp
from fastmcp import FastMCP
from sympy import S, Symbol, sympify
from sympy.parsing.sympy_parser import parse_expr

mcp = FastMCP("algebra")

@mcp.tool
def solve(equation: str, order: int) -> str:
    frame = pd.read_csv("/srv/prices.csv")
    return str({expression})

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("sympify(equation.strip())", True),
        ("sp.sympify(equation.split('=')[0])", True),
        ("S(equation)", True),
        ("parse_expr(equation, evaluate=False)", True),
        ("frame.query(equation)", True),
        ("frame.eval(equation)", True),
        ("sympify(order)", False),
        ("sympify('x**2')", False),
        ("Symbol(equation)", False),
        ("frame[frame['name'] == equation]", False),
        ("ast.literal_eval(equation)", False),
    ],
)
def test_a_text_that_a_library_evaluates_is_code(
    scan: Callable[[dict[str, str]], Report], expression: str, found: bool
) -> None:
    report = scan({"server.py": SERVER.format(expression=expression)})

    assert ("command-injection" in {finding.rule for finding in report.findings}) is found
