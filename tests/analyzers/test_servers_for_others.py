"""A factory of a library gives its server what its users pass: their authentication is not in sight, nor missing."""

import pytest

from analyzers import analyze
from analyzers.finding import Confidence
from tests.analyzers.programs import tree_of

PROGRAM = """
import os
import httpx
import uvicorn
from fastmcp import FastMCP

def make_server(name: str, GIVEN) -> FastMCP:
    server = FastMCP(name, GIVEN)

    @server.tool
    def cancel(order: str) -> str:
        return httpx.delete(os.environ["SHOP"], params={"id": order}).text

    return server

def serve(server: FastMCP) -> None:
    uvicorn.run(server.http_app(), host="0.0.0.0")

def main() -> None:
    serve(MADE)
"""
LIBRARY = "server_of_the_user"
OWN = 'make_server("shop")'
RULES = {"unauthenticated-network-server", "missing-per-tool-authorization", "missing-tool-call-audit"}


def _told(given: str, made: str) -> set[str]:
    report = analyze(tree_of({"server.py": PROGRAM.replace("GIVEN", given).replace("MADE", made)}))
    return {one.rule for one in report.findings if one.rule in RULES and one.confidence > Confidence.LOW}


@pytest.mark.parametrize("made", [LIBRARY, OWN], ids=["nobody calls the factory", "the program calls it"])
def test_what_others_give_a_factory_is_not_missing(made: str) -> None:
    assert bool(_told("**options", made)) is (made == OWN)


def test_a_factory_that_can_be_given_nothing_has_nothing() -> None:
    assert "unauthenticated-network-server" in _told("", OWN)
