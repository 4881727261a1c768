"""What calls do to the world: network requests, commands, files, databases, and the vocabulary of clients."""

from functools import lru_cache

import msgspec

from analyzers.frameworks import notebooks, nouns
from analyzers.frameworks.fetchers import PAGE_FETCHERS


class Sink(msgspec.Struct, frozen=True):
    """An effect of calling an external function.

    `kind` is a capability; `url` the position of the argument that names the destination (-1: none), `keyword` its
    name; `method` the HTTP method when the function's name fixes it ("?" when an argument does).
    """

    kind: str
    url: int = -1
    keyword: str = "url"
    method: str = ""


RANKS = {
    "exec": 4,
    "money": 4,
    "identity": 4,
    "destroy": 3,
    "write": 2,
    "egress": 2,
    "read-private": 1,
    "read-public": 0,
}

HTTP_MODULES = ("httpx", "httpx2", "requests", "aiohttp", "urllib3", "curl_cffi.requests", "niquests", "primp")
_METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
HTTP_METHODS = {**{method: method.upper() for method in _METHODS}, "ws_connect": "GET"}
METHOD_CAPABILITY = {"POST": "write", "PUT": "write", "PATCH": "write", "DELETE": "destroy"}
CLIENT_CLASSES = (
    *("httpx.Client", "httpx.AsyncClient", "httpx2.Client", "httpx2.AsyncClient", "requests.Session"),
    *("requests.session", "aiohttp.ClientSession", "urllib3.PoolManager", "curl_cffi.requests.Session"),
    *("curl_cffi.requests.AsyncSession", "requests.sessions.Session", "niquests.Session", "niquests.AsyncSession"),
)
# Clients that follow redirects unless told otherwise.
FOLLOWS_REDIRECTS = ("requests", "aiohttp", "urllib", "urllib3")

# Clients of other MCP servers, and what they ask those for.
MCP_CLIENTS = ("fastmcp.Client", "fastmcp.client.Client", "fastmcp.client.client.Client")
MCP_METHODS = ("call_tool", "read_resource", "get_prompt", "list_tools", "list_resources", "list_prompts")
# How what a call answered, and its parts, end: an entry is looked up in them.
ANSWERED = ("()", "[]", ").values", ").data", ").metadata", ").headers", ").body", ").attributes", ").params")
REDIRECT_SWITCHES = ("follow_redirects", "allow_redirects", "redirect")

EXEC = Sink("exec")
INTERPRETERS = ("InteractiveInterpreter", "InteractiveConsole")
MAILBOXES = ("IMAP4", "IMAP4_SSL")
# What acts on the desktop as its user would. https://pyautogui.readthedocs.io/en/latest/quickstart.html
TYPED = (
    *("click", "doubleClick", "rightClick", "tripleClick", "middleClick", "dragTo", "drag", "mouseDown", "mouseUp"),
    *("write", "typewrite", "press", "keyDown", "keyUp", "hotkey", "scroll"),
)

# Requests that are put together before they are sent, and those of a connection that was opened before.
PREPARED = (
    *("httpx.Request", "requests.Request", "requests.models.Request"),
    *(f"httpx.{client}().build_request" for client in ("Client", "AsyncClient")),
    *(f"http.client.{client}().request" for client in ("HTTPConnection", "HTTPSConnection")),
)
TORNADO = tuple(f"tornado.httpclient.{client}().fetch" for client in ("AsyncHTTPClient", "HTTPClient"))
# What sends GET unless it is given another method, or a body, which is then sent with POST: its name and position.
BODIES = {
    "urllib.request.Request": ("data", 1),
    "urllib.request.urlopen": ("data", 1),
    "urllib.request.urlretrieve": ("data", 3),
}
TAKING_METHODS = frozenset({"urllib.request.Request", *TORNADO})

