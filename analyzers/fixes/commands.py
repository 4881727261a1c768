"""Patches of what callers write into the command line of a local shell: without the shell, else quoted."""

from collections.abc import Mapping

from analyzers.finding import Safety
from analyzers.fixes.definitions import Definition, imported, is_free_for
from analyzers.fixes.hosts import call_at
from analyzers.fixes.rewrite import exchange_argument, replace_value
from analyzers.flow.labels import ARGUMENTS, MARK
from analyzers.frameworks import commands
from analyzers.project.program import Function
from analyzers.project.targets import argument_of
from analyzers.rule import Analysis, Draft, Proposal

NEEDED = Definition("", ("import shlex",))
LOCAL = ("os.", "subprocess.", "asyncio.", "anyio.")


def as_words(draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
    """Return a command in which what a caller gives is one word each time, None where it is no f-string.

    It is started without a shell if all that the shell does is to part the words.
    """
    path = draft.location.path
    text, site = texts.get(path), call_at(analysis.program, path, draft.start, draft.end)
    if text is None or site is None:
        return None
    function, call = site
    command = _command(analysis, function, call)
    node = function.facts.values[command] if command >= 0 else None
    if node is None or node.op != "template":
        return None
    holes = [part for part in node.args if function.facts.values[part].op != "str"]
    chosen = [index for index, part in enumerate(holes) if _is_given(analysis, function, part)]
    if not chosen:
        return None
    listed = _without_shell(function, call, command, text) if len(chosen) == len(holes) else None
    return listed or _quoted(function, command, chosen, text)


def _without_shell(function: Function, call: int, command: int, text: bytes) -> Proposal | None:
    from analyzers.fixes import words

    values = function.facts.values
    node, whole = values[command], values[call]
    if "shell" not in whole.names or not whole.start <= node.start <= node.end <= whole.end:
        return None
    source = words.listed(text[node.start : node.end].decode("utf-8", "replace"), _strings(function))
    if source is None or source.partition('"')[2].partition('"')[0].rpartition("/")[2] in commands.RUNS_BY_OPTION:
        return None
    edit = exchange_argument(text, function, call, (command, source), "shell")
    title = "Run it without a shell (decide whether each value is one word, and may begin with `-`)"
    return Proposal(title, Safety.REVIEW, (edit,)) if edit is not None else None


def _strings(function: Function) -> frozenset[str]:
    """Return the parameters of a function that are declared as strings."""
    scope = function.parent.facts.values if function.parent is not None else ()
    return frozenset(
        parameter.name
        for parameter in function.facts.parameters
        if parameter.annotation >= 0 and scope[parameter.annotation].text == "str"
    )


def _quoted(function: Function, command: int, chosen: list[int], text: bytes) -> Proposal | None:
    from analyzers.fixes import quoting

    node = function.facts.values[command]
    if not is_free_for(function, NEEDED):
        return None
    source = quoting.quoted(text[node.start : node.end].decode("utf-8", "replace"), chosen)
    if source is None:
        return None
    edits = (*imported(function.file.path, NEEDED.imports, text), replace_value(function, command, source))
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
