"""Dependency requirements from manifests: which version of a framework a project uses."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import re2

from analyzers.facts import FunctionFacts
from analyzers.frameworks.mcp import ROOTS

LOCKS = ("uv.lock", "poetry.lock", "pdm.lock")
# What a built distribution says of itself, in the headers of a mail.
METADATA = ("METADATA", "PKG-INFO")
REQUIRED = "Requires-Dist:"
# An argument of `setup()`, and the option of its configuration file.
INSTALLED = "install_requires"
# A framework required on a line: an item of a list, a key, or bare; a project's own name is no requirement.
STATED = re2.compile(rf"""(?i)(?:^|["'\s\[,])({"|".join(ROOTS)})["']?\s*(?:\[[^\]]*\])?\s*(?:[=<>~!^;"',(]|$)""")
OWN_NAME = re2.compile(r"^\s*name\s*=")
REQUIREMENT = re2.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*([^;#]*)")


def requirements(path: str, data: bytes) -> dict[str, str]:
    """Return the distributions that a manifest or a lock file requires, with their version text.

    Raises ValueError for a file that does not parse.
    """
    name = path.rpartition("/")[2]
    text = data.decode("utf-8", "replace")
    if name.endswith(".txt"):
        return dict(_lines(text.splitlines()))
    if name in METADATA:
        return dict(_lines(item for _, item in _headers(text)))
    if name == "setup.cfg":
        return dict(_lines(_options(text)))
    if name == "Pipfile.lock":
        return dict(_locked(json.loads(text)))
    document = _toml(text)
    if name in LOCKS:
        packages = document.get("package", [])
        return {
            str(package.get("name", "")).lower(): f"=={package.get('version', '')}"
            for package in packages
            if isinstance(package, dict)
        }
    if name == "Pipfile":
        return dict(_versions(document.get("packages")))
    return dict(_pyproject(document))


def requirement_lines(path: str, data: bytes) -> dict[str, int]:
    """Return the 1-based lines on which a file states the versions of the MCP frameworks."""
    name = path.rpartition("/")[2]
    text = data.decode("utf-8", "replace")
    if name in METADATA:
        return _stated(_headers(text))
    lines = list(enumerate(text.split("\n"), start=1))
    if name in LOCKS:
        return _locked_lines(lines, "[[")
    if name == "Pipfile.lock":
        return _locked_lines([(number, _as_toml(line)) for number, line in lines], "}")
    return _stated((number, line) for number, line in lines if not OWN_NAME.match(line))


def setup_requirements(module: FunctionFacts) -> dict[str, str]:
    """Return what the constants of a call `setup(install_requires=[...])` require."""
    values = module.values
    for node in values:
        if node.op == "call" and INSTALLED in node.names:
            given = values[node.args[node.names.index(INSTALLED) + 1]]
            return dict(_lines(values[item].text for item in given.args if values[item].op == "str"))
    return {}


def scripts(path: str, data: bytes) -> tuple[str, ...]:
    """Return the `module:function` entry points that a `pyproject.toml` declares."""
    if not path.endswith("pyproject.toml"):
        return ()
    document = _toml(data.decode("utf-8", "replace"))
    project = document.get("project", {})
    declared = project.get("scripts", {}) if isinstance(project, dict) else {}
    return tuple(sorted(str(value) for value in declared.values())) if isinstance(declared, dict) else ()


def _stated(lines: Iterable[tuple[int, str]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, line in lines:
        for match in STATED.finditer(line.partition("#")[0].rstrip()):
            found.setdefault(match.group(1).lower(), number)
    return found


def _locked_lines(lines: Iterable[tuple[int, str]], end: str) -> dict[str, int]:
    """Return where the versions stand in what lists a name and then its version, each entry with an end."""
    found: dict[str, int] = {}
    package = ""
    for number, line in lines:
        key, _, value = (part.strip(" \t\r,\"'") for part in line.partition("="))
        package = value if key == "name" else "" if line.strip().startswith(end) else package
        if key == "version" and package in ROOTS:
            found.setdefault(package, number)
    return found


def _as_toml(line: str) -> str:
    """Return a line of `"fastmcp": {` or `"version": "==3.4.4"` as one of a lock file that lists names and versions."""
    key, _, value = line.partition(":")
    name = key.strip(' \t"')
    return f"name = {name}" if value.strip() == "{" else f"{name} ={value}" if name == "version" else line


def _headers(text: str) -> Iterator[tuple[int, str]]:
    """Yield the requirements among the headers of a distribution's metadata, but for those of its extras."""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line:
            return
        requirement, _, marker = line.removeprefix(REQUIRED).partition(";")
        if line.startswith(REQUIRED) and "extra" not in marker:
            yield number, requirement.strip()


def _toml(text: str) -> dict[str, Any]:
    import tomllib

    return tomllib.loads(text)


def _options(text: str) -> list[str]:
    import configparser

    parser = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        parser.read_string(text)
        return parser.get("options", INSTALLED, fallback="").splitlines()
    except configparser.Error as error:
        raise ValueError(str(error)) from error


def _locked(document: object) -> Iterator[tuple[str, str]]:
    packages = document.get("default") if isinstance(document, dict) else None
    yield from _versions(packages)


def _versions(packages: object) -> Iterator[tuple[str, str]]:
    """Yield the entries of a table of names with a version, or with a table that holds one."""
    for name, stated in packages.items() if isinstance(packages, dict) else ():
        version = stated.get("version", "") if isinstance(stated, dict) else stated
        yield _normal(str(name)), "" if version == "*" else str(version)


def _lines(lines: Iterable[str]) -> list[tuple[str, str]]:
    found = []
    for line in lines:
        match = REQUIREMENT.match(line)
        if match and not line.lstrip().startswith(("-", "#")):
            found.append((_normal(match.group(1)), match.group(2).strip(" \\")))
    return found


def _pyproject(document: dict[str, object]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    project = document.get("project")
    if isinstance(project, dict):
        found.extend(_lines(str(item) for item in project.get("dependencies", []) or []))
    tool = document.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    if isinstance(poetry, dict):
        found.extend(_versions(poetry.get("dependencies")))
    return found


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
