"""What is exchanged in loops within loops is one of several values, itself among them; nothing goes round for ever."""

import itertools

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

PROGRAM = """\
import json, logging, os, sqlite3, subprocess
import httpx, jwt, uvicorn
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.dependencies import get_access_token

log = logging.getLogger(__name__)
mcp = FastMCP("orders")
STATE = {{}}

def order(number: str) -> str:
    return httpx.get("https://orders.internal", params={{"n": number}}).text

def wrap(tool):
    def inner(*args, **kwargs):
        return tool(*args, **kwargs)
    return inner

{functions}
main()
mcp.run(transport="http")
"""
BODY = """\
    x, y = {first}, other()
    while more():
        while x and again():
            if y:
                x, y = y, x
            else:
                x = x or y
        for z in y:
            x, y = (y, x) if z else (x, z)
    {used}
"""
TOOL, MAIN = "@mcp.tool\ndef tool(p: str, error=None) -> str:\n", "\ndef main(p=None, error=None):\n"
FIRST = (
    *("order", "wrap(order)", "[order]", '{"a": order}', 'os.environ["KEY"]', '"http"', "None", "p", "error"),
    *("get_access_token()", "httpx.AsyncClient()", 'f"https://{p}/a"', "FastMCP('b')", "jwt.decode(p, 'k')"),
)
USED = (
    *("mcp.tool(x)", "mcp.tool(name=x)(order)", "mcp.add_tool(x)", "mcp.add_middleware(x)", "mcp.mount(x)"),
    *("mcp.run(transport=x)", 'mcp.run(transport="http", host=x)', 'FastMCP("c", auth=x).run(transport="http")'),
    *(
        "x[p](p)",
        "x(p)",
        "x.get(p).run()",
        "getattr(x, p)()",
        "for tool in x: mcp.tool(tool)",
        "uvicorn.run(x, host=x)",
    ),
    *("httpx.get(x)", 'httpx.get("https://a/" + x, headers={"A": x}, verify=x)', "subprocess.run(x, shell=True)"),
    *(
        "open(x)",
        "sqlite3.connect(p).execute(x)",
        'log.info("%s", x, extra=x)',
        "jwt.decode(p, x, audience=x, options=x)",
    ),
    *(
        'jwt.encode({"exp": x}, "k")',
        "STATE[p] = x",
        "x.append(p)",
        "raise x",
        'return json.dumps({"e": x})',
        "return x",
    ),
    'if x is None or p not in x.scopes: raise ToolError("no")\n    httpx.delete(p)',
    "try:\n        order(p)\n    except Exception as e:\n        x = e\n    return str(x)",
)


@pytest.mark.parametrize("first", FIRST)
def test_values_that_loops_exchange_are_judged(first: str) -> None:
    for used, beside in itertools.pairwise((*USED, USED[0])):
        functions = TOOL + BODY.format(first=first, used=used) + MAIN + BODY.format(first=first, used=beside)
        report = analyze(tree_of({"server.py": PROGRAM.format(functions=functions)}))

        assert report.failures == ()
        assert "tool" in {row.name for row in report.tools}
