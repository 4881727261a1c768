"""Whether a server that is started over HTTP checks which host and origin a request names.

Read in and run against fastmcp 2.14, 3.4 and 4.1 and mcp 1.22, 1.30 and 2.3. The classes of the SDK check requests to a
server that is bound to a loopback address, since mcp 1.23 for `FastMCP`; those of fastmcp check none unless asked to.
"""

from collections.abc import Iterable

import msgspec

from analyzers.authority.origin_switches import switched_later
from analyzers.authority.required import open_start
from analyzers.facts import Value
from analyzers.flow.summaries import Flow
from analyzers.frameworks import mcp
from analyzers.frameworks.mcp import Framework
from analyzers.frameworks.tls import is_loopback
from analyzers.project.program import Function
from analyzers.project.servers import Server
from analyzers.project.surface import Surface
from analyzers.project.targets import Reference, argument_of
from analyzers.project.versions import Version, allowed

SDK_CHECKS_LOOPBACK: Version = (1, 23)
# The one release of fastmcp that checked by default, and the first that takes "auto".
FASTMCP_CHECKED: Version = (3, 4, 3)
FASTMCP_TAKES_AUTO: Version = (3, 4, 4)


class Unchecked(msgspec.Struct, frozen=True):
    """A start over HTTP at which no host is checked.

    `site` is the call that decides it; `keyword` the argument by which it would be checked, "" where there is none and
    the application around it has to, `value` that argument
    where it turns the check off, else -1, and `settings` the call that makes it. `host` is the address that the server
    is bound to, None when not known; `known` tells whether the framework knows the argument. `start` is where it is
    started.
    """

    server: Server
    site: Reference
    keyword: str
    host: str | None
    value: int = -1
    settings: Reference | None = None
    known: bool = True
    start: Reference | None = None

    @property
    def said(self) -> str:
        """Why nothing is checked, as evidence says it."""
        if not self.known:
            return "the version of fastmcp that is required checks no host"
        if not self.keyword:
            return "fastapi_mcp checks no host, and no middleware of the application does"
        name = f"`{self.keyword}`"
        return f"{name} turns the check off" if self.value >= 0 else f"without {name} nothing is checked here"


