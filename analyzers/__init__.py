"""The analysis, pure: sources in, a report out. No file, network, clock or database is touched here."""

from analyzers.engine import ENGINE_VERSION, analyze
from analyzers.facts import FileFacts
from analyzers.finding import Report
from analyzers.policy import Policy
from analyzers.reading import Plan, decode_facts, encode_facts, facts_key, plan, read
from analyzers.source import Entry, Source, Unread
from analyzers.tree import Change, Hunk, Tree

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
