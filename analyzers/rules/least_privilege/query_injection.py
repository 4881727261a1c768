"""Arguments of a call that become part of the text of a query."""

from collections.abc import Iterator, Mapping

from analyzers.authority.egress import BOUND, OPEN
from analyzers.authority.taint import Taint, confidence
from analyzers.authority.wholes import is_whole, text_taints
from analyzers.evidence.query_harm import is_any, is_query, most_harm, weight_of
from analyzers.evidence.taint_drafts import Telling, by_check, causes, drafts, together
from analyzers.finding import Severity
from analyzers.fixes.choices import plain_names
from analyzers.fixes.queries import bound_values
from analyzers.flow.operands import QUERY
from analyzers.frameworks.queries import SEARCHES
from analyzers.rule import Analysis, Draft, Proposal, Rule, py

SEARCHED = (
    "A quote or a keyword in the argument changes what is searched for. A model that was talked into it reads whatever "
    "the server's account may, past the filters that stand beside it."
)


class QueryInjection(Rule):
    """
    ## What it finds
    An argument of a call that is written into the text of a query: SQL, Cypher, CQL or GraphQL, the filter of an LDAP
    search, of JQL, OData or Google Drive, or the `$where` of MongoDB, by an f-string, `%`, `+`, `format` or `join`, on
    its way to what sends it. Bound parameters and variables, a list of allowed names, a pattern of the whole value,
    `int()` and quoting functions as `sql.Identifier` are right. A tool whose argument is the whole statement is
    `unbounded-capability-tool` instead.

    ## Why it matters
    `' OR 1=1 --` in a name reads every row, `'; DROP TABLE` writes. The database sees the server's account, not the
    caller's, so whatever that account may do is open to a model that was talked into it.

    ## Fix
    Bind values as parameters of the statement. Names of tables and columns cannot be bound: compare them with a list,
    or quote them with the driver's own function.
    """

    id = "query-injection"
    summary = "an argument becomes part of the text of a query"
    principle = "least_privilege"
    severity = Severity.HIGH
    cwe = ("CWE-89", "CWE-943")
    owasp = ("MCP05",)
    spec = ("server/tools#security-considerations",)
    pattern = "one-tool-one-verb"
    examples = (
        py(
            """
            import sqlite3
            from fastmcp import FastMCP

            mcp = FastMCP("shop")
            db = sqlite3.connect("shop.db")

            @mcp.tool
            def orders(customer: str) -> list:
                return db.execute(f"SELECT * FROM orders WHERE customer = '{customer}'").fetchall()  # finding

            @mcp.tool
            def invoices(customer: str) -> list:
                return db.execute("SELECT * FROM invoices WHERE customer = ?", (customer,)).fetchall()

            mcp.run(transport="http")
            """,
            fixed="""
            import sqlite3
            from fastmcp import FastMCP

            mcp = FastMCP("shop")
            db = sqlite3.connect("shop.db")

            @mcp.tool
            def orders(customer: str) -> list:
                return db.execute("SELECT * FROM orders WHERE customer = ?", (customer,)).fetchall()

            @mcp.tool
            def invoices(customer: str) -> list:
                return db.execute("SELECT * FROM invoices WHERE customer = ?", (customer,)).fetchall()

            mcp.run(transport="http")
            """,
            note="written into the text, and bound",
        ),
        py(
            """
            import asyncpg
            import duckdb
            import psycopg
            import pymysql
            from sqlalchemy import create_engine, text
            from fastmcp import FastMCP

            mcp = FastMCP("shop")
            engine = create_engine("postgresql:///shop")
            TABLE = "people"

            @mcp.tool
            async def find(name: str, city: str) -> list:
                connection = await asyncpg.connect("postgresql:///shop")
                return await connection.fetch(f"SELECT * FROM {TABLE} WHERE a = '{name}' AND b = '{city}'")  # finding

            @mcp.tool
            def named(name: str) -> list:
                query = (
                    f"SELECT * FROM {TABLE} "
                    f"WHERE name LIKE '%{name}%'"
                )
                with engine.connect() as connection:
                    return connection.execute(text(query)).all()  # finding

            @mcp.tool
            def one(name: str) -> tuple:
                with psycopg.connect("dbname=shop") as connection, connection.cursor() as cursor:
                    cursor.execute(  # finding
                        f"SELECT * FROM people WHERE name = '{name}'",
                    )
                    return cursor.fetchone()

            @mcp.tool
            def add(name: str, city: str) -> None:
                cursor = pymysql.connect(host="db").cursor()
                cursor.execute(f"INSERT INTO people VALUES ('{name}', '{city}')")  # finding

            @mcp.tool
            def count(city: str) -> tuple:
                sql = f"SELECT count(*) FROM people WHERE city = '{city}'"
                return duckdb.connect("shop.db").execute(sql).fetchone()  # finding

            mcp.run(transport="http")
            """,
            fixed="""
            import asyncpg
            import duckdb
            import psycopg
            import pymysql
            from sqlalchemy import create_engine, text
            from fastmcp import FastMCP

            mcp = FastMCP("shop")
            engine = create_engine("postgresql:///shop")
            TABLE = "people"

            @mcp.tool
            async def find(name: str, city: str) -> list:
                connection = await asyncpg.connect("postgresql:///shop")
                return await connection.fetch(f"SELECT * FROM {TABLE} WHERE a = $1 AND b = $2", name, city)

            @mcp.tool
            def named(name: str) -> list:
                query = (
                    f"SELECT * FROM {TABLE} "
                    "WHERE name LIKE :name"
                )
                with engine.connect() as connection:
                    return connection.execute(text(query), {"name": f"%{name}%"}).all()

            @mcp.tool
            def one(name: str) -> tuple:
                with psycopg.connect("dbname=shop") as connection, connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT * FROM people WHERE name = %s", (name,),
                    )
                    return cursor.fetchone()

            @mcp.tool
            def add(name: str, city: str) -> None:
                cursor = pymysql.connect(host="db").cursor()
                cursor.execute("INSERT INTO people VALUES (%s, %s)", (name, city))

            @mcp.tool
            def count(city: str) -> tuple:
                sql = "SELECT count(*) FROM people WHERE city = ?"
                return duckdb.connect("shop.db").execute(sql, [city]).fetchone()

            mcp.run(transport="http")
            """,
            note="one value and more, for several drivers",
        ),
        py(
            """
            import asyncpg
            from neo4j import GraphDatabase
            from sqlalchemy import create_engine, text
            from fastmcp import FastMCP
            from pools import pool

            mcp = FastMCP("shop")
            engine = create_engine("postgresql:///shop")
            driver = GraphDatabase.driver("bolt://graph")

            @mcp.tool
            def count(table: str) -> int:
                with engine.connect() as connection:
                    return connection.execute(text("SELECT count(*) FROM " + table)).scalar()  # finding

            @mcp.tool
            async def find(name: str, city: str = "") -> list:
                connection = await asyncpg.connect("postgresql:///shop")
                conditions = ["name = '%s'" % name]
                if city:
                    conditions.append("city = $1")
                return await connection.fetch("SELECT * FROM people WHERE " + " AND ".join(conditions), city)  # finding

            @mcp.tool
            def friends(label: str) -> list:
                query = "MATCH (n:{}) RETURN n".format(label)
                with driver.session() as session:
                    return list(session.run(query))  # finding

            @mcp.tool
            def noted(name: str) -> list:
                return pool().execute(f"/* a */ SELECT * FROM people /* b */ WHERE name = '{name}'")  # finding

            @mcp.tool
            def whole(statement: str) -> list:
                return pool().execute(f"/* by a model */ {statement}")

            @mcp.tool
            def sorted_rows(order: str) -> list:
                query = "SELECT * FROM rows"
                if order:
                    query += f" ORDER BY {order}"
                return pool().execute(query)  # finding

            mcp.run(transport="http")
            """,
            note="joined, formatted, added, in other languages, on a connection that is not seen",
        ),
        py(
            """
            from fastmcp import FastMCP
            from store import Store

            mcp = FastMCP("shop")
            store = Store("shop.db")

            @mcp.tool
            def by_name(name: str) -> list:
                return store.rows("people", f"name = '{name}'")

            @mcp.tool
            def everyone() -> list:
                return store.rows("people", "1 = 1")

            mcp.run()
            """,
            store="""
            import sqlite3

            class Store:
                def __init__(self, path):
                    self.connection = sqlite3.connect(path)

                def rows(self, table, condition):
                    return self.connection.execute(f"SELECT * FROM {table} WHERE {condition}").fetchall()  # finding
            """,
            note="put together in two steps; the statement is complete in the second",
        ),
        py(
            """
            import re
            import sqlite3
            import uuid
            from enum import Enum
            from typing import Annotated, Literal
            from psycopg import connect, sql
            from fastmcp import FastMCP
            from pydantic import Field

            mcp = FastMCP("careful")
            db = sqlite3.connect("shop.db")
            TABLES = {"orders", "invoices"}

            class Order(str, Enum):
                NAME = "name"
                AGE = "age"

            Kinds = Annotated[Literal["people", "orders"], Field(description="what is listed")] | None

            def quoted(name: str) -> str:
                return '"' + name.replace('"', '""') + '"'

            def tables() -> list:
                return [row[0] for row in db.execute("SELECT name FROM sqlite_master")]

            @mcp.tool
            def listed(table: str) -> list:
                if table not in TABLES:
                    raise ValueError("no such table")
                return db.execute(f"SELECT * FROM {table}").fetchall()

            @mcp.tool
            def existing(table: str) -> list:
                if table not in tables():
                    raise ValueError("no such table")
                return db.execute(f"PRAGMA table_info({table})").fetchall()

            @mcp.tool
            def matched(table: str) -> list:
                if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*", table):
                    raise ValueError("no such table")
                return db.execute(f"SELECT * FROM {table}").fetchall()

            @mcp.tool
            def typed(limit: int, order: Order, way: Literal["asc", "desc"], key: str) -> list:
                text = f"SELECT * FROM people WHERE id = '{uuid.UUID(key)}' ORDER BY {order} {way} LIMIT {limit}"
                return db.execute(text).fetchall()

            @mcp.tool
            def capped(count) -> list:
                return db.execute(f"SELECT * FROM people LIMIT {min(count, 20)}").fetchall()

            @mcp.tool
            def chosen(kind: Kinds, start: str) -> list:
                prefix = start.replace("'", "")
                return db.execute(f"SELECT * FROM {kind} WHERE name LIKE '{prefix}%'").fetchall()

            @mcp.tool
            def named(table: str) -> list:
                return db.execute(f"SELECT * FROM {quoted(table)}").fetchall()

            @mcp.tool
            def identifier(table: str) -> list:
                with connect("dbname=shop") as connection:
                    query = sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))
                    return connection.execute(query).fetchall()

            @mcp.tool
            def several(ids: list[str]) -> list:
                marks = ",".join("?" for _ in ids)
                return db.execute(f"SELECT * FROM people WHERE id IN ({marks})", ids).fetchall()

            mcp.run(transport="http")
            """,
            note="listed, existing, matched, typed, quoted, bound",
        ),
        py(
            """
            import sqlite3
            from fastmcp import FastMCP

            mcp = FastMCP("shop")
            db = sqlite3.connect("shop.db")

            @mcp.tool
            def rows(table: str, condition: str) -> list:
                if not table.isidentifier():
                    raise ValueError("no such table")
                return db.execute(f"SELECT * FROM {table} WHERE {condition}").fetchall()  # finding

            mcp.run(transport="http")
            """,
            note="one of two is checked",
        ),
        py(
            """
            import httpx
            from fastmcp import FastMCP
            from ldap3 import Connection, Server
            from ldap3.utils.conv import escape_filter_chars
            from pymongo import MongoClient

            mcp = FastMCP("people")
            people = MongoClient().shop.people
            QUERY = "query ($id: ID!) { customer(id: $id) { name } }"

            @mcp.tool
            def by_name(name: str) -> list:
                return list(people.find({"$where": f"this.name == '{name}'"}))  # finding

            @mcp.tool
            def over(total: str) -> list:
                return list(
                    people.aggregate(  # finding
                        [{"$match": {"$expr": {"$function": {"body": f"x => x > {total}", "args": ["$total"]}}}}]
                    )
                )

            @mcp.tool
            def grouped(total: str) -> list:
                return list(people.aggregate([{"$match": {"total": total}}, {"$group": {"_id": "$mail"}}]))

            @mcp.tool
            def by_mail(mail: str) -> list:
                return list(people.find({"mail": mail}))

            @mcp.tool
            def accounts(user: str, group: str) -> list:
                directory = Connection(Server("ldap.example.org"), auto_bind=True)
                directory.search("dc=example", f"(cn={escape_filter_chars(group)})")
                directory.search("dc=example", f"(uid={user})")  # finding
                return directory.entries

            @mcp.tool
            def customer(number: str) -> str:
                text = 'query { customer(id: "%s") { name } }' % number
                httpx.post("https://shop.example.org/graphql", json={"query": QUERY, "variables": {"id": number}})
                return httpx.post("https://shop.example.org/graphql", json={"query": text}).text  # finding

            mcp.run(transport="http")
            """,
            note="code in a document's query, the filter of a directory, GraphQL, and what is bound or escaped",
        ),
        py(
            """
            import httpx
            from fastmcp import FastMCP
            from googleapiclient.discovery import build
            from jira import JIRA

            mcp = FastMCP("search")
            jira = JIRA("https://jira.example.org")
            drive = build("drive", "v3")

            @mcp.tool
            def issues(project: str) -> list:
                return jira.search_issues(f"project = SHOP AND component = '{project}'")  # finding

            @mcp.tool
            def files(name: str) -> list:
                escaped = name.replace("'", "\\\\'")
                drive.files().list(q=f"name contains '{escaped}'").execute()
                return drive.files().list(q=f"name contains '{name}' and trashed = false").execute()  # finding

            @mcp.tool
            def users(name: str) -> str:
                asked = {"$filter": f"startswith(name, '{name}')", "$top": 5}
                return httpx.get("https://graph.example.org/users", params=asked).text  # finding

            @mcp.tool
            def wholes(jql: str) -> list:
                return jira.search_issues(f"{jql} ORDER BY created")

            mcp.run(transport="http")
            """,
            note="filters of searches, and one that is the caller's own",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each entry point and each function that completes a query of its arguments."""
        found = text_taints(analysis.rows, QUERY)
        whole = [taint for taint in found if is_whole(taint) and is_any(taint) and taint.verdict.state != BOUND]
        free, own = {_language(taint) for taint in whole if taint.verdict.state == OPEN}, set(map(_asked, whole))
        parts = [taint for taint in found if taint.verdict.state != BOUND and not is_whole(taint) and is_query(taint)]
        for cause in together(causes(analysis, parts, by_check), weight_of):
            for taint in cause.taints:
                sent = not own.isdisjoint((_asked(taint), (*_asked(taint)[:2], "")))
                yield drafts(cause, taint, _telling(taint, (_language(taint) in free) + 2 * sent))

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Bind the quoted values of an f-string in the way of the driver that sends it, or let only plain names in."""
        bound = bound_values(draft, analysis, texts)
        if bound is not None:
            return bound
        rows = [row for row in analysis.rows if row.key in draft.rows]
        found = [taint for taint in text_taints(rows, QUERY) if draft.key.endswith(f"|{taint.effect.name}")]
        return plain_names(max(found, key=lambda taint: len(taint.parameters)), texts) if found else None


def _language(taint: Taint) -> tuple[str, str]:
    return taint.row.entry.server.id, taint.operand.reader


def _asked(taint: Taint) -> tuple[str, str, str]:
    """Return which tool sends a query, in which language, and past which check."""
    return taint.row.key, taint.operand.reader, taint.verdict.bypass


def _telling(taint: Taint, lowered: int) -> Telling:
    """What is said of a query; where a server, or the tool itself, runs any statement this one gives little more."""
    remote = taint.row.transport in ("http", "both")
    language = f"an {taint.operand.reader}" if taint.operand.reader == "LDAP" else f"a {taint.operand.reader}"
    passed = f", which a check lets through: {taint.verdict.bypass}" if taint.verdict.bypass else ""
    severity = Severity.HIGH if remote else Severity.MEDIUM
    severity = min(severity, most_harm(taint))
    return Telling(
        message=f"{taint.row.title} writes {taint.named} into the text of {language} query{passed}.",
        why=(
            SEARCHED
            if taint.operand.reader in SEARCHES
            else "A quote or a keyword in the argument changes what the statement does, and the database sees the "
            "server's account. A model that was talked into it reads and changes whatever that account may."
        ),
        doing="sends the query",
        group_message=f"entry points write arguments into the text of {language} query.",
        severity=severity.lowered(lowered),
        confidence=confidence(taint),
        alone=severity,
    )
