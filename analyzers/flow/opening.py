"""What a file is opened for, by the mode or the flags that it is opened with."""

from analyzers.facts import Value
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import argument_of

BY_FLAGS = "os.open"
READING = "O_RDONLY"
# What opens a store of entries, with the flag that it takes where none is given.
STORES = {"shelve.open": "c", "dbm.open": "r"}
WRITING = frozenset({"O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND", "O_TRUNC", "O_TMPFILE"})


def opened_for(resolver: Resolver, function: Function, node: Value, name: str) -> str:
    """Return what a call may do with the file that it opens: read it unless it says that it writes."""
    if name == BY_FLAGS:
        parts = function.made_of(argument_of(node, "flags", 1))
        named = {function.facts.values[part].text.rpartition("|")[2] for part in parts}
        return "read-private" if READING in named and not named & WRITING else "write"
    if name in STORES:
        flag = resolver.text(function, argument_of(node, "flag", 1)) or STORES[name]
        return "read-private" if flag.startswith("r") else "write"
    mode = resolver.text(function, argument_of(node, "mode", 0 if name.endswith("Path().open") else 1)) or "r"
    return "write" if any(letter in mode for letter in "wax+") else "read-private"
