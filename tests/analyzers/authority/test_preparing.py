"""What a program only does to get ready, or to keep for later, counts for no tool that reads."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

PROGRAM = """
import os
import sqlite3
import httpx
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("notes")
TABLE = sqlite3.connect("notes.db")

class Store:
    def __init__(self):
        Path(os.environ["DATA"]).mkdir(parents=True)

    def {name}(self, text):
        {work}

    def rows(self):
        return TABLE.execute("SELECT * FROM notes").fetchall()

def store(text):
    found = Store()
    found.{name}(text)
    return found

@mcp.tool
def {tool}(name: str) -> list:
    found = store(name)
    return {rest}

mcp.run(transport="http")
"""
INSERT = "TABLE.execute(\"INSERT INTO versions VALUES ('3')\")"
GIVEN = 'TABLE.execute("INSERT INTO names VALUES (?)", (text,))'
LOGIN = 'httpx.post("https://id.example/oauth/start", json={"key": os.environ["API_KEY"]})'
DROP = 'TABLE.execute("DROP TABLE old_notes")'


@pytest.mark.parametrize(
    ("name", "work", "tool", "rest", "gravest"),
    [
        pytest.param("ensure_ready", INSERT, "find_notes", "found.rows()", "read-private", id="made ready"),
        pytest.param("_run_migrations", DROP, "find_notes", "found.rows()", "read-private", id="brought up to date"),
        pytest.param("get_access_token", LOGIN, "find_notes", "found.rows()", "read-private", id="signed on"),
        pytest.param("ensure_ready", GIVEN, "find_notes", "found.rows()", "write", id="a caller has a part"),
        pytest.param("ensure_ready", DROP, "find_notes", "found.rows()", "destroy", id="something is deleted"),
        pytest.param("remember", INSERT, "notes", "found.rows()", "write", id="called otherwise"),
        pytest.param("remember", INSERT, "find_notes", "found.rows()", "read-private", id="a row of its own file"),
        pytest.param("_run_migrations", DROP, "get_schedule", "found.rows()", "read-private", id="a thing, no verb"),
        pytest.param("_run_migrations", DROP, "get_or_schedule", "found.rows()", "write", id="may change something"),
        pytest.param("_run_migrations", DROP, "add_note", "found.rows()", "write", id="not for deleting"),
        pytest.param("_run_migrations", DROP, "delete_note", "found.rows()", "destroy", id="for deleting"),
        pytest.param("ensure_ready", INSERT, "find_notes", "[]", "write", id="nothing beside"),
        pytest.param("ensure_ready", INSERT, "setup_notes", "found.rows()", "write", id="what the tool is for"),
    ],
)
def test_what_only_gets_ready_is_not_what_a_tool_does(name: str, work: str, tool: str, rest: str, gravest: str) -> None:
    program = PROGRAM.format(name=name, work=work, tool=tool, rest=rest)
    (row,) = analyze(tree_of({"server.py": program})).tools

    assert row.capabilities[0] == gravest


KEEPING = """
import sqlite3
import httpx
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("spending")
TABLE = sqlite3.connect("spending.db")

class {owner}:
    def {name}(self, text):
        {work}

kept = {owner}()

def asked(text):
    found = TABLE.execute("SELECT * FROM awards WHERE name = ?", (text,)).fetchall()
    kept.{name}(text)
    return found

@mcp.tool
def {tool}(name: str) -> list:
    return asked(name)

