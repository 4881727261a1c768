"""Dependency requirements from manifests: which version of a framework a project uses."""

import tomllib

import re2

from analyzers.frameworks.mcp import ROOTS

LOCKS = ("uv.lock", "poetry.lock")
# A framework required on a line: an item of a list, a key, or bare; a project's own name is no requirement.
STATED = re2.compile(rf"""(?i)(?:^|["'\s\[,])({"|".join(ROOTS)})["']?\s*(?:\[[^\]]*\])?\s*(?:[=<>~!^;"',(]|$)""")
OWN_NAME = re2.compile(r"^\s*name\s*=")
REQUIREMENT = re2.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*([^;#]*)")


def requirements(path: str, data: bytes) -> dict[str, str]:
    """Return the distributions that a file requires, with their version text.

    The file is a `pyproject.toml`, `uv.lock`, `poetry.lock` or `requirements*.txt`; any other gives none. Raises
    ValueError for a file that does not parse.
    """
    name = path.rpartition("/")[2]
    text = data.decode("utf-8", "replace")
    if name.endswith(".txt"):
        return dict(_lines(text))
    document = tomllib.loads(text)
    if name in LOCKS:
        packages = document.get("package", [])
        return {
            str(package.get("name", "")).lower(): f"=={package.get('version', '')}"
            for package in packages
            if isinstance(package, dict)
        }
    return dict(_pyproject(document))


def requirement_lines(path: str, data: bytes) -> dict[str, int]:
    """Return the 1-based lines on which a file states the versions of the MCP frameworks."""
    lock = path.rpartition("/")[2] in LOCKS
    found: dict[str, int] = {}
    package = ""
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), start=1):
        if lock:
            key, _, value = (part.strip(" \t\r\"'") for part in line.partition("="))
            package = value if key == "name" else "" if line.startswith("[[") else package
            if key == "version" and package in ROOTS:
                found.setdefault(package, number)
        elif not OWN_NAME.match(line):
            for match in STATED.finditer(line.partition("#")[0].rstrip()):
                found.setdefault(match.group(1).lower(), number)
    return found


def scripts(path: str, data: bytes) -> tuple[str, ...]:
    """Return the `module:function` entry points that a `pyproject.toml` declares."""
    if not path.endswith("pyproject.toml"):
        return ()
    document = tomllib.loads(data.decode("utf-8", "replace"))
    project = document.get("project", {})
    declared = project.get("scripts", {}) if isinstance(project, dict) else {}
    return tuple(sorted(str(value) for value in declared.values())) if isinstance(declared, dict) else ()


def _lines(text: str) -> list[tuple[str, str]]:
    found = []
    for line in text.splitlines():
        match = REQUIREMENT.match(line)
        if match and not line.lstrip().startswith(("-", "#")):
            found.append((_normal(match.group(1)), match.group(2).strip(" \\")))
    return found


def _pyproject(document: dict[str, object]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    project = document.get("project")
    if isinstance(project, dict):
        found.extend(_lines("\n".join(str(item) for item in project.get("dependencies", []) or [])))
    tool = document.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    if isinstance(poetry, dict):
        declared = poetry.get("dependencies", {})
        if isinstance(declared, dict):
            found.extend((_normal(str(name)), str(version)) for name, version in declared.items())
    return found


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
