"""Patches that bound a request: a check of its host against a list in front of it, and no redirects."""

from collections.abc import Iterator, Mapping, Sequence

from analyzers.finding import Edit
from analyzers.fixes.rewrite import add_below_imports, argument_text, insert_before, set_argument
from analyzers.project.program import Function, Program
from analyzers.rule import Analysis

MAX_EXPRESSION = 80
ADDRESSES = ("url", "uri", "host", "address", "endpoint", "base_url")
PARSERS = ("urlsplit", "urlparse")
# Library -> the argument of a request that keeps it from following redirects.
SWITCHES = {
    **dict.fromkeys(("httpx", "httpx2"), "follow_redirects"),
    **dict.fromkeys(("requests", "niquests", "aiohttp", "curl_cffi"), "allow_redirects"),
}
REFUSALS = ("ToolError", "McpError")


def allowlist_edits(
    program: Program, origin: tuple[str, int, int], texts: Mapping[str, bytes], hosts: Sequence[str]
) -> tuple[Edit, ...]:
    """Return the edits that refuse every host not on a list, empty where the address is no simple expression."""
    path, start, end = origin
    text = texts.get(path)
    site = call_at(program, path, start, end)
    if text is None or site is None:
        return ()
    function, call = site
    address = _address(function, call, text)
    if address is None:
        return ()
    known = function.file.module.facts.names
    parser = next((name for name in PARSERS if name in known), "")
    allowed = next((name for name in known if _is_allowlist(name)), "")
    check = _check(address, parser or PARSERS[0], allowed or "ALLOWED_HOSTS", refusal(known))
    edits = [insert_before(text, function, call, check)]
    top = "\n\n".join(_definitions(not parser, not allowed, hosts))
    if top:
        edits.append(add_below_imports(text, path, top))
    return tuple(edit for edit in edits if edit is not None) if None not in edits else ()


def without_redirects(analysis: Analysis, origin: tuple[str, int, int], texts: Mapping[str, bytes]) -> Edit | None:
    """Return the edit that turns redirects off in a request."""
    site, text = call_at(analysis.program, *origin), texts.get(origin[0])
    if site is None or text is None:
        return None
    function, call = site
    names = analysis.flow.resolver.externals(function, function.facts.values[call].args[0])
    switch = next((SWITCHES[root] for name in names if (root := name.partition(".")[0]) in SWITCHES), None)
    return set_argument(text, function, call, switch, "False") if switch is not None else None


def call_at(program: Program, path: str, start: int, end: int) -> tuple[Function, int] | None:
    """Return the call that stands at a place, as (function, value)."""
    for function in program.files[path].functions:
        for event in function.calls():
            if (event.start, event.end) == (start, end):
                return function, event.value
    return None


def _address(function: Function, call: int, text: bytes) -> str | None:
    """Return the source of the address that a call is given, when it can be written twice."""
    callee = function.facts.values[function.facts.values[call].args[0]].text.rpartition("|")[2]
    position = 1 if callee in ("request", "stream") else 0
    source = argument_text(text, function, call, ADDRESSES, position)
    is_simple = source is not None and len(source) <= MAX_EXPRESSION and not any(mark in source for mark in "\n(")
    return source if is_simple else None


def _is_allowlist(name: str) -> bool:
    lowered = name.lower()
    return "allow" in lowered and any(word in lowered for word in ("host", "domain")) and name.isupper()


def refusal(known: Mapping[str, tuple[int, ...]]) -> str:
    """Return the error that a file refuses calls with, by what it knows."""
    return next((name for name in REFUSALS if name in known), "ValueError")


def _check(address: str, parser: str, allowed: str, refusal: str) -> str:
    return (
        f'if {parser}({address}).scheme != "https" or {parser}({address}).hostname not in {allowed}:\n'
        f'    raise {refusal}("destination not allowed")'
    )


def _definitions(parser: bool, allowed: bool, hosts: Sequence[str]) -> Iterator[str]:
    """Yield what the check needs at the top of the file."""
    if parser:
        yield f"from urllib.parse import {PARSERS[0]}"
    if allowed:
        listed = ", ".join(f'"{host}"' for host in hosts if not host.startswith("*"))
        value = f"ALLOWED_HOSTS = frozenset({{{listed}}})" if listed else "ALLOWED_HOSTS: frozenset[str] = frozenset()"
        yield f"# Decide: the hosts that this server may reach.\n{value}"
