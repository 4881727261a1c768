"""A large tree that is judged in parts says what it says when it is judged whole."""

from collections.abc import Mapping
from functools import cache

import msgspec
import pytest

from analyzers import (
    Change,
    Division,
    Entry,
    FileFacts,
    Report,
    Share,
    Sketch,
    Source,
    Tree,
    Unread,
    analyze,
    divide,
    merged,
    plan,
    read,
)
from analyzers.outline import outline_of
from analyzers.policy import Policy, parse_policy
from tests.analyzers.programs import Files

PACKAGE = '[project]\nname = "x"\ndependencies = ["fastmcp>=3"]\n'
TOOL = """
import httpx
from fastmcp import FastMCP
{imports}
mcp = FastMCP("{name}")

@mcp.tool
def {tool}(order: str) -> str:
    {body}
    return httpx.delete(f"https://api.example.org/{{order}}").text

mcp.run(transport="http")
"""


def server(name: str, tool: str, imports: str = "", body: str = "pass") -> str:
    return TOOL.format(name=name, tool=tool, imports=imports, body=body)


SHARED = "import httpx\n\ndef fetch(path: str) -> str:\n    return httpx.get(path, verify=False).text\n"
MONOREPO = {
    "pyproject.toml": PACKAGE,
    "uv.lock": '[[package]]\nname = "fastmcp"\nversion = "3.1.0"\n',
    "conftest.py": "import pytest\n",
    "README.md": "# Shop\n",
    "packages/orders/pyproject.toml": PACKAGE,
    "packages/orders/orders/__init__.py": "",
    "packages/orders/orders/server.py": server(
        "orders", "cancel_order", "from shared.http import fetch", "fetch(order)"
    ),
    "packages/orders/tests/test_server.py": "from orders.server import mcp\n",
    "packages/billing/pyproject.toml": PACKAGE,
    "packages/billing/billing/__init__.py": "",
    "packages/billing/billing/server.py": server("billing", "refund", "import shared.http", "shared.http.fetch(order)"),
    "packages/shared/pyproject.toml": PACKAGE,
    "packages/shared/shared/__init__.py": "",
    "packages/shared/shared/http.py": SHARED,
    "packages/files/requirements.txt": "fastmcp==2.3\n",
    "packages/files/server.py": server("files", "remove", body="open(order).read()"),
    "packages/outer/pyproject.toml": PACKAGE,
    "packages/outer/main.py": server("outer", "purge"),
    "packages/outer/plugins/inner/pyproject.toml": PACKAGE,
    "packages/outer/plugins/inner/main.py": server("inner", "wipe"),
    "packages/web/package.json": '{"dependencies": {"@modelcontextprotocol/sdk": "1"}}',
    "packages/web/src/index.ts": 'import { Server } from "@modelcontextprotocol/sdk/server/index.js";\n',
    "packages/broken/pyproject.toml": PACKAGE,
    "packages/broken/main.py": "def broken(:\n",
    "examples/demo/requirements.txt": "fastmcp\n",
    "examples/demo/server.py": server("demo", "drop"),
}


@cache
def facts_of(path: str, text: str) -> FileFacts:
    """Return the facts of one file; those of equal files are one object."""
    found = read(Source(path, "", text.encode()))
    assert isinstance(found, FileFacts)
    return found


def tree_of(files: Files) -> Tree:
    entries = tuple(Entry(path, text, size=len(text)) for path, text in files.items())
    facts = {entry.path: facts_of(entry.path, files[entry.path]) for entry in plan(entries).read}
    return Tree(entries, facts, (), {path: text.encode() for path, text in files.items()})


def of(tree: Tree, share: Share) -> Tree:
    """Return a part of a tree."""
    return Tree(
        tuple(entry for entry in tree.entries if entry.path in share.paths),
        {path: facts for path, facts in tree.facts.items() if path in (*share.paths, *share.along)},
        tuple(item for item in tree.unread if item.path in share.paths),
        tree.texts,
        share.served_elsewhere,
    )


def sketched(tree: Tree) -> Sketch:
    return Sketch(tree.entries, {path: outline_of(facts) for path, facts in tree.facts.items()}, tree.unread)


def divided(
    head: Tree, base: Tree | None = None, change: Change | None = None, policy: Policy = Policy(), size: int = 1
) -> Division:
    return divide(sketched(head), None if base is None else sketched(base), change, policy, size)


def in_parts(
    head: Tree, base: Tree | None = None, change: Change | None = None, policy: Policy = Policy(), size: int = 1
) -> Report:
    """Analyse batch by batch, at most `size` bytes in one where a package is not larger."""
    division = divided(head, base, change, policy, size)
    reports = [
        analyze(of(head, batch.head), of(base, batch.base) if base is not None and batch.base else None, change, policy)
        for batch in division.batches
    ]
    return merged([*reports, division.rest])


