"""Where values come from, as labels: parameters, identity, claims, headers, the environment, credentials.

Labels of a function are parametric: `p` labels name a parameter of it, and a call replaces those of its callee by the
labels of its arguments. Variants of a parameter follow it through parsing: `h` the host of a URL in it, `s` its
scheme or another part that names no host, `r` an address that its host resolved to, `e` an encoded form of it, `f`
one without slashes, `k` the same value where it is used as a credential, `d` what an unknown call made of it: an
answer, no longer its text. Of texts: `n` a path without `..`, `o` a text without dots, which may still be absolute,
`c` one that was found to lie in a folder, `b` one name of a path, `g` a text quoted for a shell, `q` one whose quotes
are doubled or gone, `j` one whose backslashes and double quotes are escaped, `w` one of plain characters, `i` one
that can be a name in a query.
What a hook keeps of each request in a context variable is labelled like a parameter of `@` and the hook.
`held:` marks what else is used as a credential. `process` is state that was made when the server started.
"""

from collections.abc import Iterable
from functools import lru_cache

from analyzers.frameworks import credentials
from analyzers.frameworks.switches import is_switch
from analyzers.project.program import Function

Labels = frozenset[str]
NONE: Labels = frozenset()
MARK = "\x1f"
HOST_PARTS = ("hostname", "netloc", "host", "raw_host")
LOOKUPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "resolve")
FINAL = "rdwcif"
# What a check can find a text to be.
CHECKED = "wci"
# A quoted text is still so when it becomes part of a path; a path's `..` are gone from what is quoted later.
KEPT = {"r": "rd", "n": "rdwcibgqjf", "o": "rdwcibf", "h": "rdwcibgqjf", "s": "rdwcibgqjf"}
# A file that a token names is the caller's, and no token.
OF_PATHS = "nbc"
OTHER_PARTS = ("scheme", "path", "query", "fragment", "port", "params")
ID = "id"
BEARER = "id:token"
HEADERS = "headers"
# A role of the server's own, taken on in the caller's name for a while.
ROLE = "exchanged:role"
AUTHORIZATION = "header:authorization"
TOKENS = frozenset({BEARER, AUTHORIZATION})
CONTEXT = "context"
PROCESS = "process"
TOOL = "tool"
UNVERIFIED = "caller:unverified token"
ARGUMENTS = "args"
# Stands for all labels of the whole, where it is not known which of them belong to a field.
WHOLE = "?"
UNKNOWN: Labels = frozenset({WHOLE})
ENTRY = "\x1e"
# Before the position of the parameter in which the function found the value, as `x if x in known else None` does.
LISTED = "\x1c"
# The first character of a key that is the name of a field.
FIELD = "."
# In front of a position in each row of a list, where it stands for a key.
ROW = "*"
REQUEST = "@"
# The position of a method's own object, which no argument is given for; as a number it is the first parameter's.
OWN = "-0"
# So many sets of labels are kept with what was asked of them.
ASKED = 8192


def parameter_label(function: Function, index: int, variant: str = "p") -> str:
    """Return the label of a parameter."""
    return f"{variant}{MARK}{function.id}{MARK}{index}"


def own_label(method: Function) -> str:
    """Return the label of the object that a method is one of."""
    return f"p{MARK}{method.id}{MARK}{OWN}"


def is_own(label: str) -> bool:
    """Tell whether a label names a method's object, or a field of it."""
    return f"{MARK}{OWN}" in label


def of_request(labels: Iterable[str], hook: Function) -> Labels:
    """Return the labels of a hook's own parameters as those of what is kept of each request."""
    parts = [whole(label).split(MARK) for label in labels if MARK in label]
    parameters = hook.facts.parameters
    return frozenset(
        MARK.join((variant, f"{REQUEST}{owner}", parameters[int(index)].name))
        for variant, owner, index in parts
        if owner == hook.id
    )


def kept_of_request(label: str) -> str:
    """Return the name of the hook's parameter that a label of a kept value names, "" for another label."""
    return label.split(MARK)[2] if MARK in label and label[2:].startswith(REQUEST) else ""


def owner_of(label: str) -> str:
    """Return the function whose parameter a label names."""
    return label.split(MARK)[1]


def index_of(label: str) -> int:
    """Return the position of the parameter that a label names."""
    return int(whole(label).split(MARK)[2])


def entry_of(labels: Labels, key: str) -> Labels:
    """Return the labels of an entry of a table, or of `.field` of an object: they are told apart by the first key."""
    if not key or MARK in key or ENTRY in key:
        return labels
    if key.startswith(FIELD):
        return frozenset(_field_of(label, key) for label in labels)
    header = f"header:{key.lower()}"
    return frozenset(
        header if label == HEADERS else f"{label}{ENTRY}{key}" if _has_entries(label) else label for label in labels
    )


def _field_of(label: str, name: str) -> str:
    """Return the label of a field, of one of a field as well: `operation.memory.hash`."""
    if _has_entries(label):
        return f"{label}{ENTRY}{name}"
    return f"{label}{name}" if is_field(key_of(label)) and LISTED not in label else label


def in_rows(position: str) -> str:
    """Return the key of what stands at a position of each row of a list."""
    return f"{ROW}{position}"


def row_position(key: str) -> int:
    """Return the position in each row of a list that a key names, -1 for another key."""
    position = key.removeprefix(ROW)
    return int(position) if key.startswith(ROW) and position.isdigit() else -1


