"""What a project may install of a framework is read from its manifests, nearest first."""

import pytest

from analyzers import Source, read
from analyzers.facts import FileFacts
from analyzers.project.program import Program
from analyzers.project.versions import ABOVE_ALL, Allowed, allowed, parse


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        (">=3,<4", Allowed((3,), (4,))),
        (">=2.14.0", Allowed((2, 14, 0), ABOVE_ALL)),
        ("==4.1.2", Allowed((4, 1, 2), (4, 1, 2, 1))),
        ("==3.*", Allowed((3,), (4,))),
        ("~=2.14", Allowed((2, 14), (3,))),
        ("~=2.14.1", Allowed((2, 14, 1), (2, 15))),
        ("^3.1", Allowed((3, 1), (4,))),
        ("<=3.4", Allowed((), (3, 4, 1))),
        ("!=3.4.3", Allowed((), ABOVE_ALL)),
        ("", Allowed((), ABOVE_ALL)),
    ],
)
def test_a_requirement_allows_a_range(requirement: str, expected: Allowed) -> None:
    assert parse(requirement) == expected


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        (">=3", True),
        (">=3,<4", True),
        ("==3.4.9", True),
        (">=4", True),
        ("==3.2.0", False),
        (">=3,<3.4", False),
        (">=2", False),
        ("<5", False),
        ("", False),
    ],
)
def test_a_version_is_had_when_a_lock_or_the_newest_allowed_says_so(requirement: str, expected: bool) -> None:
    assert parse(requirement).is_from((3, 4, 4)) is expected


def test_the_nearest_package_decides_and_its_lock_file_first() -> None:
    texts = {
        "pyproject.toml": '[project]\nname = "all"\ndependencies = ["fastmcp>=4"]\n',
        "shop/pyproject.toml": '[project]\nname = "shop"\ndependencies = ["fastmcp>=2.10"]\n',
        "shop/uv.lock": '[[package]]\nname = "fastmcp"\nversion = "2.14.7"\n',
        "shop/server.py": "",
        "other/server.py": "",
    }
    files: dict[str, FileFacts] = {}
    for path, text in texts.items():
        facts = read(Source(path, "", text.encode()))
        assert isinstance(facts, FileFacts)
        files[path] = facts
    program = Program(files)

    assert allowed(program, "shop/server.py", "fastmcp") == Allowed((2, 14, 7), (2, 14, 7, 1))
    assert allowed(program, "other/server.py", "fastmcp") == Allowed((4,), ABOVE_ALL)
    assert allowed(program, "other/server.py", "mcp") is None
