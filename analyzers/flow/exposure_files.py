"""Files that hold a secret and little else, as secrets are mounted and kept: `/run/secrets/db_password`, `.env`."""

from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.frameworks import credentials
from analyzers.project.program import Function

if TYPE_CHECKING:
    from analyzers.flow.exposure import ExposureReader

READS = frozenset({"read", "read_text", "read_bytes", "readline", "readlines"})
FILES = frozenset({".env", ".netrc", ".pgpass", ".npmrc", ".pypirc", ".git-credentials", "id_rsa", "id_ed25519"})
MOUNTED = "/run/secrets/"
# What a file with one text in it ends with; a table or a list of several things is another.
ENDINGS = frozenset({"", "txt", "key", "secret"})
MAX_DEPTH = 6


def secret_file(reader: "ExposureReader", function: Function, node: Value) -> str:
    """Return what the file of a secret is called that a call reads whole, "" for any other call."""
    callee = function.facts.values[node.args[0]]
    if callee.op != "attr" or callee.text not in READS:
        return ""
    path = _path(reader, function, callee.args[0], 0)
    name = path.rstrip("/").rpartition("/")[2]
    stem, _, ending = name.lower().rpartition(".") if "." in name[1:] else (name.lower(), "", "")
    kept = name in FILES or path.startswith(MOUNTED) or (ending in ENDINGS and credentials.names_credential(stem))
    return f"the file `{name}`" if kept and not path.endswith(".pub") else ""


def _path(reader: "ExposureReader", function: Function, value: int, depth: int) -> str:
    """Return the end of the path of what is read, "" where that is no constant."""
    text = reader.resolver.text(function, value)
    if text is not None or depth > MAX_DEPTH:
        return text or ""
    node = function.facts.values[value]
    if node.op == "call" and len(node.args) > 1:
        callee = function.facts.values[node.args[0]]
        opened = callee.text.rpartition("|")[2] in ("open", "Path")
        return _path(reader, function, node.args[1 if opened else -1], depth + 1)
    if node.op == "call" and function.facts.values[node.args[0]].op == "attr":
        return _path(reader, function, function.facts.values[node.args[0]].args[0], depth + 1)
    if node.op in ("enter", "await") or (node.op == "binary" and node.text == "/"):
        return _path(reader, function, node.args[-1], depth + 1)
    return ""
