"""A cause that the base has already is not told again for each tool that is added behind it."""

from analyzers import Change, FileFacts, Source, Tree, analyze, plan, read
from analyzers.source import Entry

SERVER = """
import httpx
from fastmcp import FastMCP
from verifier import verifier

mcp = FastMCP("shop"{auth})


@mcp.tool
def place_order(order: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"order": order}).text
"""
ADDED = """

@mcp.tool
def send_invoice(invoice: str) -> str:
    return httpx.post("https://orders.internal/invoices", json={"invoice": invoice}).text
"""
RUN = '\n\nmcp.run(transport="http")\n'


def tree(program: str) -> Tree:
    """Return a tree of one server that pins a framework which checks origins when it is told to."""
    texts = {"server.py": program.encode(), "requirements.txt": b"fastmcp==4.1.2\n"}
    entries = tuple(Entry(path, path, size=len(data)) for path, data in texts.items())
    facts: dict[str, FileFacts] = {}
    for entry in plan(entries).read:
        found = read(Source(entry.path, entry.blob, texts[entry.path]))
        assert isinstance(found, FileFacts)
        facts[entry.path] = found
    return Tree(entries, facts, (), texts)


def new_and_known(before: str, after: str) -> tuple[set[str], set[str]]:
    """Return the rules whose findings a change brings, and those that it found there."""
    report = analyze(tree(after), tree(before), Change(changed=("server.py",)))
    return (
        {finding.rule for finding in report.findings if finding.new},
        {finding.rule for finding in report.findings if not finding.new},
    )


def test_a_tool_added_to_an_open_server_brings_no_finding_about_the_server() -> None:
    open_server = SERVER.replace("{auth}", "")
    new, known = new_and_known(open_server + RUN, open_server + ADDED + RUN)

    assert {"unauthenticated-network-server", "origin-validation-off"} <= known
    assert new & {"unauthenticated-network-server", "origin-validation-off"} == set()


def test_a_server_that_is_opened_by_the_change_is_told() -> None:
    before = SERVER.replace("{auth}", ', auth=verifier, host_origin_protection="auto"') + RUN.replace(
        '"http"', '"http", host_origin_protection="auto"'
    )
    new, _ = new_and_known(before, SERVER.replace("{auth}", "") + ADDED + RUN)

    assert new != set()
