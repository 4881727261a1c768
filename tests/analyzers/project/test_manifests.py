"""What a package requires is read from whatever it says so in."""

import json

import pytest

from analyzers import Entry, Source, Unread, plan, read
from analyzers.facts import FileFacts
from analyzers.project.program import Program
from analyzers.project.versions import Allowed, allowed

TOO_LONG = "is larger than 1 MB"
PINNED = Allowed((3, 4, 4), (4,))
METADATA = """\
Metadata-Version: 2.4
Name: shop
License: MIT License
        \t
        as is
Requires-Dist: fastmcp[auth]<4,>=3.4.4
Requires-Dist: mcp (>=1.2); python_version >= "3.10"
Requires-Dist: openai>=1; extra == "ai"

Requires-Dist: fastmcp<2
"""


def facts(path: str, text: str) -> FileFacts:
    """Return what is read of a file."""
    found = read(Source(path, "", text.encode()))
    assert isinstance(found, FileFacts)
    return found


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("shop-1.0.dist-info/METADATA", METADATA),
        ("PKG-INFO", METADATA),
        ("shop.egg-info/PKG-INFO", METADATA),
        ("setup.cfg", "[metadata]\nname = shop\n\n[options]\ninstall_requires =\n    fastmcp>=3.4.4,<4\n    httpx\n"),
        (
            "setup.py",
            "from setuptools import setup\n\nsetup(name='shop', install_requires=['fastmcp>=3.4.4,<4', 'httpx'])\n",
        ),
        ("requirements-dev.txt", "httpx\nfastmcp >=3.4.4,<4  # why\n"),
        ("Pipfile", '[packages]\nfastmcp = ">=3.4.4,<4"\nhttpx = "*"\n'),
        ("Pipfile", '[packages]\nfastmcp = {version = ">=3.4.4,<4", extras = ["auth"]}\n'),
        ("Pipfile.lock", json.dumps({"default": {"fastmcp": {"version": ">=3.4.4,<4"}}, "develop": {}})),
        ("pyproject.toml", '[tool.poetry.dependencies]\nfastmcp = {version = ">=3.4.4,<4", extras = ["auth"]}\n'),
    ],
)
def test_the_version_of_a_framework_is_read(path: str, text: str) -> None:
    program = Program({path: facts(path, text), "shop/server.py": facts("server.py", "")})

    assert allowed(program, "shop/server.py", "fastmcp") == PINNED


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("shop-1.0.dist-info/METADATA", METADATA, 6),
        ("setup.cfg", "[options]\ninstall_requires =\n    fastmcp>=3.4.4,<4\n", 3),
        ("Pipfile.lock", json.dumps({"default": {"fastmcp": {"hashes": [], "version": "==3.4.4"}}}, indent=4), 5),
        ("pdm.lock", '[[package]]\nname = "fastmcp"\nversion = "3.4.4"\n', 3),
    ],
)
def test_the_line_that_states_it_is_known(path: str, text: str, line: int) -> None:
    assert facts(path, text).pin_lines == ({"fastmcp": line, "mcp": 7} if text is METADATA else {"fastmcp": line})


def test_what_an_extra_requires_is_no_requirement() -> None:
    assert facts("PKG-INFO", METADATA).pins == {"fastmcp": "<4,>=3.4.4", "mcp": "(>=1.2)"}


def test_of_several_distributions_in_a_folder_each_speaks_for_itself() -> None:
    other = METADATA.replace("<4,>=3.4.4", "<3")
    texts = {"shop-1.0.dist-info/METADATA": METADATA, "till-1.0.dist-info/METADATA": other}
    modules = ("shop/server.py", "till/server.py", "more/server.py")
    program = Program(
        {path: facts(path, text) for path, text in texts.items()} | {path: facts(path, "") for path in modules}
    )

    assert [allowed(program, path, "fastmcp") for path in modules] == [PINNED, Allowed((), (3,)), None]


@pytest.mark.parametrize(
    ("path", "text", "form"),
    [("setup.cfg", "install_requires", "INI"), ("Pipfile.lock", "{", "JSON"), ("Pipfile", "[[", "TOML")],
)
def test_a_manifest_that_does_not_parse_is_not_read(path: str, text: str, form: str) -> None:
    found = read(Source(path, "", text.encode()))

    assert isinstance(found, Unread)
    assert found.reason == f"is no valid {form}"


@pytest.mark.parametrize(
    ("path", "reason"),
    [("uv.lock", ""), ("poetry.lock", ""), ("pyproject.toml", TOO_LONG), ("shop.py", TOO_LONG)],
)
def test_a_long_lock_file_is_read_as_nothing_else_of_its_size_is(path: str, reason: str) -> None:
    text = '[[package]]\nname = "fastmcp"\nversion = "3.1.0"\n' + "# sha256\n" * 200_000
    (planned,) = (*(found := plan((Entry(path, "", size=len(text)),))).read, *found.incomplete)

    assert getattr(planned, "reason", "") == reason
    assert isinstance(read(Source(path, "", text.encode())), Unread) is bool(reason)


def test_a_lock_file_has_an_end() -> None:
    found = read(Source("uv.lock", "", b"#" * 8_000_001))

    assert isinstance(found, Unread)
    assert found.reason == "is larger than 8 MB"
