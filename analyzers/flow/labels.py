"""Where values come from, as labels: parameters, identity, claims, headers, the environment, credentials.

Labels of a function are parametric: `p` labels name a parameter of it, and a call replaces those of its callee by the
labels of its arguments. Variants of a parameter follow it through parsing: `h` the host of a URL in it, `s` its
scheme or another part that names no host, `r` an address that its host resolved to, `e` an encoded form of it, `k`
the same value where it is used as a credential, `d` what an unknown call made of it: an answer, no longer its text. `held:` marks what else is used as one.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from analyzers.facts import Value
from analyzers.frameworks import credentials, identity, mcp, sinks, text
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import argument_of

Labels = frozenset[str]
NONE: Labels = frozenset()
MARK = "\x1f"
HOST_PARTS = ("hostname", "netloc", "host", "raw_host")
LOOKUPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "resolve")
OTHER_PARTS = ("scheme", "path", "query", "fragment", "port", "params")
ID = "id"
TOKEN = "id:token"
HEADERS = "headers"
AUTHORIZATION = "header:authorization"
CONTEXT = "context"
TOOL = "tool"
UNVERIFIED_TOKEN = "caller:unverified token"
ARGUMENTS = "args"


def parameter_label(function: Function, index: int, variant: str = "p") -> str:
    """Return the label of a parameter."""
    return f"{variant}{MARK}{function.id}{MARK}{index}"


def is_parameter(label: str) -> bool:
    """Tell whether a label names a parameter or something made of one."""
    return MARK in label


def variant_of(label: str) -> str:
    """Return `p`, `h`, `s`, `r`, `e` or `k` for a parameter's label."""
    return label[0]


def with_variant(labels: Iterable[str], variant: str) -> Labels:
    """Return labels as parts of what they were; a resolved address and an answer stay such."""
    if variant == "k":
        return as_credential(labels)
    return frozenset(f"{variant}{label[1:]}" if MARK in label and label[0] not in "rd" else label for label in labels)


def is_identity(labels: Labels) -> bool:
    """Tell whether a value depends on a verified identity."""
    return any(label == ID or label.startswith("claim:") for label in labels)


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


def credentials_of(labels: Labels) -> Labels:
    """Return the labels that stand for a credential: variables and headers by their use, else by their name."""
    return frozenset(label.removeprefix("held:") for label in labels if _stands_for_credential(label))


def _stands_for_credential(label: str) -> bool:
    if MARK in label:
        return label[0] == "k"
    if label.startswith(("env:", "header:")):
        return credentials.names_credential(label.partition(":")[2])
    return label.startswith(("held:", "lit:", "ambient:", "exchanged", "id:token"))


class Returns(Protocol):
    """What the labels of a call need to know of its callee."""

    def returns(self, function: Function) -> Labels:
        """Return the labels of what a function returns."""
        ...


Binding = Callable[[int], Labels]


