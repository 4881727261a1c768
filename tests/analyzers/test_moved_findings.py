"""What a change moves or makes smaller is no new finding, what it adds is one."""

import pytest

from analyzers import analyze
from tests.analyzers.matrix.cells import change
from tests.analyzers.programs import tree_of

Files = dict[str, str]

HEAD = """
import ssl
import traceback
import urllib.request
from pathlib import Path
from fastmcp import FastMCP
import pages

mcp = FastMCP("pages")
ROOT = Path("/srv/pages")
"""
RUN = '\nmcp.run(transport="http", host="0.0.0.0")\n'
BOTH = """
@mcp.tool
def read_page(folder: str, name: str) -> str:
    return (ROOT / folder / name).read_text()
"""
ELSEWHERE = """
from pathlib import Path

ROOT = Path("/srv/pages")


def load(folder, name):
    return (ROOT / folder / name).read_text()


def load_one(name):
    return (ROOT / "all" / name).read_text()
"""
MOVED = """
@mcp.tool
def read_page(folder: str, name: str) -> str:
    return pages.load(folder, name)
"""
SMALLER = MOVED.replace("pages.load(folder, name)", "pages.load_one(name)")
RENAMED = """
@mcp.tool
def leer_pagina(carpeta: str, nombre: str, idioma: str = "es") -> str:
    texto = pages.load(carpeta, nombre)
    return texto if idioma == "es" else f"[{idioma}] {texto}"
"""
ONE = SMALLER
LARGER = BOTH


def server(*tools: str, more: str = "") -> Files:
    """Return a server and the module beside it."""
    return {"server.py": HEAD + more + "".join(tools) + RUN, "pages.py": ELSEWHERE}


def new(before: Files, after: Files, rule: str) -> list[str]:
    """Return the entry points that findings of a rule are new about, a `-` for each finding about none."""
    report = analyze(tree_of(after), tree_of(before), change(before, after))
    fresh = [finding for finding in report.findings if finding.rule == rule and finding.new]
    return [name for finding in fresh for name in (tool.rpartition(":")[2] for tool in finding.new_tools or (":-",))]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param(BOTH, MOVED, [], id="moved to another module"),
        pytest.param(BOTH, SMALLER, [], id="moved, and one argument checked"),
        pytest.param(MOVED, RENAMED, [], id="another tool before the same lines"),
        pytest.param(ONE, LARGER, ["read_page"], id="one argument more"),
        pytest.param(MOVED, MOVED + RENAMED, ["leer_pagina"], id="a tool beside it"),
        pytest.param(BOTH, RENAMED, ["leer_pagina"], id="another tool, at another place"),
    ],
)
def test_a_path_that_leads_out_is_new_where_more_leads_out(before: str, after: str, told: list[str]) -> None:
    assert new(server(before), server(after), "path-traversal") == told


OPEN = """

def {name}(path):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return urllib.request.urlopen("https://pages.internal" + path, context=context).read()
"""
INNER = OPEN.replace("    context = ", "    import ssl\n    context = ", 1)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (OPEN.format(name="fetch"), OPEN.format(name="load"), []),
        (INNER.format(name="fetch"), OPEN.format(name="load"), []),
        (OPEN.format(name="fetch"), OPEN.format(name="fetch") + OPEN.format(name="load"), ["-"]),
        ("", OPEN.format(name="load"), ["-"]),
    ],
)
def test_verification_that_is_off_is_new_where_it_is_off_in_one_place_more(
    before: str, after: str, told: list[str]
) -> None:
    assert new(server(more=before), server(more=after), "tls-verification-disabled") == told


CAUGHT = """
@mcp.tool
def {name}(page: str) -> str:
    try:
        text = urllib.request.urlopen("https://pages.internal/pages").read().decode()
    except Exception as error:
        return f"failed: {{error}}"
    MORE
    return text
"""
AGAIN = """try:
        Path("/srv/log").write_text(text)
    except Exception as error:
        return f"not kept: {error}\""""


def test_an_answer_with_an_error_is_new_for_a_tool_that_had_none() -> None:
    rule, once = "internal-error-to-model", CAUGHT.format(name="look").replace("MORE", "text = text.strip()")
    twice = CAUGHT.format(name="look").replace("MORE", AGAIN)
    shown = twice.replace('f"not kept: {error}"', "traceback.format_exc()")

    assert new(server(once), server(twice), rule) == []
    assert new(server(once), server(shown), rule) == ["look"]
    assert new(server(once), server(once, CAUGHT.format(name="read").replace("MORE", "text += text")), rule) == ["read"]


SHELLS = """
import subprocess
from fastmcp import FastMCP

mcp = FastMCP("shells")


@mcp.tool
def count(name: str) -> str:
    return subprocess.run(f"wc -l {name}", shell=True, text=True, capture_output=True).stdout
"""
ANY = """

@mcp.tool
def run(command: str) -> str:
    return subprocess.run(command, shell=True, text=True, capture_output=True).stdout
"""


def test_what_stands_beside_something_worse_is_not_new_once_that_is_gone() -> None:
    rule = "command-injection"
    before, after = {"server.py": SHELLS + ANY + RUN}, {"server.py": SHELLS + RUN}
    added = {"server.py": SHELLS.replace("wc -l {name}", "wc -l notes") + ANY + RUN}

    assert new(before, after, rule) == []
    assert new(added, after, rule) == ["count"]
