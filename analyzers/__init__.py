"""The analysis, pure: sources in, a report out. No file, network, clock or database is touched here.

What reads and judges is loaded on first use: processes that only plan, send and render stay light.
"""

import importlib
from typing import TYPE_CHECKING

from analyzers.finding import Report
from analyzers.planning import Plan, facts_key, plan
from analyzers.policy.values import Policy
from analyzers.source import Entry, Source, Unread
from analyzers.tree import Change, Hunk, Tree
from analyzers.version import ENGINE_VERSION

if TYPE_CHECKING:
    from analyzers.engine import analyze
    from analyzers.facts import FileFacts
    from analyzers.reading import decode_facts, encode_facts, read

_ON_FIRST_USE = {
    "analyze": "analyzers.engine",
    "FileFacts": "analyzers.facts",
    "decode_facts": "analyzers.reading",
    "encode_facts": "analyzers.reading",
    "read": "analyzers.reading",
}

__all__ = [
    "ENGINE_VERSION",
    "Change",
    "Entry",
    "FileFacts",
    "Hunk",
    "Plan",
    "Policy",
    "Report",
    "Source",
    "Tree",
    "Unread",
    "analyze",
    "decode_facts",
    "encode_facts",
    "facts_key",
    "plan",
    "read",
]


def __getattr__(name: str) -> object:
    if name not in _ON_FIRST_USE:
        raise AttributeError(name)
    return getattr(importlib.import_module(_ON_FIRST_USE[name]), name)
