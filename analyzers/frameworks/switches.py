"""Switches of a whole process: variables that turn on or off what a server may do, for every caller alike."""

import functools

from analyzers.frameworks.credentials import names_credential

WORDS = frozenset(
    {
        *("allow", "allowed", "allows", "enable", "enabled", "enables", "disable", "disabled", "permit", "deny"),
        *("read", "readonly", "readwrite", "write", "writes", "writable", "mutations", "mutating", "destructive"),
        *("only", "mode", "safe", "unsafe", "dangerous", "restrict", "restricted", "restrictions", "block", "lock"),
        *("locked", "dry", "dryrun", "strict", "admin", "debug", "dev", "development", "env", "environment", "local"),
        *("production", "force", "confirm", "use", "skip", "no", "with", "without", "insecure", "secure", "private"),
        *("bypass", "require", "required", "sandbox", "sandboxed", "is", "has", "can", "demo", "test", "testing"),
    }
)


@functools.cache
def is_switch(name: str) -> bool:
    """Tell whether a variable of this name says what may be done: `READ_ONLY_MODE`, and not `SEARCH_API_KEY`."""
    return not names_credential(name) and not WORDS.isdisjoint(name.lower().replace("-", "_").split("_"))


_WRITING = frozenset(
    {
        *("write", "writes", "writing", "writable", "mutation", "mutations", "mutating", "mutate", "destructive"),
        *("delete", "deletes", "deletion", "modify", "modifications", "changes", "readwrite"),
    }
)
_TURNING = frozenset({"allow", "allowed", "allows", "enable", "enabled", "enables", "disable", "disabled", "permit"})


@functools.cache
def stops_writing(name: str) -> bool:
    """Tell whether a switch of this name decides if anything may be changed: `readonly`, `allow_write`."""
    words = frozenset(name.lower().replace("-", "_").split("_"))
    if words & {"readonly", "writable", "readwrite"} or {"read", "only"} <= words:
        return True
    return bool(words & _WRITING) and bool(words & (_TURNING | {"mode"}))
