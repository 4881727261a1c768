"""Tests are skimmed: their imports, comments and credentials are known, and what the product imports is read whole."""

import pytest

from analyzers import asked_for, is_skimmed
from analyzers.facts import FileFacts
from analyzers.reading import read
from analyzers.rules import RULES
from analyzers.source import Source

STATEMENTS = '''"""import this"""
import os, json as j, a.b.c  # import of all
from __future__ import annotations
from .fakes import (  # skillaudit: ignore[tls-verification-disabled] a fake
    Server as Fake,
    make,
)
from ..pkg import *

def test_it():
    from tests import data
    text = "import secret"
    try:
        import late
    except ImportError: import other.part as part
    class Inner:
        if True: from x.y import z
'''


def facts(text: str, *, skimmed: bool) -> FileFacts:
    found = read(Source("tests/test_a.py", "", text.encode(), skimmed))
    assert isinstance(found, FileFacts)
    return found


@pytest.mark.parametrize(
    "path", ["tests/test_a.py", "pkg/test_b.py", "conftest.py", "tests/fakes/server.py", "pkg/testing/__init__.py"]
)
def test_python_of_tests_is_skimmed(path: str) -> None:
    assert is_skimmed(path)


@pytest.mark.parametrize(
    "path", ["setup.py", "pkg/server.py", "examples/server.py", "tests/pyproject.toml", "build/a.py"]
)
def test_nothing_else_is(path: str) -> None:
    assert not is_skimmed(path)


def test_imports_and_comments_are_what_reading_the_whole_finds() -> None:
    skimmed, whole = (facts(STATEMENTS, skimmed=skimmed) for skimmed in (True, False))

    assert set(skimmed.imports) == set(whole.imports)
    assert skimmed.ignores == whole.ignores
    assert len(skimmed.functions) == 1 < len(whole.functions)


def test_imports_of_all_examples_are_found() -> None:
    texts = [text for rule in RULES for example in rule.examples for text in example.files.values()]
    pairs = [[facts(text, skimmed=skimmed) for skimmed in (True, False)] for text in texts]

    assert len(pairs) > 300
    assert all(set(skimmed.imports) == set(whole.imports) for skimmed, whole in pairs)


@pytest.mark.parametrize(
    "line",
    [
        'TOKEN = "ghp_' + "a1B2c3D4" * 5 + '"',
        'KEY = "AKIA" "ABCDEFGHIJKLMNOP"',
        "# https://hooks.slack.com/services/T1/B1/x",
        'PEM = "-----BEGIN PRIVATE KEY-----"',
        "def broken(:",
    ],
)
def test_what_may_hold_a_token_and_what_is_broken_is_read_whole(line: str) -> None:
    text = f"{line}\ndef test_it():\n    pass\n"

    assert facts(text, skimmed=True) == facts(text, skimmed=False)


def test_what_the_product_may_import_is_asked_for_with_what_that_imports() -> None:
    imports = {
        "server.py": ["os|", "tests.fakes|run"],
        "tests/fakes.py": [".data|rows"],
        "tests/data/__init__.py": ["json|"],
        "tests/__init__.py": ["tests.unused|"],
        "tests/test_server.py": ["server|mcp", "tests.other|"],
        "tests/other.py": [],
        "tests/unused.py": [],
    }

    asked = {"tests/fakes.py", "tests/data/__init__.py", "tests/__init__.py", "tests/unused.py"}
    assert asked_for(imports) == asked
    assert asked_for({path: imports[path] for path in imports if path != "server.py"}) == set()
