"""Calls that send queries, which argument holds the text, and what such a text looks like."""

import re2

# Methods of connections, cursors, sessions and clients that take the text of a query first.
METHODS = frozenset(
    {
        *(
            "execute",
            "executemany",
            "executescript",
            "execute_async",
            "exec_driver_sql",
            "fetch",
            "fetchrow",
            "fetchval",
        ),
        *("fetch_all", "fetch_one", "fetch_val", "iterate", "query", "query_df", "query_np", "query_arrow", "command"),
        *("run_query", "execute_query", "execute_read", "run", "sql", "raw", "raw_sql", "read_sql", "read_sql_query"),
        *("stream", "prepare", "copy_expert", "start_query_execution", "execute_statement"),
        *(
            "query_and_wait",
            "read_database",
            "read_database_uri",
            "query_dataframe",
            "execute_sql",
            "run_sql",
            "execute_fetchall",
            "fetchmany",
            "cypher",
            "run_cypher",
            "select",
        ),
    }
)
# Those that say by themselves that they send a query, whatever they are called on.
TELLING = frozenset(
    {
        *("execute", "executemany", "executescript", "exec_driver_sql", "execute_query", "run_query", "fetchrow"),
        *("fetchval", "fetch_all", "fetch_one", "fetch_val", "query_df", "read_sql", "read_sql_query", "execute_sql"),
        *("run_sql", "execute_statement", "start_query_execution", "execute_fetchall", "fetch", "query", "raw", "sql"),
        *("command", "cypher", "run_cypher"),
    }
)
# What drivers of every database have in common.
CURSOR = "connect().cursor()"
QUERY_WORDS = frozenset({"execute", "query", "sql"})
KEYWORDS = (
    *("query", "sql", "statement", "operation", "stmt", "cypher", "QueryString", "Sql", "Statement", "sql_query"),
    *("query_string", "cmd", "command", "query_", "sql_script"),
)
ROOTS = (
    *("sqlite3", "aiosqlite", "psycopg", "psycopg2", "psycopg_pool", "asyncpg", "pymysql", "mysql", "MySQLdb"),
    *("mariadb", "sqlalchemy", "sqlmodel", "databases", "clickhouse_connect", "clickhouse_driver", "asynch", "duckdb"),
    *("snowflake", "pyodbc", "aioodbc", "oracledb", "cx_Oracle", "aiomysql", "asyncmy", "neo4j", "google.cloud"),
    *("trino", "prestodb", "pyhive", "pymssql", "redshift_connector", "cassandra", "databricks", "pandas", "polars"),
    *("pyspark", "libsql", "libsql_experimental", "gql", "chdb", "kuzu", "falkordb", "age", "psqlpy", "peewee"),
    *("teradatasql", "pg8000", "hdbcli", "vertica_python", "ibm_db_dbi", "jaydebeapi", "pyexasol", "pytds", "taos"),
    *("django.db", "pinotdb", "influxdb", "influxdb_client", "questdb", "boto3", "aioboto3", "singlestoredb"),
    *("graphdatascience", "langchain_neo4j"),
)
# Calls whose result is still the text that they were given.
WRAPPERS = frozenset(
    {
        *("sqlalchemy.text", "sqlalchemy.sql.text", "sqlalchemy.sql.expression.text", "psycopg.sql.SQL"),
        *("psycopg2.sql.SQL", "gql.gql", "textwrap.dedent", "inspect.cleandoc", "neo4j.Query"),
    }
)
# A transaction of a graph database as the functions call it that are given one, and the name of what it runs.
TRANSACTIONS = ("tx", "_tx", "txn", "transaction")
IN_TRANSACTION = "neo4j.Transaction().run"
# Methods whose result is the text that they are given, with values bound in it.
BINDING = ".mogrify"
# Calls that fail unless there is something of the name that they are given.
LOOKUPS = frozenset(
    {
        *(f"google.cloud.bigquery.Client().get_{kind}" for kind in ("table", "dataset", "model", "routine")),
        *(
            f"{client}().{asked}"
            for client in ("boto3.client", "boto3.Session().client", "boto3.session.Session().client")
            for asked in ("get_table", "get_database", "describe_table", "describe_type")
        ),
    }
)
LANGUAGES = {
    "neo4j": "Cypher",
    "falkordb": "Cypher",
    "kuzu": "Cypher",
    "age": "Cypher",
    "gql": "GraphQL",
    "memgraph_toolbox": "Cypher",
    "graphdatascience": "Cypher",
    "langchain_neo4j": "Cypher",
}
EXPRESSION = re2.compile(r"^(?:sqlalchemy|sqlmodel)(?:\.\w+)*?\.(insert|update|delete|select)(?:\(\)|$)")
# How a table begins a statement, and methods by which something is added to one, which no text has: what is bound, and
# what some builders take as a text as well.
VERBS = frozenset({"insert", "update", "delete", "select"})
BOUND = frozenset(
    {
        *("values", "bindparams", "filter_by", "limit", "offset", "with_for_update", "execution_options"),
        *("on_conflict_do_nothing", "on_conflict_do_update", "on_duplicate_key_update"),
    }
)
CLAUSES = frozenset(
    {
        *("where", "having", "order_by", "group_by", "select_from", "outerjoin", "returning"),
        *("with_only_columns", "add_columns"),
    }
)
# Mappers of objects, the methods of their sessions that send a statement which was built, and what has been sent.
MAPPERS = ("sqlalchemy.", "sqlmodel.")
SENDING = frozenset({"exec", "scalar", "scalars", "stream_scalars"})
SENT = ("execute()", "exec()", "scalars()", "stream()", "stream_scalars()")
# Those that are about all that the same session is given: they write what was loaded, or what follows says more.
WHOLE = frozenset({"add", "add_all", "commit", "delete", "flush", "merge", "query"})
# Those of its parts that are texts all the same.
LITERALS = ("text", "literal_column", "TextClause")
# What a cache holds was fetched, and is told where it is; when it goes is no caller's decision, nor is a schema. An
# index, as of texts or vectors, is made of what lies elsewhere, and made again as a whole.
UPKEEP = re2.compile(
    r"(?is)\s*(?:insert\s+(?:or\s+\w+\s+)?into|replace\s+into|update|delete\s+from|select\s.*?\sfrom)\s+"
    r"[\"`\[]?(?:\w+\.)?\w*cache\w*\b|\s*delete\s+from\s+\S+\s+where\s+\S*expir\w*\s*<"
    r"|\s*create\s+(?:unique\s+|virtual\s+)?(?:table|index|schema)\s+if\s+not\s+exists\b"
    r"|\s*drop\s+(?:index|trigger|view)\b"
    r"|\s*delete\s+from\s+[\"`\[]?(?:\w+\.)?\w*(?:_index|fts|vectors?|embeddings?)[\"`\]]?\s*;?\s*$"
    r"|\s*drop\s+table\s+(?:if\s+exists\s+)?[\"`\[]?(?:\w+\.)?\w*(?:cache|index|fts|vectors?|embeddings?|te?mp|staging)(?:\b|_)"
)
# Comments in front of something, which change nothing about it.
COMMENTS = r"\s*((/\*([^*]|\*+[^*/])*\*+/|--[^\n]*\n)\s*)*"
STATEMENT = re2.compile(
    r"(?is)^[\s(]*"
    + COMMENTS
    + r"(SELECT|INSERT\s+INTO|INSERT\s+OR|UPDATE|DELETE\s+FROM|DELETE|CREATE|ALTER|DROP|MERGE"
    r"|REPLACE\s+INTO|WITH|SHOW|DESCRIBE|DESC|EXPLAIN|TRUNCATE|GRANT|REVOKE|PRAGMA|CALL|COPY|MATCH|OPTIONAL\s+MATCH"
    r"|UNWIND|ATTACH|VACUUM|ANALYZE|SET\s|USE\s|EXEC|LOAD|SUMMARIZE|KILL|INSTALL)\b"
)
# Questions about tables and indexes of SQLite, which take a name, and drivers that take one statement at a time.
ASKED_PRAGMA = re2.compile(r"(?i)^\s*PRAGMA\s+(?:\w+\.)?(?:table_x?info|index_list|index_x?info|foreign_key_list)\s*\(")
ONE_STATEMENT = ("sqlite3.", "aiosqlite.")
# How statements begin that say later what they change, and what says so: clauses of Cypher, and of SQL after `WITH`.
LEADING = ("match", "optional match", "unwind", "with")
DELETING = re2.compile(r"(?i)\b(DETACH\s+DELETE|DELETE)\b")
CHANGING = re2.compile(
    r"(?i)\b(CREATE\b|MERGE\b|SET\s+[\w`]+\s*(\.|:|\+?=)|REMOVE\s+\w+\s*[.:]|INSERT\s+INTO|UPDATE\s+\w+\s+SET)"
)
# Behind these a whole statement stands, not a value in one.
BEFORE_STATEMENT = re2.compile(
    r"(?is)(^|\b(EXPLAIN(\s*\([^)]*\))?(\s+(ANALYZE|VERBOSE|EXTENDED|PLAN|PLAN\s+FOR|QUERY\s+PLAN|FORMAT\s*=?\s*\w+))*"
    r"|PROFILE|FROM\s*\(|AS\s*\(?|COPY\s*\(|DESCRIBE|SUMMARIZE|FOR|BEGIN;?|;))" + COMMENTS + "$"
)


