"""Calls that write to a log, whatever the logger is called."""

from analyzers.frameworks import disclosure
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver

MADE = "builtins.type()"
CONSOLE = ("print", "write", "pprint", "echo", "secho", "syslog")


def is_logged(resolver: Resolver, function: Function, callee: int) -> bool:
    """Tell whether a called method of a log's name is one of a logger; messages to a client are none."""
    node = function.facts.values[callee]
    if node.op != "attr":
        return False
    # Of a class that is made on the spot, `type("Lazy", (), {...})()`, nothing is known but what it is called.
    names = [name for name in resolver.externals(function, callee) if not name.startswith(MADE)]
    if names:
        return any(
            name.partition(".")[0] in disclosure.LOGGERS or any(made in name for made in disclosure.FRAMEWORK_LOGGERS)
            for name in names
        )
    owner = function.facts.values[node.args[0]]
    known = [target for target in resolver.resolve(function, callee) if not target.name.startswith(MADE)]
    return owner.text.rpartition("|")[2].lower() in disclosure.LOGGER_NAMES and not known


def is_printed(resolver: Resolver, function: Function, callee: int) -> bool:
    """Tell whether a call writes to the process's own output."""
    names = resolver.externals(function, callee)
    return any(name in disclosure.PRINTERS for name in names)
