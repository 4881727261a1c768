"""Texts that are quoted for a shell, and what stands around them."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = '''
import shlex
import subprocess
from fastmcp import FastMCP

mcp = FastMCP("web")

@mcp.tool
def show(name: str) -> str:
    quoted = shlex.quote(name)
    return subprocess.run(f"""{command}""", shell=True, capture_output=True, text=True).stdout

mcp.run(transport="http")
'''


@pytest.mark.parametrize(
    ("command", "found"),
    [
        pytest.param("ls {quoted}", 0, id="by itself"),
        pytest.param("echo 'the files' && ls {quoted}", 0, id="behind quotes that ended"),
        pytest.param("# what's there\\nls {quoted}", 0, id="behind a comment"),
        pytest.param("cat <<EOF > notes && ls {quoted}\\ndon't\\nEOF", 0, id="before a text of its own"),
        pytest.param("ssh web 'ls {quoted}'", 1, id="between single quotes"),
        pytest.param('bash -c "ls {quoted}" ', 1, id="between double quotes"),
        pytest.param("echo it\\\\'s && ls {quoted}", 0, id="behind one that is escaped"),
    ],
)
def test_a_quoted_text_is_open_between_other_quotes(command: str, found: int) -> None:
    report = analyze(tree_of({"server.py": SERVER.format(command=command)}))

    assert sum(item.rule == "command-injection" for item in report.findings) == found
