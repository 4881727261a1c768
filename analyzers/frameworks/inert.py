"""Calls of libraries that do nothing to the world, whatever they are called."""

# What hands something back to its library and changes nothing that is stored.
TIDYING = (
    *("scoped_session().remove", "Session().expunge", "Session().expunge_all", "connect().close"),
    *("().session.set_credentials", "get_session().set_credentials", "awscli.clidriver.create_clidriver"),
    *(".headers.update", ".cookies.update", ".params.update", ".scopes.update", ".metadata.update"),
    # What a connection commits was told where it was executed.
    *("connect().commit", "connect().rollback"),
    # A browser's driver is started to visit pages with.
    *("async_playwright().start", "sync_playwright().start", "async_playwright().start().stop"),
    # Hooks of a client, run in this process.
    *(".meta.events.register", ".meta.events.unregister"),
    # What a batch is given are requests, each of them seen where it is made.
    "new_batch_http_request().add",
)
# Roots whose calls never leave the process, whatever their methods are called.
INERT_ROOTS = frozenset(
    {
        *("builtins", "typing", "json", "re", "re2", "datetime", "time", "math", "logging", "asyncio", "anyio"),
        *("functools", "itertools", "collections", "dataclasses", "enum", "uuid", "hashlib", "hmac", "base64"),
        *("pydantic", "pydantic_settings", "argparse", "click", "typer", "contextlib", "contextvars", "inspect"),
        *("urllib", "string", "textwrap", "copy", "random", "secrets", "decimal", "fractions", "statistics"),
        *("operator", "abc", "types", "warnings", "traceback", "structlog", "loguru", "rich", "html", "xml"),
        *("csv", "io", "struct", "zlib", "gzip", "yaml", "tomllib", "toml", "orjson", "ujson", "msgspec", "os"),
        *("pathlib", "sys", "platform", "threading", "queue", "weakref", "unicodedata", "ipaddress", "socket"),
        *("fastmcp", "mcp", "mcp_types", "bs4", "markdownify", "markdown", "readabilipy", "protego", "jwt", "jose"),
        *("numpy", "tzlocal", "zoneinfo", "dateutil", "pytz"),
        *("tabulate", "jinja2", "starlette", "fastapi", "uvicorn", "jsonschema"),
        *("importlib", "pkgutil", "tempfile", "shlex", "locale", "codecs", "mimetypes", "email", "binascii", "dotenv"),
        *("signal", "atexit", "gc", "concurrent", "multiprocessing", "pprint", "difflib", "fnmatch", "glob", "heapq"),
        *("bisect", "calendar", "ast", "tokenize", "opentelemetry", "prometheus_client", "tenacity", "cachetools"),
        # Of HTTP libraries only the request methods send anything; `session.headers.update` does not.
        *("httpx", "httpx2", "requests", "aiohttp", "urllib3", "curl_cffi", "niquests"),
        *("exceptiongroup", "attrs", "attr", "lxml", "PIL", "jsonpath", "jsonpatch", "jsonpointer", "xmltodict"),
        *("packaging", "thefuzz", "rapidfuzz", "tiktoken", "unittest", "frontmatter"),
        *("polars", "sqlglot", "sqlparse", "networkx", "matplotlib", "plotly", "pyarrow"),
        *(
            "aiofiles",
            "select",
            "selectors",
            "configparser",
            "filecmp",
            "linecache",
            "ssl",
            "certifi",
            "cryptography",
            "bcrypt",
        ),
        *("jq", "jmespath", "jsonpath_ng", "argon2", "passlib", "itsdangerous", "charset_normalizer", "humanize"),
    }
)
# Tables in memory, of libraries that read files and databases too.
TABLES = ("pandas.DataFrame()", "pandas.Series()", "pandas.Index()")
# Documents in memory, which only change what is stored where they are saved.
DOCUMENTS = frozenset({"openpyxl", "docx", "pptx", "qrcode"})
# Browsers: what is looked for and typed on a page is part of its visit.
BROWSERS = frozenset({"selenium", "DrissionPage"})
# Methods of tables and signatures, whoever made them.
IN_MEMORY = frozenset(
    {
        *("set_index", "reset_index", "apply_defaults", "drop_duplicates", "dropna", "droplevel", "drop_nulls"),
        *("add_prefix", "remove_listener", "removeListener", "add_listener", "add_done_callback"),
        *("remove_done_callback", "add_event_handler", "remove_event_handler", "add_signal_handler"),
        *("remove_signal_handler", "add_exception_handler", "set_exception_handler", "set_result", "set_exception"),
        # How long a page is waited for, and how large it is. https://playwright.dev/python/docs/api/class-page
        *("set_default_timeout", "set_default_navigation_timeout", "set_viewport_size"),
    }
)

# What a tracer's spans are called, and what is noted in one, which is a log and changes nothing.
SPAN = "span"
NOTING = frozenset({"set_attribute", "set_attributes", "add_event", "add_link", "set_status", "record_exception"})


def notes_in_span(owner: str, method: str) -> bool:
    """Tell whether a method notes something in a span of a trace, by what it is called on: `self.span`, `root_span`."""
    return method in NOTING and is_span(owner)


def is_span(name: str) -> bool:
    """Tell whether a variable is called like a span of a trace."""
    return name.lower().rpartition("_")[2] == SPAN


def is_inert(root: str, name: str) -> bool:
    """Tell whether a call of a library neither leaves the process nor changes what is stored, however it is called."""
    last = name.rpartition(".")[2]
    if root in BROWSERS and last != "get":
        return True
    if root in INERT_ROOTS or (root in DOCUMENTS and last != "save") or last in IN_MEMORY:
        return True
    # What an object holds is asked of a table in memory.
    return name.startswith(TABLES) or name.endswith(TIDYING) or ".__dict__." in name or is_made(name)


def is_made(name: str) -> bool:
    """Tell whether a dotted name is a class of a module, `crm.models.UpdateOrder`: calling it makes an object."""
    return "(" not in name and name.rpartition(".")[2][:1].isupper()
