"""A user's grant is what authenticates: not the secret of the client, nor the key that it was sealed with."""

from collections.abc import Callable

import pytest

from analyzers import Report

PROGRAM = """
import os
from cryptography.fernet import Fernet
from fastmcp import FastMCP
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build

mcp = FastMCP("mail")

@mcp.tool
def drop(user: str, message: str) -> str:
    token = Fernet(os.environ["SEAL_KEY"]).decrypt(open(f"/srv/grants/{user}").read())
    grant = Credentials(GRANT, client_id="shop", client_secret=os.environ["CLIENT_SECRET"])
    return build("gmail", "v1", credentials=grant).users().messages().delete(userId="me", id=message).execute()

mcp.run(transport="http")
"""
GRANTS = {
    "token=token": [],
    "None, token": [],
    'token=os.environ["MAIL_TOKEN"]': ["MAIL_TOKEN"],
}


@pytest.mark.parametrize(("grant", "expected"), GRANTS.items())
def test_what_a_tool_acts_with_is_the_grant(
    scan: Callable[[dict[str, str]], Report], grant: str, expected: list[str]
) -> None:
    (tool,) = scan({"server.py": PROGRAM.replace("GRANT", grant)}).tools

    assert list(tool.credentials) == expected
