"""Patches that make a server check the host and the origin of requests."""

from collections.abc import Mapping

import re2

from analyzers.authority.origins import FASTMCP_TAKES_AUTO, Unchecked
from analyzers.authority.servers import ServerState
from analyzers.finding import Edit, Safety
from analyzers.fixes.rewrite import (
    add_import,
    argument_text,
    insert_above,
    remove_argument,
    replace_value,
    set_argument,
)
from analyzers.frameworks import fastapi, mcp
from analyzers.project.targets import Reference, argument_of
from analyzers.project.versions import allowed
from analyzers.rule import Analysis, Proposal

NAMES = 'allowed_hosts=["mcp.example.com"], allowed_origins=["https://mcp.example.com"]'
SETTINGS = f"TransportSecuritySettings({NAMES})"
SETTINGS_IMPORT = "from mcp.server.transport_security import TransportSecuritySettings"
LOCAL_NAMES = 'allowed_hosts=["localhost", "127.0.0.1"]'
TRUSTED_HOSTS = f"[Middleware(TrustedHostMiddleware, {LOCAL_NAMES})]"
TRUSTED_IMPORTS = (
    "from starlette.middleware import Middleware",
    "from starlette.middleware.trustedhost import TrustedHostMiddleware",
)
# An expression that is the same when it is written twice.
SIMPLE = re2.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
DECIDE = "(decide the names that it is served under)"


def checked(
    analysis: Analysis, state: ServerState, unchecked: Unchecked, texts: Mapping[str, bytes]
) -> Proposal | None:
    """Return the change that turns the check on, None where it cannot be made in one place."""
    site = unchecked.site
    path = (unchecked.settings or site).function.file.path
    text = texts.get(path)
    if text is None:
        return None
    if unchecked.settings is not None:
        return _without_switch(unchecked.settings, text)
    if unchecked.keyword == mcp.REBINDING_SWITCH:
        turned = replace_value(site.function, site.value, "True")
        return Proposal(f"Check the host of requests {DECIDE}", Safety.REVIEW, (turned,))
    if not unchecked.keyword:
        return _in_application(state, site, text)
    if unchecked.keyword == mcp.ORIGIN_SWITCH:
        return _of_fastmcp(analysis, state, unchecked, text)
    edit = set_argument(text, site.function, site.value, unchecked.keyword, SETTINGS)
    return _decided(site, edit, text, (SETTINGS_IMPORT,))


def _is_http_alone(analysis: Analysis, state: ServerState, site: Reference) -> bool:
    """Tell whether a call starts a server over HTTP and nothing else: stdio takes none of the arguments of a fix."""
    stated = argument_of(site.node, "transport", 0)
    named = stated >= 0 and analysis.flow.resolver.text(site.function, stated) in mcp.HTTP_NAMES
    return named or state.transport == "http" or bool({"host", "port", "path"} & set(site.node.names))


def _of_fastmcp(analysis: Analysis, state: ServerState, unchecked: Unchecked, text: bytes) -> Proposal | None:
    site = unchecked.site
    function, call = site.function, site.value
    required = allowed(analysis.program, function.file.path, "fastmcp")
    has_switch = unchecked.value >= 0 or (required is not None and required.is_from(FASTMCP_TAKES_AUTO))
    if not _is_http_alone(analysis, state, site):
        return _unless_stdio(site, text) if has_switch else None
    if has_switch:
        edit = set_argument(text, function, call, mcp.ORIGIN_SWITCH, '"auto"')
        return Proposal("Check host and origin of requests", Safety.SAFE, (edit,)) if edit is not None else None
    given = argument_text(text, function, call, ("middleware",), -1)
    inner = given if given is None or SIMPLE.fullmatch(given) else f"({given})"
    hosts = TRUSTED_HOSTS if inner is None else f"{TRUSTED_HOSTS[:-1]}, *{inner}]"
    return _decided(site, set_argument(text, function, call, "middleware", hosts), text, TRUSTED_IMPORTS)


def _in_application(state: ServerState, site: Reference, text: bytes) -> Proposal | None:
    """Put a check of hosts around the application that a server is made of, where both are in one place."""
    made = state.server.site
    if made.function is not site.function:
        return None
    application = argument_text(text, made.function, made.value, (fastapi.MAKERS["FastApiMCP"],), 0)
    if application is None or not SIMPLE.fullmatch(application):
        return None
    attached = f"{application}.add_middleware(TrustedHostMiddleware, {LOCAL_NAMES})\n"
    return _decided(site, insert_above(text, site.function, site.value, attached), text, TRUSTED_IMPORTS[1:])


def _unless_stdio(site: Reference, text: bytes) -> Proposal | None:
    """Return the start with the check for a transport that is chosen when it starts."""
    transport = argument_text(text, site.function, site.value, ("transport",), 0)
    written = text[site.node.start : site.node.end].decode("utf-8", "replace")
    if transport is None or "**" in site.node.names or not written.endswith(")") or not SIMPLE.fullmatch(transport):
        return None
    given = f'**({{}} if {transport} == "stdio" else {{"{mcp.ORIGIN_SWITCH}": "auto"}})'
    called = written[:-1].rstrip()
    more = f"{called}{'' if called.endswith(',') else ','} {given})"
    title = "Check host and origin of requests (decide which transports have them)"
    return Proposal(title, Safety.REVIEW, (replace_value(site.function, site.value, more),))


def _without_switch(settings: Reference, text: bytes) -> Proposal | None:
    """Leave the switch out where the names to check stand beside it, else put names to decide in its place."""
    function, node = settings.function, settings.node
    if argument_of(node, "allowed_hosts", -1) >= 0:
        edit = remove_argument(text, function, settings.value, mcp.REBINDING_SWITCH)
        return Proposal("Check host and origin of requests", Safety.SAFE, (edit,)) if edit is not None else None
    if len(node.names) > 1:
        return None
    callee = text[node.start : node.end].partition(b"(")[0].decode()
    edit = replace_value(function, settings.value, f"{callee}({NAMES})")
    return Proposal(f"Check the host of requests {DECIDE}", Safety.REVIEW, (edit,))


def _decided(site: Reference, edit: Edit | None, text: bytes, imports: tuple[str, ...]) -> Proposal | None:
    if edit is None:
        return None
    path = site.function.file.path
    added = [item for statement in imports if (item := add_import(text, path, statement)) is not None]
    joined = (Edit(path, added[0].start, added[0].end, "".join(item.text for item in added)),) if added else ()
    return Proposal(f"Check the host of requests {DECIDE}", Safety.REVIEW, (*joined, edit))