class Labeler:
    """Computes labels on demand; answers are kept for a function until `forget`."""

    def __init__(self, resolver: Resolver, summaries: Returns) -> None:
        self.resolver = resolver
        self.summaries = summaries
        self._known: dict[str, dict[int, Labels]] = {}
        self._active: set[tuple[str, int]] = set()
        self._global_stores: dict[str, dict[str, list[tuple[Function, int]]]] | None = None
        self._attributes: dict[tuple[str, str], Labels] = {}

    def forget(self, function: Function) -> None:
        """Drop what is known of a function, because a summary that it uses changed."""
        self._known.pop(function.id, None)

    def labels(self, function: Function, value: int) -> Labels:
        """Return the labels of a value."""
        if value < 0:
            return NONE
        known = self._known.setdefault(function.id, {})
        found = known.get(value)
        if found is not None:
            return found
        key = (function.id, value)
        if key in self._active or len(self._active) > 300:
            return NONE
        self._active.add(key)
        node = function.facts.values[value]
        rule = _RULES.get(node.op)
        result = rule(self, function, value, node) if rule else NONE
        self._active.discard(key)
        known[value] = result
        return result

    def union(self, function: Function, values: Iterable[int]) -> Labels:
        """Return the labels of several values together."""
        return NONE.union(*[self.labels(function, value) for value in values])

    def substitute(self, labels: Labels, bindings: Mapping[str, Labels]) -> Labels:
        """Replace the labels of a callee's parameters, given by their `function MARK index`, by those of arguments."""
        if not any(MARK in label for label in labels):
            return labels
        result: set[str] = set()
        for label in labels:
            replacement = bindings.get(label[2:]) if MARK in label else None
            if replacement is None:
                result.add(label)
            elif label[0] == "p":
                result.update(replacement)
            else:
                result.update(with_variant(replacement, label[0]))
        return frozenset(result)

    def restate(self, held: Labels, bindings: Mapping[str, Labels]) -> Labels:
        """Return the credentials of a callee's effect for its caller: parameters become what is given for them."""
        moving = frozenset(label for label in held if MARK in label)
        return (held - moving) | credentials_of(self.substitute(moving, bindings)) if moving else held

    def bind(self, caller: Function, call: Value, callee: Function, has_receiver: bool) -> dict[str, Labels]:
        """Return the labels of the arguments that a call passes, by the callee's parameter."""
        bindings: dict[str, Labels] = {}
        offset = 1 if has_receiver else 0
        for index, parameter in enumerate(callee.facts.parameters):
            if has_receiver and index == 0:
                continue
            argument = argument_of(call, parameter.name, index - offset)
            if argument >= 0:
                bindings[f"{callee.id}{MARK}{index}"] = self.labels(caller, argument)
            elif "**" in call.names or "*" in call.names or parameter.kind in ("*", "**"):
                spread = [
                    value
                    for value, name in zip(call.args[1:], call.names, strict=True)
                    if _spreads(name, parameter.kind)
                ]
                bindings[f"{callee.id}{MARK}{index}"] = self.union(caller, spread)
            else:
                bindings[f"{callee.id}{MARK}{index}"] = self._default(callee, parameter.default)
        return bindings

    def _default(self, callee: Function, default: int) -> Labels:
        parent = callee.parent
        return self.labels(parent, default) if parent is not None and default >= 0 else NONE

    def definitions(self, scope: Function, name: str) -> Labels:
        """Return the labels of everything a scope's name is bound to, `global` assignments included."""
        found = self.union(scope, scope.facts.names.get(name, ()))
        if scope.facts.kind == "module":
            for function, value in self.global_stores(scope).get(name, ()):
                found |= frozenset(label for label in self.labels(function, value) if MARK not in label)
        return found

    def global_stores(self, module: Function) -> dict[str, list[tuple[Function, int]]]:
        """Return the assignments to names of a module from its functions, by name."""
        if self._global_stores is None:
            self._global_stores = {}
        known = self._global_stores.get(module.id)
        if known is None:
            known = self._global_stores[module.id] = {}
            for function in module.file.functions:
                for event in function.facts.events:
                    if event.kind == "global":
                        known.setdefault(event.text, []).append((function, event.value))
        return known

    def attribute(self, cls: Function, name: str) -> Labels:
        """Return the labels of an instance's attribute; what a constructor was given counts from all its calls."""
        key = (cls.id, name)
        known = self._attributes.get(key)
        if known is not None:
            return known
        self._attributes[key] = NONE
        classes, externals = self.resolver.linearize(cls)
        if any(base in credentials.SETTINGS_BASES for base in externals):
            found = frozenset({f"env:{name.upper()}"})
        else:
            found = self._stored(cls, name)
        self._attributes[key] = found
        return found

    def _stored(self, cls: Function, name: str) -> Labels:
        found: set[str] = set()
        for scope, value in self.resolver.attribute(cls, name):
            for label in self.labels(scope, value):
                if MARK not in label:
                    found.add(label)
                elif label.split(MARK)[1] == scope.id and scope.facts.name == "__init__":
                    found.update(self.passed(scope, int(label.split(MARK)[2])))
        return frozenset(found)

    def passed(self, callee: Function, index: int) -> Labels:
        """Return the labels of what the program's calls pass for a parameter; parameters of callers are left out."""
        found: set[str] = set()
        for caller, argument in self.resolver.arguments(callee, index):
            found.update(label for label in self.labels(caller, argument) if MARK not in label)
        return frozenset(found)


def _spreads(name: str, kind: str) -> bool:
    return name in ("*", "**") or (kind == "**" and bool(name)) or (kind == "*" and not name)


def _param(labeler: Labeler, function: Function, value: int, node: Value) -> Labels:
    parameters = function.facts.parameters
    if value >= len(parameters):
        return NONE
    if value == 0 and function.facts.kind == "method" and node.text in ("self", "cls"):
        return NONE
    parameter = parameters[value]
    parent = function.parent
    if parent is not None and parameter.default >= 0:
        injected = _injected(labeler, parent, parameter.default)
        if injected:
            return injected
    if parent is not None and parameter.annotation >= 0 and is_context_type(parent, parameter.annotation):
        return frozenset({CONTEXT})
    return frozenset({parameter_label(function, value)})