def edited(files: Files, **new: str | None) -> dict[str, str]:
    """Return files with some of them replaced, None for those that are gone."""
    return {path: text for path, text in {**files, **new}.items() if text is not None}


def change_of(base: Mapping[str, str], head: Mapping[str, str], **renames: str) -> Change:
    moved = {new: old for old, new in renames.items()}
    changed = tuple(path for path, text in head.items() if base.get(path) != text or path in moved)
    deleted = tuple(path for path in base if path not in head and path not in renames)
    return Change(changed=changed, deleted=deleted, renames=dict(renames))


def packages_in(report: Report) -> set[str]:
    return {row.server.rpartition(":")[0].split("/")[1] for row in report.tools}


@pytest.mark.parametrize("size", [1, 700, 1_000_000])
def test_a_scan_in_parts_is_the_scan(size: int) -> None:
    tree = tree_of(MONOREPO)
    whole = analyze(tree)

    assert in_parts(tree, size=size) == whole
    assert len(whole.tools) == 5
    assert (whole.coverage.packages_judged, whole.coverage.packages_total) == (10, 10)


def test_packages_that_import_each_other_are_one_part() -> None:
    shares = [batch.head for batch in divided(tree_of(MONOREPO)).batches]

    (orders,) = [share.paths for share in shares if "packages/orders/orders/server.py" in share.paths]
    assert {path.split("/")[1] for path in orders} == {"orders", "billing", "shared"}
    assert sorted(path for share in shares for path in share.paths) == sorted(MONOREPO)


def test_manifests_above_a_package_go_along() -> None:
    shares = [batch.head for batch in divided(tree_of(MONOREPO)).batches]

    (inner,) = [share for share in shares if "packages/outer/plugins/inner/main.py" in share.paths]
    assert inner.along == ("packages/outer/pyproject.toml", "pyproject.toml", "uv.lock")


def test_excluded_paths_join_nothing() -> None:
    policy = parse_policy(b"paths:\n  exclude: [packages/shared/**]\n")
    tree = tree_of(MONOREPO)
    whole = analyze(tree, policy=policy)

    shares = [batch.head.paths for batch in divided(tree, policy=policy).batches]
    assert not any({"packages/orders/orders/server.py", "packages/billing/billing/server.py"} <= set(s) for s in shares)
    assert in_parts(tree, policy=policy) == whole


def test_examples_are_the_product_where_no_package_serves() -> None:
    library = {
        "packages/shared/pyproject.toml": PACKAGE,
        "packages/shared/shared/__init__.py": "",
        "packages/shared/shared/http.py": SHARED,
        "examples/demo/requirements.txt": "fastmcp\n",
        "examples/demo/server.py": server("demo", "drop"),
    }
    alone = tree_of(library)
    served = tree_of({**library, "packages/app/pyproject.toml": PACKAGE, "packages/app/main.py": server("a", "b")})

    assert in_parts(alone) == analyze(alone)
    assert [row.name for row in in_parts(alone).tools] == ["drop"]
    assert in_parts(served) == analyze(served)
    assert [row.name for row in in_parts(served).tools] == ["b"]


def test_a_review_that_concerns_everything_in_parts_is_the_review() -> None:
    head = {path: text + ("\nX = 1\n" if path.endswith(".py") else "\n") for path, text in MONOREPO.items()}
    change = change_of(MONOREPO, head)
    trees = tree_of(head), tree_of(MONOREPO)

    assert in_parts(*trees, change) == analyze(*trees, change)


def test_a_review_judges_the_packages_that_a_change_concerns_and_tells_it() -> None:
    path = "packages/files/server.py"
    head = edited(MONOREPO, **{path: MONOREPO[path] + "\n@mcp.tool\ndef list_all() -> str:\n    return ''\n"})
    change = change_of(MONOREPO, head)
    trees = tree_of(head), tree_of(MONOREPO)
    whole, report = analyze(*trees, change), in_parts(*trees, change)

    assert packages_in(report) == {"files"}
    assert (report.coverage.packages_judged, report.coverage.packages_total) == (1, 10)
    assert [finding for finding in whole.findings if finding.new] == [item for item in report.findings if item.new]
    assert report.authority_diff == whole.authority_diff
    assert report.surface_changed
    assert numbers(report) == numbers(whole)
    assert report.coverage.not_analyzed == whole.coverage.not_analyzed


