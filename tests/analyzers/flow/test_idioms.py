"""Ways in which Python says who may call: each authorizes its tool, and its damaged twin does not."""

from typing import NamedTuple

import pytest

from analyzers.authority.egress import exposures
from analyzers.authority.rows import Row
from analyzers.engine import judge
from tests.analyzers.programs import facts_of

HEAD = """
import asyncio
import contextlib
import contextvars
import functools
import os
import httpx
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop"))

def require(scope):
    token = get_access_token()
    if token is None or scope not in token.scopes:
        raise ToolError("forbidden")

"""
EFFECT = 'httpx.post("https://payments.internal/refunds", json={"order": order})'
RUN = '\nmcp.run(transport="http")\n'


class Idiom(NamedTuple):
    """What stands before the tool and in it, and what damages the check: text to be replaced, and by what."""

    before: str
    body: str
    old: str
    new: str


def body(*lines: str) -> str:
    """Return the lines of a tool that has its effect last."""
    return "".join(f"    {line}\n" for line in (*lines, EFFECT))


IDIOMS = {
    "partial": Idiom('check = functools.partial(require, "orders:refund")\n', body("check()"), "    check()\n", ""),
    "context manager": Idiom(
        "@contextlib.contextmanager\ndef authorized(scope):\n    require(scope)\n    yield\n",
        f'    with authorized("orders:refund"):\n        {EFFECT}\n',
        "    require(scope)\n",
        "",
    ),
    "async context manager": Idiom(
        "@contextlib.asynccontextmanager\nasync def authorized(scope):\n    require(scope)\n    yield\n",
        f'    async with authorized("orders:refund"):\n        {EFFECT}\n',
        "    require(scope)\n",
        "",
    ),
    "context manager class": Idiom(
        "class Authorized:\n    def __init__(self, scope):\n        require(scope)\n"
        "    def __enter__(self):\n        return self\n    def __exit__(self, *error):\n        return False\n",
        f'    with Authorized("orders:refund"):\n        {EFFECT}\n',
        "        require(scope)\n",
        "        self.scope = scope\n",
    ),
    "closure": Idiom(
        "def guard(scope):\n    def check():\n        require(scope)\n    return check\n"
        "check = guard('orders:refund')\n",
        body("check()"),
        "    check()\n",
        "",
    ),
    "class attribute": Idiom(
        "class Guard:\n    scope = 'orders:refund'\n    def check(self):\n        require(self.scope)\n"
        "guard = Guard()\n",
        body("guard.check()"),
        "        require(self.scope)\n",
        "        pass\n",
    ),
    "settings": Idiom(
        "class Settings:\n    def __init__(self):\n        self.scope = os.environ['REFUND_SCOPE']\n"
        "settings = Settings()\n",
        body("require(settings.scope)"),
        "    require(settings.scope)\n",
        "",
    ),
    "match": Idiom(
        "",
        body(
            "match get_access_token():", "    case None:", "        raise ToolError('no')", "require('orders:refund')"
        ),
        "    require('orders:refund')\n",
        "",
    ),
    "loop": Idiom(
        "NEEDED = ('orders:refund', 'orders:read')\n",
        body(
            *("token = get_access_token()", "for scope in NEEDED:"),
            *("    if token is None or scope not in token.scopes:", "        raise ToolError('no')"),
        ),
        "        raise ToolError('no')\n",
        "        pass\n",
    ),
    "all of them": Idiom(
        "NEEDED = ('orders:refund', 'orders:read')\n",
        body(
            "token = get_access_token()",
            "if token is None or not all(scope in token.scopes for scope in NEEDED):",
            "    raise ToolError('no')",
        ),
        "        raise ToolError('no')\n",
        "        pass\n",
    ),
    "awaited": Idiom(
        "async def check(scope):\n    require(scope)\n",
        body("await check('orders:refund')"),
        "await check",
        "check",
    ),
    "gathered by name": Idiom(
        "async def check(scope):\n    require(scope)\n",
        body("asked = check('orders:refund')", "await asked"),
        "    await asked\n",
        "",
    ),
    "negated": Idiom(
        "",
        body(
            "token = get_access_token()",
            "if not (token is not None and 'orders:refund' in token.scopes):",
            "    raise ToolError('no')",
        ),
        "not (token",
        "(token",
    ),
    "identity may be missing": Idiom(
        "",
        body(
            "token = get_access_token()",
            "if token is None or 'orders:refund' not in token.scopes:",
            "    raise ToolError('no')",
        ),
        "token is None or",
        "token is not None and",
    ),
    "walrus": Idiom(
        "",
        body(
            "if (token := get_access_token()) is None or 'orders:refund' not in token.scopes:",
            "    raise ToolError('no')",
        ),
        "        raise ToolError('no')\n",
        "        pass\n",
    ),
    "early return": Idiom(
        "def allowed(scope):\n    token = get_access_token()\n    if token is None:\n        return False\n"
        "    return scope in token.scopes\n",
        body("if not allowed('orders:refund'):", "    return 'forbidden'"),
        "return 'forbidden'",
        "order = 'forbidden'",
    ),
    "told by a result": Idiom(
        "def refused(scope):\n    token = get_access_token()\n    if token is None or scope not in token.scopes:\n"
        "        return 'forbidden'\n    return None\n",
        body("error = refused('orders:refund')", "if error is not None:", "    return error"),
        "        return error\n",
        "        pass\n",
    ),
    "told by a part": Idiom(
        "def decide(scope):\n    token = get_access_token()\n    if token is None or scope not in token.scopes:\n"
        "        return False, 'forbidden'\n    return True, ''\n",
        body("ok, why = decide('orders:refund')", "if not ok:", "    return why"),
        "if not ok",
        "if why and ok",
    ),
    "try else": Idiom(
        "",
        "    try:\n        require('orders:refund')\n    except ToolError:\n        raise\n    else:\n"
        f"        {EFFECT}\n",
        "        raise\n    else:\n",
        "        pass\n    if order:\n",
    ),
    "finally": Idiom(
        "",
        f"    try:\n        require('orders:refund')\n        {EFFECT}\n    finally:\n        print('done')\n",
        "        require('orders:refund')\n",
        "",
    ),
    "table of needs": Idiom(
        "NEEDS = {'refund': 'orders:refund'}\n",
        body("require(NEEDS['refund'])"),
        "    require(NEEDS['refund'])\n",
        "",
    ),
    "inherited": Idiom(
        "class Base:\n    def check(self):\n        require('orders:refund')\n"
        "class Guard(Base):\n    pass\nguard = Guard()\n",
        body("guard.check()"),
        "        require('orders:refund')\n",
        "        pass\n",
    ),
    "lambda": Idiom(
        "check = lambda: require('orders:refund')\n",
        body("check()"),
        "    check()\n",
        "    check\n",
    ),
}


