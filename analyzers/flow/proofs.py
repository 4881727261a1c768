"""Credentials of a request that were found to be right: by a verifier of tokens that came back, or by a comparison.

`jwt.decode(token, key)` and `compare_digest(given, KEY)` in a tool ask what a provider in front of the server would.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.guards import FOUND, PROVED, SIGNED, Guard, Place
from analyzers.flow.label_calls import skips_signature
from analyzers.flow.labels import MARK, NONE, TOKENS, Labels, is_arguments
from analyzers.frameworks import identity
from analyzers.frameworks.credentials import names_credential
from analyzers.project.program import Function
from analyzers.project.targets import Site

if TYPE_CHECKING:
    from analyzers.flow.conditions import GuardReader

HEADER, ENVIRONMENT = "header:", "env:"
VERIFIERS = frozenset({*identity.VERIFIERS, *identity.PROVIDERS_VERIFIERS})
DIGESTS = frozenset({"hmac.compare_digest", "secrets.compare_digest"})
EQUALITIES = ("==", "!=")
MEMBERSHIPS = ("in", "not-in")
# Endings of the names of parameters that hold the credential of somebody, and no other key.
PERSONAL = (
    *("api_key", "apikey", "access_key", "access_token", "auth_token", "password", "secret", "bearer", "jwt"),
    *("session_token", "authorization"),
)
CONSTANTS = ("str", "bytes", "none", "number", "bool", "tuple", "list", "set")


def verified(reader: "GuardReader", function: Function, call: Value) -> dict[Guard, Place]:
    """Return what holds because a call came back that verifies the token it is given, and raises on any other."""
    names = reader.resolver.externals(function, call.args[0])
    if VERIFIERS.isdisjoint(names) or skips_signature(reader.resolver, function, call):
        return {}
    subject = presented(reader.labeler.union(function, call.args[1:]))
    return {Guard(PROVED, "", subject, SIGNED): reader.place(function, call.start)} if subject else {}


def compared(reader: "GuardReader", site: Site, sides: tuple[int, int]) -> dict[Guard, Place]:
    """Return what holds because two values are the same, of which one may be the credential of a request.

    Or because it is among those that count, `key in KEYS`.
    """
    function, _, node = site
    ways = (sides,) if node.text in MEMBERSHIPS else (sides, sides[::-1])
    for given, known in ways:
        subject = presented(reader.labeler.labels(function, given))
        if subject and _is_secret(reader, function, known, subject):
            return {Guard(PROVED, "", subject): reader.place(function, node.start)}
    return {}


def digested(reader: "GuardReader", site: Site) -> dict[Guard, Place]:
    """Return what holds because a comparison in constant time came out as a match."""
    function, _, node = site
    is_digest = len(node.args) == 3 and not DIGESTS.isdisjoint(reader.resolver.externals(function, node.args[0]))
    return compared(reader, site, (node.args[1], node.args[2])) if is_digest else {}


def is_of_request(guard: Guard, names: Callable[[str], str]) -> bool:
    """Tell whether what was found to be right is a credential that came with a request.

    `names` gives the name of the parameter of a tool that a label stands for, "" for another label.
    """
    return (
        guard.kind == PROVED
        and guard.note in ("", SIGNED, FOUND)
        and any(
            label in TOKENS
            or _is_header(label)
            or (MARK in label and bool(name := names(label)) and _is_proof(guard.note, name))
            for label in guard.subject
        )
    )


def _is_proof(note: str, name: str) -> bool:
    """Tell whether a parameter of a tool that was found to be right is a credential by its name.

    What is kept under a `key` or a `token` may be anything: an entry of a store, an action that waits to be confirmed.
    """
    return note == SIGNED or (names_credential(name) if note != FOUND else name.lower().endswith(PERSONAL))


def is_presented(label: str) -> bool:
    """Tell whether a label is that of something that came with a call."""
    return label in TOKENS or label.startswith(HEADER) or is_arguments(label)


def presented(labels: Labels) -> Labels:
    """Return the labels of what a request may have brought as its credential; in a helper it may be a parameter."""
    return frozenset(label for label in labels if label in TOKENS or MARK in label or _is_header(label)) or NONE


def _is_header(label: str) -> bool:
    return label.startswith(HEADER) and names_credential(label.removeprefix(HEADER))


def _is_secret(reader: "GuardReader", function: Function, value: int, subject: Labels) -> bool:
    """Tell whether a value is one that only those know who may call, by where it comes from or by its name."""
    node = function.facts.values[value]
    labels = reader.labeler.labels(function, value)
    if node.op in CONSTANTS or not subject.isdisjoint(labels):
        return False
    if all(MARK not in label for label in subject):
        return True
    own = {label.removeprefix(ENVIRONMENT) for label in labels if label.startswith(ENVIRONMENT)}
    name = reader.resolver.text(function, node.args[1]) if node.op == "index" else node.text.rpartition("|")[2]
    return any(map(names_credential, own)) or names_credential(name or "")
