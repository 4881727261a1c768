"""Passwords that a tool is asked to set, of a user or a file, and does not sign in with."""

import re

from analyzers.authority.rows import Row
from analyzers.facts import Value
from analyzers.project.program import Function

PASSWORDS = ("password", "passwd", "passphrase")
# What a password is called that is to be set, and that of a file.
NEW = ("new_", "initial_", "temporary_", "temp_", "updated_")
OF_FILES = frozenset({"archive", "document", "zip", "pdf", "file", "workbook", "sheet"})
# What tools are called that set the password of someone or something.
WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
SETTING = frozenset(
    {"set", "reset", "change", "update", "modify", "create", "add", "protect", "unprotect", "encrypt", "decrypt"}
)
SUBJECTS = frozenset(
    {
        *("password", "passwords", "user", "users", "document", "pdf", "workbook", "sheet", "archive"),
        *("auth", "account", "accounts", "link", "links", "lxc", "vm", "vms", "container", "instance", "cloudinit"),
        *("database", "db", "role", "login", "member", "share", "backup", "vault", "wallet", "keystore", "paste"),
        *("wlan", "wlans", "wifi", "wireless", "ssid", "ssids", "hotspot", "cluster", "broker"),
    }
)


def is_set(parameter: str, row: Row) -> bool:
    """Tell whether a tool is asked to set a password, by its name, by the tool's and by what becomes of it."""
    name = parameter.lower().replace("-", "_")
    if not name.endswith(PASSWORDS):
        return False
    if name.startswith(NEW) or set(name.split("_")) & OF_FILES:
        return True
    words = {word.lower() for word in WORDS.findall(row.name)}
    handler = row.entry.inner or row.entry.handler
    named = bool(words & SETTING and words & SUBJECTS)
    return named and not (handler is not None and _signs_in(handler, parameter))


def _signs_in(handler: Function, parameter: str) -> bool:
    """Tell whether a password is only passed beside the body of a request, in which it is not."""
    values = handler.facts.values
    own = {index for index, node in enumerate(values) if node.op == "param" and node.text == parameter}
    sent = any(node.op == "map" and own & set(node.args[1::2]) for node in values)
    stored = any(event.kind == "store" and event.text == "[]" and event.value in own for event in handler.facts.events)
    calls = (values[event.value] for event in handler.calls())
    beside = any(own & set(node.args[1:]) and _has_body(values, node) for node in calls)
    return beside and not sent and not stored


def _has_body(values: tuple[Value, ...], call: Value) -> bool:
    """Tell whether a call is given a table, or one of several values of which one is."""
    given = [values[argument] for argument in call.args[1:] if argument >= 0]
    choices = [values[option] for node in given if node.op == "phi" for option in node.args if option >= 0]
    return any(node.op == "map" for node in (*given, *choices))
