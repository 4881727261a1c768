"""Keys of tokens that settings make where nobody sets another."""

import pytest

from analyzers import analyze
from analyzers.finding import Confidence
from tests.analyzers.programs import tree_of

SETTINGS = """
import json
import os
import secrets
from dataclasses import dataclass, field

@dataclass
class Settings:
    token_key: str = FIELD

settings = Settings()
"""
TOKENS = """
import time
import jwt

class Tokens:
    def __init__(self, key: str):
        self.key = key

    def issue(self, user):
        return jwt.encode({"sub": user, "exp": int(time.time()) + 900}, self.key, algorithm="HS256")
"""
CALLS = """
from fastmcp import FastMCP

mcp = FastMCP("shop")

@mcp.tool
def whoami() -> str:
    return "nobody"
"""
SERVING = """
from calls import mcp
from settings import settings
from tokens import Tokens

tokens = Tokens(settings.token_key)
mcp.run()
"""
DEFAULT = 'os.getenv("TOKEN_KEY", "change-me-in-production")'


@pytest.mark.parametrize(
    ("field", "is_told"),
    [
        (DEFAULT, True),
        (f"field(default_factory=lambda: {DEFAULT})", True),
        ("field(default_factory=lambda: os.environ['TOKEN_KEY'])", False),
        ('os.getenv("TOKEN_KEY", json.load(open("shop.json")).get("token_key", "change-me"))', True),
        ('json.load(open("shop.json")).get("token_key", "")', False),
        ('field(default_factory=lambda: os.getenv("TOKEN_KEY", secrets.token_hex()))', False),
    ],
)
def test_a_key_is_known_that_a_setting_makes_of_a_constant(field: str, is_told: bool) -> None:
    files = {"settings.py": SETTINGS.replace("FIELD", field), "tokens.py": TOKENS, "calls.py": CALLS}
    findings = analyze(tree_of({**files, "serving.py": SERVING})).findings
    told = [(finding.location.path, finding.confidence) for finding in findings if "key of tokens" in finding.message]

    # What hands keys to the one that signs and serves the other loads both.
    assert told == ([("settings.py", Confidence.MEDIUM)] if is_told else [])