def _injected(labeler: Labeler, parent: Function, default: int) -> Labels:
    """Return the labels of a dependency given as a default, empty when the default is an ordinary value."""
    node = parent.facts.values[default]
    if node.op != "call":
        return NONE
    name = labeler.resolver.external(parent, node.args[0])
    if name.endswith(".Depends") and len(node.args) > 1:
        found = NONE
        for provider, _ in labeler.resolver.functions(parent, node.args[1]):
            found |= frozenset(label for label in labeler.summaries.returns(provider) if MARK not in label)
        return found or frozenset({"injected"})
    if mcp.is_framework(name):
        return labeler.labels(parent, default) or frozenset({CONTEXT})
    return NONE


def is_context_type(parent: Function, annotation: int) -> bool:
    """Tell whether an annotation names a context type of a framework."""
    values = parent.facts.values
    node = values[annotation]
    while node.op == "index" or (node.op == "binary" and node.text == "|"):
        node = values[node.args[0]]
    text = node.text.rpartition("|")[2].rpartition(".")[2]
    return text in mcp.CONTEXT_TYPES


def _union(labeler: Labeler, function: Function, value: int, node: Value) -> Labels:
    return labeler.union(function, [argument for argument in node.args if argument >= 0])


def _map(labeler: Labeler, function: Function, value: int, node: Value) -> Labels:
    """A mapping; what stands under the name of a header or field for credentials is used as one."""
    found = NONE
    for key, item in zip(node.args[::2], node.args[1::2], strict=True):
        labels = labeler.labels(function, item)
        name = labeler.resolver.text(function, key) if key >= 0 else None
        found |= as_credential(labels) if name and credentials.carries_credential(name) else labels
        found |= labeler.labels(function, key)
    return found


def given(labeler: Labeler, function: Function, call: Value) -> Labels:
    """Return the labels of a call's arguments; a keyword for credentials uses its value as one."""
    found = NONE
    for name, argument in zip(call.names, call.args[1:], strict=True):
        labels = labeler.labels(function, argument)
        found |= as_credential(labels) if name and credentials.carries_credential(name) else labels
    return found


def _select(labeler: Labeler, function: Function, value: int, node: Value) -> Labels:
    test = labeler.labels(function, node.args[0])
    decided = frozenset(label for label in test if label == ID or label.startswith("claim:"))
    return labeler.union(function, node.args[1:]) | decided


def _secret(labeler: Labeler, function: Function, value: int, node: Value) -> Labels:
    return frozenset({f"lit:{node.text}"})


def _name(labeler: Labeler, function: Function, value: int, node: Value) -> Labels:
    module = function.file.module
    if node.text in module.facts.names:
        return labeler.definitions(module, node.text)
    return NONE


def _free(labeler: Labeler, function: Function, value: int, node: Value) -> Labels:
    scope = function.parent
    while scope is not None:
        if scope.facts.kind != "class" and node.text in scope.facts.names:
            return labeler.definitions(scope, node.text)
        scope = scope.parent
    return NONE


def _import(labeler: Labeler, function: Function, value: int, node: Value) -> Labels:
    module, _, name = node.text.partition("|")
    file = labeler.resolver.program.module(module, function.file) if name else None
    return labeler.definitions(file.module, name) if file is not None else NONE


def _attr(labeler: Labeler, function: Function, value: int, node: Value) -> Labels:
    base = labeler.labels(function, node.args[0])
    parent = function.facts.values[node.args[0]]
    if node.text in ("name", "arguments") and parent.text in ("message", "params") and parent.op == "attr":
        return frozenset({TOOL if node.text == "name" else ARGUMENTS})
    if ID in base:
        return _identity_attribute(base, node.text)
    if CONTEXT in base or HEADERS in base:
        return _context_attribute(base, node.text)
    if base and any(MARK in label for label in base):
        if node.text in HOST_PARTS:
            return with_variant(base, "h")
        if node.text in OTHER_PARTS:
            return with_variant(base, "s")
    return base | _member(labeler, function, node)


def _member(labeler: Labeler, function: Function, node: Value) -> Labels:
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
        return frozenset({TOKEN})
    if name in identity.CLAIM_ATTRIBUTES:
        return base | {f"claim:{name}"}
    return base


