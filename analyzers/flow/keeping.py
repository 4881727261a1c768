"""What was found of a program still holds of one in which some files differ: in the files that do not use those."""

from collections import defaultdict
from collections.abc import Mapping, Set

import msgspec

from analyzers.facts import FileFacts
from analyzers.flow.summaries import Flow, Solved
from analyzers.project.program import File
from analyzers.walks import reached


class Kept(msgspec.Struct, frozen=True):
    """Files that are as they were, and what was found of their functions."""

    files: Mapping[str, File]
    solved: Solved


NOTHING = Kept({}, Solved())


def kept_of(flow: Flow, facts: Mapping[str, FileFacts]) -> Kept:
    """Return what still holds of a program's functions when its files have these facts.

    A file that imports one that differs, or calls into it, directly or not, is not among them. Nobody asks what such
    a file hands to those that are kept: this is for the edits of a fix, whose reach is known, not for any change.
    """
    program = flow.program
    changed = {path for path, file in program.files.items() if facts.get(path) is not file.facts}
    if program.files.keys() != facts.keys():
        return NOTHING
    solved = flow.solved
    affected = _users(flow, solved, changed)
    files = {path: file for path, file in program.files.items() if path not in affected}
    ids = [identity for identity in solved.summaries if _path_of(identity) in files]
    summaries, callees = solved
    return Kept(files, Solved({key: summaries[key] for key in ids}, {key: callees[key] for key in ids}))


def _users(flow: Flow, solved: Solved, changed: Set[str]) -> set[str]:
    """Return the paths of some files and of all that import them or call their functions, directly or not."""
    users: dict[str, set[str]] = defaultdict(set, flow.program.importers())
    for identity, callees in solved.callees.items():
        for callee in callees:
            users[callee.file.path].add(_path_of(identity))
    return set(reached(changed, lambda path: users.get(path, ())))


def _path_of(identity: str) -> str:
    return identity.rpartition("#")[0]
