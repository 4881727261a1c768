"""What a keyring keeps beside a secret, asked for by a function of the program's own."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import logging
import keyring
from fastmcp import FastMCP

log = logging.getLogger(__name__)
mcp = FastMCP("crm")

def kept(instance: str, service: str, default: str = "") -> str:
    return keyring.get_password(f"crm:{instance}", service) or default

@mcp.tool
def connect(instance: str) -> str:
    prefix = instance.upper()
    service = NAMED
    found = kept(GIVEN)
    log.info("signed in with %s", found)
    return "ok"

mcp.run()
"""
IN_ORDER = "instance, service"


@pytest.mark.parametrize(
    ("named", "given", "is_told"),
    [
        ('f"{prefix}_USERNAME"', IN_ORDER, False),
        ('"user"', IN_ORDER, False),
        ('f"{prefix}_API_KEY"', IN_ORDER, True),
        ('f"USERNAME_{prefix}"', IN_ORDER, True),
        ("prefix", IN_ORDER, True),
        ('"password"', '"user", service', True),
        ('"CRM_API_URL"', IN_ORDER, False),
        ('"DATABASE_URL"', IN_ORDER, True),
        ('"CRM_USER"', 'instance, service, default="reader"', False),
        ('"CRM_API_KEY"', 'instance, service, default="username"', True),
    ],
)
def test_a_name_beside_a_secret_is_none(named: str, given: str, is_told: bool) -> None:
    findings = analyze(tree_of({"server.py": SERVER.replace("NAMED", named).replace("GIVEN", given)})).findings
    assert ("secret-in-log" in {found.rule for found in findings}) == is_told
