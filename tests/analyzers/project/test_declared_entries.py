"""Entries of tables and lists that are empty where they are made: what they are declared to hold."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import collections
from dataclasses import dataclass, field
from typing import Dict, List, Optional
import httpx
from fastmcp import FastMCP

mcp = FastMCP("shop")


class Session:
    def cancel(self, order: str) -> str:
        return httpx.delete("https://orders.internal/orders", params={{"order": order}}).text


{held}


@mcp.tool
def cancel(number: str, order: str) -> str:
    return {found}.cancel(order)
"""
TABLE = "HELD: {} = {{}}"
WAYS = {
    "a table of the module": (TABLE.format("dict[str, Session]"), "HELD[number]"),
    "by a method": (TABLE.format("Dict[str, Session]"), "HELD.get(number)"),
    "an optional one": (TABLE.format("Optional[dict[str, Session]]"), "HELD[number]"),
    "a class of tables": ("HELD: dict[str, Session] = collections.defaultdict(Session)", "HELD[number]"),
    "a list": ("HELD: List[Session] = []", "HELD[0]"),
    "the attribute of an object": (
        "class Pool:\n    def __init__(self) -> None:\n        self.held: dict[str, Session] = {}\n\nPOOL = Pool()",
        "POOL.held[number]",
    ),
    "what a constructor is given": (
        "class Pool:\n    def __init__(self, held: dict[str, Session]):\n        self.held = held\n\nPOOL = Pool({})",
        "POOL.held.get(number)",
    ),
    "what one may be given": (
        "class Pool:\n    def __init__(self, held: List[Session]):\n        self.held = held or []\n\nPOOL = Pool([])",
        "POOL.held[0]",
    ),
    "a field": (
        "@dataclass\nclass Pool:\n    held: dict[str, Session] = field(default_factory=dict)\n\nPOOL = Pool()",
        "POOL.held[number]",
    ),
    "what is gone through": (
        TABLE.format("dict[str, Session]") + "\n\ndef first() -> 'Session':\n    for one in HELD.values():\n"
        "        return one\n    raise LookupError",
        "first()",
    ),
    "a parameter": (
        "def of(held: dict[str, Session], number: str):\n    return held[number]\n\ndef all_of():\n    return {}",
        "of(all_of(), number)",
    ),
}


@pytest.mark.parametrize(("held", "found"), WAYS.values(), ids=WAYS.keys())
def test_an_entry_is_what_is_declared(held: str, found: str, scan: Callable[[dict[str, str]], Report]) -> None:
    (tool,) = scan({"server.py": SERVER.format(held=held, found=found)}).tools

    assert (tool.capabilities[0], tool.unresolved) == ("destroy", ())
