"""Connections to MCP servers and to issuers of tokens without encryption."""

from collections.abc import Iterator, Mapping

from analyzers.evidence.plain_endpoints import Endpoint, plain_endpoints
from analyzers.finding import Confidence, Edit, Evidence, Safety, Severity
from analyzers.flow.addresses import Address
from analyzers.frameworks import endpoints
from analyzers.rule import Analysis, Draft, Proposal, Rule, expression_shape, py


class PlaintextRemoteEndpoint(Rule):
    """
    ## What it finds
    An `http://` or `ws://` address of another machine where an MCP server, an authorization server, an issuer or its
    keys are expected: in the clients of MCP, in verifiers, providers and their settings, and in requests to a path that
    belongs to one of these. It is more severe where a credential is given in the same call, and then any other service
    counts too. Addresses inside a network, single names, private ranges, `.svc`, `.internal` and `.local`, are reported
    as low, and not at all where they are of other services.

    The machine itself is not reported, nor are addresses whose host is not known.

    ## Why it matters
    Whoever stands on the way reads the bearer token, and answers in the name of the server: with other tools, or with
    other keys, and from then on signs the tokens that this server accepts.

    ## Fix
    Write `https://`, and let a certificate of your own authority stand in where the peer is internal.
    """

    id = "plaintext-remote-endpoint"
    summary = "an MCP or authorization endpoint is reached without encryption"
    principle = "server_identity"
    severity = Severity.HIGH
    cwe = ("CWE-319",)
    owasp = ("MCP07",)
    spec = ("basic/authorization/security-considerations#communication-security",)
    pattern = "verify-the-peer"
    examples = (
        py(
            """
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.jwt import JWTVerifier

            mcp = FastMCP(
                "shop",
                auth=JWTVerifier(
                    jwks_uri="http://id.corp.example/jwks",  # finding
                    issuer="http://id.corp.example",
                    audience="shop",
                ),
            )
            """,
            fixed="""
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.jwt import JWTVerifier

            mcp = FastMCP(
                "shop",
                auth=JWTVerifier(
                    jwks_uri="https://id.corp.example/jwks",
                    issuer="https://id.corp.example",
                    audience="shop",
                ),
            )
            """,
            note="the keys that decide who is believed",
        ),
        py(
            """
            import os
            from fastmcp import Client
            from mcp.client.sse import sse_client
            from mcp.client.websocket import websocket_client

            REGION = "eu"
            ORDERS = os.getenv("ORDERS_URL", f"http://orders.example.org/{REGION}/mcp")  # finding

            async def ask():
                async with Client(ORDERS) as client:
                    await client.list_tools()
                token = {"Authorization": "Bearer " + os.environ["TOKEN"]}
                async with sse_client("http://tools.example.org/sse", headers=token) as streams:  # finding
                    await use(streams)
                async with websocket_client("ws://tools.example.org/ws") as streams:  # finding
                    await use(streams)
            """,
            fixed="""
            import os
            from fastmcp import Client
            from mcp.client.sse import sse_client
            from mcp.client.websocket import websocket_client

            REGION = "eu"
            ORDERS = os.getenv("ORDERS_URL", f"https://orders.example.org/{REGION}/mcp")

            async def ask():
                async with Client(ORDERS) as client:
                    await client.list_tools()
                token = {"Authorization": "Bearer " + os.environ["TOKEN"]}
                async with sse_client("https://tools.example.org/sse", headers=token) as streams:
                    await use(streams)
                async with websocket_client("wss://tools.example.org/ws") as streams:
                    await use(streams)
            """,
            note="clients of MCP, one by a default, one with a token",
        ),
        py(
            """
            import httpx
            from langchain_mcp_adapters.client import MultiServerMCPClient
            from mcp.server.auth.settings import AuthSettings
            from pydantic import AnyHttpUrl

            client = MultiServerMCPClient({
                "shop": {"transport": "http", "url": "http://shop.example.org:8080/mcp"},  # finding
                "local": {"transport": "http", "url": "http://localhost:8000/mcp"},
            })
            settings = AuthSettings(
                issuer_url=AnyHttpUrl("http://auth:9000"),  # finding
                resource_server_url=AnyHttpUrl("http://127.0.0.1:8000"),
            )

            def exchange(code: str):
                body = {"code": code, "client_secret": SECRET}
                return httpx.post("http://login.example.org/oauth/token", data=body)  # finding
            """,
            note="a table of servers, an internal issuer, a request for a token",
        ),
        py(
            """
            import os
            import httpx

            BILLING = "http://billing.example.org"  # finding
            BEARER = {"Authorization": "Bearer " + os.environ["BILLING_TOKEN"]}

            def pay(order: str):
                httpx.post(f"{BILLING}/payments", json={"order": order}, headers=BEARER)
                httpx.post("http://ledger.internal/entries", json={"order": order}, headers=BEARER)
                return httpx.get(f"{BILLING}/rates").json()
            """,
            note="a service that is sent a credential",
        ),
        py(
            """
            import httpx
            from fastmcp import Client, FastMCP
            from fastmcp.client.transports import StreamableHttpTransport
            from fastmcp.server.auth.providers.jwt import JWTVerifier

            NAMESPACE = "http://www.w3.org/2005/Atom"
            verifier = JWTVerifier(jwks_uri="https://id.corp.example/jwks", issuer="https://id.corp.example")

            async def ask(host: str, port: int):
                httpx.get("http://weather.example.org/today", params={"ns": NAMESPACE})
                httpx.put("http://169.254.169.254/latest/api/token", headers={"X-Ttl": "60"})
                async with Client("http://localhost:8000/mcp"), Client("http://[::1]:8000/mcp"):
                    pass
                return StreamableHttpTransport(f"http://{host}:{port}/mcp")
            """,
            note="the machine itself and its cloud's link, a host that is not known, a name space, public data",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each endpoint that is given an address without encryption, joined by the literal."""
        for endpoint in plain_endpoints(analysis):
            host = endpoint.address.host
            near = endpoints.is_this_machine(host) or endpoints.is_metadata(host)
            if not near and endpoint.address.function.file.path in analysis.product:
                yield self._draft(endpoint)

    def _draft(self, endpoint: Endpoint) -> Draft:
        function, call, what, address, is_secret = endpoint
        node = address.function.facts.values[address.value]
        place = address.function.location(node.start, node.end)
        internal = endpoints.is_internal(address.host)
        default = " unless it is configured" if address.by_default else ""
        severity = Severity.LOW if internal else Severity.HIGH if is_secret else Severity.MEDIUM
        sure = Confidence.MEDIUM if internal or address.by_default else Confidence.HIGH
        return Draft(
            key=f"{function.file.path}|{function.facts.qualname}|{_callee(endpoint)}|{address.host}",
            path=function.file.path,
            location=place,
            message=f"{what[0].upper()}{what[1:]} is reached at `{address.host}` without encryption{default}.",
            why=(
                "Whoever stands on the way reads the tokens that are sent and answers in the peer's name, with tools "
                "or with keys of their own."
            ),
            severity=severity,
            confidence=sure.lowered(1 if internal and address.by_default else 0),
            evidence=(
                Evidence(place.path, place.line, f"the address begins with `{address.scheme}`"),
                Evidence(function.file.path, function.line_of(call), "it is used here"),
            ),
            group=_group(address),
            start=node.start,
            end=node.end,
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Write the scheme with encryption; a port, or an internal peer, is the author's to decide on."""
        text = texts.get(draft.location.path)
        alike = [item.address for item in plain_endpoints(analysis) if _group(item.address) == draft.group]
        edits = tuple(edit for address in alike if text is not None and (edit := _encrypted(address, text)) is not None)
        if not edits:
            return None
        if any(address.has_port or endpoints.is_internal(address.host) for address in alike):
            return Proposal("Connect with encryption (decide the port that answers so)", Safety.REVIEW, edits)
        return Proposal("Connect with encryption", Safety.SAFE, edits)


def _group(address: Address) -> str:
    return f"{address.function.file.path}|{address.function.facts.qualname}|{address.host}"


def _callee(endpoint: Endpoint) -> str:
    return expression_shape(endpoint.function, endpoint.function.facts.values[endpoint.call].args[0])


def _encrypted(address: Address, text: bytes) -> Edit | None:
    """Return the edit that makes a literal's scheme one with encryption."""
    node = address.function.facts.values[address.value]
    literal = text[node.start : node.end]
    name = address.scheme.removesuffix("://")
    at = literal.lower().find(address.scheme.encode())
    if at < 0 or at > len('rf"""'):
        return None
    end = node.start + at + len(name)
    span = address.function.location(end, end).span
    return Edit(address.function.file.path, span.start, span.end, "s")
