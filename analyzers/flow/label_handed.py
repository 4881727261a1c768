"""The labels of what functions of the program give that a call of a library is handed: to run, or to write."""

from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow import cleaning
from analyzers.flow.labels import NONE, Labels
from analyzers.frameworks.threads import handed_position
from analyzers.project.program import Function
from analyzers.project.targets import parameter_of

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler


def by_handed(labeler: "Labeler", function: Function, node: Value, name: str) -> Labels | None:
    """Return the labels of what a function of the program gives, or writes, that a call is handed."""
    replacement = cleaning.replacement_of(node, name)
    if replacement >= 0:
        return _written_by(labeler, function, node, replacement)
    return _run_elsewhere(labeler, function, node, handed_position(name))


def _run_elsewhere(labeler: "Labeler", function: Function, node: Value, position: int) -> Labels | None:
    """Return what a function of the program gives that a thread runs, None for another call."""
    if not position or len(node.args) <= position or parameter_of(function, node.args[position]) is not None:
        # What a function is given to run, its callers know (`runners`).
        return None
    callees = labeler.resolver.functions(function, node.args[position])
    call = Value("call", "", node.args[position:], node.names[position:], node.start, node.length)
    found = [
        labeler.substitute(labeler.summaries.returns(callee), labeler.bind(function, call, callee, owner is not None))
        for callee, owner in callees
    ]
    return NONE.union(*found) if found else None


def _written_by(labeler: "Labeler", function: Function, node: Value, replacement: int) -> Labels | None:
    """Return the labels of a text into which a function of the program writes, `re.sub(pattern, write, text)`."""
    callees = labeler.resolver.functions(function, replacement)
    call = Value("call", "", (replacement,), (), node.start, node.length)
    written = [
        labeler.substitute(labeler.summaries.returns(callee), labeler.bind(function, call, callee, owner is not None))
        for callee, owner in callees
    ]
    return labeler.union(function, node.args[1:]).union(*written) if written else None
