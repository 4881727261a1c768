"""Logging calls without the secrets that they wrote."""

from analyzers.evidence.log_arguments import LogArgument
from analyzers.finding import Edit
from analyzers.fixes.rewrite import redact_argument
from analyzers.flow import secrets
from analyzers.project.program import Function
from analyzers.rule import Analysis

# Arguments are a matter of what callers give; a secret in the source is one for all who read it.
ELSEWHERE = secrets.ERRORS | {secrets.PAYLOAD, secrets.LITERAL}


def mark_secrets(analysis: Analysis, written: LogArgument, text: bytes) -> Edit | None:
    """Return the edit that puts a mark in the place of the parts of an argument that hold a secret."""
    function, call = written.function, written.call
    if not _shows(analysis, function, written.value):
        return None
    node = function.facts.values[written.value]
    parts: list[int] = []
    if node.op in ("template", "map"):
        inner = [part for part in node.args if function.facts.values[part].op != "str"]
        inner = inner if node.op == "template" else list(node.args[1::2])
        parts = [index for index, part in enumerate(inner) if _shows(analysis, function, part)]
    return redact_argument(text, function, call, written.position - 1, parts)


def _shows(analysis: Analysis, function: Function, value: int) -> bool:
    leaks = analysis.exposure.leaks(function, value)
    return any(leak.function is function and leak.secret.kind not in ELSEWHERE for leak in leaks)
