"""What a caller writes into the command of a shell becomes one word; the shell goes where nothing needs it."""

import subprocess

import pytest

from tests.analyzers.programs import fixed_by

SERVER = """\
import subprocess
from fastmcp import FastMCP

mcp = FastMCP("files")


@mcp.tool
def run(name: str, number: int, other) -> str:
    return subprocess.run({command}, shell=True, capture_output=True, text=True).stdout


mcp.run()
"""


def command_of(command: str) -> str:
    """Return the call that the fix of a command makes."""
    fix, changed = fixed_by({"server.py": SERVER.format(command=command)}, "command-injection")
    assert fix is not None
    (line,) = [line for line in changed["server.py"].splitlines() if "subprocess.run" in line]
    return line.strip().removeprefix("return ").removesuffix(".stdout")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ('f"wc -l {name}"', '["wc", "-l", name]'),
        ("f'wc -l \"{name}\"'", '["wc", "-l", name]'),
        ("f\"wc  -l '{name}' \"", '["wc", "-l", name]'),
        ('f"head -n 3 {other}"', '["head", "-n", "3", str(other)]'),
        ('f"head -n {number:d} {name}"', '["head", "-n", f"{number:d}", name]'),
        ('f"/usr/bin/du -h /srv/{name}.txt"', '["/usr/bin/du", "-h", f"/srv/{name}.txt"]'),
        ("f\"grep -r 'a b|c' {name}\"", '["grep", "-r", "a b|c", name]'),
        ("f\"wc '{name}'/'a b'\"", '["wc", f"{name}/a b"]'),
        ('"wc -l " f"{name}"', '["wc", "-l", name]'),
    ],
)
def test_a_command_of_plain_words_needs_no_shell(command: str, words: str) -> None:
    assert command_of(command) == f"subprocess.run({words}, capture_output=True, text=True)"


@pytest.mark.parametrize(
    "command",
    [
        'f"wc -l {name} | sort"',
        'f"cat {name} > /srv/all"',
        'f"wc -l *.txt {name}"',
        'f"wc -l $HOME/{name}"',
        'f"cd {name}"',
        'f"LANG=C wc {name}"',
        'f"git log {name}"',
        'f"/usr/bin/git log {name}"',
        'f"ls ~ {name}"',
    ],
)
def test_what_the_shell_is_needed_for_is_quoted(command: str) -> None:
    quoted = command.replace("{name}", "{shlex.quote(name)}")
    assert command_of(command) == f"subprocess.run({quoted}, shell=True, capture_output=True, text=True)"


def test_a_word_reaches_the_program_whole() -> None:
    call = command_of("f\"printf '[%s]' {name}\"")
    found = eval(call, {"subprocess": subprocess, "name": "a; echo b $HOME"})
    assert found.stdout == "[a; echo b $HOME]"