SINKS: dict[str, Sink] = {
    "azure.mgmt.resourcegraph.ResourceGraphClient().resources": Sink("read-private"),
    "urllib.request.urlopen": Sink("http", 0, "url", "GET"),
    "urllib.request.urlretrieve": Sink("http", 0, "url", "GET"),
    "urllib.request.Request": Sink("http", 0, "url", "GET"),
    "websockets.connect": Sink("http", 0, "uri", "GET"),
    "websockets.client.connect": Sink("http", 0, "uri", "GET"),
    "websockets.sync.client.connect": Sink("http", 0, "uri", "GET"),
    "socket.create_connection": Sink("http", 0, "address", "GET"),
    "asyncio.open_connection": Sink("http", 0, "host", "GET"),
    "feedparser.parse": Sink("http", 0, "url_file_stream_or_string", "GET"),
    "pandas.read_json": Sink("http", 0, "path_or_buf", "GET"),
    "pandas.read_html": Sink("http", 0, "io", "GET"),
    "pandas.read_csv": Sink("http", 0, "filepath_or_buffer", "GET"),
    "pandas.read_excel": Sink("http", 0, "io", "GET"),
    "aiohttp.request": Sink("http", 1, "url", "?"),
    **dict.fromkeys(PREPARED, Sink("http", 1, "url", "?")),
    **dict.fromkeys(TORNADO, Sink("http", 0, "request", "GET")),
    "fsspec.open": Sink("http", 0, "urlpath", "GET"),
    "git.Repo.clone_from": Sink("http", 0, "url", "GET"),
    "newspaper.Article": Sink("http", 0, "url", "GET"),
    "prance.ResolvingParser": Sink("http", 0, "url", "GET"),
    "markitdown.MarkItDown().convert": Sink("http", 0, "source", "GET"),
    "markitdown.MarkItDown().convert_uri": Sink("http", 0, "uri", "GET"),
    "markitdown.MarkItDown().convert_url": Sink("http", 0, "url", "GET"),
    "crawl4ai.AsyncWebCrawler().arun": Sink("http", 0, "url", "GET"),
    "crawl4ai.AsyncWebCrawler().arun_many": Sink("http", 0, "urls", "GET"),
    **dict.fromkeys(PAGE_FETCHERS, Sink("http", 0, "url", "GET")),
    "yt_dlp.YoutubeDL().extract_info": Sink("http", 0, "url", "GET"),
    "yt_dlp.YoutubeDL().download": Sink("http", 0, "url_list", "GET"),
    "langchain_community.document_loaders.WebBaseLoader": Sink("http", 0, "web_path", "GET"),
    "cloudscraper.create_scraper().get": Sink("http", 0, "url", "GET"),
    "fastmcp.server.create_proxy": Sink("http", 0, "target", "POST"),
    "trafilatura.fetch_url": Sink("http", 0, "url", "GET"),
    "mcp.client.streamable_http.streamablehttp_client": Sink("http", 0, "url", "POST"),
    "mcp.client.streamable_http.streamable_http_client": Sink("http", 0, "url", "POST"),
    "mcp.client.sse.sse_client": Sink("http", 0, "url", "POST"),
    **dict.fromkeys(MCP_CLIENTS, Sink("http", 0, "transport", "POST")),
    "os.system": Sink("exec"),
    "os.popen": Sink("exec"),
    **dict.fromkeys((f"os.exec{kind}" for kind in ("v", "vp", "ve", "vpe", "l", "lp", "le", "lpe")), Sink("exec")),
    **dict.fromkeys((f"os.spawn{kind}" for kind in ("v", "vp", "ve", "vpe", "l", "lp", "le", "lpe")), Sink("exec")),
    **dict.fromkeys(("os.posix_spawn", "os.posix_spawnp", "trio.run_process"), Sink("exec")),
    "pty.spawn": Sink("exec"),
    "subprocess.run": Sink("exec"),
    "subprocess.call": Sink("exec"),
    "subprocess.check_call": Sink("exec"),
    "subprocess.check_output": Sink("exec"),
    "subprocess.Popen": Sink("exec"),
    "subprocess.getoutput": Sink("exec"),
    "subprocess.getstatusoutput": Sink("exec"),
    "asyncio.create_subprocess_shell": Sink("exec"),
    "asyncio.create_subprocess_exec": Sink("exec"),
    "asyncio.subprocess.create_subprocess_exec": Sink("exec"),
    "asyncio.subprocess.create_subprocess_shell": Sink("exec"),
    "anyio.run_process": Sink("exec"),
    "anyio.open_process": Sink("exec"),
    "awscli.clidriver.create_clidriver().main": Sink("exec"),
    "builtins.exec": Sink("exec"),
    "builtins.eval": Sink("exec"),
    **dict.fromkeys(("runpy.run_path", "runpy.run_module", "ansible_runner.run", "ansible_runner.interface.run"), EXEC),
    **dict.fromkeys((*notebooks.RUNNING, *notebooks.CODE), EXEC),
    **dict.fromkeys(("winrm.Session().run_cmd", "winrm.Session().run_ps", "jenkins.Jenkins().run_script"), EXEC),
    **dict.fromkeys(("ptyprocess.PtyProcess.spawn", "ptyprocess.PtyProcessUnicode.spawn"), EXEC),
    **{f"code.{made}().{run}": EXEC for made in INTERPRETERS for run in ("runsource", "runcode", "push")},
    "jenkins.Jenkins().build_job": Sink("write"),
    **dict.fromkeys(("os.kill", "os.killpg", "psutil.Process().kill", "psutil.Process().terminate"), Sink("write")),
    **dict.fromkeys(("winreg.SetValue", "winreg.SetValueEx", "winreg.CreateKey", "winreg.CreateKeyEx"), Sink("write")),
    **dict.fromkeys(("winreg.DeleteKey", "winreg.DeleteKeyEx", "winreg.DeleteValue"), Sink("destroy")),
    **dict.fromkeys(nouns.READING, Sink("read-private")),
    **dict.fromkeys(nouns.WRITING, Sink("write")),
    **dict.fromkeys(nouns.REMOVING, Sink("destroy")),
    **dict.fromkeys(("paho.mqtt.publish.single", "paho.mqtt.publish.multiple"), Sink("write")),
    **dict.fromkeys((f"pyautogui.{name}" for name in TYPED), Sink("write")),
    **{f"imaplib.{made}().{name}": Sink("write") for made in MAILBOXES for name in ("store", "append", "copy", "uid")},
    **{f"imaplib.{made}().expunge": Sink("destroy") for made in MAILBOXES},
    **{f"ftplib.{made}().{name}": Sink("write") for made in ("FTP", "FTP_TLS") for name in ("storbinary", "storlines")},
    "os.remove": Sink("destroy"),
    "os.unlink": Sink("destroy"),
    "shutil.rmtree": Sink("destroy"),
    "pathlib.Path().unlink": Sink("destroy"),
    "os.rename": Sink("write"),
    "os.replace": Sink("write"),
    "os.makedirs": Sink("write"),
    "os.mkdir": Sink("write"),
    "shutil.move": Sink("write"),
    "shutil.copy": Sink("write"),
    "shutil.copyfile": Sink("write"),
    "pathlib.Path().write_text": Sink("write"),
    "pathlib.Path().write_bytes": Sink("write"),
    "pathlib.Path().mkdir": Sink("write"),
    "pathlib.Path().rename": Sink("write"),
    "pathlib.Path().read_text": Sink("read-private"),
    "pathlib.Path().read_bytes": Sink("read-private"),
    "pathlib.Path().iterdir": Sink("read-private"),
    "pathlib.Path().glob": Sink("read-private"),
    "os.listdir": Sink("read-private"),
    "os.walk": Sink("read-private"),
    "os.scandir": Sink("read-private"),
    "builtins.open": Sink("file"),
    "io.open": Sink("file"),
    "os.open": Sink("file"),
    "aiofiles.open": Sink("file"),
    "anyio.open_file": Sink("file"),
    "pathlib.Path().open": Sink("file"),
    "shelve.open": Sink("file"),
    "dbm.open": Sink("file"),
    "smtplib.SMTP().send_message": Sink("write"),
    "smtplib.SMTP().sendmail": Sink("write"),
    "smtplib.SMTP_SSL().send_message": Sink("write"),
    "smtplib.SMTP_SSL().sendmail": Sink("write"),
}
BROWSER_METHODS = ("goto",)
QUERY_METHODS = (
    *("execute", "executemany", "executescript", "fetch", "fetchrow"),
    *("fetchval", "fetchall", "query", "run_query"),
)
QUERY_ROOTS = (
    *("sqlite3", "aiosqlite", "psycopg", "psycopg2", "asyncpg", "pymysql", "mysql", "sqlalchemy", "clickhouse_connect"),
    *("duckdb", "snowflake", "pyodbc", "oracledb", "aiomysql", "asyncmy", "neo4j", "google.cloud.bigquery", "trino"),
    *("redis", "pymongo", "motor"),
)

