"""Where an authorization endpoint sends codes to, and what it asks of that address before."""

from collections.abc import Iterator

from analyzers.facts import Value
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver

ADDRESS = "redirect_uri"
CODE = "code"
# What of a request an address is read from.
READS = frozenset({"query_params", "form", "args", "values", "json", "get_json", "GET", "POST", "query", "body"})
# What is done with an address that says nothing of whose it is.
WRITERS = frozenset(
    {
        *("RedirectResponse", "HTMLResponse", "JSONResponse", "PlainTextResponse", "Response", "redirect"),
        *("TemplateResponse", "url_for", "print", "debug", "info", "warning", "error", "format", "str", "dict"),
        *("urlencode", "urlparse", "urlsplit", "urlunparse", "urlunsplit", "quote", "quote_plus", "unquote", "escape"),
        *("parse_qs", "parse_qsl", "len", "bool", "get", "strip", "rstrip", "encode", "decode", "append", "update"),
        *("dumps", "join", "replace"),
    }
)
# Words in the names of what refuses an address by an error.
CHECKS = ("valid", "check", "verif", "allow", "require", "ensure", "assert", "authorize")
PREFIXES = ("startswith", "endswith")
SCHEMES = ("http", "https", "http:", "https:", "http://", "https://")
MEMBERSHIPS = ("in", "not-in", "==", "!=")


def stated_addresses(function: Function) -> frozenset[int]:
    """Return the values that are the address which a request to a route names for its answer."""
    values = function.facts.values
    found = {index for index, node in enumerate(values) if _is_read(function, node)}
    if function.facts.decorators:
        parameters = enumerate(function.facts.parameters)
        found |= {index for index, parameter in parameters if parameter.name == ADDRESS and values[index].op == "param"}
    return frozenset(found)


def carries_code(function: Function, target: int) -> bool:
    """Tell whether an address that is answered holds a code, `f"{address}?code={code}"`."""
    values = function.facts.values
    stored = (event.target for event in function.facts.events if event.kind == "store" and event.text == "[]")
    keys = (values[place].args[1] for place in stored if len(values[place].args) > 1)
    parts = [values[part] for part in (*function.made_of(target), *(key for key in keys if key >= 0))]
    return any(node.op in ("str", "template") and (node.text == CODE or f"{CODE}=" in node.text) for node in parts)


def is_asked(function: Function, addresses: frozenset[int], resolver: Resolver) -> bool:
    """Tell whether a function refuses some addresses: by what it compares them with, or by what looks at them."""
    decided = _decided(function)
    return any(
        _asks(function, node, addresses) and (value in decided or _may_raise(function, node, resolver))
        for value, node in enumerate(function.facts.values)
    )


def _decided(function: Function) -> set[int]:
    """Return what decides on whether a function ends early, and all that is made of."""
    events = function.facts.events
    ends = (event for event in events if event.kind in ("return", "raise"))
    asked = {step.value for end in ends for step in function.chain(end.dominator) if step.kind in ("true", "false")}
    return set(function.made_of(*asked)) if asked else set()


def _may_raise(function: Function, node: Value, resolver: Resolver) -> bool:
    """Tell whether a call may refuse by an error: a function that raises, or one out of sight that is named for it."""
    if node.op != "call":
        return False
    callees = [callee for callee, _ in resolver.functions(function, node.args[0])]
    if callees:
        return any(event.kind == "raise" for callee in callees for event in callee.facts.events)
    name = function.facts.values[node.args[0]].text.rpartition("|")[2].lower()
    return any(word in name for word in CHECKS)


def _is_read(function: Function, node: Value) -> bool:
    """Tell whether a value is an entry of a request: `request.query_params["redirect_uri"]`, `form.get(...)`."""
    values = function.facts.values
    if node.op == "index":
        holder, key = node.args[0], values[node.args[1]]
    elif node.op == "call" and len(node.args) > 1 and values[node.args[0]].op == "attr":
        callee = values[node.args[0]]
        if callee.text != "get":
            return False
        holder, key = callee.args[0], values[node.args[1]]
    else:
        return False
    return (
        key.op == "str" and key.text == ADDRESS and any(values[part].text in READS for part in function.made_of(holder))
    )


def _asks(function: Function, node: Value, addresses: frozenset[int]) -> bool:
    values = function.facts.values
    if node.op == "compare":
        if node.text not in MEMBERSHIPS or len(node.args) < 2:
            return False
        sides = [not addresses.isdisjoint(function.made_of(side)) for side in node.args]
        # `"?" in address` asks for a character, `address == ""` for nothing.
        constant = any(
            values[side].op in ("str", "none") for side, is_one in zip(node.args, sides, strict=True) if not is_one
        )
        return any(sides) and not constant
    if node.op != "call":
        return False
    callee = values[node.args[0]]
    name = callee.text.rpartition("|")[2]
    given = [argument for argument in node.args[1:] if not addresses.isdisjoint(function.made_of(argument))]
    if callee.op == "attr" and name in PREFIXES and not addresses.isdisjoint(function.made_of(callee.args[0])):
        return not set(_texts(function, node.args[1:])) <= set(SCHEMES)
    return bool(given) and name not in WRITERS and node not in _reads(function, addresses)


def _reads(function: Function, addresses: frozenset[int]) -> list[Value]:
    return [function.facts.values[address] for address in addresses]


def _texts(function: Function, arguments: tuple[int, ...]) -> Iterator[str]:
    for part in function.made_of(*arguments):
        node = function.facts.values[part]
        if node.op not in ("tuple", "list"):
            yield node.text
