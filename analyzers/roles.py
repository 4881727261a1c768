"""What part a path plays in a repository: shipped product, test, example, vendored or generated."""

import enum
import posixpath
from functools import lru_cache

TEST_FOLDERS = frozenset(
    {"test", "tests", "testing", "e2e", "fixtures", "testdata", "__tests__", "conftest", "integ", "benchmarks", "evals"}
)
EXAMPLE_FOLDERS = frozenset(
    {"example", "examples", "sample", "samples", "demo", "demos", "docs", "doc", "docs_src", "notebooks", "cookbook"}
)
# No import leads into such a folder: what it holds is kept from before.
PUT_ASIDE = (".old", ".bak", ".backup", ".orig", ".disabled")
# Where tools keep other states of the same repository, to work on.
COPIES = ".claude/worktrees"
VENDORED_FOLDERS = frozenset(
    {"vendor", "vendored", "_vendor", "third_party", "node_modules", "site-packages", ".venv", "venv"}
)
GENERATED_FOLDERS = frozenset({"dist", "build", "generated", "_generated", "__pycache__", ".next", "coverage"})
GENERATED_NAMES = ("_pb2.py", "_pb2_grpc.py", ".min.js", ".generated.py", ".generated.ts", ".bundle.js", ".d.ts")


# What stands here is run by hand, to set something up for a server and not to serve.
SCRIPT_FOLDERS = frozenset({"scripts", "script", "hack", "seeds", "seed", "migrations"})


class Role(enum.StrEnum):
    """The part a file plays; only product code is the server that users run."""

    PRODUCT = "product"
    TEST = "test"
    EXAMPLE = "example"
    VENDORED = "vendored"
    GENERATED = "generated"


@lru_cache(8192)
def role_of(path: str) -> Role:
    """Return the part that a path plays, by its folders and its name alone."""
    directory, name = posixpath.split(path.lower())
    folders = set(directory.split("/"))
    if folders & VENDORED_FOLDERS:
        return Role.VENDORED
    if folders & GENERATED_FOLDERS or name.endswith(GENERATED_NAMES):
        return Role.GENERATED
    if (
        folders & TEST_FOLDERS
        or name.startswith("test_")
        or name.endswith(("_test.py", ".test.ts", ".spec.ts", ".test.js", ".spec.js"))
    ):
        return Role.TEST
    if name in ("conftest.py", "setup.py", "noxfile.py", "tasks.py"):
        return Role.TEST
    if folders & EXAMPLE_FOLDERS or COPIES in directory or any(folder.endswith(PUT_ASIDE) for folder in folders):
        return Role.EXAMPLE
    return Role.PRODUCT


def is_script(path: str) -> bool:
    """Tell whether a file lies where programs lie that are run by hand."""
    return not SCRIPT_FOLDERS.isdisjoint(posixpath.dirname(path.lower()).split("/"))
