"""Calls that others make later: of a function that is handed over with what it will be given."""

from analyzers.facts import Value
from analyzers.flow.prepared import made_of
from analyzers.project.program import Function

POSITIONAL, NAMED = "args", "kwargs"
# Methods that give a transaction to the function that they run, in front of what follows it.
TRANSACTIONS = ("execute_read", "execute_write", "read_transaction", "write_transaction")

# What calls a function with what it gave before, or what it begins with, and each item: `reduce(step, items, first)`.
FOLD = "reduce"
# What makes a decorator that registers a function, for a worker or a schedule to run: `queue.task(name="sync")(sync)`.
# https://docs.celeryq.dev, https://procrastinate.readthedocs.io, https://taskiq-python.github.io, https://dramatiq.io
JOBS = frozenset({"task", "shared_task", "periodic", "periodic_task", "actor", "scheduled_job", "cron"})


def registers_job(function: Function, node: Value) -> bool:
    """Tell whether a call only registers the function that it is given, for others to run some time."""
    values = function.facts.values
    maker = values[node.args[0]]
    return maker.op == "call" and values[maker.args[0]].text.rpartition("|")[2] in JOBS


def later_call(function: Function, node: Value, position: int) -> Value:
    """Return the call of an operand that is made later: with what follows it, or with `args=` and `kwargs=`."""
    operands, names = node.args[position + 1 :], node.names[position:]
    keywords = dict(zip(node.names, node.args[1:], strict=True))
    if POSITIONAL in keywords or NAMED in keywords:
        operands, names = _kept(function, keywords)
    called = function.facts.values[node.args[0]].text
    if called.rpartition("|")[2] == FOLD and len(operands) > 0:
        operands, names = (operands[-1], operands[0]), ("", "")
    if called in TRANSACTIONS:
        operands, names = (node.args[0], *operands), ("", *names)
    return made_of(function, Value("call", "", (node.args[position], *operands), names, node.start, node.length))


def _kept(function: Function, keywords: dict[str, int]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return the operands that a thread or a timer keeps for its function, with their names."""
    values = function.facts.values
    listed = values[keywords[POSITIONAL]] if POSITIONAL in keywords else None
    operands = list(listed.args) if listed is not None and listed.op in ("tuple", "list") else []
    names = ["*" if values[operand].op == "spread" else "" for operand in operands]
    table = values[keywords[NAMED]] if NAMED in keywords else None
    if table is not None and table.op == "map":
        for key, value in zip(table.args[::2], table.args[1::2], strict=True):
            if key >= 0 and values[key].op == "str":
                operands.append(value)
                names.append(values[key].text)
    return tuple(operands), tuple(names)
