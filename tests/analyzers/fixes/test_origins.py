"""The check of host and origin is offered in the form that the start of a server takes."""

import pytest

from analyzers import Entry, Source, Tree, analyze, plan, read
from analyzers.facts import FileFacts
from analyzers.finding import Safety
from analyzers.fixes.fixing import apply_edits

SERVER = """\
import argparse
import httpx
from fastmcp import FastMCP

mcp = FastMCP("orders")


@mcp.tool
def get_order(number: str) -> str:
    return httpx.get("https://orders.internal/", params={{"n": number}}).text


args = argparse.ArgumentParser().parse_args()
{start}
"""
UNLESS_STDIO = '**({} if args.transport == "stdio" else {"host_origin_protection": "auto"})'
HOSTS = 'Middleware(TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1"])'


def offered(start: str, pin: str) -> tuple[Safety, str] | None:
    """Return what is offered for a server with a start, by a version of fastmcp: how safe it is, and the start."""
    texts = {
        "server.py": SERVER.format(start=start).encode(),
        "pyproject.toml": f'[project]\nname = "orders"\ndependencies = ["fastmcp=={pin}"]\n'.encode(),
    }
    entries = tuple(Entry(path, path, size=len(data)) for path, data in texts.items())
    facts = {entry.path: read(Source(entry.path, entry.blob, texts[entry.path])) for entry in plan(entries).read}
    known = {path: item for path, item in facts.items() if isinstance(item, FileFacts)}
    (found,) = [
        item for item in analyze(Tree(entries, known, (), texts)).findings if item.rule == "origin-validation-off"
    ]
    if found.fix is None:
        return None
    text = apply_edits(texts["server.py"], found.fix.edits)
    assert text is not None
    return found.fix.safety, text.decode().rstrip("\n").rpartition("\n")[2]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ('mcp.run(transport="http")', 'mcp.run(transport="http", host_origin_protection="auto")'),
        (
            "mcp.run(transport=args.transport)",
            f"mcp.run(transport=args.transport, {UNLESS_STDIO})",
        ),
    ],
)
def test_a_version_that_has_the_check_is_told_to_make_it(start: str, expected: str) -> None:
    fix = offered(start, "3.4.9")

    assert fix is not None
    assert fix[1] == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ('mcp.run(transport="sse")', f'mcp.run(transport="sse", middleware=[{HOSTS}])'),
        (
            'mcp.run(transport="http", middleware=layers)',
            f'mcp.run(transport="http", middleware=[{HOSTS}, *layers])',
        ),
        (
            'mcp.run(transport="http", middleware=[] + layers)',
            f'mcp.run(transport="http", middleware=[{HOSTS}, *([] + layers)])',
        ),
    ],
)
def test_an_earlier_version_is_put_behind_a_check_of_its_host(start: str, expected: str) -> None:
    assert offered(f"layers = []\n{start}", "2.14.7") == (Safety.REVIEW, expected)


def test_a_start_that_may_be_over_stdio_is_given_nothing_that_stdio_does_not_take() -> None:
    assert offered("mcp.run(transport=args.transport)", "2.14.7") is None
    assert offered("mcp.run(transport=choose())", "3.4.9") is None
