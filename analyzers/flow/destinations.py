"""Conditions on a destination: which of them bound where a request can go, and which are passed by.

Notes begin with `holds`, `broken` or `partial`; what follows names the reason and, for a broken one, what passes.
"""

from typing import NamedTuple

import re2

from analyzers.facts import Value
from analyzers.flow.alphabets import alphabet_of, is_matched_whole
from analyzers.flow.choosing import SCHEME_ONLY
from analyzers.flow.defaults import DefaultReader
from analyzers.flow.given_hosts import is_given_hosts
from analyzers.flow.labeling import Labeler
from analyzers.flow.labels import MARK, NONE, Labels, key_of
from analyzers.flow.matching import Match, matches_of
from analyzers.flow.netlocs import passed_by
from analyzers.flow.networks import is_network
from analyzers.frameworks.hosts import is_shared
from analyzers.frameworks.paths import canonical
from analyzers.project.program import Function

HOLDS = "holds"
# A condition on a part of the value, as the host of an address or the first word of a command.
PART = "holds in part"
# One that binds the host, and not the path that it names as well.
LOOSE = "loose: "
# One that a client checks at each connection, redirects included.
EACH = "holds at every connection"
SCHEME_AND_HOST = re2.compile(r"^https?://[^/@?#\\]+/")
ANCHORED_HOST = re2.compile(r"^\^?https\??:(\\?/){2}[A-Za-z0-9\\.-]+(\\?/|\$)")
ADDRESS_PROPERTIES = frozenset(
    {
        "is_private",
        "is_loopback",
        "is_link_local",
        "is_reserved",
        "is_multicast",
        "is_unspecified",
        "is_global",
        "is_site_local",
    }
)
ADDRESS_ENDINGS = ("url", "uri", "endpoint", "base", "host", "server")
COPIES = ("builtins.set", "builtins.frozenset", "builtins.list", "builtins.tuple", "builtins.sorted")
# What names a file of this machine names no host.
HERE = "a file that is here"
FILE_TESTS = frozenset({"os.path.exists", "os.path.isfile", "os.path.isdir"})
PATH_TESTS = frozenset(f"pathlib.Path().{name}" for name in ("exists", "is_file", "is_dir"))
MAX_TEXTS = 8
LOCAL_NAMES = ("localhost", "127.", "169.254", "0.0.0.", "::1", "metadata", "10.", "192.168")
# A list of hosts that is compared where it has any.
UNLISTED = "no host is refused until some are listed"
PASSED_BY_ERROR = "broken: an error in the check lets the address through, as a name or 2130706433 for a literal one"


# Kinds of files, of which an address may be asked to be one.
FILE_ENDING = re2.compile(
    r"(?i)\.(txt|xml|json|ya?ml|[ct]sv|md|rst|html?|pdf|docx?|xlsx?|pptx?|png|jpe?g|gif|webp|svg|mp[34]|wav|zip|t?gz|tar"
    r"|git|rss|atom|ics|ipynb|py|js|css|parquet|ttl|rdf|wsdl)$"
)


class Condition(NamedTuple):
    """A condition on a destination: the labels it is about, what it is worth, and what the value is compared with."""

    on: Labels
    note: str
    against: Labels = NONE


def destination_condition(labeler: Labeler, function: Function, value: int, truth: bool) -> Condition | None:
    """Return what a condition of known outcome says about a destination, None when it is about none."""
    node = function.facts.values[value]
    if node.op == "compare":
        found = _comparison(labeler, function, node, truth)
        passed = next(filter(None, (passed_by(function, part) for part in node.args)), "") if found else ""
        return found._replace(note=f"broken: {passed}") if found and passed and found.note == HOLDS else found
    if node.op == "call":
        return _call(labeler, function, node, truth)
    if node.op == "attr" and node.text in ADDRESS_PROPERTIES:
        on = tainted(labeler.labels(function, node.args[0]))
        return Condition(on, f"address {node.text} {truth}") if on else None
    return None


def tainted(labels: Labels) -> Labels:
    """Return the labels of what may be given from outside."""
    return frozenset(label for label in labels if MARK in label or label.startswith("header:"))


def variants(labels: Labels) -> frozenset[str]:
    """Return what labels name of what a caller gave: all of it, its host, what that resolved to."""
    return frozenset(label[0] if MARK in label else "p" for label in labels)