class OriginReader:
    """Reads which servers answer whatever a web page sends them."""

    def __init__(self, flow: Flow, surface: Surface) -> None:
        self.flow = flow
        self.surface = surface
        self._guarded: dict[str, bool] = {}

    def unchecked(self, server: Server) -> Unchecked | None:
        """Return the start of a server that checks no host, None when each does, or none is known to leave it out."""
        start = open_start(self.flow, server) or server.runs.get("http")
        if start is None or server.framework in (Framework.JSON_RPC, Framework.GRADIO):
            return None
        if start.node.op != "call" or "**" in start.node.names or "*" in start.node.names:
            return None
        found = self._found(server, start)
        if found is None or self._is_guarded(start.function):
            return None
        return msgspec.structs.replace(found, start=start)

    def _found(self, server: Server, start: Reference) -> Unchecked | None:
        if _called(start) in mcp.HTTP_MANAGERS:
            return self._by_settings(server, start, "security_settings", None)
        if server.framework is Framework.FASTAPI:
            return Unchecked(server, start, "", None)
        if server.framework is Framework.FASTMCP:
            return self._by_switch(server, start)
        if server.framework is Framework.SDK_FASTMCP:
            later = switched_later(self.flow, self.surface, server)
            if later is not None:
                return Unchecked(server, later, mcp.REBINDING_SWITCH, self._host(server.site), later.value)
            if self._is_set_later(start.function, server.site.function):
                return None
            return self._by_settings(server, server.site, "transport_security", self._host(server.site))
        return self._by_settings(server, start, "transport_security", self._host(start))

    # fastmcp

    def _by_switch(self, server: Server, start: Reference) -> Unchecked | None:
        """Read `host_origin_protection` and the setting of that name."""
        value = argument_of(start.node, mcp.ORIGIN_SWITCH, -1)
        host = self._host(start)
        if value >= 0:
            off = start.function.facts.values[value].text == "False"
            return Unchecked(server, start, mcp.ORIGIN_SWITCH, host, value) if off else None
        required = allowed(self.flow.program, start.function.file.path, "fastmcp")
        by_default = required is not None and required.low == FASTMCP_CHECKED and required.high <= FASTMCP_TAKES_AUTO
        if by_default or self._is_set_later(start.function, server.site.function):
            return None
        known = required is None or not required.is_before(FASTMCP_CHECKED)
        return Unchecked(server, start, mcp.ORIGIN_SWITCH, host, known=known)

    # SDK

    def _by_settings(self, server: Server, site: Reference, keyword: str, host: str | None) -> Unchecked | None:
        """The SDK checks what its settings name, and without any where it is bound to a loopback address."""
        value = argument_of(site.node, keyword, -1)
        if value >= 0 and site.function.facts.values[value].op != "none":
            settings = self._switched_off(site.function, value)
            return Unchecked(server, site, keyword, host, value, settings) if settings is not None else None
        if keyword == "security_settings":
            return Unchecked(server, site, keyword, host)
        if host is None:
            return None
        required = allowed(self.flow.program, site.function.file.path, "mcp")
        old = required is not None and required.high <= SDK_CHECKS_LOOPBACK
        return Unchecked(server, site, keyword, host) if old or not is_loopback(host) else None

    def _switched_off(self, function: Function, value: int) -> Reference | None:
        """Return the call of `TransportSecuritySettings` that turns the check off, None where it is on or not known."""
        for scope, bound in [(function, value), *self.flow.defaults.definitions(function, value)]:
            node = scope.facts.values[bound]
            if node.op == "call" and self.flow.resolver.external(scope, node.args[0]).endswith(mcp.ORIGIN_SETTINGS):
                switch = argument_of(node, mcp.REBINDING_SWITCH, -1)
                off = switch >= 0 and scope.facts.values[switch].text == "False"
                if scope is function or not self.flow.defaults.is_opt_in(scope, scope.event_of(bound)):
                    return Reference(scope, bound) if off else None
        return None

    # What holds for every start

    def _host(self, site: Reference) -> str | None:
        """Return the address that a server is bound to, the default where none is given."""
        value = argument_of(site.node, "host", -1)
        return mcp.DEFAULT_HOST if value < 0 else self.flow.defaults.text(site.function, value)

    def _is_set_later(self, *functions: Function) -> bool:
        """Tell whether the files of a start name the setting: by its attribute or by its environment variable."""
        files = {function.file.path: function.file for function in functions}
        return any(
            node.text.rpartition("|")[2] in mcp.ORIGIN_SETTING_NAMES
            for file in files.values()
            for scope in file.functions
            for node in scope.facts.values
            if node.op in ("str", "attr")
        ) or any(
            event.kind == "store" and event.text in mcp.ORIGIN_SETTING_NAMES
            for file in files.values()
            for scope in file.functions
            for event in scope.facts.events
        )

    def _is_guarded(self, function: Function) -> bool:
        """Tell whether the package has an ASGI middleware that checks hosts or reads the origin."""
        root = self.flow.program.package_root(function.file.path)
        if root not in self._guarded:
            self._guarded[root] = any(self._middleware(root)) or self._has_own_check(root)
        return self._guarded[root]

    def _middleware(self, root: str) -> Iterable[bool]:
        program = self.flow.program
        for name in ("add_middleware", "Middleware", mcp.HOST_MIDDLEWARE):
            for function, call in program.call_sites(name):
                if program.package_root(function.file.path) == root and self.surface.is_product(function):
                    node = function.facts.values[call]
                    yield any(self._checks_host(function, argument) for argument in node.args[:2])

    def _checks_host(self, function: Function, value: int) -> bool:
        return any(name.endswith(mcp.HOST_MIDDLEWARE) for name in self.flow.resolver.externals(function, value))

    def _has_own_check(self, root: str) -> bool:
        """Tell whether a middleware of the package's own reads the origin, or the host, of requests."""
        program = self.flow.program
        return any(
            node.op in ("str", "bytes") and node.text.lower() in ("origin", "http_origin")
            for file in program.sources
            if program.package_root(file.path) == root
            for function in file.functions
            if _is_middleware(function)
            for node in function.facts.values
            if self.surface.is_product(function)
        )


def _called(start: Reference) -> str:
    callee: Value = start.function.facts.values[start.node.args[0]]
    return callee.text.rpartition("|")[2]


def _is_middleware(function: Function) -> bool:
    """Tell whether a function sees requests before they are answered: a hook, or what is named for it."""
    owner = function.owner.facts.name if function.owner is not None else ""
    named = f"{owner} {function.facts.name}".lower()
    return function.facts.name in mcp.MIDDLEWARE_HOOKS or "middleware" in named or "origin" in named
