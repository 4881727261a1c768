"""A tree of files as a server would have them, analysed whole."""

import hashlib
from collections.abc import Callable

import pytest

from analyzers import Entry, FileFacts, Report, Source, Tree, analyze, read


@pytest.fixture
def scan() -> Callable[[dict[str, str]], Report]:
    """Return a function that analyses files, text by path."""
    return _scan


def _scan(files: dict[str, str]) -> Report:
    entries: list[Entry] = []
    facts: dict[str, FileFacts] = {}
    for path, text in files.items():
        data = text.encode()
        entry = Entry(path, hashlib.sha1(data).hexdigest(), size=len(data))
        found = read(Source(path, entry.blob, data))
        assert isinstance(found, FileFacts)
        entries.append(entry)
        facts[path] = found
    return analyze(Tree(tuple(entries), facts))
