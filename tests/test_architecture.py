"""The walls between the packages, and the promises about size and errors, held against the tree itself."""

import ast
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("app", "analyzers", "github")

# What pure code cannot need: files, processes, network, clock, randomness, other people's state.
IMPURE = frozenset(
    """
    asyncio concurrent ctypes datetime.datetime fastapi fileinput ftplib getpass githubkit glob hishel http httpx io
    logging mmap multiprocessing os pathlib pebble pickle platform random resource secrets select shelve shutil signal
    smtplib socket socketserver sqlalchemy sqlite3 sqlmodel ssl starlette structlog subprocess sys tempfile threading
    time typer urllib.request uuid uvicorn webbrowser
    """.split()
)
PURE_BUILTINS_ONLY = frozenset({"open", "input", "print", "exec", "eval", "compile", "__import__"})
HEAVY = frozenset({"fastapi", "sqlmodel", "githubkit", "sqlalchemy", "alembic", "uvicorn", "starlette"})


def sources(package: str) -> list[Path]:
    return sorted(path for path in (ROOT / package).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes(), filename=str(path))


def imported(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            assert node.module is not None
            yield node.module, node.lineno
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno


def is_within(module: str, names: frozenset[str] | tuple[str, ...]) -> bool:
    parts = module.split(".")
    return any(".".join(parts[:length]) in names for length in range(1, len(parts) + 1))


def importers(package: str, forbidden: frozenset[str] | tuple[str, ...]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in sources(package)
        for module, line in imported(path)
        if is_within(module, forbidden)
    ]


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for package in PACKAGES:
        for path in sources(package):
            for node in ast.walk(tree(path)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node


def percentile(values: list[int], share: float) -> int:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def test_analyzers_know_neither_the_app_nor_github() -> None:
    assert importers("analyzers", ("app", "github", "bench", "tests")) == []


def test_github_knows_neither_the_app_nor_the_analyzers() -> None:
    assert importers("github", ("app", "analyzers", "bench", "tests")) == []


def test_the_app_imports_nothing_that_does_not_ship() -> None:
    assert importers("app", ("bench", "tests", "scripts")) == []


def test_analyzers_reach_no_file_network_process_or_clock() -> None:
    assert importers("analyzers", IMPURE) == []


def test_analyzers_call_no_builtin_that_reads_writes_or_executes() -> None:
    calls = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.func.id}"
        for path in sources("analyzers")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PURE_BUILTINS_ONLY
    ]

    assert calls == []


def test_the_package_github_is_this_projects_own() -> None:
    script = "import github, analyzers, app; print(github.__file__, analyzers.__file__, app.__file__, sep='\\n')"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)

    assert run.stdout.split() == [str(ROOT / package / "__init__.py") for package in ("github", "analyzers", "app")]


def broad_handlers() -> list[str]:
    return [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in sources(package)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and (node.type is None or bool(broad_names(node.type)))
    ]


def broad_names(node: ast.expr) -> set[str]:
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name)} & {"Exception", "BaseException"}


def test_everything_is_caught_in_two_places_around_a_rule_and_around_a_job() -> None:
    places = broad_handlers()

    assert len(places) <= 2, places
    assert len([place for place in places if place.startswith("analyzers/")]) <= 1, places
    assert not [place for place in places if place.startswith("github/")], places


def test_no_error_is_swallowed_without_a_statement() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for package in PACKAGES
        for path in sources(package)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and all(isinstance(statement, ast.Pass) for statement in node.body)
    ]

    assert silent == []


def test_files_stay_small() -> None:
    lengths = {path: len(path.read_bytes().splitlines()) for package in PACKAGES for path in sources(package)}
    sizes = [length for length in lengths.values() if length]

    assert statistics.median(sizes) <= 120
    assert percentile(sizes, 0.95) <= 300
    assert [str(path) for path, length in lengths.items() if length > 500] == []


def test_functions_stay_small() -> None:
    lengths = [(node.end_lineno or node.lineno) - node.lineno + 1 for _, node in functions()]

    assert statistics.median(lengths) <= 10
    assert percentile(lengths, 0.95) <= 40


def test_no_module_is_named_after_nothing_in_particular() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}

    assert [str(path) for package in PACKAGES for path in sources(package) if path.stem in vague] == []


def test_every_module_says_what_it_is_for() -> None:
    unsaid = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in sources(package)
        if path.read_bytes().strip() and ast.get_docstring(tree(path)) is None
    ]

    assert unsaid == []


def test_every_test_runs() -> None:
    marks = {"skip", "skipif", "importorskip"}
    skipped = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources("tests")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr in marks
        and ast.unparse(node.value) in {"pytest", "pytest.mark", "unittest"}
    ]

    assert skipped == []


def test_tests_are_no_packages_so_that_none_shadows_a_real_one() -> None:
    assert [str(path) for path in (ROOT / "tests").rglob("__init__.py")] == []


@pytest.mark.parametrize("command", ["scan", "review", "tools", "rules"])
def test_a_local_command_starts_without_the_server_and_the_github_client(command: str) -> None:
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "app", command, "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    loaded = {line.rsplit("|", 1)[-1].strip() for line in run.stderr.splitlines() if line.startswith("import time:")}

    assert sorted(module for module in loaded if is_within(module, HEAVY)) == []


def test_a_review_analyses_without_the_server_and_the_github_client(tmp_path: Path) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path)], check=True)
    server = tmp_path / "server.py"
    for text in (
        "",
        "from fastmcp import FastMCP\nmcp = FastMCP('x')\n\n@mcp.tool\ndef now() -> str:\n    return ''\n",
    ):
        server.write_text(text)
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "-qm", "x"], check=True)

    for arguments in (["scan", str(tmp_path)], ["review", str(tmp_path), "--base", "HEAD~1"]):
        run = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "app", *arguments, "--format", "json"],
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        assert json.loads(run.stdout)["schema_version"] == 1
        loaded = {line.rsplit("|", 1)[-1].strip() for line in run.stderr.splitlines() if line.startswith("import time")}
        assert sorted(module for module in loaded if is_within(module, HEAVY)) == []