def row_of(idiom: Idiom, *, damaged: bool) -> Row:
    """Return the row of an idiom's tool."""
    text = f"{idiom.before}\n@mcp.tool\nasync def refund(order: str):\n{idiom.body}"
    assert idiom.old in text
    text = text.replace(idiom.old, idiom.new) if damaged else text
    (row,) = judge({"server.py": facts_of(HEAD + text + RUN)}, ()).analysis.rows
    return row


@pytest.mark.parametrize("idiom", IDIOMS.values(), ids=IDIOMS)
def test_an_idiom_authorizes_its_tool_until_it_is_damaged(idiom: Idiom) -> None:
    sound, damaged = row_of(idiom, damaged=False), row_of(idiom, damaged=True)

    assert sound.authorization.kind == "per_tool"
    assert damaged.authorization.kind == "none"


HEADER = """
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware

target = contextvars.ContextVar("target")

class Target(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        target.set({value})
        return await call_next(request)

@mcp.tool
async def fetch() -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get(target.get())).text

app = mcp.http_app(middleware=[Middleware(Target)])
"""


@pytest.mark.parametrize(
    ("value", "number"), [('request.headers["x-target"]', 1), ('os.environ["TARGET"]', 0)], ids=["header", "setting"]
)
def test_a_header_that_middleware_hands_on_is_chosen_by_the_caller(value: str, number: int) -> None:
    program = HEAD + HEADER.format(value=value)
    rows = judge({"server.py": facts_of(program)}, ()).analysis.rows

    assert len(exposures(rows)) == number