def _context_attribute(base: Labels, name: str) -> Labels:
    if name == "headers":
        return frozenset({HEADERS})
    if name == "token":
        return frozenset({ID})
    if name in ("user", "auth", "scopes"):
        return frozenset({ID, f"claim:{name}"}) if name != "user" else frozenset({ID})
    if name in identity.CALLER_ATTRIBUTES:
        return frozenset({f"caller:{name}"})
    return base


def _is_parameters(function: Function, value: int) -> bool:
    """Tell whether a value is a request's `params`, or those or a default."""
    node = function.facts.values[value]
    return _is_parameters(function, node.args[0]) if node.op in ("or", "default") else node.text == "params"


def _index(labeler: Labeler, function: Function, value: int, node: Value) -> Labels:
    key = labeler.resolver.text(function, node.args[1])
    return _looked_up(labeler, function, node.args[0], key)


def _looked_up(labeler: Labeler, function: Function, table: int, key: str | None) -> Labels:
    """Return the labels of `table[key]`: an environment variable, a header, a claim, an entry of a constant table."""
    resolver = labeler.resolver
    if any(name in credentials.ENVIRONMENT_MAPS for name in resolver.externals(function, table)):
        return frozenset({f"env:{key or '?'}"})
    base = labeler.labels(function, table)
    if HEADERS in base:
        return frozenset({f"header:{(key or '?').lower()}"})
    if ID in base or any(label.startswith("claim:") for label in base):
        return base | ({f"claim:{key}"} if key else NONE)
    if key in ("name", "arguments") and _is_parameters(function, table):
        return frozenset({TOOL if key == "name" else ARGUMENTS})
    return base


def _call(labeler: Labeler, function: Function, value: int, node: Value) -> Labels:
    callee = function.facts.values[node.args[0]]
    if callee.op == "attr" and callee.text in ("get", "getlist", "pop") and len(node.args) > 1:
        special = _get(labeler, function, node, callee)
        if special is not None:
            return special
    found: Labels = NONE
    resolved = False
    for target in labeler.resolver.resolve(function, node.args[0]):
        resolved = True
        if target.kind == "external":
            found |= _external(labeler, function, node, target.name)
        elif target.kind in ("function", "bound") and target.function is not None:
            bindings = labeler.bind(function, node, target.function, target.kind == "bound")
            found |= labeler.substitute(labeler.summaries.returns(target.function), bindings)
        elif target.kind in ("class", "instance"):
            found |= given(labeler, function, node)
    if resolved:
        return found
    labels = given(labeler, function, node) | labeler.labels(function, node.args[0])
    return labels if callee.op == "attr" and callee.text in text.METHODS else _answer(labels)


def _get(labeler: Labeler, function: Function, node: Value, callee: Value) -> Labels | None:
    """`table.get("key")`, when the table is one whose keys matter; None when it is an ordinary call."""
    key = labeler.resolver.text(function, node.args[1])
    base = labeler.labels(function, callee.args[0])
    names = labeler.resolver.externals(function, callee.args[0])
    default = labeler.labels(function, node.args[2]) if len(node.args) > 2 else NONE
    if any(name in credentials.ENVIRONMENT_MAPS for name in names) or HEADERS in base:
        return _looked_up(labeler, function, callee.args[0], key) | default
    if ID in base or any(label.startswith("claim:") for label in base):
        return base | ({f"claim:{key}"} if key else NONE) | default
    if key in ("name", "arguments") and _is_parameters(function, callee.args[0]):
        return frozenset({TOOL if key == "name" else ARGUMENTS})
    if any(name == "contextvars.ContextVar()" for name in names):
        return _context_variable(labeler, function, callee.args[0])
    return None


def _external(labeler: Labeler, function: Function, node: Value, name: str) -> Labels:
    direct = _known_call(labeler, function, node, name)
    if direct is not None:
        return direct
    last = name.rpartition(".")[2]
    arguments = given(labeler, function, node)
    if last in credentials.EXCHANGE_METHODS or name in credentials.EXCHANGES or is_exchange(labeler, function, node):
        return frozenset({"exchanged"}) if _names_caller(arguments) else frozenset({"ambient:assumed role"})
    if name in ("builtins.int", "builtins.float", "builtins.len", "builtins.bool", "builtins.isinstance", "uuid.UUID"):
        return frozenset(label for label in arguments if MARK not in label)
    if sinks.is_http_call(name) or sinks.query_root(name):
        return credentials_of(arguments) if _posts_grant(labeler, function, node) else NONE
    receiver = labeler.labels(function, node.args[0])
    if name in ("urllib.parse.quote", "urllib.parse.quote_plus", "urllib.parse.urlencode"):
        return with_variant(arguments, "e")
    if last in LOOKUPS or any(
        handed.rpartition(".")[2] in LOOKUPS
        for argument in node.args[1:]
        for handed in labeler.resolver.externals(function, argument)
    ):
        return with_variant(arguments | receiver, "r")
    labels = receiver | arguments
    return labels if last in text.METHODS or name.startswith(text.ROOTS) else _answer(labels)


