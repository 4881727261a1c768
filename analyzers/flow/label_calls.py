"""The labels of what calls return: identities, credentials, the environment, answers."""

from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow import cleaning, label_keys
from analyzers.flow.archives import of_archive
from analyzers.flow.context_state import GETTING, of_state
from analyzers.flow.context_variables import context_variable
from analyzers.flow.deciding import identity_of
from analyzers.flow.granted import granted
from analyzers.flow.label_credentials import given, made_credential
from analyzers.flow.label_handed import by_handed
from analyzers.flow.label_members import (
    is_application_scope,
    is_message,
    is_parameters,
    is_verified,
    key_text,
    looked_up_labels,
    of_attribute,
)
from analyzers.flow.labels import (
    ARGUMENTS,
    AUTHORIZATION,
    BEARER,
    CONTEXT,
    HEADERS,
    ID,
    LOOKUPS,
    MARK,
    NONE,
    ROLE,
    TOOL,
    UNVERIFIED,
    Labels,
    answered,
    credentials_of,
    entry_of,
    is_chosen,
    with_variant,
)
from analyzers.flow.runners import run_by
from analyzers.frameworks import credentials, identity, queries, sinks, text
from analyzers.frameworks.threads import handed_position
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import Site

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler


def of_call(labeler: "Labeler", site: Site) -> Labels:
    """Return the labels of what a call gives."""
    function, _, node = site
    callee = function.facts.values[node.args[0]]
    special = label_keys.of_keys(labeler, function, node)
    if special is None and callee.op == "attr":
        special = _of_method(labeler, function, node, callee)
    if special is not None:
        return special
    targets = labeler.resolver.resolve(function, node.args[0])
    if labeler.resolver.named.includes("identities", targets):
        return frozenset({ID})
    if labeler.resolver.named.includes("sanitizers", targets):
        return NONE
    found: Labels = NONE
    resolved = False
    for target in targets:
        resolved = True
        if target.kind == "external":
            found |= _external(labeler, function, node, target.name)
        elif target.kind in ("function", "bound") and target.function is not None:
            found |= _given_back(labeler, site, target.function, receiver=target.kind == "bound")
        elif target.kind in ("instance", "class"):
            made = given(labeler, function, node)
            found |= identity_of(made) if _is_enumeration(labeler, target.function) else made
    if resolved:
        return found
    labels = given(labeler, function, node) | labeler.labels(function, node.args[0])
    return labels if callee.op == "attr" and callee.text in text.METHODS else answered(labels)


def _given_back(labeler: "Labeler", site: Site, callee: Function, *, receiver: bool) -> Labels:
    """Return what a function of the program gives, which may be what a function gives that it is given and runs."""
    function, value, node = site
    made = run_by(labeler.resolver, function, node)
    if made is not None:
        return of_call(labeler, Site(function, value, made))
    bindings = labeler.bind(function, node, callee, receiver)
    return labeler.substitute(labeler.summaries.returns(callee), bindings)


def _of_method(labeler: "Labeler", function: Function, node: Value, callee: Value) -> Labels | None:
    """Return the labels of a method that is known whatever it is called on, None for any other."""
    if callee.text in ("get", "getlist", "pop"):
        return _get(labeler, function, node, callee)
    if callee.text == GETTING:
        return of_state(labeler, function, node)
    made = cleaning.of_method(labeler, function, node, callee.text)
    if made is not None or callee.text != "replace":
        return made
    return _replaced(labeler, function, node, callee)


def _replaced(labeler: "Labeler", function: Function, node: Value, callee: Value) -> Labels | None:
    """`text.replace(old, new)`: what is looked for in a text is not what becomes of it."""
    receiver = function.facts.values[callee.args[0]]
    if len(node.args) not in (3, 4) or any(node.names) or receiver.op == "import":
        return None
    return labeler.labels(function, callee.args[0]) | labeler.labels(function, node.args[2])


def _is_enumeration(labeler: "Labeler", cls: Function | None) -> bool:
    """Tell whether a class takes nothing but one of its members, which it is up to the caller to be."""
    return cls is not None and any(base.startswith("enum.") for base in labeler.resolver.linearize(cls)[1])


