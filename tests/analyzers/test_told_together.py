"""Tools without a check beside others that have one: what reads is told of once, what changes things by itself."""

from analyzers import analyze
from tests.analyzers.matrix.cells import change
from tests.analyzers.programs import tree_of

SERVER = """\
from pathlib import Path

from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("notes", auth=JWTVerifier(jwks_uri="https://id.example.org/keys", audience="notes"))
NOTES = Path("/data/notes")


@mcp.tool
def drop() -> str:
    if "notes:write" not in get_access_token().scopes:
        raise PermissionError("notes:write")
    (NOTES / "all").unlink()
    return "dropped"


@mcp.tool
def first() -> str:
    return (NOTES / "first").read_text()


@mcp.tool
def last() -> str:
    return (NOTES / "last").read_text()


@mcp.tool
def clear() -> str:
    (NOTES / "last").unlink()
    return "cleared"


mcp.run(transport="http")
"""


RUN = 'mcp.run(transport="http")'


def test_readers_beside_checked_tools_are_told_together() -> None:
    """Where writing asks for a grant, that reading does not is one decision; a writer was forgotten."""
    report = analyze(tree_of({"server.py": SERVER}))
    found = [finding for finding in report.findings if finding.rule == "missing-per-tool-authorization"]
    assert sorted(len(finding.tools) for finding in found) == [1, 2]
    assert [finding.tools for finding in found if len(finding.tools) == 1] == [("server:mcp:clear",)]


def test_many_writers_beside_a_checked_tool_are_one_decision() -> None:
    """A few were forgotten; of many that do some harm it is told once, of each that does more by itself."""
    writers = "".join(
        f'@mcp.tool\ndef write{number}() -> str:\n    (NOTES / "{number}").write_text("")\n    return ""\n\n\n'
        for number in range(4)
    )
    report = analyze(tree_of({"server.py": SERVER.replace('mcp.run(transport="http")', f"{writers}{RUN}")}))
    found = [finding for finding in report.findings if finding.rule == "missing-per-tool-authorization"]
    assert sorted(len(finding.tools) for finding in found) == [1, 2, 4]


STARTED_ELSEWHERE = """\
from pathlib import Path
from fastmcp import FastMCP
from outside import start

mcp = FastMCP("notes")
others = FastMCP("others")
"""
KEPT = """

@{server}.tool
def {name}() -> str:
    return Path("/data/{name}").read_text()
"""


def test_that_the_start_of_a_server_is_not_seen_is_told_once_of_all_its_tools() -> None:
    tools = "".join(KEPT.format(server="mcp", name=f"read{number}") for number in range(5))
    other = KEPT.format(server="others", name="other")
    texts = (f"{STARTED_ELSEWHERE}{part}\n\nstart(mcp, others)\n" for part in ("", tools + other))
    before, after = ({"server.py": text} for text in texts)
    report = analyze(tree_of(after), tree_of(before), change(before, after))
    found = [finding for finding in report.findings if finding.rule == "unresolved-authorization"]

    assert [finding.message for finding in found] == [
        "5 tools can be called by whoever could not be determined: the transport of their server was not found.",
        "Who may call `other` could not be determined: the transport of its server was not found.",
    ]
