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
