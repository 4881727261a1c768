"""Tools whose argument is the command, the code or the statement."""

from collections.abc import Iterator, Mapping, Sequence

from analyzers.authority.egress import BOUND, BROKEN
from analyzers.authority.hook_questions import asked
from analyzers.authority.rows import Row
from analyzers.authority.taint import Taint, confidence
from analyzers.authority.wholes import is_meant, is_whole, text_taints
from analyzers.evidence.taint_drafts import Telling, causes, drafts
from analyzers.finding import Severity
from analyzers.fixes.choices import listed_choice
from analyzers.flow.operands import CODE, PROGRAM, QUERY, SHELL
from analyzers.flow.reading_settings import READING
from analyzers.rule import Analysis, Draft, Proposal, Rule, py
from analyzers.secret_names import is_secret_name

WHAT = {SHELL: "a shell command", PROGRAM: "a program", CODE: "code", QUERY: "a query"}
# Drivers that send one statement, of databases that run none of what `EXPLAIN` stands in front of.
EXPLAINING = frozenset({"sqlite3", "aiosqlite", "teradatasql", "oracledb", "cx_Oracle", "snowflake"})


class UnboundedCapabilityTool(Rule):
    """
    ## What it finds
    A tool that runs what its argument says: a command line, a program with its arguments, code, a whole statement of
    a query language. A statement counts less behind a check of its words, and with a setting by which the database
    only reads.

    ## Why it matters
    Such a tool can do everything that the server can, so no scope, no list of tools and no approval by name says what
    a call does. On a server that only its own user runs it is often the product, and told for information alone.

    ## Fix
    Give each task a tool of its own: a fixed program with checked arguments, a fixed statement with bound parameters.
    Where any command or statement is the product, run it in a sandbox, with an account that may only read, and let a
    person approve each call.
    """

    id = "unbounded-capability-tool"
    summary = "an argument is the command, the code or the statement that runs"
    principle = "least_privilege"
    severity = Severity.HIGH
    cwe = ("CWE-78", "CWE-94", "CWE-89", "CWE-250")
    owasp = ("MCP05", "MCP02")
    spec = ("server/tools#security-considerations",)
    pattern = "one-tool-one-verb"
    examples = (
        py(
            """
            import shlex
            import sqlite3
            import subprocess
            from fastmcp import FastMCP

            mcp = FastMCP("anything")

            @mcp.tool
            def shell(command: str) -> str:
                return subprocess.run(command, shell=True, capture_output=True, text=True).stdout  # finding

            @mcp.tool
            def program(command: str) -> str:
                return subprocess.run(shlex.split(command), capture_output=True, text=True).stdout  # finding

            @mcp.tool
            def python(code: str) -> None:
                exec(code)  # finding

            @mcp.tool
            def script(code: str) -> str:
                return subprocess.check_output(["python", "-c", code], text=True)  # finding

            @mcp.tool
            def query(sql: str) -> list:
                return sqlite3.connect("shop.db").execute(sql).fetchall()  # finding

            @mcp.tool
            def explain(sql: str) -> list:
                return sqlite3.connect("shop.db").execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()  # finding

            @mcp.tool
            def noted(sql: str) -> list:
                return sqlite3.connect("shop.db").execute(f"/* by a model */ {sql}").fetchall()  # finding

            @mcp.tool
            def noted_above(sql: str) -> list:
                return sqlite3.connect("shop.db").execute("-- by a model\\n" + sql).fetchall()  # finding

            mcp.run(transport="http")
            """,
            note="a shell, a program, code, a statement",
        ),
        py(
            """
            import sqlite3
            from fastmcp import FastMCP

            mcp = FastMCP("reads")

            @mcp.tool
            def query(sql: str) -> list:
                if not sql.strip().upper().startswith("SELECT"):
                    raise ValueError("only SELECT")
                return sqlite3.connect("shop.db").execute(sql).fetchall()  # finding

            mcp.run(transport="http")
            """,
            fixed="""
            import sqlite3
            from fastmcp import FastMCP

            # Decide: the statements that callers may run.
            ALLOWED_STATEMENTS: frozenset[str] = frozenset()

            mcp = FastMCP("reads")

            @mcp.tool
            def query(sql: str) -> list:
                if sql not in ALLOWED_STATEMENTS:
                    raise ValueError("not allowed")
                if not sql.strip().upper().startswith("SELECT"):
                    raise ValueError("only SELECT")
                return sqlite3.connect("shop.db").execute(sql).fetchall()

            mcp.run(transport="http")
            """,
            note="a first word bounds little",
        ),
        py(
            """
            import subprocess
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            mcp = FastMCP("jobs")

            def run(line: str) -> str:
                if not line:
                    raise ToolError("nothing to run")
                return subprocess.run(line, shell=True, capture_output=True, text=True).stdout  # finding

            @mcp.tool
            def uptime() -> str:
                return run("uptime")

            @mcp.tool
            def command(line: str) -> str:
                \"\"\"Run a command.\"\"\"
                return run(line)

            mcp.run(transport="http")
            """,
            fixed="""
            import subprocess
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError

            # Decide: the commands that callers may run.
            ALLOWED_COMMANDS: frozenset[str] = frozenset()

            mcp = FastMCP("jobs")

            def run(line: str) -> str:
                if not line:
                    raise ToolError("nothing to run")
                return subprocess.run(line, shell=True, capture_output=True, text=True).stdout

            @mcp.tool
            def uptime() -> str:
                return run("uptime")

            @mcp.tool
            def command(line: str) -> str:
                \"\"\"Run a command.\"\"\"
                if line not in ALLOWED_COMMANDS:
                    raise ToolError("not allowed")
                return run(line)

            mcp.run(transport="http")
            """,
            note="in a helper that the server needs itself",
        ),
        py(
            """
            import sqlite3
            import subprocess
            from fastmcp import FastMCP

            mcp = FastMCP("fixed")
            COMMANDS = {"disk": "df -h", "load": "uptime"}
            REPORTS = {"today": "SELECT * FROM orders WHERE day = date('now')"}

            @mcp.tool
            def run(name: str) -> str:
                return subprocess.run(COMMANDS[name], shell=True, capture_output=True, text=True).stdout

            @mcp.tool
            def show(chart: str, repository: str = "", version: str = "", path: str = "") -> str:
                command = ["helm", "show", "values"]
                if repository:
                    command += ["--repo", repository]
                if version:
                    command += ["--version", version]
                if path:
                    command += ["--jsonpath", path]
                command += ["--", chart]
                return subprocess.run(command, capture_output=True, text=True).stdout

            @mcp.tool
            def listed(command: str) -> str:
                if command not in ("df -h", "uptime"):
                    raise ValueError("not allowed")
                return subprocess.run(command, shell=True, capture_output=True, text=True).stdout

            @mcp.tool
            def report(name: str) -> list:
                return sqlite3.connect("shop.db").execute(REPORTS[name]).fetchall()

            @mcp.tool
            def orders(customer: str) -> list:
                return sqlite3.connect("shop.db").execute("SELECT * FROM o WHERE c = ?", (customer,)).fetchall()

            mcp.run(transport="http")
            """,
            note="looked up, listed, bound",
        ),
        py(
            """
            import docker
            from fastmcp import FastMCP
            from kubernetes import client, config
            from kubernetes.stream import stream

            mcp = FastMCP("sandboxes")
            engine = docker.from_env()

            @mcp.tool
            def start(image: str) -> str:
                return engine.containers.run(image, detach=True).id  # finding

            @mcp.tool
            def inside(name: str, command: str) -> str:
                return engine.containers.get(name).exec_run(command).output.decode()  # finding

            @mcp.tool
            def in_pod(pod: str, words: list[str]) -> str:
                config.load_incluster_config()
                run = client.CoreV1Api().connect_get_namespaced_pod_exec
                return stream(run, pod, "jobs", command=words, stdout=True)  # finding

            @mcp.tool
            def with_options(pod: str, words: list[str], tty: bool) -> str:
                options = {"command": words, "stdout": True}
                if tty:
                    options["tty"] = True
                run = client.CoreV1Api().connect_get_namespaced_pod_exec
                return stream(run, pod, "jobs", **options)  # finding

            mcp.run(transport="http")
            """,
            note="the caller's image, and commands inside of containers and pods",
        ),
        py(
            """
            import docker
            from fastmcp import FastMCP
            from kubernetes import client, config
            from kubernetes.stream import stream

            mcp = FastMCP("sandboxes")
            engine = docker.from_env()
            IMAGES = {"small": "registry.internal/small@sha256:00", "large": "registry.internal/large@sha256:11"}

            @mcp.tool
            def start(size: str, number: int) -> str:
                return engine.containers.run(IMAGES[size], ["count", "--", str(number)], detach=True).id

            @mcp.tool
            def show(name: str, path: str) -> str:
                return engine.containers.get(name).exec_run(["cat", "--", path]).output.decode()

            @mcp.tool
            def clock(pod: str) -> str:
                config.load_incluster_config()
                run = client.CoreV1Api().connect_get_namespaced_pod_exec
                return stream(run, pod, "jobs", command=["date"], stdout=True)

            @mcp.tool
            def stop(name: str) -> None:
                engine.containers.get(name).stop()

            mcp.run(transport="http")
            """,
            note="images that are looked up, and fixed programs in containers",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each entry point and each function that runs its argument as a whole."""
        for cause in causes(analysis, [asked(analysis.flow, taint) for taint in _one_each(_unbounded(analysis.rows))]):
            for taint in cause.taints:
                yield drafts(cause, taint, _telling(taint))

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Refuse what is on no list; which commands or statements belong there is the author's decision."""
        rows = [row for row in analysis.rows if row.key in draft.rows]
        found = [taint for taint in _unbounded(rows) if draft.key.endswith(f"|{taint.effect.name}")]
        taint = next(_one_each(found), None)
        return listed_choice(taint, texts) if taint is not None else None


def _unbounded(rows: Sequence[Row]) -> list[Taint]:
    roles = (SHELL, CODE, PROGRAM, QUERY)
    return [taint for role in roles for taint in text_taints(rows, role) if _is_unbounded(taint)]


def _one_each(found: list[Taint]) -> Iterator[Taint]:
    """Yield for each entry point and role the taint that says most: with the least around it, and unchecked."""
    best: dict[tuple[str, str], Taint] = {}
    for taint in sorted(found, key=lambda taint: (len(taint.operand.shape), taint.verdict.state == BROKEN)):
        best.setdefault((taint.row.key, taint.operand.role), taint)
    yield from best.values()


def _is_unbounded(taint: Taint) -> bool:
    """A check that is passed by makes an injection of a command; a statement stays one, with less weight."""
    if taint.verdict.state == BOUND or not is_whole(taint) or not is_meant(taint) or _answers_a_prompt(taint):
        return False
    return taint.verdict.state != BROKEN or taint.operand.role == QUERY


def _answers_a_prompt(taint: Taint) -> bool:
    """Tell whether a terminal is given nothing but a password, which it asks for."""
    return bool(taint.parameters) and all(map(is_secret_name, taint.parameters))


def _is_explained(taint: Taint) -> bool:
    """Tell whether a database only says how it would run a statement, by a driver that takes one at a time."""
    driver, opening = taint.effect.name.partition(".")[0], taint.operand.shape[0].text
    return driver in EXPLAINING and opening.strip().upper().startswith("EXPLAIN")


def _telling(taint: Taint) -> Telling:
    remote = taint.row.transport in ("http", "both")
    limited = any(operand.role == READING for operand in taint.effect.operands)
    checked = taint.verdict.state == BROKEN or limited
    severity = (Severity.MEDIUM if checked else Severity.HIGH) if remote else Severity.INFO
    if _is_explained(taint):
        severity = min(severity, Severity.LOW)
    what = WHAT[taint.operand.role]
    return Telling(
        message=f"{taint.row.title} runs {taint.named} from its caller as {what}.",
        why=(
            "It can do all that the server can, so no scope and no name of a tool says what a call does. A model that "
            "was talked into it does the rest."
        ),
        doing=f"runs it as {what}",
        group_message="entry points run what their caller says.",
        severity=severity,
        confidence=confidence(taint),
    )
