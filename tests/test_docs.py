"""The documentation says what the code does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from analyzers.policy import parse_policy
from analyzers.policy.keys import policy_section
from analyzers.rules import RULES
from app.settings import Settings

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "docs/policy.md", "docs/deploy.md", "docs/development.md", "docs/acceptance.md")


def text(document: str) -> str:
    return (ROOT / document).read_text()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_to_a_file_leads_to_one(document: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text(document))

    assert [link for link in links if not (ROOT / document).parent.joinpath(link).exists()] == []


def test_every_test_that_holds_a_promise_exists() -> None:
    named = set(re.findall(r"`((?:app|github|analyzers|tests)/[\w/]+\.py)`", text("docs/acceptance.md")))

    assert len(named) > 40
    assert [name for name in sorted(named) if not (ROOT / "tests" / name).exists()] == []


def test_every_promise_names_tests_that_are_in_its_file() -> None:
    named = re.findall(r"`((?:app|github|analyzers)/[\w/]+\.py)`([^`|]*)", text("docs/acceptance.md"))
    wanted = [
        (file, words)
        for file, told in named
        for words in re.split(r"[,;]", re.sub(r"\[[^]]*\]|\bsoak\b", "", told))
        if words.strip()
    ]

    assert len(wanted) > 90
    assert [(file, words) for file, words in wanted if not names_a_test(file, words)] == []


def names_a_test(file: str, words: str) -> bool:
    """Tell whether the words are those of a test's name."""
    name = re.sub(r"\W+", "_", words.strip().lower())
    return re.search(rf"def test_\w*{name}", (ROOT / "tests" / file).read_text()) is not None


def test_every_key_of_a_policy_is_documented() -> None:
    keys = policy_section([rule.id for rule in RULES]).keys

    assert [key for key in keys if f"`{key}" not in text("docs/policy.md")] == []


def test_the_example_of_a_policy_is_one() -> None:
    examples = re.findall(r"```yaml\n(gate.*?)```", text("docs/policy.md"), re.DOTALL)

    assert len(examples) == 1
    assert parse_policy(examples[0].encode()).guards == ("shop.security.require_tool",)


def test_every_setting_is_documented() -> None:
    fields = Settings.model_fields.items()
    names = [str(field.validation_alias or name).upper() for name, field in fields]

    assert [name for name in names if f"`{name}`" not in text("docs/deploy.md")] == []


def test_the_picture_of_the_folders_is_true() -> None:
    picture = re.search(r"```\n(analyzers/.*?)```", text("docs/development.md"), re.DOTALL)
    assert picture
    folder = ROOT
    named = set()
    for line in picture[1].splitlines():
        names = line.strip().split("  ")[0].split(", ")
        if not line.startswith(" "):
            folder = ROOT / names[0]
            named.add(folder)
            continue
        named |= {folder / name for name in names}

    assert [path for path in named if not path.exists()] == []
    assert packages() <= {path.relative_to(ROOT) for path in named}


def packages() -> set[Path]:
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [Path(name) for name in listing.splitlines() if name.endswith(".py")]
    return {Path(*file.parts[:2]) for file in files if len(file.parts) > 2 and file.parts[0] in {"analyzers", "app"}}


@pytest.mark.parametrize("command", ["scan", "review", "tools", "rules", "serve", "worker", "backup", "doctor"])
def test_every_command_of_the_readme_exists(command: str) -> None:
    assert f"skillaudit {command}" in text("README.md")

    subprocess.run([sys.executable, "-m", "app", command, "--help"], cwd=ROOT, check=True, capture_output=True)
