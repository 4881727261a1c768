"""Secrets of the command line that are logged, and where they come from."""

from analyzers import analyze
from tests.analyzers.programs import fixed_by, tree_of

CLIENT = """
from dataclasses import dataclass

@dataclass
class Client:
    client_id: str
    client_secret: str
"""
WIZARD = """
import os
from client import Client

def ask() -> Client:
    return Client("shop", os.environ["WIZARD_SECRET"])
"""
AUTHORIZE = """
import argparse
import logging
import os
from client import Client

log = logging.getLogger(__name__)

def authorize(args: argparse.Namespace) -> None:
    client = Client(args.client_id, args.client_secret)
    log.info("id %s", client.client_id)
    log.info("secret %s", client.client_secret)

def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--client-id")
    parser.add_argument("--client-secret")
    args = parser.parse_args()
    if not args.client_secret:
        args.client_secret = os.environ["CLIENT_SECRET"]
    authorize(args)
"""


def test_of_several_reads_that_of_the_file_is_shown_which_an_option_of_its_command_line_has_as_a_default() -> None:
    report = analyze(tree_of({"client.py": CLIENT, "a_wizard.py": WIZARD, "authorize.py": AUTHORIZE}))

    found = [item for item in report.findings if item.rule == "secret-in-log"]

    assert [[(step.path, step.line) for step in item.evidence] for item in found] == [
        [("authorize.py", 20), ("authorize.py", 12)]
    ]


MAKER = """
import logging

log = logging.getLogger(__name__)

def made(host, headers):
    log.info(f"{host} with {headers}")
    return host
"""
GIVING = """
import os
from fastmcp import FastMCP
from maker import made

mcp = FastMCP("shop")

@mcp.tool
def ask(host: str) -> str:
    return made(host, os.environ["SHOP_KEY"])

mcp.run()
"""
SIGNING = """
@mcp.tool
def sign(host: str) -> str:
    return made(host, os.environ["SIGNING_SECRET"])

mcp.run()
"""


def test_what_a_call_gives_is_marked_in_the_line_that_writes_it() -> None:
    _, texts = fixed_by({"maker.py": MAKER, "server.py": GIVING}, "secret-in-log")

    assert texts == {"maker.py": MAKER.replace("{headers}", "[redacted]")}


BOTH = """
import logging
import os
from fastmcp import FastMCP

mcp = FastMCP("shop")
log = logging.getLogger(__name__)
KEY = os.environ["SHOP_KEY"]

def made(host, headers):
    log.info(f"{host} with {headers} and {KEY}")

def told():
    line = f"{KEY} at {os.environ['SHOP_HOST']}"
    log.info(line)

@mcp.tool
def give() -> str:
    told()
    return made("shop", os.environ["SHOP_PASSWORD"])

mcp.run()
"""


def test_all_secrets_of_a_line_are_marked_together() -> None:
    found = [item for item in analyze(tree_of({"server.py": BOTH})).findings if item.rule == "secret-in-log"]

    assert [[edit.text for edit in item.fix.edits] for item in found if item.fix is not None] == [
        ["[redacted] and [redacted]"],
        ['"[redacted]"'],
        ["[redacted] and [redacted]"],
    ]


def test_calls_that_one_line_logs_for_are_one_cause() -> None:
    server = GIVING.replace("mcp.run()", "") + SIGNING
    report = analyze(tree_of({"maker.py": MAKER, "server.py": server}))

    (found,) = [item for item in report.findings if item.rule == "secret-in-log"]

    assert found.message == "2 calls of `made` write a secret to the log."


SENT = """
import logging
import os
import httpx
from fastmcp import FastMCP

mcp = FastMCP("shop")
log = logging.getLogger(__name__)

def send(body: dict) -> str:
    log.info("sending %s", body)
    return httpx.post("https://shop.example.org", json=body).text

@mcp.tool
def sign_in(user: str) -> str:
    return send({"user": user, "password": os.environ["SHOP_PASSWORD"]})

mcp.run()
"""


def test_what_is_sent_as_well_stays_and_the_line_is_marked() -> None:
    _, texts = fixed_by({"server.py": SENT}, "secret-in-log")

    assert texts == {"server.py": SENT.replace('%s", body)', '%s", "[redacted]")')}
