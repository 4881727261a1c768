"""Servers that answer requests which a web page sends them."""

from collections.abc import Iterator, Mapping

from analyzers.authority.origin_harm import origin_severity
from analyzers.authority.origins import OriginReader, Unchecked
from analyzers.authority.servers import ServerState
from analyzers.evidence.weak_origins import weak_drafts
from analyzers.finding import Confidence, Evidence, Severity
from analyzers.fixes.origins import checked
from analyzers.project.servers import served_by
from analyzers.rule import Analysis, Draft, Example, Proposal, Rule, py

SERVED = """import httpx
from fastmcp import FastMCP

mcp = FastMCP("shop")

@mcp.tool
def create_order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={{"item": item}}).text

mcp.run(transport="http", port=8000{switch}){mark}
"""
PINNED = """[project]
name = "shop"
dependencies = ["fastmcp>=4.1"]
"""


class OriginValidationOff(Rule):
    """
    ## What it finds
    A server reached over HTTP that checks neither the `Host` nor the `Origin` of a request. FastMCP checks neither
    unless `host_origin_protection` says so. The SDK checks both where it is bound to a loopback address, and otherwise
    what `TransportSecuritySettings` name; `enable_dns_rebinding_protection=False` turns it off, also set later.

    It is low where every request needs a token, which a web page cannot add, and where there is nothing to protect; no
    more than a note in such an example, and where all tools only compute, or read without a credential what anybody can
    read on the internet. It is medium where tools only read, or start programs on this machine of which callers word
    nothing. A middleware that checks hosts, or reads the origin, counts; one that only asks whether an
    origin begins like an allowed one, or holds its name, lets in `http://localhost.evil.example` and is told itself.

    ## Why it matters
    A web page that somebody opens can send requests to a server on the same machine or network, under a name of its own
    that it lets resolve to that address. The browser takes the answers for the page's own, and the page calls every
    tool.

    ## Fix
    Refuse requests that name another host or come from another origin: `host_origin_protection="auto"` for FastMCP from
    3.4.4 on, `TransportSecuritySettings` with the served names for the SDK, `TrustedHostMiddleware` for older versions.
    """

    id = "origin-validation-off"
    summary = "a server answers requests that a web page sends"
    principle = "server_identity"
    severity = Severity.HIGH
    cwe = ("CWE-346", "CWE-350")
    owasp = ("MCP07", "MCP09")
    spec = ("basic/transports/streamable-http#security-warning",)
    pattern = "authenticated-resource-server"
    follows = "authentication"
    examples = (
        Example(
            {"server.py": SERVED.format(switch="", mark="  # finding"), "pyproject.toml": PINNED},
            {"server.py": SERVED.format(switch=', host_origin_protection="auto"', mark="")},
            note="a version that can check",
        ),
        py(
            """
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("shop")

            @mcp.tool
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            mcp.run(transport="http", host="127.0.0.1")  # finding
            """,
            note="FastMCP checks nothing by itself, on the machine itself either",
        ),
        py(
            """
            import httpx
            from mcp.server.fastmcp import FastMCP

            server = FastMCP("shop", host="0.0.0.0")  # finding

            @server.tool()
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            server.run(transport="streamable-http")
            """,
            note="mcp 1, reached from elsewhere",
        ),
        py(
            """
            import httpx
            from mcp.server import MCPServer
            from mcp.server.transport_security import TransportSecuritySettings

            server = MCPServer("shop")
            security = TransportSecuritySettings(enable_dns_rebinding_protection=False)

            @server.tool()
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            app = server.streamable_http_app(transport_security=security)  # finding
            """,
            note="mcp 2, turned off",
        ),
        py(
            """
            import httpx
            from mcp.server.fastmcp import FastMCP
            from mcp.server.transport_security import TransportSecuritySettings

            server = FastMCP(  # finding
                "shop",
                transport_security=TransportSecuritySettings(
                    enable_dns_rebinding_protection=False, allowed_hosts=["shop.example"]
                ),
            )

            @server.tool()
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            server.run(transport="streamable-http")
            """,
            fixed="""
            import httpx
            from mcp.server.fastmcp import FastMCP
            from mcp.server.transport_security import TransportSecuritySettings

            server = FastMCP(
                "shop",
                transport_security=TransportSecuritySettings(
                    allowed_hosts=["shop.example"]
                ),
            )

            @server.tool()
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            server.run(transport="streamable-http")
            """,
            note="turned off beside the names that would be checked",
        ),
        py(
            """
            import httpx
            from mcp.server.lowlevel import Server
            from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

            server = Server("shop")

            @server.call_tool()
            async def call(name: str, arguments: dict):
                return httpx.post("https://orders.internal/orders", json=arguments).text

            manager = StreamableHTTPSessionManager(app=server, stateless=True)  # finding
            """,
            note="a session manager without settings",
        ),
        py(
            """
            import httpx
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.jwt import JWTVerifier

            mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop"))

            @mcp.tool
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            mcp.run(transport="http")  # finding
            """,
            note="low: a page has no token to send",
        ),
        py(
            """
            import httpx
            from fastmcp import FastMCP

            first = FastMCP("first")
            local = FastMCP("local")

            @first.tool
            @local.tool
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            local.run(transport="stdio")
            first.run(transport="http", host_origin_protection="auto")
            """,
            note="checked, and a server without a port",
        ),
        py(
            """
            import httpx
            from mcp.server.fastmcp import FastMCP
            from mcp.server.transport_security import TransportSecuritySettings

            local = FastMCP("local")
            remote = FastMCP(
                "remote", host="0.0.0.0", transport_security=TransportSecuritySettings(allowed_hosts=["shop.example"])
            )

            @local.tool()
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            @remote.tool()
            def cancel_order(item: str) -> str:
                return httpx.post("https://orders.internal/cancel", json={"item": item}).text

            local.run(transport="streamable-http")
            remote.run(transport="streamable-http")
            """,
            note="the SDK checks on the machine itself, and the names it is given",
        ),
        py(
            """
            import httpx
            import uvicorn
            from fastmcp import FastMCP
            from starlette.middleware import Middleware
            from starlette.middleware.trustedhost import TrustedHostMiddleware

            mcp = FastMCP("shop")

            @mcp.tool
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            uvicorn.run(mcp.http_app(middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["shop.example"])]))
            """,
            note="a middleware checks the host",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each server that checks no host."""
        reader = OriginReader(analysis.flow, analysis.surface)
        for state in analysis.servers:
            unchecked = reader.unchecked(state.server) if state.transport in ("http", "both") else None
            if unchecked is None:
                continue
            rows = [row for row in analysis.rows if state.server in served_by(row.entry.server)]
            severity = origin_severity(analysis.flow, state, rows)
            for key in [row.key for row in rows] or [""]:
                yield self._draft(key, state, unchecked, severity)
        yield from weak_drafts(analysis)

    def _draft(self, key: str, state: ServerState, unchecked: Unchecked, severity: Severity) -> Draft:
        function, node = unchecked.site.function, unchecked.site.node
        start = unchecked.start or state.server.runs["http"]
        return Draft(
            key=key or f"{state.server.id}:origin",
            path=function.file.path,
            location=function.location(node.start, node.end),
            message=f"`{state.server.symbol}` answers requests for any host and from any origin.",
            why=(
                "A web page that somebody opens beside it can let its own name resolve to this address and call "
                "every tool from the browser, past the firewall."
            ),
            severity=severity,
            confidence=Confidence.HIGH if state.transport == "http" else Confidence.MEDIUM,
            evidence=(
                Evidence(function.file.path, function.line_of(unchecked.site.value), unchecked.said),
                Evidence(start.function.file.path, start.function.line_of(start.value), "it is served over HTTP"),
            ),
            rows=(key,) if key else (),
            group=state.server.id,
            standing=state.server.id,
            start=node.start,
            end=node.end,
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Turn the check on: as a suggestion where the framework knows the names, else with the names to decide."""
        reader = OriginReader(analysis.flow, analysis.surface)
        for state in analysis.servers:
            if state.server.id == draft.group:
                unchecked = reader.unchecked(state.server)
                return checked(analysis, state, unchecked, texts) if unchecked is not None else None
        return None