def _comparison(labeler: Labeler, function: Function, node: Value, truth: bool) -> Condition | None:
    left, right = node.args
    on_left, on_right = tainted(labeler.labels(function, left)), tainted(labeler.labels(function, right))
    matches = (node.text in ("==", "in")) == truth
    if node.text not in ("==", "!=", "in", "not-in"):
        return None
    if node.text in ("==", "!="):
        matches = (node.text == "==") == truth
        hosts = [on for on, than in ((on_left, on_right), (on_right, on_left)) if _is_host(on) and _is_held(than)]
        if hosts and matches:
            return Condition(hosts[0], HOLDS)
        on, other = (on_left, right) if on_left and not on_right else (on_right, left)
        return _equality(labeler, function, on, other, matches) if on and not (on_left and on_right) else None
    matches = (node.text == "in") == truth
    if on_left and not on_right:
        return _membership(labeler, function, on_left, right, matches)
    if on_right and not on_left:
        return _contained(labeler, function, on_right, left, matches)
    return None


def _is_host(labels: Labels) -> bool:
    return bool(labels) and variants(labels) <= {"h"}


def _is_held(labels: Labels) -> bool:
    """Tell whether a value is held by an object that a function is given, as what its settings allow."""
    return bool(labels) and all(key_of(label).startswith(".") for label in labels)


def _equality(labeler: Labeler, function: Function, on: Labels, other: int, matches: bool) -> Condition | None:
    constant = labeler.resolver.text(function, other)
    if constant is None and function.facts.values[other].op in ("none", "bool", "number"):
        return None
    if not matches:
        local = constant is not None and any(name in constant for name in LOCAL_NAMES)
        return (
            Condition(on, "broken: a list of forbidden hosts misses other spellings, as 2130706433") if local else None
        )
    if "s" in variants(on) and variants(on) <= {"s"}:
        return Condition(on, SCHEME_ONLY)
    return Condition(on, HOLDS)


def _membership(labeler: Labeler, function: Function, on: Labels, container: int, matches: bool) -> Condition | None:
    text = labeler.resolver.text(function, container)
    if variants(on) <= {"s"}:
        return Condition(on, SCHEME_ONLY)
    if text is not None:
        return (
            Condition(on, "broken: membership in one string is a substring test, passed by a part of it")
            if matches
            else None
        )
    if not matches and (variants(on) <= {"r"} or is_network(labeler, function, container)):
        return Condition(on, "address in networks False")
    if matches:
        return Condition(on, HOLDS)
    names = [target for target in labeler.resolver.resolve(function, container) if target.kind == "display"]
    texts: list[str] = []
    for target in names:
        if target.function is not None:
            items = target.function.facts.values[target.value].args
            texts.extend(filter(None, (labeler.resolver.text(target.function, item) for item in items)))
    if any(local in text for text in texts for local in LOCAL_NAMES):
        return Condition(on, "broken: a list of forbidden hosts misses other spellings, as 2130706433")
    return None


def _contained(labeler: Labeler, function: Function, on: Labels, needle: int, matches: bool) -> Condition | None:
    text = labeler.resolver.text(function, needle)
    if text is None:
        return None
    # A dot or a slash alone is in every address, and names no host.
    if matches and "." in text and any(map(str.isalnum, text)):
        return Condition(on, f"broken: contained anywhere, passed by https://evil.example/?{text[:40]}")
    if not matches and any(local in text for local in LOCAL_NAMES):
        return Condition(on, "broken: a list of forbidden hosts misses other spellings, as 2130706433")
    return None


def _call(labeler: Labeler, function: Function, node: Value, truth: bool) -> Condition | None:
    callee = function.facts.values[node.args[0]]
    name = labeler.resolver.external(function, node.args[0])
    if name in FILE_TESTS or canonical(name) in PATH_TESTS:
        tested = callee.args[0] if name not in FILE_TESTS and callee.args else node.args[-1]
        on = tainted(labeler.labels(function, tested))
        return Condition(on, HERE) if truth and on else None
    if callee.op == "attr" and callee.text in ("startswith", "endswith") and len(node.args) == 2:
        on = tainted(labeler.labels(function, callee.args[0]))
        texts = _texts(labeler, function, node.args[1])
        if (
            on
            and not texts
            and truth
            and callee.text == "startswith"
            and _ends_in_slash(labeler, function, node.args[1])
        ):
            return Condition(on, HOLDS)
        below = callee.text == "endswith" and (
            _is_subdomain(function, node.args[1]) or all(text.startswith(".") for text in texts or ("",))
        )
        if on and truth and below and _names_host(labeler, function, callee.args[0], on):
            return Condition(on, HOLDS)
        return _affix(on, callee.text, texts, truth) if on else None
    found = matches_of(labeler, function, node, name) if truth else ()
    on = tainted(labeler.labels(function, found[0].subject)) if found else NONE
    worth = [condition for match in found if on and (condition := _pattern(on, match)) is not None]
    if not worth or len(worth) < len(found):
        return None
    return next((condition for condition in worth if condition.note != HOLDS), worth[0])


def _names_host(labeler: Labeler, function: Function, value: int, on: Labels) -> bool:
    return "h" in variants(on) or is_given_hosts(labeler.resolver, function, value)


