"""The labels of attributes and of entries of tables: claims, headers, variables, parts of URLs."""

from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.carried import STATE
from analyzers.flow.cleaning import is_path_attribute, of_last
from analyzers.flow.field_calls import READING
from analyzers.flow.labels import (
    ARGUMENTS,
    BEARER,
    CONTEXT,
    FIELD,
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
    is_own,
    with_variant,
)
from analyzers.flow.passing import ASGI
from analyzers.flow.plain_types import of_field
from analyzers.frameworks import credentials, identity
from analyzers.frameworks.files import NAME_ATTRIBUTES, ROOT_ATTRIBUTES
from analyzers.project.program import Function
from analyzers.project.tables import written_under
from analyzers.project.targets import Site

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler

# What an authentication in front leaves in the scope of a request.
SCOPE = "scope"
# The application of a request, and its state. https://www.starlette.io/requests/#other-state
APPLICATION = "app"
OF_APPLICATIONS = (APPLICATION, STATE)
REQUEST_TYPES = ("Request()", "WebSocket()", "HTTPConnection()")
VERIFIED_ENTRIES = ("user", "auth")
MESSAGES = ("message", "params")
# Kinds of targets that are objects, classes and modules of the program.
OWN = ("instance", "class", "module")


def of_attribute(labeler: "Labeler", site: Site) -> Labels:
    """Return the labels of an attribute, of a checked field as those of what its type leaves."""
    function, _, node = site
    found = _of_attribute(labeler, site)
    is_given = any(MARK in label for label in found)
    left = of_field(labeler.resolver, function, node.args[0], node.text) if is_given else ""
    return with_variant(found, left) if left else found


def _of_attribute(labeler: "Labeler", site: Site) -> Labels:
    function, _, node = site
    base = labeler.labels(function, node.args[0])
    parent = function.facts.values[node.args[0]]
    if node.text in ("name", "arguments") and is_message(function, parent):
        return frozenset({TOOL if node.text == "name" else ARGUMENTS})
    if node.text == "headers" and _is_request(function, parent):
        return frozenset({HEADERS})
    if node.text in OF_APPLICATIONS and base and _is_of_application(labeler, function, node):
        return frozenset({PROCESS})
    held = parent.op == "attr" and parent.text == identity.REQUEST_CONTEXT
    if held and node.text == identity.HELD_REQUEST and not _is_own(labeler, function, parent.args[0]):
        return frozenset({CONTEXT})
    field = _field(labeler, function, node) if base else None
    if field is not None:
        # Of an object that is given, or kept by one, what all of its kind are made with is known besides.
        is_one_of_many = any(MARK in label for label in field) or any(map(is_own, base))
        return field | _member(labeler, function, node) if is_one_of_many else field
    if ID in base:
        return _identity_attribute(base, node.text)
    if CONTEXT in base or HEADERS in base:
        kept = labeler.carried.labels(node.text) if parent.op == "attr" and parent.text == STATE else NONE
        return kept or _context_attribute(base, node.text)
    is_given = any(MARK in label for label in base)
    if is_given and node.text in ROOT_ATTRIBUTES and _is_path(labeler, function, node):
        return NONE
    variant = _part(labeler, function, node) if is_given else ""
    if variant:
        return with_variant(base, variant)
    return base | labeler.own.of(function, node) | _member(labeler, function, node)


def _is_of_application(labeler: "Labeler", function: Function, node: Value) -> bool:
    """Tell whether a value is the application that a request came to, or its state: what the program made.

    `request.app` of what is known as a request, `request.app.state` of what may be one.
    """
    values = function.facts.values
    base = values[node.args[0]]
    if node.text == APPLICATION:
        names = labeler.resolver.externals(function, node.args[0]) if base.op in ("param", "free") else ()
        return bool(names) and all(name.endswith(REQUEST_TYPES) for name in names)
    is_application = base.op == "attr" and base.text == APPLICATION
    request = values[base.args[0]] if is_application else base
    return is_application and request.op in ("param", "free") and not _is_own(labeler, function, base.args[0])


def is_message(function: Function, node: Value) -> bool:
    """Tell whether a value is the message of a call: `context.message`, `getattr(context, "message", None)`."""
    values = function.facts.values
    if node.op == "call" and values[node.args[0]].text == "getattr" and len(node.args) > 2:
        node = values[node.args[2]]
        return node.op == "str" and node.text in MESSAGES
    return node.op == "attr" and node.text in MESSAGES


def _part(labeler: "Labeler", function: Function, node: Value) -> str:
    """Return which variant an attribute is of an address or a path, "" where it is none."""
    if node.text in HOST_PARTS:
        return "h"
    if node.text in OTHER_PARTS:
        return "s"
    return "b" if node.text in NAME_ATTRIBUTES and _is_path(labeler, function, node) else ""


