"""What calls make of a text so that it is harmless for some use: quoted, resolved, reduced to plain characters."""

from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.alphabets import SPECIAL, kept_by
from analyzers.flow.labels import Labels, answered, with_variant
from analyzers.flow.matched_groups import is_group, left_in
from analyzers.flow.matching import COMPILED, compiled_pattern
from analyzers.frameworks import commands, files
from analyzers.frameworks.paths import canonical, is_path
from analyzers.frameworks.queries import BINDING
from analyzers.project.program import Function
from analyzers.project.targets import argument_of

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler

# Harmless in commands, queries and as one name of a path.
PLAIN = frozenset(" .")
SEPARATORS = frozenset("/\\")
# What these give are letters, digits and `+/=_-` alone.
ENCODERS = frozenset(
    {
        *("base64.b64encode", "base64.standard_b64encode", "base64.urlsafe_b64encode", "base64.b32encode"),
        *("base64.b16encode", "binascii.hexlify", "binascii.b2a_hex", "builtins.hex"),
    }
)
# What calls make of all that they are given.
MAKERS = ((files.RESOLVERS, "n"), (files.NAMES, "b"), (commands.QUOTERS, "g"), (ENCODERS, "w"))
# What calls a function for each item of a list: `map(shlex.quote, words)`.
MAPPING = "builtins.map"
DOUBLED = {"'": ("''", "\\'"), '"': ('""', '\\"'), "`": ("``", "\\`"), "]": ("]]",)}
# Where none of these is left, no part of a path is `..`.
DOTS = (".", "..")
# Methods that take a text apart, and which part of what they give stands behind the last separator.
LAST = frozenset({("split", "-1"), ("rsplit", "-1"), ("rpartition", "2"), ("rpartition", "-1")})
NUMBERS = ("builtins.int", "builtins.float", "builtins.len", "builtins.bool", "builtins.isinstance", "uuid.UUID")
# A text cannot be compared with a number: these fail for one.
BOUNDS = ("builtins.min", "builtins.max")
TESTS = frozenset({"isalnum", "isalpha", "isdigit", "isdecimal", "isnumeric", "isidentifier"})


def by_name(labeler: "Labeler", function: Function, node: Value, name: str) -> Labels | None:
    """Return the labels of what a known function makes of its text, None for any other function."""
    variant = next((variant for names, variant in MAKERS if name in names), "")
    if variant:
        return with_variant(labeler.union(function, node.args[1:]), variant)
    if name == MAPPING and len(node.args) > 2:
        each = labeler.resolver.external(function, node.args[1])
        variant = next((variant for names, variant in MAKERS if each in names), "")
        return with_variant(labeler.union(function, node.args[2:]), variant) if variant else None
    if name.endswith(BINDING) and len(node.args) > 1:
        return labeler.labels(function, node.args[1])
    if name in ("re.sub", "re2.sub") and len(node.args) > 3:
        pattern = labeler.resolver.text(function, node.args[1]) or _pattern(labeler, function, node.args[1])
        return _substituted(labeler, function, pattern, node.args[2:4])
    if name.startswith(COMPILED) and name.endswith(".sub") and len(node.args) > 2:
        pattern = _pattern(labeler, function, function.facts.values[node.args[0]].args[0])
        return _substituted(labeler, function, pattern, node.args[1:3])
    if is_group(name):
        found = left_in(labeler, function, node)
        # With dots a group may be a host, which no other text has to be.
        return _reduced(*found) if found is not None and "." not in found[1] else None
    if canonical(name) in files.PATHS:
        return answered(labeler.union(function, node.args))
    last = name.rpartition(".")[2]
    if last in files.RESOLVING_METHODS and is_path(canonical(name)):
        receiver = labeler.labels(function, node.args[0])
        return receiver if last in files.KEEPS_DOTS else with_variant(receiver, "n")
    return None


def replacement_of(node: Value, name: str) -> int:
    """Return what `re.sub`, or `sub` of a pattern, puts in the place of what it finds, -1 for another call."""
    module, _, last = name.rpartition(".")
    compiled = f"{module}." in COMPILED
    if last not in ("sub", "subn") or not (compiled or module in ("re", "re2", "regex")):
        return -1
    return argument_of(node, "repl", 0 if compiled else 1)


def of_method(labeler: "Labeler", function: Function, node: Value, method: str) -> Labels | None:
    """Return the labels of what `replace` and `join` make of a text that they clean, None where they do not."""
    if method == "replace" and len(node.args) > 2:
        return _replaced(labeler, function, node)
    if method == "join" and len(node.args) == 2 and function.facts.values[node.args[1]].op == "comprehension":
        return filtered(labeler, function, node.args[1])
    return None


def of_last(labeler: "Labeler", function: Function, text: int, part: str) -> Labels | None:
    """Return the labels of what stands behind the last separator: `path.split("/")[-1]`, `path.rpartition("/")[2]`."""
    node = function.facts.values[text]
    callee = function.facts.values[node.args[0]] if node.op == "call" else node
    splits = node.op == "call" and part in ("1", "-1") and len(node.args) == 2
    # An ending begins at the last dot behind the last separator.
    if splits and labeler.resolver.external(function, node.args[0]) in files.SPLITTERS:
        return with_variant(labeler.labels(function, node.args[1]), "b")
    if node.op != "call" or callee.op != "attr" or (callee.text, part) not in LAST or len(node.args) < 2:
        return None
    if labeler.resolver.text(function, node.args[1]) != "/":
        return None
    # `split("/", 1)[-1]` is all that follows the first one.
    if callee.text == "split" and len(node.args) > 2:
        return None
    return with_variant(labeler.labels(function, callee.args[0]), "b")