def names_query(name: str) -> bool:
    """Tell whether a name of a function says somewhere that it sends a query: `execute_raw`, `run_sql_rows`."""
    return not QUERY_WORDS.isdisjoint(name.lower().split("_"))


def is_statement(text: str) -> bool:
    """Tell whether a constant text begins like a statement of a query language."""
    return STATEMENT.match(text) is not None


def expressed(name: str) -> str:
    """Return the verb of a statement that is built of expressions, `sqlalchemy.update().values`, "" for another call.

    What it is given is bound, and no text of it.
    """
    found = EXPRESSION.match(name)
    return found[1] if found is not None else ""


def is_upkeep(text: str) -> bool:
    """Tell whether a statement is about a table that is called a cache, removes what expired, or makes what lacks."""
    return UPKEEP.match(text) is not None


def later_clause(text: str) -> str:
    """Return what a later clause of a statement does, `destroy` or `write`, "" for nothing or another statement."""
    if not text.startswith(LEADING):
        return ""
    return "destroy" if DELETING.search(text) else "write" if CHANGING.search(text) else ""


def language(name: str) -> str:
    """Return the language of the queries that a dotted name sends."""
    return LANGUAGES.get(name.partition(".")[0], "SQL")


def is_method(name: str) -> bool:
    """Tell whether a dotted name is a query method of a database library's connection, cursor, session or client."""
    before, _, last = name.rpartition(".")
    if last in SENDING and name.startswith(MAPPERS):
        return before.endswith("()") and not before.endswith(SENT)
    if last not in METHODS or expressed(name):
        return False
    return before.endswith(CURSOR) or any(name.startswith((f"{root}.", f"{root}(")) for root in ROOTS)


