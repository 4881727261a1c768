"""Words of commands that may be options, and words that are the values of options."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import subprocess
from fastmcp import FastMCP

mcp = FastMCP("git")

@mcp.tool
def run(word: str) -> str:
    return subprocess.run({words}, capture_output=True, text=True).stdout

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ('["git", "clone", word]', True),
        ('["git", "clone", "--depth", "1", "--", word]', False),
        ('["git", "clone", "-b", word, "https://git.internal/a"]', False),
        ('["git", "-C", "/srv", "grep", "-n", "-e", word]', False),
        ('["git", "-C", "/srv", "grep", "-n", word]', True),
        ('["git", "log", "-n", word]', False),
        ('["git", "log", f"-{word}"]', True),
        ('["git", "push", "-u", word]', True),
        ('["git", "commit", "-m", word]', False),
        ('["git", "commit", "-s", word]', True),
    ],
)
def test_a_word_is_no_option_behind_one_that_takes_it(
    scan: Callable[[dict[str, str]], Report], words: str, found: bool
) -> None:
    report = scan({"server.py": SERVER.format(words=words)})

    assert ("command-injection" in {finding.rule for finding in report.findings}) is found


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ('diff("--stat", word)', True),
        ('rev_list("--count", word)', True),
        ('diff(f"--unified={word}")', False),
        ('diff("--", word)', False),
        ('branch("--contains", word)', False),
        ('log("--since", word)', False),
    ],
)
def test_words_that_gitpython_starts_git_with_may_be_options(
    scan: Callable[[dict[str, str]], Report], call: str, found: bool
) -> None:
    program = SERVER.format(words="[]").replace("import subprocess", "import git")
    started = program.replace(
        "subprocess.run([], capture_output=True, text=True).stdout", 'told(git.Repo("/srv"), word)'
    )
    helper = f"def told(repo: git.Repo, word: str) -> str:\n    return repo.git.{call}\n\n@mcp.tool"
    report = scan({"server.py": started.replace("@mcp.tool", helper)})

    assert ("command-injection" in {finding.rule for finding in report.findings}) is found


@pytest.mark.parametrize(("prefixes", "found"), [('("https://", "git@")', False), ('("https://", "-")', True)])
def test_a_word_that_begins_as_something_else_is_no_option(
    scan: Callable[[dict[str, str]], Report], prefixes: str, found: bool
) -> None:
    checked = f"    if not word.startswith({prefixes}):\n        raise ValueError(word)\n    return"
    program = SERVER.format(words='["git", "clone", word]').replace("    return", checked)

    assert ("command-injection" in {finding.rule for finding in scan({"server.py": program}).findings}) is found


@pytest.mark.parametrize(
    ("escaped", "script", "found"),
    [
        ('title.replace("\\\\", "\\\\\\\\").replace(\'"\', \'\\\\"\')', "'make new note with \"' + safe + '\"'", False),
        ('title.replace("\\\\", "\\\\\\\\").replace(\'"\', \'\\\\"\')', '"make new note with " + safe', True),
        ("title.replace('\"', '\\\\\"')", "'make new note with \"' + safe + '\"'", True),
        ('title.replace(\'"\', \'\\\\"\').replace("\\\\", "\\\\\\\\")', "'make new note with \"' + safe + '\"'", True),
    ],
)
def test_a_text_is_escaped_for_the_literal_that_it_stands_in(
    scan: Callable[[dict[str, str]], Report], escaped: str, script: str, found: bool
) -> None:
    server = f"""
import subprocess
from fastmcp import FastMCP

mcp = FastMCP("notes")

@mcp.tool
def note(title: str) -> None:
    safe = {escaped}
    subprocess.run(["osascript", "-e", {script}])

mcp.run(transport="http")
"""
    report = scan({"server.py": server})

    assert ("command-injection" in {finding.rule for finding in report.findings}) is found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ('["finch", "image", "inspect", name]', False),
        ('["/opt/tools/" + name, "inspect"]', True),
        ('[f"/opt/tools/{name}", "inspect"]', True),
    ],
)
def test_a_word_behind_a_program_is_no_part_of_its_path(
    scan: Callable[[dict[str, str]], Report], words: str, found: bool
) -> None:
    server = f"""
import subprocess
from fastmcp import FastMCP

mcp = FastMCP("images")

def run(command: list) -> str:
    return subprocess.run(command, capture_output=True, text=True).stdout

@mcp.tool
def inspect(name: str) -> str:
    return run({words})

mcp.run(transport="http")
"""
    report = scan({"server.py": server})

    assert ("command-injection" in {finding.rule for finding in report.findings}) is found


CLUSTER = """
import subprocess
from fastmcp import FastMCP

mcp = FastMCP("cluster")

def run(words: list) -> str:
    return subprocess.run(words, capture_output=True, text=True).stdout

@mcp.tool
def cluster_state(pod: str, command: str) -> str:
    return run([{words}])

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("words", "gravest"),
    [
        ('"kubectl", "get", "nodes"', "read-private"),
        ('"kubectl", "cluster-info"', "read-private"),
        ('"kubectl", "drain", "node"', "write"),
        ('"kubectl", "delete", "node", "one"', "destroy"),
        ('"kubectl", "exec", pod, "--", "sh", "-c", command', "exec"),
        ('"kubectl", "describe", "pod", pod', "read-private"),
    ],
)
def test_a_fixed_program_does_what_its_first_words_say(
    scan: Callable[[dict[str, str]], Report], words: str, gravest: str
) -> None:
    (row,) = scan({"server.py": CLUSTER.format(words=words)}).tools

    assert row.capabilities[0] == gravest


@pytest.mark.parametrize(
    ("words", "severity"), [("shlex.split(word)", "MEDIUM"), ('["git", *shlex.split(word)]', "CRITICAL")]
)
def test_a_part_of_a_command_is_little_beside_a_tool_that_runs_any_program(
    scan: Callable[[dict[str, str]], Report], words: str, severity: str
) -> None:
    other = '@mcp.tool\ndef listed(folder: str) -> str:\n    return subprocess.getoutput(f"ls {folder}")\n\nmcp.run'
    program = SERVER.format(words=words).replace("import subprocess", "import shlex\nimport subprocess")
    found = scan({"server.py": program.replace("mcp.run", other)}).findings

    told = [finding for finding in found if finding.rule == "command-injection" and "folder" in finding.message]
    assert [finding.severity.name for finding in told] == [severity]
