"""What a program does to keep itself going is no effect of a tool: its caches, its schema, its tokens."""

import pytest

from tests.analyzers.programs import flow_of, named

HEAD = """
import os
import sqlite3
import time
from googleapiclient.discovery import build

db = sqlite3.connect("app.db")
mail = build("gmail", "v1")

def act(key, cache_file="pages"):
"""
OUTDATED = (
    'now = int(time.time())\n    if key["until"] {} now:\n        db.execute("DELETE FROM orders WHERE id = ?", (1,))'
)
CASES = {
    "reads a cache": ('db.execute("SELECT value FROM cache WHERE key = ?", (key,))', {"read-public"}),
    "fills a cache": ('db.execute("INSERT INTO page_cache (key) VALUES (?)", (key,)); db.commit()', {"read-public"}),
    "drops what expired": ('db.execute("DELETE FROM rows WHERE expires_at <= ?", (1,))', {"read-public"}),
    "drops a row once its time is over": (OUTDATED.format("<="), {"write"}),
    "drops a row until its time is over": (OUTDATED.format(">"), {"destroy"}),
    "makes a schema": ('db.execute("CREATE TABLE IF NOT EXISTS orders (id)")', {"read-public"}),
    "removes an order": ('db.execute("DELETE FROM orders WHERE id = ?", (key,))', {"destroy"}),
    "keeps a token": ('open("token.json", "w").write(mail.creds.to_json())', {"read-public"}),
    "keeps a note": ('open("note.json", "w").write(key.to_json())', {"write"}),
    "drops a cached page": ('os.remove(f"{CACHE_DIR}/{key}")', {"read-public"}),
    "fills a cached page": ('open(cache_file, "w").write("")', {"read-public"}),
    "removes a page": ('os.remove(f"{FOLDER}/{key}")', {"destroy"}),
    "names a resource": ('mail.users().settings().sendAs().list(userId="me").execute()', {"read-private"}),
    "changes many": ('mail.users().messages().batchModify(userId="me", body={}).execute()', {"write"}),
    "removes many": ('mail.users().messages().batchDelete(userId="me", body={}).execute()', {"destroy"}),
}


@pytest.mark.parametrize(("line", "kinds"), CASES.values(), ids=CASES)
def test_a_call_does(line: str, kinds: set[str]) -> None:
    flow = flow_of(HEAD + f"    {line}\n")

    assert {effect.kind for effect in flow.summary(named(flow.program, "act")).effects} == kinds