mcp.run(transport="http")
"""
NOTE = 'with Path("searches.jsonl").open("a") as file: file.write(text)'
KEPT = 'TABLE.execute("INSERT INTO kept VALUES (?)", (text,))'
CLEARED = 'Path("profile/SingletonLock").unlink()'
READING = """try:
            Path("profile/session").read_bytes()
        {after}:
            Path({removed}).unlink()"""
BROKEN = READING.format(after="except ValueError", removed='"profile/session"')
GONE = READING.format(after="finally", removed='"profile/session"')
NAMED = READING.format(after="except ValueError", removed="text")


@pytest.mark.parametrize(
    ("owner", "name", "work", "tool", "gravest"),
    [
        pytest.param("Analytics", "log_search", NOTE, "find_awards", "read-private", id="noted that somebody asked"),
        pytest.param("Notes", "log_workout", NOTE, "find_awards", "write", id="another thing is logged"),
        pytest.param("Analytics", "log_search", NOTE, "submit_award", "write", id="not a tool that reads"),
        pytest.param("DiskCache", "set", KEPT, "find_awards", "read-private", id="kept for the next who asks"),
        pytest.param("Store", "cache_awards", KEPT, "get_awards", "read-private", id="kept by a function"),
        pytest.param("DiskCache", "set", KEPT, "awards", "read-private", id="kept beside what is read"),
        pytest.param("Store", "put", KEPT, "get_awards", "write", id="kept in a store"),
        pytest.param("DiskCache", "set", KEPT, "get_or_create_award", "write", id="may do more"),
        pytest.param("Profile", "_clear_stale_locks", CLEARED, "find_awards", "read-private", id="stale locks"),
        pytest.param("Profile", "load_tokens", CLEARED, "find_awards", "read-private", id="a broken token file"),
        pytest.param("Profile", "start", BROKEN, "find_awards", "read-private", id="a file that cannot be read"),
        pytest.param("Profile", "start", GONE, "find_awards", "destroy", id="a file that is read"),
        pytest.param("Profile", "start", NAMED, "find_awards", "destroy", id="a file of the caller's that is not read"),
        pytest.param("Profile", "delete_tokens", CLEARED, "sign_off", "destroy", id="signs off"),
        pytest.param("Profile", "clear_token", CLEARED, "find_awards", "read-private", id="a token that is refused"),
        pytest.param("Profile", "clear_awards", CLEARED, "find_awards", "destroy", id="no token"),
        pytest.param("Profile", "clear_token", CLEARED, "auth_reset", "destroy", id="named for signing on"),
        pytest.param("Profile", "clear_token", CLEARED, "create_award", "destroy", id="a tool that changes something"),
        pytest.param("Profile", "_clear_locks", CLEARED, "find_awards", "destroy", id="locks in use"),
        pytest.param("Profile", "_clear_stale_locks", CLEARED, "remove_locks", "destroy", id="what it is for"),
    ],
)
def test_what_is_kept_for_later_is_not_what_a_reading_tool_does(
    owner: str, name: str, work: str, tool: str, gravest: str
) -> None:
    program = KEEPING.format(owner=owner, name=name, work=work, tool=tool)
    (row,) = analyze(tree_of({"server.py": program})).tools

    assert row.capabilities[0] == gravest


FORM = """
import os
import httpx
from fastmcp import FastMCP

mcp = FastMCP("web")

@mcp.tool
def {tool}(text: str) -> str:
    return httpx.post("https://{host}/html", data={{"q": text}}{more}).text

mcp.run(transport="http")
"""
KEY = ', headers={"Authorization": os.environ["API_KEY"]}'


@pytest.mark.parametrize(
    ("tool", "host", "more", "gravest"),
    [
        pytest.param("search", "html.finder.com", "", "read-public", id="a form that anybody fills in"),
        pytest.param("search", "html.finder.com", KEY, "read-private", id="signed"),
        pytest.param("search", "finder.internal", "", "read-private", id="a host of its own"),
        pytest.param("search", "10.0.0.3:8080", "", "read-private", id="an address"),
        pytest.param("post_note", "html.finder.com", "", "write", id="called otherwise"),
    ],
)
def test_a_form_that_anybody_fills_in_changes_nothing(tool: str, host: str, more: str, gravest: str) -> None:
    (row,) = analyze(tree_of({"server.py": FORM.format(tool=tool, host=host, more=more)})).tools

    assert row.capabilities[0] == gravest


SET_UP = """
import tomllib
from pathlib import Path
import httpx
from fastmcp import FastMCP

