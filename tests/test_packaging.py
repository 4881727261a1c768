"""What is shipped, pinned and deployed, held against GitHub's rules and against each other."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PINS = ("requirements.txt", "requirements-build.txt", "requirements-dev.txt")

# Event -> the permission without which GitHub does not deliver it or refuses the manifest.
GATES = {
    "pull_request": "pull_requests",
    "pull_request_review_comment": "pull_requests",
    "pull_request_review_thread": "pull_requests",
    "merge_group": "merge_queues",
    "check_run": "checks",
    "check_suite": "checks",
    "issue_comment": "issues",
    "push": "contents",
}
MANIFEST_KEYS = {
    "name",
    "url",
    "hook_attributes",
    "redirect_url",
    "callback_urls",
    "setup_url",
    "description",
    "public",
    "default_events",
    "default_permissions",
    "request_oauth_on_install",
    "setup_on_update",
}


def manifest() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "app.yml").read_text())
    assert isinstance(loaded, dict)
    return loaded


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def tracked_texts() -> dict[str, str]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    texts = {}
    for name in filter(None, listing.split("\0")):
        try:
            texts[name] = (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
    return texts


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text().splitlines()
    found = (re.match(r"([a-z0-9-]+)(?:\[[a-z,-]+\])?==([^ ]+) \\$", line) for line in lines)
    return {match[1]: match[2] for match in found if match}


def test_the_manifest_holds_only_keys_that_github_takes() -> None:
    keys = set(manifest())

    assert keys <= MANIFEST_KEYS
    assert {"name", "url", "hook_attributes"} <= keys
    assert set(manifest()["hook_attributes"]) == {"url", "active"}


def test_the_app_asks_for_no_more_than_a_review_needs() -> None:
    assert manifest()["default_permissions"] == {
        "metadata": "read",
        "contents": "read",
        "pull_requests": "write",
        "checks": "write",
        "merge_queues": "read",
        "issues": "read",
    }


def test_every_event_of_the_manifest_has_the_permission_that_delivers_it() -> None:
    events = manifest()["default_events"]

    assert sorted(events) == sorted(GATES)
    assert {GATES[event] for event in events} <= set(manifest()["default_permissions"])


def test_the_manifest_subscribes_to_no_event_that_makes_github_refuse_it() -> None:
    refused = {"installation", "installation_repositories", "github_app_authorization", "marketplace_purchase", "ping"}

    assert refused.isdisjoint(manifest()["default_events"])


@pytest.mark.parametrize("name", PINS)
def test_every_pin_has_hashes_and_no_file_names_a_source(name: str) -> None:
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith("#")]
    entries = [line for line in lines if not line.startswith(" ")]

    assert all(re.fullmatch(r"[a-z0-9-]+(\[[a-z,-]+\])?==\S+( ; [^\\]+)? \\", line) for line in entries)
    assert all(line.startswith("    --hash=sha256:") for line in lines if line not in entries)
    assert all(following.startswith("    --hash") for line, following in pairwise(lines) if line in entries)


def test_the_pinned_sets_agree() -> None:
    development = pins("requirements-dev.txt")

    for name in ("requirements.txt", "requirements-build.txt"):
        assert pins(name).items() <= development.items()


def test_the_pins_keep_the_github_client_importable() -> None:
    installed = pins("requirements.txt")

    assert installed["githubkit"].startswith("0.16.")
    assert installed["hishel"].startswith("1.")


def test_every_import_is_a_declared_dependency() -> None:
    declared = {normal(re.split(r"[\[<>=!~;]", entry)[0]) for entry in project()["project"]["dependencies"]}
    local = {"app", "analyzers", "github", *sys.stdlib_module_names}
    distributions = packages_distributions()
    undeclared = {
        f"{path.relative_to(ROOT)}: {module}"
        for package in ("app", "analyzers", "github")
        for path in (ROOT / package).rglob("*.py")
        for module in imported_modules(path) - local
        if declared.isdisjoint(normal(name) for name in distributions.get(module, ()))
    }

    assert undeclared == set()


def imported_modules(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_bytes())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.split(".")[0] for name in plain | named}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def test_no_tracked_file_names_a_registry_or_a_machine() -> None:
    addresses = (
        "pypi" + ".org",
        "pythonhosted" + ".org",
        "registry." + "npmjs",
        "--index" + "-url",
        "--extra-" + "index",
    )
    places = ("/wo" + "rk/", "/ro" + "ot/", "/tm" + "p/bash_jobs")
    allowed = {"Makefile"}
    named = [
        f"{name}: {needle}"
        for name, text in tracked_texts().items()
        for needle in (*addresses, *places)
        if needle in text and name not in allowed
    ]

    assert named == []


def test_the_wheel_ships_the_three_packages_with_their_pages_and_migrations(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("skillaudit-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    shipped = {
        str(path.relative_to(ROOT)) for package in ("app", "analyzers", "github") for path in package_files(package)
    }

    assert shipped <= set(names)
    assert "app/app.yml" in names
    assert not [name for name in names if name.startswith(("tests/", "bench/"))]


def package_files(package: str) -> list[Path]:
    return [path for path in (ROOT / package).rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def test_the_command_line_is_installed_under_its_name() -> None:
    module, function = project()["project"]["scripts"]["skillaudit"].split(":")

    started = [sys.executable, "-c", f"from {module} import {function}; {function}()", "--help"]

    assert "Review MCP servers" in subprocess.run(started, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def test_fly_runs_exactly_one_machine_while_the_database_is_a_file_on_its_volume() -> None:
    fly = tomllib.loads((ROOT / "fly.toml").read_text())

    assert fly["http_service"]["auto_stop_machines"] == "off"
    assert fly["http_service"]["min_machines_running"] == 1
    assert fly["mounts"]["destination"] == fly["env"]["SKILLAUDIT_DATA_DIR"]
    assert fly["http_service"]["internal_port"] == int(fly["env"]["PORT"])


def test_the_container_runs_without_root_from_its_working_directory_on_the_pins() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    final = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM")) :]
    users = [line for line in final if line.startswith("USER ")]

    assert users == ["USER skillaudit"]
    assert final.index(users[0]) > max(number for number, line in enumerate(final) if line.startswith("RUN"))
    assert any(line.startswith("WORKDIR /") for line in final)
    assert any("--require-hashes -r requirements.txt" in line for line in lines)
    assert any(line.startswith("HEALTHCHECK") for line in final)
    assert 'VOLUME ["/data"]' in final


def test_the_container_gets_every_file_it_copies() -> None:
    admitted = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)

    assert set(copied) <= admitted
    assert all((ROOT / name).exists() for name in copied)