def is_field(name: str) -> bool:
    """Tell whether a key names a field, and no field of one."""
    return name.startswith(FIELD) and FIELD not in name[1:]


def parted(name: str) -> tuple[str, str]:
    """Return the first name of a field of a field and the rest as another field's, "" for none."""
    if not name.startswith(FIELD):
        return name, ""
    first, mark, rest = name[1:].partition(FIELD)
    return first, mark + rest


def entry_given(labels: Labels, key: str) -> Labels:
    """Return the labels of an entry of what is given, of which only those of the whole are known."""
    return labels if key.startswith(FIELD) else entry_of(labels, key)


def _has_entries(label: str) -> bool:
    named = MARK in label and not kept_of_request(label)
    return ENTRY not in label and LISTED not in label and (named or label == ARGUMENTS)


def whole(label: str) -> str:
    """Return the label of the parameter that a label names, or names an entry of."""
    return unlisted(label).partition(ENTRY)[0]


def unlisted(label: str) -> str:
    """Return a label without the list in which the value was found."""
    return label.partition(LISTED)[0]


def key_of(label: str) -> str:
    """Return the key of the entry that a label names, "" for a parameter as a whole."""
    return unlisted(label).partition(ENTRY)[2]


def is_arguments(label: str) -> bool:
    """Tell whether a label names the arguments of a call, or one of them."""
    return label.startswith(ARGUMENTS) and whole(label) == ARGUMENTS


def is_chosen(label: str) -> bool:
    """Tell whether a label names a parameter or the arguments of a call."""
    return MARK in label or is_arguments(label)


def is_derived(label: str) -> bool:
    """Tell whether a label names what was made of a parameter, and not the parameter or a part of it."""
    return label[0] == "d" and MARK in label


def is_same(label: str, other: str) -> bool:
    """Tell whether a condition on one label is one on the other, whatever was made of them.

    What is known of a parameter holds for its entries, and what is known of an entry counts for the whole.
    """
    if MARK in label and MARK in other:
        label, other = label[1:], other[1:]
    return label == other or (whole(label) == whole(other) and _is_within(key_of(label), key_of(other)))


def _is_within(key: str, other: str) -> bool:
    return "" in (key, other) or key.startswith(f"{other}{FIELD}") or other.startswith(f"{key}{FIELD}")


def is_selected(labels: Labels) -> bool:
    """Tell whether a value depends on which tool is called, or on its arguments."""
    return any(label == TOOL or is_arguments(label) for label in labels)


def is_sent(label: str) -> bool:
    """Tell whether a label names what a caller may send: a parameter, arguments, a header that nobody verified."""
    return is_chosen(label) or (label.startswith("header:") and label != AUTHORIZATION)


def with_variant(labels: Iterable[str], variant: str) -> Labels:
    """Return labels as parts of what they were; an address, an answer and a text made harmless stay such."""
    if variant == "k":
        return as_credential(labels)
    kept = KEPT.get(variant, FINAL)
    if variant in OF_PATHS:
        labels = frozenset(map(_of_path, labels))
    return frozenset(f"{variant}{label[1:]}" if MARK in label and label[0] not in kept else label for label in labels)


def _of_path(label: str) -> str:
    """Return a label of what a path is made of as one of the path; what is plain leads out of no folder."""
    if label in TOKENS:
        return ID
    return f"b{label[1:]}" if MARK in label and label[0] == "w" else label


def answered(labels: Labels) -> Labels:
    """Return the labels of what a call outside the program made of its operands."""
    return frozenset(f"d{label[1:]}" if MARK in label and label[0] not in "rk" else label for label in labels)


@lru_cache(ASKED)
def is_identity(labels: Labels) -> bool:
    """Tell whether a value depends on a verified identity."""
    return any(label == ID or label.startswith("claim:") for label in labels)


@lru_cache(ASKED)
def is_process_wide(labels: Labels) -> bool:
    """Tell whether a value depends on switches of the process alone: its state, variables named like switches."""
    return bool(labels) and all(
        label == PROCESS or (label.startswith("env:") and is_switch(label.partition(":")[2])) for label in labels
    )


def claims_of(labels: Labels) -> list[str]:
    """Return the claims among labels, sorted."""
    return sorted(label[6:] for label in labels if label.startswith("claim:"))


def as_credential(labels: Iterable[str]) -> Labels:
    """Return labels of a value that is used as a credential, whatever its variable is called.

    Of an object made of several variables, those named like credentials are meant.
    """
    named = any(_stands_for_credential(label) for label in labels if MARK not in label)
    return frozenset(
        f"k{label[1:]}" if MARK in label else f"held:{label}" if not named and _may_be_held(label) else label
        for label in labels
    )


def _may_be_held(label: str) -> bool:
    kind, _, name = label.partition(":")
    return kind in ("env", "header") and not credentials.is_configuration(name)


@lru_cache(ASKED)
def credentials_of(labels: Labels) -> Labels:
    """Return the labels that stand for a credential: variables and headers by their use, else by their name."""
    return frozenset(label.removeprefix("held:") for label in labels if _stands_for_credential(label))


def _stands_for_credential(label: str) -> bool:
    if MARK in label:
        return label[0] == "k"
    if label.startswith(("env:", "header:")):
        return credentials.names_credential(label.partition(":")[2])
    return label.startswith(("held:", "lit:", "ambient:", "exchanged", "id:token"))
