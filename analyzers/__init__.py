"""The analysis, pure: sources in, a report out. No file, network, clock or database is touched here.

What reads and judges is loaded on first use: processes that only plan, send and render stay light.
"""

import importlib
from typing import TYPE_CHECKING

from analyzers.division import Batch, Division, Share, merged
from analyzers.finding import Report
from analyzers.planning import Plan, facts_key, plan, source_bytes
from analyzers.policy.values import Policy
from analyzers.skimming import asked_for, is_skimmed
from analyzers.source import Entry, Source, Unread
from analyzers.tree import Change, Hunk, Tree
from analyzers.version import ENGINE_VERSION

if TYPE_CHECKING:
    from analyzers.engine import Memory, analyze
    from analyzers.facts import FileFacts
    from analyzers.outline import Outline, decode_outline, encode_outline
    from analyzers.parts import Sketch, divide
    from analyzers.reading import decode_facts, encode_facts, read

_ON_FIRST_USE = {
    "analyze": "analyzers.engine",
    "FileFacts": "analyzers.facts",
    "Memory": "analyzers.engine",
    "Outline": "analyzers.outline",
    "Sketch": "analyzers.parts",
    "decode_facts": "analyzers.reading",
    "decode_outline": "analyzers.outline",
    "divide": "analyzers.parts",
    "encode_facts": "analyzers.reading",
    "encode_outline": "analyzers.outline",
    "read": "analyzers.reading",
}

__all__ = [
    "ENGINE_VERSION",
    "Batch",
    "Change",
    "Division",
    "Entry",
    "FileFacts",
    "Hunk",
    "Memory",
    "Outline",
    "Plan",
    "Policy",
    "Report",
    "Share",
    "Sketch",
    "Source",
    "Tree",
    "Unread",
    "analyze",
    "asked_for",
    "decode_facts",
    "decode_outline",
    "divide",
    "encode_facts",
    "encode_outline",
    "facts_key",
    "is_skimmed",
    "merged",
    "plan",
    "read",
    "source_bytes",
]


def __getattr__(name: str) -> object:
    if name not in _ON_FIRST_USE:
        raise AttributeError(name)
    return getattr(importlib.import_module(_ON_FIRST_USE[name]), name)
