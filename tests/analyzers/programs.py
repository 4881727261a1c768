"""Small programs, read and linked as the analysis does it."""

import hashlib
import textwrap
from collections.abc import Mapping

from analyzers import Entry, FileFacts, Policy, Source, Tree, analyze, read
from analyzers.finding import Fix
from analyzers.fixes.fixing import apply_edits
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function, Program

Files = Mapping[str, str]


def facts_of(text: str, path: str = "server.py") -> FileFacts:
    """Return the facts of one file."""
    found = read(Source(path, "", textwrap.dedent(text).encode()))
    assert isinstance(found, FileFacts)
    return found


def tree_of(files: Files) -> Tree:
    """Return a tree that was read whole."""
    texts = {path: textwrap.dedent(text).encode() for path, text in files.items()}
    entries = tuple(Entry(path, hashlib.sha1(data).hexdigest(), size=len(data)) for path, data in texts.items())
    return Tree(entries, {path: facts_of(text, path) for path, text in files.items()}, (), texts)


def fixed_by(files: Files, rule: str, policy: Policy = Policy()) -> tuple[Fix | None, dict[str, str]]:
    """Return the fix of the one finding of a rule and the files that it changes, as it leaves them."""
    tree = tree_of(files)
    (found,) = [item for item in analyze(tree, policy=policy).findings if item.rule == rule]
    edits = found.fix.edits if found.fix is not None else ()
    changed: dict[str, str] = {}
    for path in dict.fromkeys(edit.path for edit in edits):
        text = apply_edits(tree.texts[path], [edit for edit in edits if edit.path == path])
        assert text is not None
        changed[path] = text.decode()
    return found.fix, changed


def program_of(files: Files) -> Program:
    """Return the linked program of some files."""
    return Program({path: facts_of(text, path) for path, text in files.items()})


def flow_of(text: str) -> Flow:
    """Return the solved flow of a program of one file."""
    return Flow(program_of({"server.py": text}))


def named(program: Program, name: str) -> Function:
    """Return the one function of a program with a qualified name."""
    (found,) = [function for function in program.functions() if function.facts.qualname == name]
    return found


def given(function: Function, callee: str = "probe") -> tuple[int, ...]:
    """Return the arguments of a function's one call of `callee`."""
    values = function.facts.values
    (found,) = [
        values[event.value]
        for event in function.calls()
        if values[values[event.value].args[0]].text.rpartition("|")[2] == callee
    ]
    return found.args[1:]
