"""Calls of libraries that have no effect, whatever they are given: their names alone say so."""

from functools import lru_cache

from analyzers.frameworks import commands, files, inert, key_stores, models, operations, queries, sinks
from analyzers.frameworks.browsers import SCRIPTS
from analyzers.frameworks.connections import CONNECTIONS
from analyzers.frameworks.credentials import PUBLIC_CLIENTS
from analyzers.frameworks.mcp import is_framework
from analyzers.frameworks.payments import moves_money

# Methods of which it depends on the arguments, or on what has them, what they do.
DEPENDING = frozenset({*SCRIPTS, *queries.TELLING, *sinks.BROWSER_METHODS, *sinks.MCP_METHODS, "call_tool"})
TABLES = (files.WHERE_CHOSEN, commands.READ_AS_PROGRAMS, CONNECTIONS, sinks.SINKS, operations.OPERATIONS)
KINDS = (files.KINDS, commands.KINDS)


@lru_cache(16_384)
def is_harmless(name: str) -> bool:
    """Tell whether a call of a dotted name neither leaves the process nor changes what is stored."""
    if name.rpartition(".")[2] in DEPENDING or any(name in table for table in (*TABLES, *KINDS)):
        return False
    if commands.git_kind(name) or sinks.is_http_call(name) or sinks.query_root(name) or queries.is_method(name):
        return False
    return is_plain(name) or not (models.runs_agent(name) or models.asks_model(name) or named_kind(name))


@lru_cache(16_384)
def is_plain(name: str) -> bool:
    """Tell whether a name that no table has is one of a library that only computes, or of what makes a value."""
    root = root_of(name)
    makes = name.endswith("()") or sinks.makes_client(name) or bool(queries.expressed(name))
    return makes or inert.is_inert(root, name) or is_framework(name) or sinks.is_answer(name)


@lru_cache(16_384)
def named_kind(name: str) -> str:
    """Return the capability that the name of a call speaks for, "" for none."""
    if root_of(name) in PUBLIC_CLIENTS:
        return "read-public"
    if moves_money(name):
        return "money"
    reads = queries.reads_documents(name)
    return "read-private" if reads else sinks.vocabulary(sinks.verb(name)) or key_stores.capability(name)


def root_of(name: str) -> str:
    """Return the library of a dotted name: its first part."""
    return name.partition(".")[0].removesuffix("()")
