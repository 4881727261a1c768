"""Helpers that somebody runs by hand beside a server, and answers the questions of."""

from analyzers.project.program import File, Function, Program
from analyzers.roles import Role, role_of
from analyzers.rule import Analysis
from analyzers.walks import reached

MAIN = "__main__"
NAME = "__name__"
# What asks whoever started the program.
ASKING = frozenset(
    {
        *("builtins.input", "getpass.getpass", "webbrowser.open", "webbrowser.open_new", "webbrowser.open_new_tab"),
        *("click.prompt", "click.confirm", "typer.prompt", "typer.confirm"),
        *("rich.prompt.Prompt.ask", "rich.prompt.Confirm.ask"),
    }
)
LAST_NAMES = sorted({name.rpartition(".")[2] for name in ASKING})
MAX_FUNCTIONS = 200
# What requests of others may come through.
LISTENERS = frozenset(
    {
        *("aiohttp", "bottle", "cherrypy", "channels", "django", "falcon", "fastapi", "flask", "gradio", "grpc"),
        *("litestar", "mcp", "fastmcp", "nats", "pika", "quart", "robyn", "sanic", "slack_bolt", "starlette"),
        *("streamlit", "tornado", "uvicorn", "websockets", "http", "socketserver", "socket", "wsgiref", "zmq"),
        *("azure", "celery", "functions_framework", "kafka", "mangum", "discord", "telegram", "hypercorn", "twisted"),
    }
)


def is_in_helper(analysis: Analysis, function: Function) -> bool:
    """Tell whether code only runs where somebody starts its file by hand and answers what it asks.

    The file runs by itself, nothing imports it, no package names it as a command, and neither a server nor an entry
    point of one is in it or started by it.
    """
    return _asks(analysis, function.file) and _is_by_hand(analysis, function.file)


def is_without_callers(analysis: Analysis, function: Function) -> bool:
    """Tell whether code only runs where somebody starts its file by hand, and nothing there could hear of a caller.

    Neither it nor what it imports of the project uses a library through which requests arrive.
    """
    files = analysis.program.files
    used = (text for path in analysis.program.closure((function.file,)) for text in files[path].facts.imports)
    heard = {text.partition("|")[0].partition(".")[0] for text in used}
    return LISTENERS.isdisjoint(heard) and _is_by_hand(analysis, function.file)


def _is_by_hand(analysis: Analysis, file: File) -> bool:
    """Tell whether a file runs by itself alone, and neither is nor starts a part of a server."""
    return (
        _runs_by_itself(file)
        and not _is_command(analysis.program, file)
        and not _serves(analysis, file)
        and not any(role_of(path) is not Role.TEST for path in analysis.program.importers().get(file.path, ()))
    )


def _runs_by_itself(file: File) -> bool:
    """Tell whether a file has a part `if __name__ == "__main__"`."""
    values = file.module.facts.values
    return any(node.op == "compare" and {values[part].text for part in node.args} == {NAME, MAIN} for node in values)


def _asks(analysis: Analysis, file: File) -> bool:
    return any(
        caller.file is file
        and not ASKING.isdisjoint(analysis.flow.resolver.externals(caller, caller.value(call).args[0]))
        for name in LAST_NAMES
        for caller, call in analysis.program.call_sites(name)
    )


def _is_command(program: Program, file: File) -> bool:
    """Tell whether a package may start a file as a command of its own."""
    stem = file.path.rpartition("/")[2].removesuffix(".py")
    declared = (text.partition(":")[0] for other in program.files.values() for text in other.facts.scripts)
    return stem == MAIN or any(stem in text.split(".") for text in declared)


def _serves(analysis: Analysis, file: File) -> bool:
    """Tell whether a file holds a server or an entry point, or runs what makes or starts one."""
    servers = list(analysis.surface.servers.values())
    starts = {server.site.function for server in servers}
    starts |= {run.function for server in servers for run in server.runs.values()}
    starts |= {row.entry.handler for row in analysis.rows if row.entry.handler is not None}
    most = MAX_FUNCTIONS + len(file.functions)
    run = set(reached(file.functions, analysis.flow.callees, most))
    return len(run) == most or not starts.isdisjoint(run)