mcp = FastMCP("addresses")

def {name}():
    with open(Path.home() / "tokens.toml", "rb") as file:
        return tomllib.load(file)

@mcp.tool
def look_up(address: str) -> str:
    {work}

mcp.run()
"""


@pytest.mark.parametrize(
    ("name", "work", "gravest"),
    [
        pytest.param(
            "load_config",
            '{name}()\n    return httpx.get("https://ip.example.com/json").text',
            "read-public",
            id="how it is set up",
        ),
        pytest.param(
            "get_token",
            '{name}()\n    return httpx.get("https://ip.example.com/json").text',
            "read-private",
            id="what it signs on with",
        ),
        pytest.param(
            "load_notes",
            '{name}()\n    return httpx.get("https://ip.example.com/json").text',
            "read-private",
            id="something else",
        ),
        pytest.param("load_config", "return str({name}())", "read-private", id="what the tool is for"),
    ],
)
def test_what_a_program_is_set_up_with_is_not_what_a_tool_reads(name: str, work: str, gravest: str) -> None:
    program = SET_UP.format(name=name, work=work.format(name=name))
    (row,) = analyze(tree_of({"server.py": program})).tools

    assert row.capabilities[0] == gravest


PLACED = """
import os
import httpx
from fastmcp import FastMCP

mcp = FastMCP("shop")

class Order:
    def __init__(self, item):
        self.item = item
        httpx.post("https://orders.internal/orders", json={"item": self.item})

class Basket:
    def __init__(self, item):
        self.item = item

    def ensure_order(self):
        httpx.post("https://orders.internal/orders", json={"item": self.item})

def initialize_payout():
    httpx.post("https://bank.internal/payouts", json={"to": os.environ["ACCOUNT"]})

def login():
    return httpx.post("https://crm.internal/sessions", json={"key": os.environ["KEY"]}).json()["id"]

def customers(session=None):
    return httpx.get("https://crm.internal/customers", headers={"Authorization": os.environ["TOKEN"]}).text

@mcp.tool
def constructed(item: str) -> str:
    Order(item)
    return customers()

@mcp.tool
def through_field(item: str) -> str:
    Basket(item).ensure_order()
    return customers()

@mcp.tool
def approve() -> str:
    initialize_payout()
    return customers()

@mcp.tool
def show() -> str:
    return customers(login())

mcp.run(transport="http")
"""


def test_what_is_sent_to_others_is_a_deed_unless_it_signs_on() -> None:
    rows = analyze(tree_of({"server.py": PLACED})).tools

    assert {row.name: "write" in row.capabilities for row in rows} == {
        "constructed": True,
        "through_field": True,
        "approve": True,
        "show": False,
    }


AUDITED = """
import httpx
import psycopg
from fastmcp import FastMCP

mcp = FastMCP("orders")

class {sink}:
    def record(self, tool):
        with psycopg.connect("dbname=records") as connection:
            connection.execute("INSERT INTO calls VALUES (%s)", (tool,))

sink = {sink}()

@mcp.tool
def orders(number: str) -> str:
    sink.record(number)
    return {rest}

mcp.run(transport="http")
"""
ASKED = 'httpx.get("https://orders.internal/orders", params={"n": number}).text'


@pytest.mark.parametrize(
    ("sink", "rest", "gravest"),
    [
        pytest.param("AuditSink", ASKED, "read-public", id="an audit"),
        pytest.param("Sink", ASKED, "write", id="another table"),
        pytest.param("AuditSink", "number", "write", id="nothing beside"),
    ],
)
def test_what_is_written_into_an_audit_is_not_what_a_tool_does(sink: str, rest: str, gravest: str) -> None:
    (row,) = analyze(tree_of({"server.py": AUDITED.format(sink=sink, rest=rest)})).tools

    assert row.capabilities[0] == gravest


ROTATED = """
from pathlib import Path
import httpx
from fastmcp import FastMCP