# Methods that end a connection, and nothing else.
ENDS = ("close", "aclose", "disconnect")

MONEY = (
    *("refund", "payout", "charge", "transfer_funds", "pay_invoice"),
    *("send_payment", "withdraw", "checkout_session", "purchase"),
    *("_place_order", "_submit_order", "_order_send", "_send_raw_transaction"),
)
IDENTITY = (
    *("create_user", "delete_user", "add_user", "remove_user", "grant", "revoke", "assign_role", "set_role"),
    *("attach_role_policy", "attach_user_policy", "put_role_policy", "create_access_key", "reset_password"),
    *("add_role", "update_role", "create_role", "set_permissions", "put_user_policy", "add_member", "invite_user"),
)
DESTROY = (
    *("delete", "drop", "remove", "destroy", "terminate", "purge"),
    *("truncate", "wipe", "erase", "revoke", "uninstall"),
)
WRITE = (
    *("create", "update", "insert", "upsert", "put", "post", "patch"),
    *("set", "add", "send", "write", "publish", "upload"),
    *("checkout", "reset", "reboot"),
    *("modify", "edit", "move", "rename", "start", "stop", "restart", "run", "execute", "invoke", "trigger", "apply"),
    *("merge", "commit", "push", "reply", "approve", "cancel"),
    *("enable", "disable", "assign", "deploy", "scale", "save"),
    *("import", "archive", "close", "reopen", "schedule", "register", "subscribe", "submit", "transition", "attach"),
    *("enqueue", "kiq", "produce"),
    *("trash", "untrash", "mutate", "detach", "unlink"),
    *("associate", "disassociate", "allocate", "untag", "accept", "reject", "confirm", "transfer"),
    *("mint", "unstake", "redeem", "donate", "buy", "sell"),
)
# Verbs that are names of things as well: they count where nothing follows, `deposit(amount)` and not `bid_price()`.
ALONE = frozenset({"deposit", "claim", "burn", "stake", "swap", "bid", "pay"})
READ = (
    *("get", "list", "search", "find", "read", "fetch", "describe", "query", "lookup", "show", "download", "export"),
    *("count", "scan", "load", "select", "retrieve", "view"),
    *("head", "browse", "check", "inspect", "analyze", "summarize"),
)