def _get(labeler: "Labeler", function: Function, node: Value, callee: Value) -> Labels | None:
    """`table.get("key")`, when the table is one whose keys matter; None when it is an ordinary call."""
    names = labeler.resolver.externals(function, callee.args[0])
    if any(name == "contextvars.ContextVar()" for name in names):
        return context_variable(labeler, function, callee.args[0])
    # A client's `get` takes parameters where a table's takes what it gives in place of a missing entry.
    if len(node.args) == 1 or any(sinks.is_http_call(f"{name}.{callee.text}") for name in names):
        return None
    key = key_text(labeler, function, node.args[1])
    base = labeler.labels(function, callee.args[0])
    default = labeler.labels(function, node.args[2]) if len(node.args) > 2 else NONE
    is_known = any(name in credentials.ENVIRONMENT_MAPS for name in names) or HEADERS in base
    is_scope = key == "headers" and is_application_scope(function, callee.args[0])
    if is_known or is_scope or (key and is_verified(function, callee.args[0], key)):
        return looked_up_labels(labeler, function, callee.args[0], key) | default
    if ID in base or any(label.startswith("claim:") for label in base):
        return base | ({f"claim:{key}"} if key else NONE) | default
    if key in ("name", "arguments") and is_parameters(function, callee.args[0]):
        return frozenset({TOOL if key == "name" else ARGUMENTS})
    field = labeler.fields.of(function, callee.args[0], key) if key and base and callee.text != "getlist" else None
    if field is not None:
        return field | default
    is_entry = key and base and callee.text != "getlist" and all(map(is_chosen, base))
    return entry_of(base, key) | default if key and is_entry else None


def _external(labeler: "Labeler", function: Function, node: Value, name: str) -> Labels:
    direct = _known_call(labeler, function, node, name)
    if direct is None:
        direct = by_handed(labeler, function, node, name)
    if direct is None:
        direct = of_archive(labeler, function, node, name) or cleaning.by_name(labeler, function, node, name)
    if direct is not None:
        return direct
    last = name.rpartition(".")[2]
    arguments = given(labeler, function, node)
    if credentials.exchanges(name) or is_exchange(labeler, function, node):
        return frozenset({_exchanged(last) if _names_caller(arguments) else "ambient:assumed role"})
    if cleaning.is_number(labeler, function, node, name):
        return frozenset(label for label in arguments - credentials_of(arguments) if not is_chosen(label))
    if sinks.is_http_call(name) or sinks.query_root(name):
        return granted(labeler, function, node, arguments)
    receiver = labeler.labels(function, node.args[0])
    if name in text.QUOTERS:
        return with_variant(arguments, "f" if _encodes_slashes(labeler, function, node, name) else "e")
    if last in LOOKUPS or any(
        handed.rpartition(".")[2] in LOOKUPS
        for argument in node.args[1:]
        for handed in labeler.resolver.externals(function, argument)
    ):
        return with_variant(arguments | receiver, "r")
    if last in text.READS and len(node.args) > 1 and not node.names[0]:
        # What is found under a key is not the key.
        return receiver | answered(labeler.labels(function, node.args[1])) | labeler.union(function, node.args[2:])
    labels = receiver | arguments
    is_text = last in text.METHODS or name.startswith(text.ROOTS) or name in queries.WRAPPERS
    return labels if is_text and not handed_position(name) else answered(labels)


def _encodes_slashes(labeler: "Labeler", function: Function, node: Value, name: str) -> bool:
    """Tell whether an encoding for addresses leaves no slash; `quote` does unless it is told otherwise."""
    for keyword, value in zip(node.names, node.args[1:], strict=True):
        if keyword == "safe":
            kept = labeler.resolver.text(function, value)
            return kept is not None and "/" not in kept
    return not name.endswith(".quote")


def _exchanged(last: str) -> str:
    """Return what a call gives that trades the caller's identity for a credential."""
    return ROLE if last == "assume_role" else "exchanged"