mcp = FastMCP("orders")
FILE = Path("/var/log/orders/calls.jsonl")

class {sink}:
    def record(self, tool):
        if FILE.stat().st_size > 1000000:
            {removed}.unlink()
        with FILE.open("a") as file:
            file.write(tool)

sink = {sink}()

@mcp.tool
def {tool}(number: str) -> str:
    sink.record(number)
    return {rest}

mcp.run(transport="http")
"""
OLD, CHOSEN = 'Path("/var/log/orders/calls.1")', "Path(tool)"


@pytest.mark.parametrize(
    ("sink", "removed", "tool", "rest", "gravest"),
    [
        pytest.param("AuditLog", OLD, "orders", ASKED, "read-public", id="an audit that is rotated"),
        pytest.param("AuditLog", OLD, "orders", "number", "write", id="nothing beside"),
        pytest.param("AuditLog", CHOSEN, "orders", ASKED, "destroy", id="what a caller names"),
        pytest.param("Log", OLD, "orders", ASKED, "destroy", id="another file"),
        pytest.param("AuditLog", OLD, "rotate_audit", ASKED, "destroy", id="what the tool is for"),
    ],
)
def test_an_audit_that_is_rotated_deletes_nothing(sink: str, removed: str, tool: str, rest: str, gravest: str) -> None:
    text = ROTATED.format(sink=sink, removed=removed, tool=tool, rest=rest)
    (row,) = analyze(tree_of({"server.py": text})).tools

    assert row.capabilities[0] == gravest


FETCHED = """
import sqlite3
import httpx
from fastmcp import FastMCP

mcp = FastMCP("games")
TABLE = sqlite3.connect("games.db")

def keep(rows):
    for row in rows:
        TABLE.execute("INSERT INTO games VALUES (?)", (row["name"],))

@mcp.tool
def {tool}(team: str) -> list:
    found = httpx.get("https://games.example/list", params={{"team": team}}).json()
    keep({given})
    return TABLE.execute("SELECT * FROM games").fetchall()

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("tool", "given", "gravest"),
    [
        pytest.param("get_games", "found", "read-private", id="an answer"),
        pytest.param("get_games", '[{"name": team}]', "write", id="what the caller says"),
        pytest.param("store_games", "found", "write", id="called otherwise"),
    ],
)
def test_what_was_answered_elsewhere_is_kept_for_the_next_who_asks(tool: str, given: str, gravest: str) -> None:
    (row,) = analyze(tree_of({"server.py": FETCHED.format(tool=tool, given=given)})).tools

    assert row.capabilities[0] == gravest


ONCE = """
import json, sqlite3
from fastmcp import FastMCP

mcp = FastMCP("orders")
CACHE = None

def table(path):
    global CACHE
    if {empty}:
        with open({given}, "w") as file:
            json.dump({{}}, file)
        CACHE = {{}}
    return CACHE

@mcp.tool
def {tool}(name: str) -> list:
    table(name)
    return sqlite3.connect("orders.db").execute("SELECT * FROM orders").fetchall()

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("empty", "given", "tool", "gravest"),
    [
        pytest.param("CACHE is None", "'table.json'", "orders", "read-private", id="made once"),
        pytest.param("not CACHE", "'table.json'", "orders", "read-private", id="made while it is empty"),
        pytest.param("CACHE is None", "path", "orders", "write", id="of what a caller says"),
        pytest.param("path", "'table.json'", "orders", "write", id="whenever a caller likes"),
    ],
)
def test_what_is_done_until_something_is_kept_only_prepares(empty: str, given: str, tool: str, gravest: str) -> None:
    (row,) = analyze(tree_of({"server.py": ONCE.format(empty=empty, given=given, tool=tool)})).tools

    assert row.capabilities[0] == gravest
