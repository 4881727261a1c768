"""What attributes of objects and entries of tables hold: settings, headers, variables, fields of answers."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from analyzers.flow.exposure_options import of_option
from analyzers.flow.exposure_urls import of_answered
from analyzers.flow.labels import ARGUMENTS, BEARER, CONTEXT, HEADERS, MARK, index_of, key_of, owner_of
from analyzers.flow.pointers import is_pointer
from analyzers.flow.secrets import (
    ANSWER,
    CALLERS_OWN,
    COLLECTIONS,
    ENVIRONMENT,
    HEADER,
    HEADERS_ALL,
    HOLES,
    KEYED,
    NAMED,
    NONE,
    PAYLOAD,
    SETTING,
    SETTINGS_ALL,
    STORE,
    STORED,
    VARIABLE,
    Secret,
    Secrets,
    conceals,
    entries_of,
    is_constant,
    is_constant_field,
    is_left_out,
    names_type,
    read_at,
    without_parameters,
)
from analyzers.frameworks import credentials, disclosure
from analyzers.project.program import Function
from analyzers.project.targets import Site, Target, is_decorated, parameter_of

# So many characters of a text are no longer its mere beginning.
LONG_SLICE = 100

# Libraries whose requests leave the process, and write their own headers out with marks.
CLIENTS = ("httpx", "requests", "aiohttp.client", "urllib")

# What an application of ASGI is given of a request.
SCOPE = "scope"

if TYPE_CHECKING:
    from analyzers.flow.exposure import ExposureReader


def of_attribute(reader: "ExposureReader", site: Site) -> Iterable[Secret]:
    """Return what an attribute holds."""
    function, value, node = site
    base = node.args[0]
    labeler = reader.flow.labeler
    if node.text == "token" and BEARER in labeler.labels(function, value):
        return (read_at(function, CALLERS_OWN, "", value),)
    if node.text == "headers" and _is_inbound(reader, function, base):
        return (read_at(function, HEADERS_ALL, "", value),)
    if node.text in disclosure.STORE_FIELDS:
        stored = _of_store(reader.held(function, base), node.text)
        if stored:
            return stored
    if node.text in disclosure.BODIES:
        answers = [secret for secret in reader.held(function, base) if secret.kind == ANSWER]
        if answers:
            return answers
    if node.text == "url":
        asked = of_answered(reader, function, base)
        if asked:
            return asked
    if node.text == "arguments" and labeler.labels(function, value) == frozenset({ARGUMENTS}):
        return (read_at(function, PAYLOAD, "", value),)
    return tuple(whole(reader, site)) or _of_members(reader, site)


def _of_members(reader: "ExposureReader", site: Site) -> Iterable[Secret]:
    function, value, node = site
    if node.text == "__dict__":
        return reader.held(function, node.args[0])
    targets = reader.resolver.resolve(function, node.args[0])
    found: set[Secret] = set(of_option(reader, site))
    for target in targets:
        if target.kind in ("instance", "class"):
            found.update(of_member(reader, target, node.text, site))
        elif target.kind == "module" and target.file is not None:
            found.update(reader.defined(target.file.module, node.text))
    known = any(target.kind in ("instance", "class", "module", "external") for target in targets)
    if found or known or not disclosure.names_secret(node.text):
        return found
    return (read_at(function, NAMED, node.text, value),)


def of_member(reader: "ExposureReader", target: Target, name: str, site: Site) -> Secrets:
    """Return what an attribute of an object of the program holds."""
    cls = target.function
    if cls is None or conceals(reader.resolver.linearize(cls)[0], name):
        return NONE
    method = reader.resolver.method(cls, name)
    if method is not None:
        is_value = is_decorated(method, "property") or is_decorated(method, "cached_property")
        return without_parameters(reader.returned(method)) if is_value else NONE
    if is_settings(reader, cls):
        named = disclosure.is_secret_variable(name) and not is_constant_field(cls, name)
        return frozenset({read_at(site.function, SETTING, name, site.value)}) if named else NONE
    stored = reader.resolver.attribute(cls, name)
    found: set[Secret] = set()
    for scope, value in stored:
        found.update(leak.secret for leak in reader.leaks(scope, value))
    if found or not disclosure.names_secret(name) or all(is_constant(scope, value) for scope, value in stored):
        return frozenset(found)
    return frozenset({read_at(site.function, NAMED, name, site.value)})


def is_settings(reader: "ExposureReader", cls: Function) -> bool:
    """Tell whether a class reads its fields from the environment."""
    return any(base in credentials.SETTINGS_BASES for base in reader.resolver.linearize(cls)[1])


def whole(reader: "ExposureReader", site: Site) -> Iterator[Secret]:
    """The environment itself, or an object that shows all of its settings."""
    for target in reader.resolver.resolve(site.function, site.value):
        if target.kind == "external" and target.name in credentials.ENVIRONMENT_MAPS:
            yield read_at(site.function, ENVIRONMENT, "os.environ", site.value)
        elif target.kind == "instance" and target.function is not None and is_settings(reader, target.function):
            name = next(shown_fields(reader, target.function), "")
            if name:
                yield read_at(site.function, SETTINGS_ALL, name, site.value)


def shown_fields(reader: "ExposureReader", cls: Function, *, every: bool = False) -> Iterator[str]:
    """Yield the fields of a class whose names promise secrets, or all, that are shown when an object is written out."""
    owners, _ = reader.resolver.linearize(cls)
    if any(reader.resolver.method(cls, name) is not None for name in ("__repr__", "__str__")):
        return
    for owner in owners:
        for bound in owner.facts.names:
            name = bound.removeprefix(": ")
            named = bound.startswith(": ") and (every or disclosure.names_secret(name))
            if named and not (conceals(owners, name) or is_constant_field(owner, name) or is_left_out(owner, name)):
                yield name


def _is_inbound(reader: "ExposureReader", function: Function, base: int) -> bool:
    """Tell whether a value is the request that a caller sent."""
    labels = reader.flow.labeler.labels(function, base)
    if HEADERS in labels or CONTEXT in labels:
        return True
    node = function.facts.values[base]
    if node.op == "param" and base < len(function.facts.parameters):
        parent, annotation = function.parent, function.facts.parameters[base].annotation
        if annotation >= 0 and parent is not None:
            outgoing = any(name.startswith(CLIENTS) for name in reader.resolver.externals(parent, annotation))
            return not outgoing and names_type(parent, annotation, ("Request", "HTTPConnection", "WebSocket"))
    return False


def of_index(reader: "ExposureReader", site: Site) -> Iterable[Secret]:
    """Return what an entry of a table or list holds; a slice of a text is no longer the text, unless it is a long one.

    The beginning of an answer holds its token: `response.text[:500]`.
    """
    function, _, node = site
    key = function.facts.values[node.args[1]]
    if key.op == "unknown":
        long = any(_counts(function, bound) >= LONG_SLICE for bound in key.args)
        return reader.held(function, node.args[0]) if long else ()
    if key.op in ("number", "unary"):
        below = function.facts.values[key.args[0]].text if key.op == "unary" else ""
        found = reader.item(function, node.args[0], f"{key.text}{below}")
        is_first = key.text == "0" and _is_in_words(function, node.args[0])
        return [secret for secret in found if not (is_first and _begins_with_scheme(secret))]
    return of_entry(reader, site, node.args[0], node.args[1])


def _counts(function: Function, value: int) -> int:
    node = function.facts.values[value]
    return int(node.text) if node.op == "number" and node.text.isdigit() else 0


def _is_in_words(function: Function, value: int) -> bool:
    """Tell whether a text was parted at blanks."""
    node = function.facts.values[value]
    callee = function.facts.values[node.args[0]] if node.op == "call" else node
    at = [function.facts.values[argument].text.strip() for argument in node.args[1:2]] if node.op == "call" else ["?"]
    return callee.text in ("split", "partition") and not any(at)


def _begins_with_scheme(secret: Secret) -> bool:
    """Tell whether a secret is a header that says first of what kind it is, `Bearer`, or a parameter for one."""
    name = secret.name.lower()
    return name.endswith("authorization") or (secret.kind in HOLES and name in ("auth_header", "authorization_header"))


def of_entry(reader: "ExposureReader", site: Site, table: int, key: int) -> Iterable[Secret]:
    """Return what `table[key]` holds: a variable, a header, a field of an answer, an entry of a table in sight."""
    function, value, _ = site
    name = reader.resolver.text(function, key)
    if any(item in credentials.ENVIRONMENT_MAPS for item in reader.resolver.externals(function, table)):
        return variable(reader, site, key)
    shown = _entries(reader, function, table, name)
    if shown is not None:
        return shown
    found = {entry for secret in reader.held(function, table) for entry in _entry(secret, function, value, name)}
    if function.facts.values[key].op == "bytes":
        found.update(_raw_header(reader, site, table, key))
    # What holds a slash is the address of a request, `session.get("https://id.example/access_token")`, and no key.
    if not found and name is not None and "/" not in name and disclosure.names_secret(name):
        found.add(read_at(function, NAMED, name, value))
    return found


def _raw_header(reader: "ExposureReader", site: Site, table: int, key: int) -> Iterable[Secret]:
    """Return the credential in a header of a request as it came in, whose names are bytes."""
    function, value, _ = site
    name = function.facts.values[key].text.lower()
    labels = reader.flow.labeler.labels(function, table)
    parameters = function.facts.parameters
    scopes = {index for index, parameter in enumerate(parameters) if parameter.name == SCOPE}
    sent = HEADERS in labels or any(
        key_of(label) == "headers" and owner_of(label) == function.id and index_of(label) in scopes
        for label in labels
        if MARK in label
    )
    return (read_at(function, HEADER, name, value),) if sent and disclosure.is_secret_header(name) else ()


def _of_store(secrets: Iterable[Secret], field: str) -> Secrets:
    """Return the secrets that a field of answers of stores holds; the answer of several is one of such answers."""
    found = [secret for secret in secrets if secret.kind in (STORE, STORED) and field in disclosure.STORE_FIELDS]
    several = field in ("Parameters", "SecretValues", "items")
    return frozenset(secret._replace(kind=STORE if several else STORED) for secret in found)


def _entry(secret: Secret, function: Function, value: int, key: str | None) -> Iterable[Secret]:
    """Return what an entry holds of a table that holds a secret somewhere; a named entry is one by its name."""
    if key is None:
        return entries_of(frozenset({secret}))
    if secret.kind == STORE:
        return _of_store((secret,), key)
    if secret.kind == STORED:
        return () if disclosure.is_beside_secret(key) else (secret,)
    if secret.kind == HEADERS_ALL:
        return (read_at(function, HEADER, key, value),) if disclosure.is_secret_header(key) else ()
    if secret.kind == ANSWER:
        return (read_at(function, NAMED, key, value),) if credentials.names_credential(key) else ()
    promising = credentials.names_credential(key) and secret.kind not in (*COLLECTIONS, *HOLES)
    return (secret,) if promising else ()


def variable(reader: "ExposureReader", site: Site, key: int) -> Iterable[Secret]:
    """Return what a variable of the environment holds: a secret by its name, or whatever a parameter names."""
    name = reader.resolver.text(site.function, key)
    found = parameter_of(site.function, key)
    if name is None and found is not None:
        owner, index = found
        return (Secret(KEYED, owner.facts.parameters[index].name, owner.id, index),)
    if name is None or not disclosure.is_secret_variable(name):
        return ()
    if site.value != key and is_pointer(reader.resolver, site.function, site.value):
        return ()
    return (read_at(site.function, VARIABLE, name, site.value),)


def is_in_sight(reader: "ExposureReader", function: Function, table: int, key: int) -> bool:
    """Tell whether a table that is written in the program has an entry of a constant key: what it holds is known."""
    return _entries(reader, function, table, reader.resolver.text(function, key)) is not None


def _entries(reader: "ExposureReader", function: Function, table: int, key: str | None) -> Secrets | None:
    """Return what the entry of a table in sight holds, None when it is not one, or the key is not known."""
    targets = reader.resolver.resolve(function, table)
    if key is None or not targets or any(target.kind != "display" or target.name != "map" for target in targets):
        return None
    found: Secrets | None = None
    for target in targets:
        if target.function is None:
            continue
        entries = target.function.facts.values[target.value].args
        for position in range(0, len(entries), 2):
            if entries[position] >= 0 and reader.resolver.text(target.function, entries[position]) == key:
                found = (found or NONE) | reader.held(target.function, entries[position + 1])
    return found
