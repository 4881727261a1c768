"""What the context of a call holds: whatever hooks of the server put there under the same key."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.context_variables import kept_labels
from analyzers.flow.labels import Labels
from analyzers.project.program import Function
from analyzers.project.targets import argument_of

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler

GETTING, SETTING = "get_state", "set_state"


def of_state(labeler: "Labeler", function: Function, node: Value) -> Labels | None:
    """Return the labels of `context.get_state("key")`, None where nothing is known of what is put there."""
    return kept_labels(labeler, put_in(labeler, function, node)) or None


def put_in(labeler: "Labeler", function: Function, node: Value) -> Iterator[tuple[Function, int]]:
    """Yield what a package puts into the state of its requests under the key that a call asks for."""
    resolver = labeler.resolver
    key = resolver.text(function, argument_of(node, "key", 0))
    if key is None or resolver.functions(function, node.args[0]):
        return
    root = resolver.program.package_root(function.file.path)
    for caller, call in resolver.program.call_sites(SETTING):
        site = caller.facts.values[call]
        if resolver.program.package_root(caller.file.path) != root or resolver.functions(caller, site.args[0]):
            continue
        value = argument_of(site, "value", 1)
        if value >= 0 and resolver.text(caller, argument_of(site, "key", 0)) == key:
            yield caller, value
