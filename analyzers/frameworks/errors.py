"""Exceptions by what their texts tell: the insides of a server, or a word that was meant for the caller."""

BROAD = frozenset({"builtins.Exception", "builtins.BaseException"})
# Of these and of what is below them the text names hosts, paths, statements, or what another service answered.
INTERNAL = frozenset(
    {
        *("builtins.OSError", "builtins.IOError", "builtins.ConnectionError", "builtins.RuntimeError"),
        *("builtins.ConnectionRefusedError", "builtins.EnvironmentError", "builtins.SystemError"),
    }
)
INTERNAL_ROOTS = frozenset(
    {
        *(
            "httpx",
            "httpx2",
            "requests",
            "aiohttp",
            "urllib3",
            "urllib",
            "psycopg",
            "psycopg2",
            "asyncpg",
            "sqlalchemy",
        ),
        *("sqlite3", "aiosqlite", "pymysql", "mysql", "redis", "pymongo", "motor", "botocore", "boto3", "kubernetes"),
        *("subprocess", "paramiko", "ldap3", "snowflake", "clickhouse_connect", "clickhouse_driver", "elasticsearch"),
        *("opensearchpy", "docker", "grpc", "socket", "ssl", "smtplib", "duckdb", "neo4j", "pyodbc", "oracledb"),
        *("trino", "cassandra", "azure", "google", "jira", "github", "slack_sdk", "stripe"),
    }
)
# What reads a text of the caller; its errors are about that text.
CONVERSIONS = (
    *("builtins.int", "builtins.float", "builtins.str", "builtins.bytes", "builtins.len", "builtins.bool"),
    *("base64.", "binascii.", "json.loads", "uuid.", "datetime.", "decimal.", "re.compile", "urllib.parse."),
    *("ipaddress.", "dateutil.", "ast.literal_eval", "zoneinfo.", "yaml.safe_load", "shlex.split"),
    *("jsonpath_ng.", "jmespath.compile", "jq.compile", "re2.compile", "gql.gql", "graphql.parse"),
    *("sqlglot.parse", "sqlparse.parse", "croniter.", "jsonschema.validate", "xml.etree.ElementTree.fromstring"),
    *("builtins.isinstance", "builtins.any"),
    # Whose errors are about the name that was looked up.
    *("socket.getaddrinfo", "socket.gethostby"),
)
TRACES = frozenset({"traceback.format_exc", "traceback.format_exception", "traceback.format_tb"})
# Exceptions whose text reaches the caller even where the details of others are masked.
FOR_CALLERS = ("ToolError", "ResourceError", "PromptError", "McpError", "MCPError")


def is_internal(name: str) -> bool:
    """Tell whether the text of an exception of this type is about the insides of a server."""
    return name in BROAD or name in INTERNAL or name.partition(".")[0] in INTERNAL_ROOTS