# Packages that are clients of a service, so that their methods' names speak for what they do.
SERVICES = (
    *("boto3", "botocore", "aioboto3", "kubernetes", "stripe", "github", "slack_sdk", "jira", "googleapiclient"),
)
# What a function of a module makes, to send later calls with: `sqlalchemy.create_engine`, `asyncpg.create_pool`.
CLIENTS = frozenset({"engine", "pool", "client", "session", "sessionmaker", "connection", "channel", "transport"})
# Clients whose resources are methods too: `users().settings().sendAs().list(…)` sends nothing but the last.
RESOURCES = ("googleapiclient",)
# Clients whose methods name what they are about first: `chat_postMessage`, `files_delete`.
NOUN_FIRST = ("slack_sdk.", "slack_bolt.")

# What is started to look at pages with.
BROWSERS = ("Browser()", "BrowserManager()", "BrowserSession()")


def verb(name: str) -> str:
    """Return the part of a dotted name that says what a call does.

    A request that is built before it is sent, `files().delete().execute`, `table().select().limit().execute`, does what
    it was built for; to close a client is nothing.
    """
    owner, _, last = name.rpartition(".")
    if last in ENDS:
        return ""
    if last.startswith("import_") and "()" not in name:  # `nfl_data_py.import_schedules`: what a package brings along
        return "load"
    if last == "start" and owner.endswith(BROWSERS):
        return "load"
    if name.startswith(NOUN_FIRST):
        return last.partition("_")[2]
    built = owner.split("().") if last == "execute" and owner.endswith("()") else ()
    steps = (step.removesuffix("()").rpartition(".")[2] for step in reversed(built))
    return next((step for step in steps if vocabulary(step)), last)