def is_number(labeler: "Labeler", function: Function, node: Value, name: str) -> bool:
    """Tell whether a call gives numbers: `max(1, x)`, which fails for a text, `map(int, parts)`."""
    if name in NUMBERS:
        return True
    if name == MAPPING and len(node.args) > 1:
        return labeler.resolver.external(function, node.args[1]) in NUMBERS
    return name in BOUNDS and any(function.facts.values[item].op == "number" for item in node.args[1:])


def _substituted(
    labeler: "Labeler", function: Function, pattern: str | None, operands: tuple[int, ...]
) -> Labels | None:
    """Return the labels of a text in which what a pattern matches was replaced."""
    replacement, text = operands
    written = labeler.resolver.text(function, replacement)
    kept = kept_by(pattern) if pattern is not None else None
    if kept is None or written is None:
        return None
    return _reduced(labeler.labels(function, text), kept | (SPECIAL & set(written)))


def _pattern(labeler: "Labeler", function: Function, value: int) -> str | None:
    """Return the pattern that a value was compiled of, None where it is not seen or has flags that are not known."""
    found = compiled_pattern(labeler, function, value)
    return found[0] if found is not None and found[1] is not None else None


def _reduced(labels: Labels, left: frozenset[str]) -> Labels | None:
    """Return labels of a text in which only some special characters can be left."""
    if left <= PLAIN:
        return with_variant(labels, "w")
    return None if left & SEPARATORS else with_variant(labels, "b")


def _replaced(labeler: "Labeler", function: Function, node: Value) -> Labels | None:
    old = labeler.resolver.text(function, node.args[1])
    new = labeler.resolver.text(function, node.args[2])
    if old is None or new is None:
        return None
    labels = labeler.labels(function, function.facts.values[node.args[0]].args[0])
    if (old, new) == ('"', '\\"') and _is_escaped(labeler, function, function.facts.values[node.args[0]].args[0]):
        return with_variant(labels, "j")
    if new in DOUBLED.get(old, ()) or (old in DOUBLED and old not in new and "\\" not in new):
        return with_variant(labels, "q")
    if old in DOTS and "." not in new:
        return with_variant(labels, "o")
    return with_variant(labels, "b") if old == "/" and "/" not in new else None


def _is_escaped(labeler: "Labeler", function: Function, text: int) -> bool:
    """Tell whether the backslashes of a text were doubled before."""
    node = function.facts.values[text]
    callee = function.facts.values[node.args[0]] if node.op == "call" else node
    if node.op != "call" or callee.op != "attr" or callee.text != "replace" or len(node.args) < 3:
        return False
    return [labeler.resolver.text(function, item) for item in node.args[1:3]] == ["\\", "\\\\"]


def filtered(labeler: "Labeler", function: Function, comprehension: int) -> Labels | None:
    """Return the labels of a comprehension over characters that lets only some through, None for any other.

    `"".join(c for c in x if c.isalnum() or c in "-_")` is made of plain ones.
    """
    node = function.facts.values[comprehension]
    element = function.facts.values[node.args[0]]
    if element.op == "select":
        left = _let_through(labeler, function, element.args[0])
        others = [labeler.resolver.text(function, item) for item in element.args[1:]]
        left = None if left is None else left | (SPECIAL & set("".join(text for text in others if text)))
        return _reduced(labeler.labels(function, comprehension), left) if left is not None else None
    for event in function.facts.events:
        if event.kind == "true" and node.start <= event.start < node.end:
            left = _let_through(labeler, function, event.value)
            if left is not None:
                return _reduced(labeler.labels(function, comprehension), left)
    return None


def _let_through(labeler: "Labeler", function: Function, condition: int) -> frozenset[str] | None:
    """Return the special characters that a condition on one character admits, None where it is not understood."""
    node = function.facts.values[condition]
    if node.op == "or":
        parts = [_let_through(labeler, function, part) for part in node.args]
        return None if None in parts else frozenset().union(*[part for part in parts if part is not None])
    if node.op == "compare" and node.text in ("in", "=="):
        text = labeler.resolver.text(function, node.args[1])
        return SPECIAL & set(text) if text is not None else _items(labeler, function, node.args[1])
    callee = function.facts.values[node.args[0]] if node.op == "call" else node
    return frozenset() if node.op == "call" and callee.op == "attr" and callee.text in TESTS else None


def _items(labeler: "Labeler", function: Function, value: int) -> frozenset[str] | None:
    node = function.facts.values[value]
    if node.op not in ("list", "tuple", "set"):
        return None
    texts = [labeler.resolver.text(function, item) for item in node.args]
    return None if None in texts else SPECIAL & set("".join(text for text in texts if text is not None))


def is_path_attribute(name: str, base: str) -> bool:
    """Tell whether an attribute is one of a path."""
    return is_path(canonical(f"{base}.{name}"))
