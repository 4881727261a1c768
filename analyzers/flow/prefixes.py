"""Conditions on how a text begins: a folder, a separator, dots, the dash of an option.

Notes are `inside` (a path lies in a folder as it is written), `no dots` and `relative`, `rooted` (it begins with `/`),
`no option` (it does not begin with `-`), `prefix: ` and `escapes: ` with what passes.
"""

from collections.abc import Iterator

from analyzers.facts import Value
from analyzers.flow.destinations import Condition
from analyzers.flow.labeling import Labeler
from analyzers.flow.labels import MARK, Labels
from analyzers.flow.whole_texts import is_whole
from analyzers.frameworks.files import FORBIDDEN_FOLDERS, NORMALIZERS
from analyzers.project.program import Function

# In a folder as it is written; whether it is resolved depends on what is compared.
INSIDE = "inside"
DOTS, RELATIVE, ROOTED = "no dots", "relative", "rooted"
NO_OPTION = "no option"
SIBLING = "escapes: a prefix without a separator at its end is passed by a sibling, as `/data-private` for `/data`"
FORBIDDEN = "escapes: only some folders are forbidden"
PREFIX = "prefix: only its beginning is compared"
SCHEME = "://"


def prefix_conditions(
    labeler: Labeler, function: Function, node: Value, on: Labels, truth: bool
) -> Iterator[Condition]:
    """Yield what the outcome of `text.startswith(prefix)` says of the text."""
    value, prefix = function.facts.values[node.args[0]].args[0], node.args[1]
    texts = set(texts_of(labeler, function, prefix))
    if not truth:
        if "/" in texts:
            yield Condition(on, RELATIVE)
        if ".." in texts and _is_normalized(labeler, function, value):
            yield Condition(on, DOTS)
        if "-" in texts:
            yield Condition(on, NO_OPTION)
        yield from forbidden(labeler, function, on, prefix)
        return
    root = frozenset(label for label in labeler.labels(function, prefix) if MARK in label)
    apart = without(on, root)
    if not apart:
        return
    if labeler.resolver.text(function, prefix) == "/" and is_whole(labeler, function, value):
        yield Condition(on, ROOTED)
    # An address lies in no folder: `uri.startswith("storage://local/")` says nothing of what follows.
    if _ends_in_separator(labeler, function, prefix) and not any(SCHEME in text for text in texts):
        yield Condition(apart, INSIDE, root)
    elif not texts or any(text.startswith(("/", "~", "./", "\\")) for text in texts):
        yield Condition(apart, SIBLING)
    if texts:
        yield Condition(on, PREFIX)
        yield from (Condition(on, NO_OPTION),) if _begins_no_option(texts) else ()


def _begins_no_option(texts: set[str]) -> bool:
    return not any(text.startswith("-") or not text for text in texts)


def forbidden(labeler: Labeler, function: Function, on: Labels, folders: int) -> Iterator[Condition]:
    """Yield that a path lies in none of some folders, where these are folders of the system or of secrets."""
    if on and any(FORBIDDEN_FOLDERS.match(text) for text in texts_of(labeler, function, _begun(function, folders))):
        yield Condition(on, FORBIDDEN)


def _begun(function: Function, value: int) -> int:
    """Return what a text begins with: `folder + os.sep`."""
    node = function.facts.values[value]
    while node.args and ((node.op == "binary" and node.text == "+") or node.op == "template"):
        value = node.args[0]
        node = function.facts.values[value]
    return value


def _is_normalized(labeler: Labeler, function: Function, value: int) -> bool:
    """Tell whether a path is one in which `..` can only stand at its beginning."""
    node = function.facts.values[value]
    return (
        node.op == "call"
        and labeler.resolver.external(function, node.args[0]) in NORMALIZERS
        and is_whole(labeler, function, node.args[1])
    )


def _ends_in_separator(labeler: Labeler, function: Function, value: int) -> bool:
    node = function.facts.values[value]
    if node.op == "binary" and node.text == "+":
        return _ends_in_separator(labeler, function, node.args[1])
    if node.op == "template" and node.args:
        return _ends_in_separator(labeler, function, node.args[-1])
    text = labeler.resolver.text(function, value)
    if text is not None:
        return text.endswith(("/", "\\"))
    return labeler.resolver.external(function, value) in ("os.sep", "os.path.sep", "posixpath.sep")


def texts_of(labeler: Labeler, function: Function, value: int) -> Iterator[str]:
    """Yield the constant texts that a value is, or holds; a list may hold itself."""
    waiting, seen = [(function, value)], {(function.id, value)}
    while waiting:
        for target in labeler.resolver.resolve(*waiting.pop()):
            if target.kind == "text":
                yield target.name
            elif target.kind == "external" and target.name in ("os.sep", "os.path.sep"):
                yield "/"
            elif target.kind == "display" and target.function is not None:
                items = [(target.function, item) for item in target.function.facts.values[target.value].args]
                waiting.extend(item for item in reversed(items) if (item[0].id, item[1]) not in seen)
                seen.update((scope.id, item) for scope, item in items)


def without(on: Labels, root: Labels) -> Labels:
    """Return the labels of a path that the folder it is compared with is not made of."""
    made_of = {label[1:] for label in root if MARK in label}
    return frozenset(label for label in on if label[1:] not in made_of)