def is_of_whole_session(name: str) -> bool:
    """Tell whether what a call of a dotted name does depends on all that a session of a mapper is given."""
    return name.startswith(MAPPERS) and "()." in name and name.rpartition(".")[2] in WHOLE


def reads_documents(name: str) -> bool:
    """Tell whether a dotted name reads by a method whose verb does not say so: documents, and what a filter finds."""
    last = name.rpartition(".")[2]
    return (last in DOCUMENT_READS and name.startswith(DOCUMENTS)) or (last not in WRITING and is_filter(name))


def filter_of(name: str) -> tuple[str, int, str] | None:
    """Return the keyword and the position of the filter that a call takes as a text, and its language."""
    found = FILTERS.get(name)
    if found is not None:
        return found
    root, _, rest = name.partition(".")
    last = rest.rpartition(".")[2]
    methods = OF_CLIENTS if name.startswith(MILVUS_CLIENTS) else CONDITIONS.get(root, {})
    return (*methods[last], CONDITION) if last in methods and "()." in name else None


def is_filter(name: str) -> bool:
    """Tell whether a call takes a filter as a text."""
    return filter_of(name) is not None


# Languages of queries that stand in the arguments of other calls.
EMBEDDED = ("LDAP", "JavaScript", "GraphQL", "Lua", "filter")
# Those of searches, which read what the account may read, and no more.
SEARCHES = ("JQL", "CQL", "OData", "Drive", "RediSearch", "XPath")
_REDIS = ("Redis", "StrictRedis", "asyncio.Redis", "from_url", "asyncio.from_url", "Redis.from_url")
_GLIDE = ("glide.ft.search", "glide.ft.aggregate", "glide.async_commands.ft.search", "glide.sync_commands.ft.search")
# Searches: name -> keyword and position of the filter, and its language.
FILTERS = {
    "ldap3.Connection().search": ("search_filter", 1, "LDAP"),
    **dict.fromkeys(("ldap.initialize().search_s", "ldap.initialize().search_ext_s"), ("filterstr", 2, "LDAP")),
    **dict.fromkeys(("ldap.initialize().search", "ldap.initialize().search_st"), ("filterstr", 2, "LDAP")),
    **dict.fromkeys(("jira.JIRA().search_issues", "jira.JIRA().enhanced_search_issues"), ("jql_str", 0, "JQL")),
    **dict.fromkeys(("atlassian.Jira().jql", "atlassian.Jira().enhanced_jql"), ("jql", 0, "JQL")),
    "atlassian.Confluence().cql": ("cql", 0, "CQL"),
    "googleapiclient.discovery.build().files().list": ("q", -1, "Drive"),
    "azure.search.documents.SearchClient().search": ("filter", -1, "OData"),
    "azure.data.tables.TableClient().query_entities": ("query_filter", 0, "OData"),
    **dict.fromkeys(_GLIDE, ("query", 2, "RediSearch")),
    **{f"redis.{client}().ft().search": ("query", 0, "RediSearch") for client in ("Redis", "asyncio.Redis")},
    **{f"redis.{made}().{method}": ("script", 0, "Lua") for made in _REDIS for method in ("eval", "register_script")},
    **{
        f"lxml.{made}().xpath": ("_path", 0, "XPath")
        for made in ("etree.parse", "etree.fromstring", "etree.XML", "etree.HTML", "html.fromstring", "html.parse")
    },
}
# Stores of vectors, by the root of their names: the methods that take a condition as text, its keyword and position.
CONDITIONS = {
    "lancedb": {
        **dict.fromkeys(("where", "delete", "update"), ("where", 0)),
        **dict.fromkeys(("count_rows",), ("filter", 0)),
    },
    "pymilvus": {
        **dict.fromkeys(("query", "delete"), ("expr", 0)),
        "search": ("expr", 4),
    },
}
MILVUS_CLIENTS = ("pymilvus.MilvusClient().", "pymilvus.AsyncMilvusClient().")
OF_CLIENTS = {"query": ("filter", 1), "search": ("filter", 2), "delete": ("filter", 3)}
WRITING = frozenset({"delete", "update"})
CONDITION = "filter"
# Keys of what a request asks for under which a filter stands, and its language.
ASKED = {"jql": "JQL", "cql": "CQL", "$filter": "OData"}
# Those under which a whole statement stands, whatever it says, and those under which searches have their words, too.
POSTED = {
    **dict.fromkeys(("sql", "sqlText", "sqlStatement", "sql_statement", "statementText", "sqlQuery"), "SQL"),
    "cypher": "Cypher",
}
BEGUN = frozenset({"q", "query", "statement", "stmt", "soql", "sql_query", "queryString", "query_string"})
POSTED_STATEMENT = re2.compile(
    r"(?is)^\s*(?:(SELECT)\b.+\bFROM\b|(?:EXPLAIN\s+)?(?:INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM)\b"
    r"|(MATCH|MERGE)\s*\(|WITH\s+\S+\s+AS\s*\()"
)
# The language of what stands under a key in the body of a request.
GRAPH, GRAPHQL_KEY = "GraphQL", "query"
# Keys of a document query under which the database runs code.
CODE_KEYS = frozenset({"$where", "$function", "$accumulator"})
# What is code below one of them.
CODE_PARTS = frozenset({"body", "init", "accumulate", "merge", "finalize"})
DOCUMENTS = ("pymongo.", "motor.", "beanie.", "mongoengine.")
DOCUMENT_READS = frozenset({"aggregate", "aggregate_raw_batches", "distinct"})
GRAPHQL = re2.compile(r"(?s)^\s*(query|mutation|subscription|fragment|\{)")