def makes_client(name: str) -> bool:
    """Tell whether a dotted name is a function of a module that makes a client, and asks it for nothing yet."""
    return "()" not in name and snake(name.rpartition(".")[2]).rpartition("_")[2] in CLIENTS


# What is started that only reads: `start_query` of logs, `startSearch`.
READINGS = ("query", "search", "tail", "report", "reports")
OR_MAKING = frozenset({"create", "insert", "add", "update", "set", "make"})  # `get_or_create`
STARTS = ("start", "run", "stop", "cancel", "abort")
# What stands before a verb: of something done to several things at once, `bulk_update`, and of AMQP, `basic_publish`.
MANY = ("batch", "bulk", "mass", "multi", "basic")
# Verbs that are no nouns, so that they say what is done at the end of a name as well.
ENDINGS = {
    **dict.fromkeys(("delete", "remove", "destroy", "purge", "wipe", "erase", "uninstall"), "destroy"),
    **dict.fromkeys(("create", "insert", "upsert", "write", "send", "publish", "execute", "exec", "invoke"), "write"),
    **dict.fromkeys(("modify", "rename", "restart", "enable", "disable", "deploy", "submit"), "write"),
}


@lru_cache(4096)
def vocabulary(name: str) -> str:
    """Return the capability that a function's own name suggests, "" for none."""
    lowered = snake(name)
    if any(word in f"_{lowered}" for word in MONEY):
        return "money"
    if any(lowered.startswith(word) or f"_{word}" in lowered for word in IDENTITY):
        return "identity"
    if lowered in ALONE:
        return "write"
    words = lowered.split("_")
    if len(words) > 1 and words[0] in MANY:
        words = words[1:]
    if len(words) > 1 and words[0] in STARTS and words[-1] in READINGS:
        return "read-private"
    if not OR_MAKING.isdisjoint(lowered.partition("_or_")[2].split("_")[:1]):
        return "write"
    kinds = (("destroy", DESTROY), ("write", WRITE), ("read-private", READ))
    return next((kind for kind, verbs in kinds if words and words[0] in verbs), "")


def suggested(tool: str) -> str:
    """Return the capability that the name of a tool suggests, which may name what it concerns first: `page_delete`."""
    return vocabulary(tool) or ENDINGS.get(snake(tool).rpartition("_")[2], "")


@lru_cache(4096)
def snake(name: str) -> str:
    """Return a name in words parted by underscores."""
    text = "".join(f"_{character.lower()}" if character.isupper() else character for character in name)
    return text.strip("_")


# Methods of clients that take the HTTP method first.
METHOD_FIRST = ("request", "stream")


def http_method(name: str) -> str:
    """Return the HTTP method that a client's method stands for, "?" for `request` and `stream`, "" for another."""
    last = name.rpartition(".")[2]
    if last in METHOD_FIRST:
        return "?"
    return HTTP_METHODS.get(last, "")


def method_rank(method: str) -> int:
    """Return how much harm a request of an HTTP method can do."""
    return RANKS[METHOD_CAPABILITY.get(method, "read-public")]


@lru_cache(4096)
def is_http_call(name: str) -> bool:
    """Tell whether a dotted name is a request function of an HTTP library or a method of one of its clients."""
    if not http_method(name):
        return False
    owner = name.rpartition(".")[0]
    if owner in HTTP_MODULES:
        return True
    return owner.endswith("()") and owner.removesuffix("()") in CLIENT_CLASSES


def is_answer(name: str) -> bool:
    """Tell whether a dotted name reaches into what a request answered, or into headers.

    `httpx.get().json().get` and `client.put().headers.get` send nothing.
    """
    if ".headers." in name:
        return True
    owner, _, rest = name.partition("().")
    while rest:
        if is_http_call(owner) or owner.endswith(".json"):
            return True
        step, _, rest = rest.partition("().")
        owner = f"{owner}().{step}"
    return False


def query_root(name: str) -> bool:
    """Tell whether a dotted name is a query method of a database library's connection, cursor, session or client."""
    last = name.rpartition(".")[2]
    return last in QUERY_METHODS and any(name.startswith((f"{root}.", f"{root}(")) for root in QUERY_ROOTS)
