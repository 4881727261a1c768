"""The labels of attributes and of entries of tables: claims, headers, variables, parts of URLs."""

from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.carried import STATE
from analyzers.flow.cleaning import is_harmless_attribute
from analyzers.flow.labels import (
    ARGUMENTS,
    BEARER,
    CONTEXT,
    HEADERS,
    HOST_PARTS,
    ID,
    MARK,
    NONE,
    OTHER_PARTS,
    PROCESS,
    TOOL,
    Labels,
    entry_of,
    with_variant,
)
from analyzers.frameworks import credentials, identity
from analyzers.frameworks.files import NAME_ATTRIBUTES
from analyzers.project.program import Function
from analyzers.project.tables import written_under
from analyzers.project.targets import Site

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler


def of_attribute(labeler: "Labeler", site: Site) -> Labels:
    """Return the labels of an attribute."""
    function, _, node = site
    base = labeler.labels(function, node.args[0])
    parent = function.facts.values[node.args[0]]
    if node.text in ("name", "arguments") and parent.text in ("message", "params") and parent.op == "attr":
        return frozenset({TOOL if node.text == "name" else ARGUMENTS})
    if node.text == "headers" and _is_request(function, parent):
        return frozenset({HEADERS})
    if ID in base:
        return _identity_attribute(base, node.text)
    if CONTEXT in base or HEADERS in base:
        kept = labeler.carried.labels(node.text) if parent.op == "attr" and parent.text == STATE else NONE
        return kept or _context_attribute(base, node.text)
    if base and any(MARK in label for label in base):
        if node.text in HOST_PARTS:
            return with_variant(base, "h")
        if node.text in OTHER_PARTS:
            return with_variant(base, "s")
        if node.text in NAME_ATTRIBUTES and any(
            is_harmless_attribute(node.text, name) for name in labeler.resolver.externals(function, node.args[0])
        ):
            return with_variant(base, "b")
    return base | _member(labeler, function, node)


def _is_request(function: Function, node: Value) -> bool:
    """Tell whether a value is the request that a middleware of the application is given."""
    return node.op == "param" and node.text == "request" and function.facts.name in ("dispatch", "__call__")


def _member(labeler: "Labeler", function: Function, node: Value) -> Labels:
    """Return the labels of a member of what the base resolves to: an instance's attribute, a module's name."""
    found = NONE
    for target in labeler.resolver.resolve(function, node.args[0]):
        if target.kind in ("instance", "class") and target.function is not None:
            method = labeler.resolver.method(target.function, node.text)
            if method is not None and any(
                method.parent is not None
                and method.parent.facts.values[decorator].text in ("property", "cached_property")
                for decorator in method.facts.decorators
            ):
                found |= labeler.summaries.returns(method)
            elif method is None:
                found |= labeler.attribute(target.function, node.text)
        elif target.kind == "module" and target.file is not None:
            found |= labeler.definitions(target.file.module, node.text)
    return found


def _identity_attribute(base: Labels, name: str) -> Labels:
    if name == "token":
        return frozenset({BEARER})
    if name in identity.CLAIM_ATTRIBUTES:
        return base | {f"claim:{name}"}
    return base


def _context_attribute(base: Labels, name: str) -> Labels:
    if name == "headers":
        return frozenset({HEADERS})
    if name == "lifespan_context":
        return frozenset({PROCESS})
    if name == "token":
        return frozenset({ID})
    if name in ("user", "auth", "scopes"):
        return frozenset({ID, f"claim:{name}"}) if name != "user" else frozenset({ID})
    if name in identity.CALLER_ATTRIBUTES:
        return frozenset({f"caller:{name}"})
    return base


def is_parameters(function: Function, value: int) -> bool:
    """Tell whether a value is a request's `params`, or those or a default."""
    node = function.facts.values[value]
    return is_parameters(function, node.args[0]) if node.op in ("or", "default") else node.text == "params"


def of_index(labeler: "Labeler", site: Site) -> Labels:
    """Return the labels of an entry of a table."""
    function, _, node = site
    key = labeler.resolver.text(function, node.args[1])
    return looked_up_labels(labeler, function, node.args[0], key)


def looked_up_labels(labeler: "Labeler", function: Function, table: int, key: str | None) -> Labels:
    """Return the labels of `table[key]`: an environment variable, a header, a claim, an entry of a constant table."""
    resolver = labeler.resolver
    if any(name in credentials.ENVIRONMENT_MAPS for name in resolver.externals(function, table)):
        return frozenset({f"env:{key or '?'}"})
    base = labeler.labels(function, table)
    if HEADERS in base:
        return frozenset({f"header:{(key or '?').lower()}"})
    if ID in base or any(label.startswith("claim:") for label in base):
        return base | ({f"claim:{key}"} if key else NONE)
    if key in ("name", "arguments") and is_parameters(function, table):
        return frozenset({TOOL if key == "name" else ARGUMENTS})
    if key and PROCESS in base:
        return base.union(*[labeler.labels(*entry) for entry in written_under(resolver, function, table, key)])
    return entry_of(base, key) if key else base