def _known_call(labeler: "Labeler", function: Function, node: Value, name: str) -> Labels | None:
    if name in identity.VERIFIED:
        return frozenset({ID})
    if name in identity.CLAIM_READERS:
        claim = labeler.resolver.text(function, node.args[1]) if len(node.args) > 1 else None
        return frozenset({ID, f"claim:{claim or '?'}"})
    if name in identity.HEADER_READERS or name in identity.REQUESTS:
        return _request(labeler, function, node, name)
    if name in credentials.ENVIRONMENT_CALLS and len(node.args) > 1:
        default = labeler.labels(function, node.args[2]) if len(node.args) > 2 else NONE
        return frozenset({f"env:{labeler.resolver.text(function, node.args[1]) or '?'}"}) | default
    made = made_credential(labeler, function, node, name)
    if made is not None:
        return made
    if name in identity.VERIFIERS:
        return frozenset({UNVERIFIED if skips_signature(labeler.resolver, function, node) else ID})
    if name in identity.PROVIDERS_VERIFIERS:
        return frozenset({ID})
    if name in identity.UNVERIFIED:
        return frozenset({UNVERIFIED})
    if name.endswith(".get_context"):
        return frozenset({CONTEXT})
    return _got_attribute(labeler, function, node) if name == "builtins.getattr" else None


def _request(labeler: "Labeler", function: Function, node: Value, name: str) -> Labels | None:
    """Return the labels of a request or its headers; an application makes one of what it is given."""
    if name in identity.REQUESTS:
        if len(node.args) < 2 or not is_application_scope(function, node.args[1]):
            return None
        return frozenset({HEADERS}) if name in identity.HEADER_TABLES else frozenset({HEADERS, CONTEXT})
    if name.endswith("equest"):
        return frozenset({HEADERS, CONTEXT})
    is_told = _includes_authorization(labeler, function, node)
    return frozenset({HEADERS, AUTHORIZATION}) if is_told else frozenset({HEADERS})


def _got_attribute(labeler: "Labeler", function: Function, node: Value) -> Labels | None:
    """`getattr(request.state, "user", None)`: an attribute of what a request brings, None for one of anything else."""
    name = labeler.resolver.text(function, node.args[2]) if len(node.args) > 2 else None
    base = labeler.labels(function, node.args[1]) if name else NONE
    told = name in ("name", "arguments") and is_message(function, function.facts.values[node.args[1]])
    if not name or (base.isdisjoint((HEADERS, CONTEXT, ID)) and not told):
        return None
    attribute = Value("attr", name, (node.args[1],), (), node.start, node.length)
    return of_attribute(labeler, Site(function, -1, attribute)) | labeler.union(function, node.args[3:])


def _includes_authorization(labeler: "Labeler", function: Function, node: Value) -> bool:
    """Tell whether a reading of all headers keeps the one that is left out by default."""
    for keyword, argument in zip(node.names, node.args[1:], strict=True):
        setting = function.facts.values[argument]
        if keyword == "include_all" and setting.text == "True":
            return True
        if keyword == "include":
            return any(
                (labeler.resolver.text(function, item) or "").lower() == "authorization" for item in setting.args
            )
    return False


def _names_caller(labels: Labels) -> bool:
    """Tell whether something about the caller, or what a caller of this function passes, is among labels."""
    return any(
        MARK in label or label in (ID, BEARER, HEADERS) or label.startswith(("claim:", "header:", "held:header:"))
        for label in labels
    )


def is_exchange(labeler: "Labeler", function: Function, node: Value) -> bool:
    """Tell whether a call posts a token exchange: its form names one of the grant types made for it."""
    for value in node.args[1:]:
        display = function.facts.values[value]
        if display.op == "map" and any(
            labeler.resolver.text(function, entry) in credentials.EXCHANGE_MARKS for entry in display.args[1::2]
        ):
            return True
    return False


def skips_signature(resolver: Resolver, function: Function, call: Value) -> bool:
    """Tell whether a JWT decoding call turns the signature check off, in its `options` or its algorithms."""
    values = function.facts.values
    for keyword, argument in zip(call.names, call.args[1:], strict=True):
        node = values[argument]
        if keyword == "options" and node.op == "map":
            for key, setting in zip(node.args[::2], node.args[1::2], strict=True):
                if resolver.text(function, key) == "verify_signature" and values[setting].text == "False":
                    return True
        if keyword != "algorithms" or node.op not in ("list", "tuple"):
            continue
        if any((resolver.text(function, item) or "").lower() == "none" for item in node.args):
            return True
    return False