def _is_subdomain(function: Function, value: int) -> bool:
    """Tell whether a suffix is a dot and a name that is not seen here: `"." + domain`, `f".{domain}"`."""
    values = function.facts.values
    node = values[value]
    if node.op not in ("template", "binary") or not node.args:
        return False
    first = values[node.args[0]]
    return first.op == "str" and first.text == "."


def _affix(on: Labels, kind: str, texts: list[str], truth: bool) -> Condition | None:
    if not texts:
        return None
    if not truth:
        local = any(name in text for text in texts for name in LOCAL_NAMES)
        return (
            Condition(on, "broken: a list of forbidden prefixes misses other spellings, as 2130706433")
            if local
            else None
        )
    if kind == "endswith":
        if "h" not in variants(on) and all(map(FILE_ENDING.search, texts)):
            # Which kind of file is asked for says nothing of the host, nor is meant to.
            return None
        return Condition(on, f"broken: a suffix without a dot is passed by https://evil{texts[0][:40]}")
    if "h" in variants(on):
        return Condition(on, f"broken: a prefix of the host is passed by {texts[0][:40]}.evil.example")
    if all(SCHEME_AND_HOST.search(text) for text in texts):
        loose = next((text for text in texts if _ends_in_a_name(text)), "")
        return Condition(on, f"{LOOSE}a prefix that ends in a name is passed by {loose[:80]}-evil" if loose else HOLDS)
    if all(text in ("http://", "https://", "http", "https", "/") for text in texts):
        return Condition(on, SCHEME_ONLY)
    if all(text.startswith(("http://", "https://")) for text in texts):
        return Condition(on, f"broken: a prefix that does not end the host is passed by {texts[0][:60]}.evil.example")
    return None


def _ends_in_slash(labeler: Labeler, function: Function, value: int, depth: int = 4) -> bool:
    """Tell whether a prefix that nobody but the operator chose is an address with a slash behind its host.

    `os.environ["API_URL"].rstrip("/") + "/"`, and a name or attribute that is nothing else.
    """
    node = function.facts.values[value]
    if node.op in ("template", "binary") and len(node.args) > 1 and node.text in ("", "+"):
        last = labeler.resolver.text(function, node.args[-1])
        configured = labeler.labels(function, value)
        address = any(
            label.startswith("env:") and label.endswith(ADDRESS_ENDINGS) for label in map(str.lower, configured)
        )
        return address and not tainted(configured) and last is not None and last.startswith("/")
    defined = DefaultReader(labeler.resolver).definitions(function, value) if depth else []
    return bool(defined) and all(_ends_in_slash(labeler, *found, depth - 1) for found in defined)


def _ends_in_a_name(prefix: str) -> bool:
    """Tell whether a prefix of an address ends in the name of an owner or project on a host that many share."""
    parts = SCHEME_AND_HOST.search(prefix)
    host = parts.group().rstrip("/").rpartition("/")[2] if parts else ""
    return is_shared(host.lower()) and prefix[-1] not in "/?#="


def _texts(labeler: Labeler, function: Function, value: int, depth: int = 0) -> list[str]:
    found: list[str] = []
    if depth > MAX_TEXTS:
        return found
    for scope, source in _sources(labeler, function, value):
        found.extend(_texts(labeler, scope, source, depth + 1))
    for target in labeler.resolver.resolve(function, value):
        if target.kind == "text":
            found.append(target.name)
        elif target.kind == "display" and target.function is not None:
            for item in target.function.facts.values[target.value].args:
                found.extend(_texts(labeler, target.function, item, depth + 1))
    return found


def _sources(labeler: Labeler, function: Function, value: int) -> list[tuple[Function, int]]:
    """Return where a table comes from: what an object was constructed with, and what a copy is made of."""
    resolver = labeler.resolver
    node = function.facts.values[value]
    if node.op == "element":
        return [(function, node.args[0])]
    if node.op == "call" and len(node.args) == 2 and resolver.external(function, node.args[0]) in COPIES:
        return [(function, node.args[1])]
    if node.op == "param":
        return resolver.arguments(function, value) if value < len(function.facts.parameters) else []
    return resolver.attribute_places(function, value)


def _pattern(on: Labels, match: Match) -> Condition | None:
    text, flags, method, _ = match
    if "http" not in text:
        held = alphabet_of(text, flags).language.held
        return Condition(on, f"pattern: {''.join(sorted(held))}") if is_matched_whole(text, flags, method) else None
    anchored = ANCHORED_HOST.search(text) and (text.startswith("^") or method != "search") and not flags
    plain_dot = any(text[i] == "." and (i == 0 or text[i - 1] != "\\") for i in range(len(text) - 1))
    if anchored and not plain_dot:
        return Condition(on, HOLDS)
    return Condition(on, "broken: the pattern is not anchored to one host or leaves a dot unescaped")