def _is_path(labeler: "Labeler", function: Function, node: Value) -> bool:
    """Tell whether an attribute is one of a path."""
    return any(is_path_attribute(node.text, name) for name in labeler.resolver.externals(function, node.args[0]))


def _field(labeler: "Labeler", function: Function, node: Value) -> Labels | None:
    """Return the labels of a field of an object of the program's own, None where all it was made of counts."""
    targets = labeler.resolver.resolve(function, node.args[0])
    for target in targets:
        if target.kind == "external" and target.name == f"{READING}()":
            continue
        if target.kind != "instance" or target.function is None:
            return None
        if labeler.resolver.method(target.function, node.text) is not None:
            return None
    return labeler.fields.of(function, node.args[0], FIELD + node.text) if targets else None


def _is_own(labeler: "Labeler", function: Function, value: int) -> bool:
    """Tell whether a value is an object, a class or a module of the program."""
    return any(target.kind in OWN for target in labeler.resolver.resolve(function, value))


def _is_request(function: Function, node: Value) -> bool:
    """Tell whether a value is the request that a middleware of the application is given."""
    if node.op != "param" or node.text != "request":
        return False
    passing = any(parameter.name == "call_next" for parameter in function.facts.parameters)
    return passing or function.facts.name in ("dispatch", "__call__")


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
                found |= labeler.own.read(function, node.args[0], labeler.summaries.returns(method))
            elif method is None:
                found |= labeler.attribute(target.function, node.text)
        elif target.kind == "module" and target.file is not None:
            found |= labeler.definitions(target.file.module, node.text)
        else:
            for place in labeler.resolver.given.of_target(target, function, node):
                found |= frozenset(label for label in labeler.labels(*place) if MARK not in label)
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
    """Tell whether a value is a request's `params`, or those or a default; of what a request's body holds, too."""
    node = function.facts.values[value]
    if node.op in ("or", "default"):
        return is_parameters(function, node.args[0])
    is_read = node.op == "index" or (node.op == "call" and function.facts.values[node.args[0]].text == "get")
    key = function.facts.values[node.args[1]] if is_read and len(node.args) > 1 else node
    return key.text == "params"


def is_verified(function: Function, table: int, key: str) -> bool:
    """Tell whether an entry of a table is what an authentication in front found out about a request."""
    return key in VERIFIED_ENTRIES and function.facts.values[table].text == SCOPE


def is_application_scope(function: Function, value: int) -> bool:
    """Tell whether a value is what the server tells an ASGI application of a request, or a copy of it."""
    given = tuple(parameter.name for parameter in function.facts.parameters)
    if given[-len(ASGI) :] != ASGI:
        return False
    values = function.facts.values
    node = values[value]
    while node.op in ("call", "phi", "map") and node.args:
        callee = values[node.args[0]]
        copies = node.op == "call" and callee.op == "attr" and callee.text == "copy"
        node = values[callee.args[0]] if copies else values[node.args[0 if node.op == "phi" else -1]]
    return node.op == "param" and node.text == SCOPE


def key_text(labeler: "Labeler", function: Function, key: int) -> str | None:
    """Return a constant key, of a table of headers as bytes, too."""
    node = function.facts.values[key]
    return node.text if node.op == "bytes" else labeler.resolver.text(function, key)


def of_index(labeler: "Labeler", site: Site) -> Labels:
    """Return the labels of an entry of a table."""
    function, _, node = site
    last = of_last(labeler, function, node.args[0], _number(function, node.args[1]))
    if last is not None:
        return last
    key = key_text(labeler, function, node.args[1])
    return looked_up_labels(labeler, function, node.args[0], key)


def _number(function: Function, value: int) -> str:
    key = function.facts.values[value]
    return key.text + "".join(function.facts.values[part].text for part in key.args if key.op == "unary")


def looked_up_labels(labeler: "Labeler", function: Function, table: int, key: str | None) -> Labels:
    """Return the labels of `table[key]`: an environment variable, a header, a claim, an entry of a constant table."""
    resolver = labeler.resolver
    if any(name in credentials.ENVIRONMENT_MAPS for name in resolver.externals(function, table)):
        return frozenset({f"env:{key or '?'}"})
    base = labeler.labels(function, table)
    if key == "headers" and is_application_scope(function, table):
        return frozenset({HEADERS})
    if key and is_verified(function, table, key):
        return _context_attribute(base, key) if HEADERS in base else base
    if HEADERS in base:
        return frozenset({f"header:{(key or '?').lower()}"})
    if ID in base or any(label.startswith("claim:") for label in base):
        return base | ({f"claim:{key}"} if key else NONE)
    if key in ("name", "arguments") and is_parameters(function, table):
        return frozenset({TOOL if key == "name" else ARGUMENTS})
    if key and PROCESS in base:
        return base.union(*[labeler.labels(*entry) for entry in written_under(resolver, function, table, key)])
    field = labeler.fields.of(function, table, key) if key and base else None
    if field is not None:
        return field
    return entry_of(base, key) if key else base
