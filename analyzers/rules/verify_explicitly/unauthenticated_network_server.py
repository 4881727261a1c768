"""Servers that anyone on the network can call."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from analyzers.authority.exposure import is_exposed, reached_by
from analyzers.authority.harm import harm_text, is_presumed, telling
from analyzers.authority.own_copies import keeps_copies
from analyzers.authority.rows import Row
from analyzers.authority.servers import ServerState
from analyzers.authority.unconfigured import unset_steps
from analyzers.evidence.exposed_servers import exposed_evidence
from analyzers.finding import Confidence, Severity
from analyzers.fixes.authentication import authenticated
from analyzers.rule import Analysis, Draft, Proposal, Rule, py

SEVERITIES = {4: Severity.CRITICAL, 3: Severity.CRITICAL, 2: Severity.HIGH, 1: Severity.HIGH}


class UnauthenticatedNetworkServer(Rule):
    """
    ## What it finds
    A server that is reached over HTTP, authenticates no connection, checks no caller in its tools, and has a tool that
    does more than read public data. One finding a server; its severity is that of the most harmful tool, one step lower
    where the server binds to a loopback address by default, and one more where all it keeps there are copies of what is
    public. A server whose authentication is switched off by default,
    on an address that other machines reach by default, is reported one step less surely.

    Servers that only speak stdio, servers behind an ASGI middleware that refuses requests without a credential, and
    tools with a check of their own, or that verify the credential of their request themselves, are not reported; what
    only refuses wrong credentials, not missing ones, counts for nothing. Where the routes of an application are the
    tools, what each route depends on counts.

    ## Why it matters
    Network position is not identity. Whoever reaches the port, another container, another user of the machine or a web
    page in a browser, calls every tool with the authority and the credentials of the server.

    ## Fix
    Make the server an OAuth resource server: give its constructor an authentication provider that verifies signature,
    issuer, audience and expiry of every token. A server that only its own user needs should speak stdio instead.
    """

    id = "unauthenticated-network-server"
    summary = "a network server answers callers without authentication"
    principle = "verify_explicitly"
    severity = Severity.CRITICAL
    cwe = ("CWE-306",)
    owasp = ("MCP07", "MCP09")
    spec = ("basic/transports#security-warning", "basic/authorization#token-handling")
    pattern = "authenticated-resource-server"
    column = "authentication"
    says_missing = True
    examples = (
        py(
            """
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("shop")  # finding

            @mcp.tool
            def cancel_order(number: str) -> str:
                return httpx.delete("https://orders.internal/orders", params={"n": number}).text

            @mcp.tool
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            mcp.run(transport="http", host="0.0.0.0")
            """,
            fixed="""
            import httpx
            from fastmcp import FastMCP
            import os
            from fastmcp.server.auth import AccessToken, JWTVerifier


            class ExpiringVerifier(JWTVerifier):
                async def verify_token(self, token: str) -> AccessToken | None:
                    access = await super().verify_token(token)
                    return access if access is not None and access.expires_at is not None else None


            def token_verifier() -> ExpiringVerifier:
                return ExpiringVerifier(
                    jwks_uri=os.environ["MCP_AUTH_JWKS_URI"],
                    issuer=os.environ["MCP_AUTH_ISSUER"],
                    audience=os.environ["MCP_AUTH_AUDIENCE"],
                )


            mcp = FastMCP("shop", auth=token_verifier())

            @mcp.tool
            def cancel_order(number: str) -> str:
                return httpx.delete("https://orders.internal/orders", params={"n": number}).text

            @mcp.tool
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            mcp.run(transport="http", host="0.0.0.0")
            """,
            note="one finding for both tools",
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
            note="mcp 1",
        ),
        py(
            """
            import httpx
            from mcp.server import MCPServer

            server = MCPServer("shop")  # finding

            @server.tool()
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            app = server.streamable_http_app()
            """,
            fixed="""
            import httpx
            from mcp.server import MCPServer
            import asyncio
            import os
            import jwt
            from mcp.server.auth.provider import AccessToken
            from mcp.server.auth.settings import AuthSettings


            class BearerVerifier:
                def __init__(self) -> None:
                    self.keys = jwt.PyJWKClient(os.environ["MCP_AUTH_JWKS_URI"])
                    self.issuer = os.environ["MCP_AUTH_ISSUER"]
                    self.audience = os.environ["MCP_AUTH_AUDIENCE"]

                async def verify_token(self, token: str) -> AccessToken | None:
                    try:
                        key = await asyncio.to_thread(self.keys.get_signing_key_from_jwt, token)
                        claims = jwt.decode(
                            token,
                            key.key,
                            algorithms=["RS256"],
                            audience=self.audience,
                            issuer=self.issuer,
                            options={"require": ["exp", "aud", "iss", "sub"]},
                        )
                    except jwt.PyJWTError:
                        return None
                    return AccessToken(
                        token=token,
                        client_id=claims.get("client_id", claims["sub"]),
                        scopes=claims.get("scope", "").split(),
                        expires_at=claims["exp"],
                        resource=self.audience,
                        subject=claims["sub"],
                    )


            def auth_settings() -> AuthSettings:
                return AuthSettings(
                    issuer_url=os.environ["MCP_AUTH_ISSUER"], resource_server_url=os.environ["MCP_AUTH_AUDIENCE"]
                )


            server = MCPServer("shop", auth=auth_settings(), token_verifier=BearerVerifier())

            @server.tool()
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            app = server.streamable_http_app()
            """,
            note="mcp 2, as an ASGI application",
        ),
        py(
            """
            import argparse
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("shop")  # finding

            @mcp.tool
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            parser = argparse.ArgumentParser()
            parser.add_argument("--transport", choices=["stdio", "http"], default="stdio")
            mcp.run(transport=parser.parse_args().transport)
            """,
            note="the transport is chosen at the start: less sure, not less harmful",
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

            mcp.run(transport="http")
            """,
            note="authenticated; what each tool may do is another question",
        ),
        py(
            """
            import httpx
            from fastmcp import FastMCP
            from verifier import verifier

            options = {"name": "shop", "version": "1"}
            options["auth"] = verifier
            mcp = FastMCP(**options)

            @mcp.tool
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            mcp.run(transport="http")
            """,
            note="authenticated by what a table holds",
        ),
        py(
            """
            import httpx
            from fastmcp import FastMCP
            from settings import config
            from verifier import verifier

            def protection() -> dict:
                if config.key is None:
                    raise ValueError("a key is needed")
                return {"auth": verifier(config.key)}

            mcp = FastMCP("shop", **protection())

            @mcp.tool
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            mcp.run(transport="http")
            """,
            note="authenticated by what a function gives",
        ),
        py(
            """
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("shop")

            @mcp.tool
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            mcp.run(transport="stdio")
            """,
            note="a local server has its user's own authority",
        ),
        py(
            """
            import httpx
            from fastmcp import FastMCP

            mcp = FastMCP("calculator")

            @mcp.tool
            def multiply(first: int, second: int) -> int:
                return first * second

            mcp.run(transport="http")
            """,
            note="nothing to protect",
        ),
        py(
            """
            import os
            import httpx
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.jwt import JWTVerifier

            provider = None
            if os.getenv("OAUTH_ENABLED", "false").lower() == "true":
                provider = JWTVerifier(jwks_uri=os.environ["JWKS_URI"], audience="shop")
            mcp = FastMCP("shop", auth=provider)  # finding

            @mcp.tool
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            mcp.run(transport="http", host=os.getenv("HOST", "0.0.0.0"))
            """,
            note="open to the network until somebody switches authentication on",
        ),
        py(
            """
            import os
            import httpx
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.jwt import JWTVerifier

            def provider():
                if not os.getenv("JWKS_URI"):
                    return None
                return JWTVerifier(jwks_uri=os.environ["JWKS_URI"], audience="shop")

            mcp = FastMCP("shop", auth=provider())

            @mcp.tool
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            mcp.run(transport="http", host=os.getenv("HOST", "127.0.0.1"))
            """,
            note="open by default to this machine alone",
        ),
        py(
            """
            import os
            import httpx
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.jwt import JWTVerifier

            provider = JWTVerifier(jwks_uri=os.environ["JWKS_URI"], audience="shop")
            if os.getenv("OAUTH_DISABLED", "false") == "true":
                provider = None
            mcp = FastMCP("shop", auth=provider)

            @mcp.tool
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            mcp.run(transport="http", host="0.0.0.0")
            """,
            note="authenticated unless somebody switches it off",
        ),
        py(
            """
            import os
            import httpx
            import uvicorn
            from fastmcp import FastMCP
            from starlette.responses import PlainTextResponse

            class RequireKey:
                def __init__(self, app):
                    self.app = app

                async def __call__(self, scope, receive, send):
                    key = dict(scope["headers"]).get(b"x-api-key", b"").decode()
                    if key and key != os.environ["KEY"]:
                        return await PlainTextResponse("unauthorized", 401)(scope, receive, send)
                    await self.app(scope, receive, send)

            mcp = FastMCP("shop")  # finding

            @mcp.tool
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            uvicorn.run(RequireKey(mcp.http_app()), host="0.0.0.0")
            """,
            note="the application around it passes on whoever brings no key",
        ),
        py(
            """
            import os
            import httpx
            import uvicorn
            from fastmcp import FastMCP
            from starlette.middleware import Middleware
            from starlette.middleware.base import BaseHTTPMiddleware
            from starlette.responses import JSONResponse

            class RequireKey(BaseHTTPMiddleware):
                async def dispatch(self, request, call_next):
                    if request.url.path == "/health":
                        return await call_next(request)
                    if request.headers.get("authorization") != os.environ["KEY"]:
                        return JSONResponse({"error": "unauthorized"}, status_code=401)
                    return await call_next(request)

            mcp = FastMCP("shop")

            @mcp.tool
            def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            uvicorn.run(mcp.http_app(middleware=[Middleware(RequireKey)]))
            """,
            note="the application around it refuses",
        ),
        py(
            """
            import os
            import httpx
            from fastapi import Depends, FastAPI, Header, HTTPException
            from fastapi_mcp import FastApiMCP

            app = FastAPI()

            def keyed(x_api_key: str = Header(...)) -> None:
                if x_api_key != os.environ["KEY"]:
                    raise HTTPException(status_code=403)

            @app.delete("/orders/{number}", dependencies=[Depends(keyed)])
            async def delete_order(number: str) -> str:
                return httpx.delete("https://orders.internal/orders", params={"number": number}).text

            @app.post("/orders")
            async def create_order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text

            mcp = FastApiMCP(app)  # finding
            mcp.mount_http()
            """,
            note="of the routes that are tools one asks nothing of its callers",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each exposed tool, joined by server."""
        exposed: dict[int, list[Row]] = {}
        for row in analysis.rows:
            if is_exposed(row):
                exposed.setdefault(id(reached_by(row)), []).append(row)
        states = {id(state.server): state for state in analysis.servers}
        for rows in exposed.values():
            worst = max(rows, key=telling)
            confidence = max(row.confidence() for row in rows).lowered(unset_steps(analysis.flow, worst.state))
            state = states.get(id(reached_by(worst)), worst.state)
            for row in rows:
                yield self._draft(row, _Exposed(state, worst, len(rows), keeps_copies(state, rows)), confidence)

    def _draft(self, row: Row, exposed: "_Exposed", confidence: Confidence) -> Draft:
        state, worst, count, is_little = exposed
        server = state.server
        site = server.site
        severity = SEVERITIES[worst.rank].lowered((state.bind == "loopback") + is_presumed(worst) + is_little)
        others = f" and {count - 1} more tool{'s' if count > 2 else ''}" if count > 1 else ""
        reached = "from this machine" if state.bind == "loopback" else "over the network"
        open_to = "everyone until it is configured otherwise" if row.state.open_by_default else "everyone"
        called = f"{worst.title}{others} can be called {reached} without authentication"
        return Draft(
            key=row.key,
            path=site.function.file.path,
            location=site.function.location(site.node.start, site.node.end),
            message=f"`{server.symbol}` answers {open_to}: {called}.",
            why=(
                "Nothing verifies who connects, so whoever reaches the port has the authority and the credentials of "
                f"the server. Any such caller can {harm_text(worst)}."
            ),
            severity=severity,
            confidence=confidence,
            evidence=tuple(exposed_evidence(row, state, worst)),
            rows=(row.key,),
            group=server.id,
            standing=server.id,
            start=site.node.start,
            end=site.node.end,
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Give the server a verifier of tokens, with what it trusts read from the environment."""
        for state in analysis.servers:
            if state.server.id == draft.standing and not state.open_by_default:
                return authenticated(analysis, state, texts)
        return None


class _Exposed(NamedTuple):
    """The server that callers connect to, the tool that does most harm, how many there are, whether that is little."""

    state: ServerState
    worst: Row
    tools: int
    is_little: bool
