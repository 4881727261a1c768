"""Paths that a function finds to lie in a folder in one of two ways, and addresses of files."""

from collections.abc import Callable

import pytest

from analyzers import Report

HELD = """
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("notes")

class Notes:
    def __init__(self, root):
        self.root = Path(root).resolve()

    def is_inside(self, path):
        try:
            path.relative_to(self.root)
            return True
        except ValueError:
            return OTHERWISE

    def existing(self, name):
        path = (self.root / name).resolve()
        if not self.is_inside(path):
            raise PermissionError(name)
        return path

notes = Notes("/srv/notes")

@mcp.tool
def read(name: str) -> str:
    return notes.existing(name).read_text()

mcp.run(transport="http")
"""
PRINTED = """
from pathlib import Path
from fastmcp import FastMCP
from playwright.async_api import async_playwright

mcp = FastMCP("printer")

@mcp.tool
async def print_page(file: str) -> bytes:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch()
        page = await browser.new_page()
        await page.goto(ADDRESS)
        return await page.pdf()

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("otherwise", "found"),
    [
        pytest.param("path == self.root", False, id="the folder itself"),
        pytest.param("False", False, id="no other"),
        pytest.param("path.suffix == '.md'", True, id="another test"),
        pytest.param("path.exists()", True, id="any file"),
    ],
)
def test_a_path_that_is_the_folder_or_lies_in_it_is_contained(
    scan: Callable[[dict[str, str]], Report], otherwise: str, found: bool
) -> None:
    report = scan({"server.py": HELD.replace("OTHERWISE", otherwise)})

    assert ("path-traversal" in {finding.rule for finding in report.findings}) is found


@pytest.mark.parametrize(
    ("address", "found"),
    [
        pytest.param("Path(file).resolve().as_uri()", False, id="a file"),
        pytest.param("Path(file).as_posix()", True, id="a text"),
        pytest.param("file", True, id="as it is"),
    ],
)
def test_the_address_of_a_file_names_no_host(
    scan: Callable[[dict[str, str]], Report], address: str, found: bool
) -> None:
    report = scan({"server.py": PRINTED.replace("ADDRESS", address)})

    assert any(finding.rule.startswith("ssrf") for finding in report.findings) is found
