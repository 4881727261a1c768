"""Helpers that mask a value, or leave it out, where their caller says that it is secret."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import logging
import os
from fastmcp import FastMCP

log = logging.getLogger("crm")
mcp = FastMCP("crm")

def mask(text: str) -> str:
    return text[:2] + "*" * 8

{helper}

@mcp.tool
def ping() -> str:
    tell("token", os.environ["CRM_API_TOKEN"]{given})
    tell("address", os.environ["CRM_URL"])
    return "pong"

mcp.run(transport="http")
"""
CHOSEN = """
def tell(name, value, secret=False):
    shown = mask(value) if secret else (value or "not set")
    log.info(f"{name}: {shown}")
"""
REPLACED = """
def tell(name, value, secret=False):
    if secret:
        value = mask(value)
    log.info("%s: %s", name, value)
"""
LEFT = """
def tell(name, value, secret=False):
    if secret:
        log.info("%s: set", name)
        return
    log.info("%s: %s", name, value)
"""
TURNED = """
def tell(name, value, secret=False):
    log.info(f"{name}: {value if not secret else mask(value)}")
"""
IDLE = """
def tell(name, value, secret=False):
    shown = value if secret else mask(value)
    log.info(f"{name}: {shown}")
"""
KEPT = """
def tell(name, value, secret=False):
    shown = mask(value) if secret else value
    log.info(f"{name}: {shown} {value}")
"""


@pytest.mark.parametrize("helper", [CHOSEN, REPLACED, LEFT, TURNED])
@pytest.mark.parametrize(
    ("given", "found"), [(", secret=True", 0), (", True", 0), ("", 1), (", secret=False", 1), (", secret=DEBUG", 1)]
)
def test_a_secret_is_masked_where_the_call_says_so(
    scan: Callable[[dict[str, str]], Report], helper: str, given: str, found: int
) -> None:
    rules = [item.rule for item in scan({"server.py": SERVER.format(helper=helper, given=given)}).findings]

    assert rules.count("secret-in-log") == found


@pytest.mark.parametrize("helper", [IDLE, KEPT])
def test_a_switch_that_shows_the_secret_all_the_same_hides_none(
    scan: Callable[[dict[str, str]], Report], helper: str
) -> None:
    rules = [item.rule for item in scan({"server.py": SERVER.format(helper=helper, given=", secret=True")}).findings]

    assert rules.count("secret-in-log") == 1
