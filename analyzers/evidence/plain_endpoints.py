"""Where MCP servers, issuers and their keys are expected, and an address without encryption is given."""

from collections.abc import Iterator
from typing import NamedTuple

from analyzers.facts import Value
from analyzers.flow.addresses import Address, plain_addresses
from analyzers.frameworks import endpoints
from analyzers.frameworks.credentials import carries_credential
from analyzers.frameworks.sinks import HTTP_METHODS, HTTP_MODULES
from analyzers.project.program import Function
from analyzers.project.targets import argument_of
from analyzers.rule import Analysis

CLIENTS = ("AsyncClient", "Client", "ClientSession", "Session")
MAX_PARTS = 12
REQUESTS = ("get", "post", "put", "patch", "delete", "request")


class Endpoint(NamedTuple):
    """A call that is given an address without encryption, what it leads to, and whether a credential goes along."""

    function: Function
    call: int
    what: str
    address: Address
    is_secret: bool


def plain_endpoints(analysis: Analysis) -> Iterator[Endpoint]:
    """Yield every place that expects an MCP or authorization endpoint and is given an address without encryption."""
    yield from _of_clients(analysis)
    yield from _of_settings(analysis)
    yield from _of_requests(analysis)
    yield from _of_bases(analysis)


def _of_clients(analysis: Analysis) -> Iterator[Endpoint]:
    for function, call, name in analysis.calls(*endpoints.TAKERS):
        taker = endpoints.TAKERS.get(name.rpartition(".")[2])
        if taker is not None and name.partition(".")[0] in taker.roots:
            node = function.facts.values[call]
            yield from _given(analysis, function, call, taker.what, argument_of(node, taker.keyword, taker.position))


def _of_settings(analysis: Analysis) -> Iterator[Endpoint]:
    for function, call, name in analysis.calls(*endpoints.CONFIGURED):
        node = function.facts.values[call]
        if name.partition(".")[0] not in endpoints.CONFIGURED_ROOTS:
            continue
        for keyword, argument in zip(node.names, node.args[1:], strict=True):
            if keyword in endpoints.ENDPOINTS:
                yield from _given(analysis, function, call, endpoints.ENDPOINTS[keyword], argument)


def _of_requests(analysis: Analysis) -> Iterator[Endpoint]:
    """Yield requests to the literal address of an authorization or MCP endpoint, and those that carry a credential."""
    for method in REQUESTS:
        for function, call in analysis.program.call_sites(method):
            node = function.facts.values[call]
            argument = argument_of(node, "url", 0 if method in HTTP_METHODS else 1)
            if function.file.path not in analysis.product or argument < 0 or not _is_request(analysis, function, node):
                continue
            literal = _is_literal(function, argument)
            if not literal and not _has_credential(analysis, function, node):
                continue
            for found in _given(analysis, function, call, endpoints.CREDENTIALS, argument):
                path = found.address.text.removeprefix(found.address.scheme).partition("/")
                if literal and any(mark in f"/{path[2]}" for mark in endpoints.AUTHORIZATION_PATHS):
                    what = endpoints.SERVER if path[2].endswith(("mcp", "sse")) else endpoints.TOKENS
                    yield found._replace(what=what)
                elif found.is_secret and not endpoints.is_internal(found.address.host):
                    yield found


def _of_bases(analysis: Analysis) -> Iterator[Endpoint]:
    """Yield clients whose requests, all below one address, carry a credential: by themselves, or each of them."""
    for function, call, name in analysis.calls(*CLIENTS):
        node = function.facts.values[call]
        base = argument_of(node, "base_url", -1)
        if base < 0 or name.partition(".")[0] not in HTTP_MODULES:
            continue
        for found in _given(analysis, function, call, endpoints.CREDENTIALS, base):
            sends = found.is_secret or any(
                _has_credential(analysis, user, request) for user, request in _requests_of(function, call)
            )
            if sends and not endpoints.is_internal(found.address.host):
                yield found._replace(is_secret=True)


def _requests_of(function: Function, client: int) -> Iterator[tuple[Function, Value]]:
    """Yield the calls on a client where it is made, and in its file those on the attribute that it is kept in."""
    values = function.facts.values
    for event in function.calls():
        if event.value != client and client in function.made_of(values[event.value].args[0], most=MAX_PARTS):
            yield function, values[event.value]
    kept = {event.text for event in function.facts.events if event.kind == "store" and event.value == client}
    for user in function.file.functions if kept else ():
        for event in user.calls():
            node = user.facts.values[event.value]
            parts = (user.facts.values[part] for part in user.made_of(node.args[0], most=MAX_PARTS))
            if any(part.op == "attr" and part.text in kept for part in parts):
                yield user, node


def _is_literal(function: Function, value: int) -> bool:
    node = function.facts.values[value]
    first = function.facts.values[node.args[0]] if node.op == "template" and node.args else node
    return first.op == "str" and first.text.lower().startswith("http://")


def _is_request(analysis: Analysis, function: Function, call: Value) -> bool:
    names = analysis.flow.resolver.externals(function, call.args[0])
    return any(name.partition(".")[0] in HTTP_MODULES for name in names)


def _given(analysis: Analysis, function: Function, call: int, what: str, argument: int) -> Iterator[Endpoint]:
    if argument >= 0:
        secret = _has_credential(analysis, function, function.facts.values[call])
        for address in plain_addresses(analysis.flow, function, argument):
            yield Endpoint(function, call, what, address, secret)


def _has_credential(analysis: Analysis, function: Function, call: Value) -> bool:
    """Tell whether a call also takes a credential: by a keyword, or in a table of headers or of a form."""
    for keyword, argument in zip(call.names, call.args[1:], strict=True):
        node = function.facts.values[argument]
        if carries_credential(keyword) and node.op != "none":
            return True
        if any(carries_credential(name) for name in _keys(analysis, function, argument)):
            return True
    return False


def _keys(analysis: Analysis, function: Function, value: int) -> Iterator[str]:
    for target in analysis.flow.resolver.resolve(function, value):
        if target.kind == "display" and target.name == "map" and target.function is not None:
            for key in target.function.facts.values[target.value].args[::2]:
                yield (analysis.flow.resolver.text(target.function, key) or "") if key >= 0 else ""
