"""Secrets that are masked, left out or asked for on the way to a log, beside those that are written."""

from collections.abc import Callable

import pytest

from analyzers import Report
from analyzers.finding import Confidence, Severity

SERVER = """
import json
import logging
import os
import boto3
import httpx
from fastmcp import FastMCP

log = logging.getLogger(__name__)
mcp = FastMCP("crm", auth=verifier)
TOKEN = os.environ["CRM_TOKEN"]

def load() -> None:
    kept = json.loads(boto3.client("secretsmanager").get_secret_value(SecretId="crm")["SecretString"])
    for key, value in kept.items():
        os.environ[key] = str(value)
        if "SECRET" in key or "PASSWORD" in key:
            log.info("%s = ***", key)
        else:
            log.info("%s = %s", key, str(value)[:20] if len(str(value)) > 20 else value)

def cached(number: str) -> tuple[str, str]:
    answer = httpx.get("https://cache.internal/" + number).json()
    return answer["access_token"], answer["client_id"]

@mcp.tool
def call(number: str, known: dict) -> str:
    found = known.get(number)
    if found is None:
        found = cached(number)
    token, client = found
    log.info("for %s", client)
    log.debug("with %s", token)  # finding
    headers = {"Authorization": f"Token {TOKEN}", "Accept": "text/plain"}
    shown = dict((k, "***" if k.lower() == "authorization" else v) for k, v in headers.items())
    log.debug(f"headers: {shown}")
    log.debug(f"headers: {dict((k, v) for k, v in headers.items())}")  # finding
    return httpx.get("https://crm.internal", headers=headers).text

mcp.run(transport="http")
"""


def test_masked_entries_and_other_items_are_not_told(scan: Callable[[dict[str, str]], Report]) -> None:
    marked = [number for number, line in enumerate(SERVER.splitlines(), 1) if line.endswith("# finding")]
    found = [finding for finding in scan({"server.py": SERVER}).findings if finding.rule == "secret-in-log"]

    assert sorted(finding.location.line for finding in found) == marked


COMMAND = """
import os
from fastmcp import FastMCP

mcp = FastMCP("crm")

def show_configuration() -> None:
    print(f"Authorization: Bearer {os.environ['CRM_TOKEN']}")

@mcp.tool
def ping() -> str:
    print(os.environ["CRM_TOKEN"])
    return "pong"

mcp.run(transport="http")
"""


def test_what_a_command_prints_its_user_asked_for(scan: Callable[[dict[str, str]], Report]) -> None:
    found = scan({"server.py": COMMAND}).findings
    told = {finding.location.line: finding.confidence for finding in found if finding.rule == "secret-in-log"}

    assert told == {8: Confidence.LOW, 12: Confidence.HIGH}


MEASURED = """
import logging
import os
from fastmcp import FastMCP

log = logging.getLogger("crm")
mcp = FastMCP("crm")
KEY = os.environ["NAME"]
log.info("with %s", KEY)

@mcp.tool
def ping() -> str:
    return "pong"

mcp.run(transport="http")
"""


def test_a_key_that_can_only_send_events_weighs_little(scan: Callable[[dict[str, str]], Report]) -> None:
    told = {
        name: [
            item.severity
            for item in scan({"server.py": MEASURED.replace("NAME", name)}).findings
            if item.rule == "secret-in-log"
        ]
        for name in ("SHOP_POSTHOG_API_KEY", "POSTHOG_PERSONAL_API_KEY", "AMPLITUDE_SECRET_KEY")
    }

    assert {name: severities[0] for name, severities in told.items()} == {
        "SHOP_POSTHOG_API_KEY": Severity.LOW,
        "POSTHOG_PERSONAL_API_KEY": Severity.HIGH,
        "AMPLITUDE_SECRET_KEY": Severity.HIGH,
    }


COPIED = """
import logging
import os
import httpx
from fastmcp import FastMCP

log = logging.getLogger(__name__)
mcp = FastMCP("news")
KEY = os.environ["NEWS_API_KEY"]

@mcp.tool
def news(topic: str) -> str:
    headers = {{"Authorization": f"Bearer {{KEY}}", "Accept": "text/plain"}}
    shown = {{}}
    for name, value in headers.items():
        {copied}
    log.info("asking with %s", shown)
    return httpx.get("https://news.example/", headers=headers).text

mcp.run()
"""
CHOSEN = """if {condition}:
            shown[name] = value[:4] + "***"
        else:
            shown[name] = value"""


@pytest.mark.parametrize(
    ("copied", "told"),
    [
        (CHOSEN.format(condition='name in ["Authorization", "Cookie"]'), False),
        (CHOSEN.format(condition='name.lower() == "authorization"'), False),
        (CHOSEN.format(condition='name == "Accept"'), True),
        (CHOSEN.format(condition="topic"), True),
        ("shown[name] = value", True),
    ],
)
def test_a_copy_has_marks_for_the_entries_that_its_keys_decide_on(
    copied: str, told: bool, scan: Callable[[dict[str, str]], Report]
) -> None:
    found = scan({"server.py": COPIED.format(copied=copied)}).findings

    assert ("secret-in-log" in {one.rule for one in found}) is told