def _answer(labels: Labels) -> Labels:
    """Return the labels of what a call outside the program made of its operands."""
    return frozenset(f"d{label[1:]}" if MARK in label and label[0] not in "rk" else label for label in labels)


def _known_call(labeler: Labeler, function: Function, node: Value, name: str) -> Labels | None:
    if name in identity.VERIFIED:
        return frozenset({ID})
    if name in identity.CLAIM_READERS:
        claim = labeler.resolver.text(function, node.args[1]) if len(node.args) > 1 else None
        return frozenset({ID, f"claim:{claim or '?'}"})
    if name in identity.HEADER_READERS:
        if name.endswith("equest"):
            return frozenset({HEADERS, CONTEXT})
        return (
            frozenset({HEADERS, AUTHORIZATION})
            if _includes_authorization(labeler, function, node)
            else frozenset({HEADERS})
        )
    if name in credentials.ENVIRONMENT_CALLS and len(node.args) > 1:
        default = labeler.labels(function, node.args[2]) if len(node.args) > 2 else NONE
        return frozenset({f"env:{labeler.resolver.text(function, node.args[1]) or '?'}"}) | default
    if name in credentials.AMBIENT_CALLS:
        explicit = credentials_of(given(labeler, function, node) | labeler.labels(function, node.args[0]))
        return as_credential(explicit) or frozenset({f"ambient:{credentials.AMBIENT_CALLS[name]}"})
    if name in identity.VERIFIERS:
        return frozenset({UNVERIFIED_TOKEN if skips_signature(labeler.resolver, function, node) else ID})
    if name in identity.UNVERIFIED:
        return frozenset({UNVERIFIED_TOKEN})
    if name.endswith(".get_context"):
        return frozenset({CONTEXT})
    return None


def _includes_authorization(labeler: Labeler, function: Function, node: Value) -> bool:
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
        MARK in label or label in (ID, TOKEN, HEADERS) or label.startswith(("claim:", "header:", "held:header:"))
        for label in labels
    )


def _posts_grant(labeler: Labeler, function: Function, node: Value) -> bool:
    """Tell whether a request asks for a token: its form names a grant type."""
    for value in node.args[1:]:
        display = function.facts.values[value]
        if display.op == "map" and any(
            key >= 0 and labeler.resolver.text(function, key) == "grant_type" for key in display.args[::2]
        ):
            return True
    return False


def is_exchange(labeler: Labeler, function: Function, node: Value) -> bool:
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
        if keyword == "algorithms" and node.op in ("list", "tuple"):
            if any((resolver.text(function, item) or "").lower() == "none" for item in node.args):
                return True
    return False


def _context_variable(labeler: Labeler, function: Function, variable: int) -> Labels:
    """Return the labels of everything the program sets a context variable to."""
    node = function.facts.values[variable]
    name = node.text.rpartition("|")[2] if node.op == "import" else node.text
    found: set[str] = set()
    for caller, call in labeler.resolver.program.call_sites("set"):
        site = caller.facts.values[call]
        receiver = (
            caller.facts.values[caller.facts.values[site.args[0]].args[0]]
            if caller.facts.values[site.args[0]].args
            else None
        )
        if receiver is not None and receiver.text.rpartition("|")[2] == name and len(site.args) > 1:
            found.update(label for label in labeler.labels(caller, site.args[1]) if MARK not in label)
    return frozenset(found)


_RULES = {
    "param": _param,
    "secret": _secret,
    "name": _name,
    "free": _free,
    "import": _import,
    "attr": _attr,
    "index": _index,
    "call": _call,
    "select": _select,
    "map": _map,
    **dict.fromkeys(
        (
            *(
                "template",
                "binary",
                "and",
                "or",
                "default",
                "not",
                "unary",
                "compare",
                "list",
                "tuple",
                "set",
                "spread",
            ),
            *("comprehension", "element", "item", "phi", "await", "yield", "enter", "unknown"),
        ),
        _union,
    ),
}