def numbers(report: Report) -> tuple[int, ...]:
    coverage = report.coverage
    return coverage.files_total, coverage.files_read, coverage.files_irrelevant, coverage.files_excluded


def test_a_changed_library_concerns_its_users() -> None:
    head = edited(MONOREPO, **{"packages/shared/shared/http.py": SHARED.replace(", verify=False", "")})
    change = change_of(MONOREPO, head)
    trees = tree_of(head), tree_of(MONOREPO)
    report = in_parts(*trees, change)

    assert packages_in(report) == {"orders", "billing"}
    assert report.fixed == analyze(*trees, change).fixed
    assert len(report.fixed) == 1


@pytest.mark.parametrize("path", ["README.md", "packages/orders/notes.md"])
def test_nothing_is_judged_where_nothing_changed_that_a_server_loads(path: str) -> None:
    head = edited(MONOREPO, **{path: "other\n"})
    report = in_parts(tree_of(head), tree_of(MONOREPO), change_of(MONOREPO, head))

    assert (report.findings, report.tools, report.authority_diff, report.rules_run) == ((), (), (), 0)
    assert not report.surface_changed
    assert (report.coverage.packages_judged, report.coverage.packages_total) == (0, 10)
    assert numbers(report)[0] == len(head)


def test_a_changed_lock_file_concerns_the_package_that_it_stands_in() -> None:
    head = edited(MONOREPO, **{"uv.lock": MONOREPO["uv.lock"].replace("3.1.0", "2.0.0")})
    report = in_parts(tree_of(head), tree_of(MONOREPO), change_of(MONOREPO, head))

    assert report.surface_changed
    assert (report.coverage.packages_judged, report.tools) == (1, ())


def test_a_file_that_is_renamed_into_another_package_keeps_its_findings() -> None:
    old, new = "packages/files/server.py", "packages/outer/server.py"
    head = edited(MONOREPO, **{old: None, new: MONOREPO[old]})
    change = change_of(MONOREPO, head, **{old: new})
    trees = tree_of(head), tree_of(MONOREPO)
    whole, report = analyze(*trees, change), in_parts(*trees, change)

    assert [finding for finding in report.findings if finding.new] == [item for item in whole.findings if item.new]
    assert (report.fixed, report.authority_diff) == (whole.fixed, whole.authority_diff)
    assert packages_in(report) == {"outer"}


def test_a_tool_that_moves_to_another_package_is_paired() -> None:
    moved = server("files", "remove", body="open(order).read()")
    tool = moved[moved.index("@mcp.tool") : moved.index("mcp.run")]
    head = edited(
        MONOREPO,
        **{
            "packages/files/server.py": moved.replace(tool, ""),
            "packages/outer/main.py": MONOREPO["packages/outer/main.py"].replace("mcp.run", f"{tool}mcp.run"),
        },
    )
    change = change_of(MONOREPO, head)
    trees = tree_of(head), tree_of(MONOREPO)
    whole, report = analyze(*trees, change), in_parts(*trees, change)

    assert [finding for finding in report.findings if finding.new] == [item for item in whole.findings if item.new]
    assert (report.fixed, report.authority_diff) == (whole.fixed, whole.authority_diff)


def test_a_package_that_is_gone_is_compared() -> None:
    head = {path: text for path, text in MONOREPO.items() if not path.startswith("packages/files/")}
    change = change_of(MONOREPO, head)
    trees = tree_of(head), tree_of(MONOREPO)
    whole, report = analyze(*trees, change), in_parts(*trees, change)

    assert report.tools == ()
    assert (report.fixed, report.authority_diff) == (whole.fixed, whole.authority_diff)
    assert report.fixed


def test_a_file_that_was_not_read_belongs_with_those_that_import_it() -> None:
    def unreadable(tree: Tree) -> Tree:
        path = "packages/shared/shared/http.py"
        facts = {name: facts for name, facts in tree.facts.items() if name != path}
        return msgspec.structs.replace(tree, facts=facts, unread=(Unread(path, "", "is binary"),))

    path = "packages/orders/orders/server.py"
    head = edited(MONOREPO, **{path: MONOREPO[path] + "\n@mcp.tool\ndef more() -> str:\n    return ''\n"})
    trees = unreadable(tree_of(head)), unreadable(tree_of(MONOREPO))
    report = in_parts(*trees, change_of(MONOREPO, head))

    assert [item.path for item in report.coverage.not_analyzed if item.in_scope] == ["packages/shared/shared/http.py"]


def test_equal_trees_are_judged_once() -> None:
    tree = tree_of(MONOREPO)
    other = tree_of(MONOREPO)

    assert analyze(tree, tree, Change()) == analyze(tree, other, Change())
