"""What the results of calls hold: what shows its arguments, what hides them, and where secrets are handed out."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.buffers import READ
from analyzers.flow.exposure_buffers import of_buffer
from analyzers.flow.exposure_files import secret_file
from analyzers.flow.exposure_members import is_in_sight, of_entry, shown_fields, variable, whole
from analyzers.flow.kept_beside import names_beside
from analyzers.flow.labels import AUTHORIZATION, ID
from analyzers.flow.records import fields_of
from analyzers.flow.secrets import (
    ANSWER,
    CALLERS_OWN,
    HEADERS_ALL,
    HOLES,
    KEYED,
    MINTED,
    NAMED,
    NONE,
    PARAMETER,
    RUN,
    SETTING,
    STORE,
    STORED,
    TRACE,
    Secret,
    Secrets,
    bound_name,
    entries_of,
    gives,
    is_table,
    read_at,
)
from analyzers.frameworks import credentials, disclosure, errors, identity, sinks
from analyzers.frameworks.mcp import is_framework
from analyzers.frameworks.threads import handed_position
from analyzers.project.program import Function
from analyzers.project.targets import Site, Target, argument_of

if TYPE_CHECKING:
    from analyzers.flow.exposure import ExposureReader


def of_call(reader: "ExposureReader", site: Site, item: int = -1) -> Iterable[Secret]:
    """Return what a call gives, or one item of the tuple that a function of the program gives."""
    function, value, node = site
    callee = function.facts.values[node.args[0]]
    name = callee.text.rpartition("|")[2]
    if disclosure.is_mask(name):
        return NONE
    if callee.op == "attr":
        special = _of_method(reader, site, callee)
        if special is not None:
            return special
    if callee.op == "param" and node.args[0] < len(function.facts.parameters):
        # Which function that is each caller decides for itself.
        return (Secret(RUN, f"{callee.text}:{item}", function.id, node.args[0]),)
    targets = reader.resolver.resolve(function, node.args[0])
    handed = max((handed_position(target.name) for target in targets), default=0)
    if 0 < handed < len(node.args):
        run = Value("call", "", node.args[handed:], node.names[handed:], node.start, node.length)
        return of_call(reader, Site(function, value, run), item)
    if _is_place(reader, function, node, targets):
        return NONE
    found: set[Secret] = set()
    for target in targets:
        found.update(_of_target(reader, site, target, item))
    if found or _is_explained(reader, targets, item):
        return found
    if not targets and callee.op == "attr" and name in disclosure.GIVING:
        return _given_by(reader, function, node, callee)
    return _promised(reader, site, targets)


def _is_explained(reader: "ExposureReader", targets: Iterable[Target], item: int) -> bool:
    """Tell whether a function gives back what it is given, which was looked at: its result needs no name to tell."""
    return any(
        target.kind in ("function", "bound")
        and target.function is not None
        and bool(reader.returned(target.function, item))
        for target in targets
    )


def _is_place(reader: "ExposureReader", function: Function, node: Value, targets: Iterable[Target]) -> bool:
    """Tell whether a variable of the environment is read whose default says where the secret lies."""
    if len(node.args) < 3 or not any(target.name in credentials.ENVIRONMENT_CALLS for target in targets):
        return False
    return disclosure.is_place_of_secret(reader.resolver.text(function, node.args[2]) or "")


def _of_method(reader: "ExposureReader", site: Site, callee: Value) -> Iterable[Secret] | None:
    """Return what a method of a table or a text gives, None when it is an ordinary call."""
    function, value, node = site
    receiver = callee.args[0]
    if callee.text in disclosure.TABLE_READS and len(node.args) > 1:
        # What is given by another name is an option of a client: `client.get(url, headers=headers)`.
        default = reader.held(function, argument_of(node, "default", 1))
        found = frozenset(of_entry(reader, site, receiver, node.args[1]))
        return found | default if found or is_in_sight(reader, function, receiver, node.args[1]) else None
    if callee.text == "get_secret_value" and len(node.args) == 1:
        owner = function.facts.values[receiver]
        if owner.op in ("item", "element"):
            return (read_at(function, SETTING, "settings", value),)
        return (read_at(function, SETTING, owner.text, value),) if owner.op in ("attr", "name", "param") else NONE
    if callee.text in ("keys", "find", "startswith", "endswith", "index", "count", "isdigit"):
        return NONE
    if callee.text == "replace" and len(node.args) > 2:
        constant = reader.resolver.text(function, node.args[1]) is not None
        return reader.held(function, receiver) if constant else NONE
    return None


def _gone_through(reader: "ExposureReader", function: Function, node: Value) -> Secrets:
    """Return what the items of arguments hold: of a table its keys, unless its values are asked for."""
    found: set[Secret] = set()
    for argument in node.args[1:]:
        asked = gives(function, argument, "items", "values")
        if asked or not is_table(reader.resolver, function, argument):
            held = reader.held(function, argument)
            found.update(held if asked else entries_of(held))
    return frozenset(found)


def _asks_for_token(reader: "ExposureReader", function: Function, node: Value) -> bool:
    """Tell whether a request posts a form of OAuth: a grant, or a client with what it asks for or proves."""
    for value in node.args[1:]:
        display = function.facts.values[value]
        keys = display.args[::2] if display.op == "map" else ()
        names = {reader.resolver.text(function, key) for key in keys if key >= 0}
        if "grant_type" in names or ("client_id" in names and names & disclosure.OAUTH_FIELDS):
            return True
    return False


def _given_by(reader: "ExposureReader", function: Function, node: Value, callee: Value) -> Secrets:
    """Return what a method of a text or a table gives: what it is called on, with what is put into it."""
    if callee.text == "join":
        return reader.held(function, callee.args[0]) | _gone_through(reader, function, node)
    inserted = node.args[1:] if callee.text == "format" else ()
    return reader.held(function, callee.args[0]) | reader.union(function, inserted)


def _of_target(reader: "ExposureReader", site: Site, target: Target, item: int) -> Iterable[Secret]:
    function, _, node = site
    if target.kind == "external":
        return _external(reader, site, target.name)
    if target.kind in ("function", "bound") and target.function is not None:
        return _called(reader, site, target, item)
    if target.kind == "class" and target.function is not None:
        return (*_constructed(reader, function, node, target.function), *whole(reader, site))
    return NONE


def _external(reader: "ExposureReader", site: Site, name: str) -> Iterable[Secret]:
    function, value, node = site
    if name in credentials.ENVIRONMENT_CALLS and len(node.args) > 1:
        default = reader.held(function, node.args[2]) if len(node.args) > 2 else NONE
        return frozenset(variable(reader, site, node.args[1])) | default
    if name in identity.HEADER_READERS and AUTHORIZATION in reader.flow.labeler.labels(function, value):
        return (read_at(function, HEADERS_ALL, "", value),)
    if name in disclosure.MINTERS or name in identity.VERIFIED:
        # Written out, the object with what a token says shows the token as well.
        return (read_at(function, MINTED if name in disclosure.MINTERS else CALLERS_OWN, "", value),)
    file = secret_file(reader, function, node)
    store = file or _store_of(function, node, name)
    if store and not _is_beside(reader, function, node, name):
        return (read_at(function, STORED if file or name.startswith("keyring") else STORE, store, value),)
    if name in errors.TRACES:
        return (read_at(function, TRACE, name, value),)
    return NONE if name in disclosure.TELLING else _handed_on(reader, site, name)


def _handed_on(reader: "ExposureReader", site: Site, name: str) -> Iterable[Secret]:
    """Return what a function of a library gives of what it is given."""
    function, value, node = site
    last = name.rpartition(".")[2]
    if name == "builtins.locals":
        parameters = enumerate(function.facts.parameters)
        return (Secret(PARAMETER, parameter.name, function.id, index) for index, parameter in parameters)
    if sinks.is_http_call(name):
        return (read_at(function, ANSWER, "", value),) if _asks_for_token(reader, function, node) else NONE
    if name in READ:
        return of_buffer(reader, function, node, name)
    callee = function.facts.values[node.args[0]]
    is_method = callee.op == "attr" and ("()" in name or not name.startswith(disclosure.SHOWING))
    if last in disclosure.GIVING and is_method:
        given = "()" in name
        return _given_by(reader, function, node, callee) if given else reader.held(function, callee.args[0])
    if name in disclosure.ITERATING:
        return _gone_through(reader, function, node)
    shows = name.startswith(disclosure.SHOWING) or (is_framework(name) and last[:1].isupper())
    return reader.union(function, node.args[1:]) if shows else NONE


def _store_of(function: Function, node: Value, name: str) -> str:
    """Return the store of secrets that a call asks for one, "" for any other call."""
    last = name.rpartition(".")[2]
    roots, store = disclosure.STORES.get(last, ((), ""))
    if last in disclosure.DECRYPTED:
        switch = argument_of(node, disclosure.DECRYPTING, -1)
        in_clear = switch >= 0 and function.facts.values[switch].text == "True"
        roots, store = disclosure.AWS if in_clear else (), disclosure.PARAMETERS
    return store if name.startswith(roots) and roots else ""


def _is_beside(reader: "ExposureReader", function: Function, node: Value, name: str) -> bool:
    """Tell whether the keyring is asked for what is kept there beside a secret: `get_password(service, "username")`."""
    account = argument_of(node, "username", 1) if name.endswith("keyring.get_password") else -1
    return account >= 0 and disclosure.is_beside_secret(reader.resolver.text(function, account) or "")


def _called(reader: "ExposureReader", site: Site, target: Target, item: int) -> Secrets:
    """Return what a function of the program gives, its parameters replaced by what it is given."""
    function, _, node = site
    callee = target.function
    if callee is None:
        return NONE
    found: set[Secret] = set()
    beside = names_beside(reader.resolver, function, node)
    for secret in reader.returned(callee, item):
        if secret.kind not in HOLES or secret.path != callee.id:
            # What lies under a name that is given was told of the name.
            found.update(() if secret.kind == STORED and beside else (secret,))
            continue
        name = secret.name.partition(":")[0]
        argument = argument_of(node, name, secret.line - (1 if target.kind == "bound" else 0))
        if secret.kind == KEYED:
            found.update(variable(reader, site, argument) if argument >= 0 else ())
        elif secret.kind == RUN:
            found.update(run(reader, function, argument, secret) if argument >= 0 else ())
        else:
            held = reader.held(function, argument)
            found.update(held if secret.kind == PARAMETER else entries_of(held))
    return frozenset(found)


def run(reader: "ExposureReader", function: Function, value: int, hole: Secret) -> Iterable[Secret]:
    """Yield what calling a function that a caller passed gives, whatever it is given itself."""
    node = function.facts.values[value]
    if node.op == "param" and value < len(function.facts.parameters):
        yield Secret(RUN, f"{node.text}:{hole.name.partition(':')[2]}", function.id, value)
        return
    for callee, _ in reader.resolver.functions(function, value):
        for secret in reader.returned(callee, int(hole.name.partition(":")[2])):
            if secret.kind not in HOLES or secret.path != callee.id:
                yield secret


def _constructed(reader: "ExposureReader", function: Function, node: Value, cls: Function) -> Secrets:
    """Return what an object shows of the secrets that it is made of, whatever a record calls them."""
    fields = frozenset(shown_fields(reader, cls, every=bool(fields_of(reader.resolver, cls))))
    given = [argument for name, argument in zip(node.names, node.args[1:], strict=True) if name in fields]
    return reader.union(function, given)


def _promised(reader: "ExposureReader", site: Site, targets: Iterable[Target]) -> Secrets:
    """Return the secret that the name of a variable promises of an answer from outside of the program."""
    function, value, _ = site
    name = bound_name(function, value)
    telling = any(target.name in disclosure.TELLING for target in targets)
    if not name or telling or ID in reader.flow.labeler.labels(function, value):
        return NONE
    return frozenset({read_at(function, NAMED, name, value)})
