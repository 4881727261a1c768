"""Patches that quote what callers write into the command line of a local shell."""

from collections.abc import Mapping

from analyzers.finding import Safety
from analyzers.fixes.definitions import Definition, imported, is_free_for
from analyzers.fixes.hosts import call_at
from analyzers.fixes.rewrite import replace_value
from analyzers.flow.labels import ARGUMENTS, MARK
from analyzers.frameworks import commands
from analyzers.project.program import Function
from analyzers.project.targets import argument_of
from analyzers.rule import Analysis, Draft, Proposal

NEEDED = Definition("", ("import shlex",))
LOCAL = ("os.", "subprocess.", "asyncio.", "anyio.")


def quoted_words(draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
    """Return the template of a command with its caller's parts quoted, None where it is put together otherwise."""
    path = draft.location.path
    text, site = texts.get(path), call_at(analysis.program, path, draft.start, draft.end)
    if text is None or site is None:
        return None
    function, call = site
    command = _command(analysis, function, call)
    node = function.facts.values[command] if command >= 0 else None
    if node is None or node.op != "template" or not is_free_for(function, NEEDED):
        return None
    holes = [part for part in node.args if function.facts.values[part].op != "str"]
    chosen = [index for index, part in enumerate(holes) if _is_given(analysis, function, part)]
    from analyzers.fixes import quoting

    source = quoting.quoted(text[node.start : node.end].decode("utf-8", "replace"), chosen) if chosen else None
    if source is None:
        return None
    edits = (*imported(path, NEEDED.imports, text), replace_value(function, command, source))
    return Proposal("Quote what the caller gives (decide whether each is one word)", Safety.REVIEW, edits)


def _command(analysis: Analysis, function: Function, call: int) -> int:
    """Return the command line that a call hands to a shell of this machine, -1 for another call."""
    node = function.facts.values[call]
    for name in analysis.flow.resolver.externals(function, node.args[0]):
        if not name.startswith(LOCAL):
            return -1
        if name in commands.SHELLS or name in commands.TEXT_IS_SHELL:
            return argument_of(node, commands.SHELLS.get(name, "command"), 0)
        shell = argument_of(node, "shell", -1)
        if name in commands.LISTS and shell >= 0 and function.facts.values[shell].text == "True":
            return argument_of(node, commands.LISTS[name], 0)
    return -1


def _is_given(analysis: Analysis, function: Function, value: int) -> bool:
    """Tell whether a parameter, of this function or of one around it, has a part in a value."""
    return any(MARK in label or label == ARGUMENTS for label in analysis.flow.labeler.labels(function, value))
