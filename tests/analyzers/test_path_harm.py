"""How grave a path out of a folder is: by what is done with it, and by which files can be named."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import os
import shutil
from pathlib import Path
import cv2
from PIL import Image
from fastmcp import FastMCP

mcp = FastMCP("pictures")
ROOT = Path("/srv/pictures")

@mcp.tool
def work(source: str, target: str, text: str) -> str:
    path = ROOT / source
    stem, suffix = os.path.splitext(source)
    DOES

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("does", "severity"),
    [
        pytest.param("return path.read_text()", "HIGH", id="what is read and told"),
        pytest.param("path.write_text(text)", "HIGH", id="what is written"),
        pytest.param("shutil.rmtree(path)", "HIGH", id="what is deleted"),
        pytest.param("return str(os.listdir(path))", "MEDIUM", id="names alone"),
        pytest.param("return str(Image.open(path).size)", "MEDIUM", id="pictures alone"),
        pytest.param(
            "return [(path / name).read_text() for name in ('a.json', 'b.json')][0]", "MEDIUM", id="names of its own"
        ),
        pytest.param("path.mkdir()", "LOW", id="a folder that is made"),
        pytest.param("path.mkdir()\n    return path.read_text()", "HIGH", id="the gravest of several"),
        pytest.param(
            "resolved = path.resolve()\n    if not str(resolved).startswith(str(ROOT)):\n        raise ValueError()\n"
            "    return resolved.read_text()",
            "MEDIUM",
            id="siblings alone",
        ),
    ],
)
def test_a_path_is_as_grave_as_what_it_leads_to(
    scan: Callable[[dict[str, str]], Report], does: str, severity: str
) -> None:
    report = scan({"server.py": SERVER.replace("DOES", does)})

    assert [finding.severity.name for finding in report.findings if finding.rule == "path-traversal"] == [severity]


def test_all_that_leads_to_files_is_named(scan: Callable[[dict[str, str]], Report]) -> None:
    does = """
    target = target or f"{stem}_grey{suffix}"
    cv2.imwrite(target, cv2.imread(source))
    """
    report = scan({"server.py": SERVER.replace("DOES", does)})

    (found,) = [finding for finding in report.findings if finding.rule == "path-traversal"]
    assert found.message == "`work` lets `source` and `target` lead to any file."
    assert found.evidence[-1].note.startswith("likewise") or "imwrite" in found.evidence[-1].note


FREE = """
from pathlib import Path
from fastmcp import FastMCP
from store import load

mcp = FastMCP("models")
ROOT = Path("/srv/models")

def within(path, folders):
    for folder in folders:
        try:
            path.relative_to(folder)
            return
        except ValueError:
            continue
    raise ValueError("outside")

@mcp.tool
def check(schema: str, number: str) -> str:
    path = Path(schema).resolve()
    KEEPS
    return path.read_text()

@mcp.tool
def save(target: str, text: str) -> None:
    Path(target).write_text(text)

mcp.run()
"""


@pytest.mark.parametrize(
    ("keeps", "confidence"),
    [
        pytest.param("within(path, [ROOT])", "MEDIUM", id="a folder of the server"),
        pytest.param("within(path, [path.parent])", "LOW", id="the folder of the path itself"),
        pytest.param(
            "if not number.isdigit():\n        raise ValueError()\n    path = (ROOT / number).resolve()",
            "LOW",
            id="a number for a name",
        ),
    ],
)
def test_a_server_means_its_paths_to_lie_in_a_folder_where_it_keeps_others_in_one(
    scan: Callable[[dict[str, str]], Report], keeps: str, confidence: str
) -> None:
    report = scan({"server.py": FREE.replace("KEEPS", keeps)})

    found = [finding for finding in report.findings if finding.rule == "path-traversal" and "target" in str(finding)]
    assert [finding.confidence.name for finding in found] == [confidence]


def test_the_place_is_where_what_callers_write_is_joined(scan: Callable[[dict[str, str]], Report]) -> None:
    server = """
    from pathlib import Path
    from fastmcp import FastMCP

    mcp = FastMCP("skills")
    ROOT = Path("/srv/skills")

    def resources(folder):
        return [file.read_text() for file in (folder / "scripts" / "all").iterdir()]

    def folder_of(name):
        return ROOT / name

    @mcp.tool
    def create(name: str, text: str) -> list[str]:
        folder = folder_of(name)
        (folder / "SKILL.md").write_text(text)
        return resources(folder)

    mcp.run(transport="http")
    """
    report = scan({"server.py": server})

    found = [finding for finding in report.findings if finding.rule == "path-traversal"]
    assert [(finding.location.span.start.line, finding.severity.name) for finding in found] == [(12, "MEDIUM")]


@pytest.mark.parametrize(
    ("body", "severity", "confidence"),
    [
        pytest.param("(Path(base) / name).write_text(text)", "LOW", "HIGH", id="a folder that the user names"),
        pytest.param(
            "within(Path(base).resolve(), [ROOT])\n    (Path(base).resolve() / name).write_text(text)",
            "MEDIUM",
            "HIGH",
            id="one that is kept in a folder of the server",
        ),
        pytest.param("(ROOT / f'{name}.kicad_sym').read_text()", "LOW", "HIGH", id="files of one program"),
        pytest.param("(ROOT / f'{name}.json').read_text()", "MEDIUM", "HIGH", id="files of many"),
    ],
)
def test_what_a_path_is_joined_to_decides_its_weight(
    scan: Callable[[dict[str, str]], Report], body: str, severity: str, confidence: str
) -> None:
    server = (
        FREE[: FREE.index("@mcp.tool")]
        + f"""
@mcp.tool
def create(base: str, name: str, text: str) -> None:
    {body}

mcp.run()
"""
    )
    report = scan({"server.py": server})

    found = [finding for finding in report.findings if finding.rule == "path-traversal"]
    assert [(finding.severity.name, finding.confidence.name) for finding in found] == [(severity, confidence)]
